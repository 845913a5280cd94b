"""OpenVINO, quantized by NNCF's default preset for int8."""
import openvino
import openvino.properties as props
import openvino.properties.hint as hints

import peer

NAME = "OpenVINO"
core = openvino.Core()


def prepare(job):
    import nncf
    model = core.read_model(job.onnx_file())
    model.reshape([-1, 3, 224, 224])
    openvino.save_model(model, job.folder / "float32.xml", compress_to_fp16=False)
    quantized = nncf.quantize(model, nncf.Dataset(job.calibration()), subset_size=100)
    openvino.save_model(quantized, job.folder / "int8.xml", compress_to_fp16=False)


def read(job, dtype, layout):
    """A model for one image, which comes as NCHW or NHWC."""
    file = "int8" if dtype == "int8" else "float32"
    model = core.read_model(job.folder / f"{file}.xml")
    model.reshape([1, 3, 224, 224])
    if layout == "NHWC":
        processor = openvino.preprocess.PrePostProcessor(model)
        processor.input().tensor().set_layout(openvino.Layout("NHWC"))
        processor.input().model().set_layout(openvino.Layout("NCHW"))
        model = processor.build()
    return model


def precision(dtype):
    """float32 must stay float32: where the machine can, OpenVINO takes bfloat16 unless told. int8: its default."""
    chosen = {"float32": openvino.Type.f32, "bfloat16": openvino.Type.bf16}
    return {hints.inference_precision: chosen[dtype]} if dtype in chosen else {}


def arrange(image, layout):
    import numpy
    return numpy.ascontiguousarray(image.transpose(0, 2, 3, 1) if layout == "NHWC" else image)


def single(job, dtype, layout):
    config = {hints.performance_mode: hints.PerformanceMode.LATENCY, props.inference_num_threads: job.threads,
              props.num_streams: 1} | precision(dtype)
    request = core.compile_model(read(job, dtype, layout), "CPU", config).create_infer_request()
    image = arrange(job.image(), layout)
    request.set_input_tensor(openvino.Tensor(image, shared_memory=True))

    def run():
        request.infer()
        return request.get_output_tensor().data
    run.keep = image  # the tensor only points to it
    return run


def many(job, dtype, layout):
    config = {hints.performance_mode: hints.PerformanceMode.THROUGHPUT,
              props.inference_num_threads: job.threads} | precision(dtype)
    compiled = core.compile_model(read(job, dtype, layout), "CPU", config)
    queue = openvino.AsyncInferQueue(compiled)  # as many requests as OpenVINO finds best
    image = arrange(job.image(), layout)
    tensor = openvino.Tensor(image, shared_memory=True)
    for request in queue:
        request.set_input_tensor(tensor)

    def run():
        for _ in range(job.batch_size()):
            queue.start_async()
        queue.wait_all()
        return queue[0].get_output_tensor().data
    run.keep = image  # the tensor only points to it
    return run


def dtypes():
    has_bf16 = "BF16" in core.get_property("CPU", props.device.capabilities)
    return ["int8", "float32"] + ["bfloat16"] * has_bf16


def rows(job, kind, text, batch):
    for dtype in dtypes():
        best, run = peer.fastest({layout: lambda l=layout: kind(job, dtype, l) for layout in ("NCHW", "NHWC")})
        note = ", not the default" if dtype == "float32" and "bfloat16" in dtypes() else ""
        yield peer.row(NAME, dtype, job, run, f"{text}, {best}{note}", batch)


def latency(job):
    return rows(job, single, "LATENCY, 1 stream", 1)


def throughput(job):
    return rows(job, many, "THROUGHPUT, asynchronous", job.batch_size())


if __name__ == "__main__":
    peer.main("openvino", lambda: openvino.__version__.split("-")[0], prepare, latency, throughput)
