"""LiteRT (TensorFlow Lite) with XNNPACK: converted by litert-torch, quantized by ai-edge-quantizer."""
import concurrent.futures
import importlib.metadata

import numpy

import peer

NAME = "LiteRT"


def nhwc(image):
    return numpy.ascontiguousarray(image.transpose(0, 2, 3, 1))


def prepare(job):
    import litert_torch
    import torch
    from ai_edge_quantizer import qtyping, quantizer, recipe
    float_file, int8_file = (job.folder / f"{dtype}.tflite" for dtype in ("float32", "int8"))
    model = litert_torch.to_channel_last_io(job.torch_model(), args=[0])
    litert_torch.convert(model, (torch.from_numpy(nhwc(job.image())),)).export(str(float_file))
    quantization = quantizer.Quantizer(str(float_file), recipe.static_wi8_ai8())
    for end in (qtyping.TFLOperationName.INPUT, qtyping.TFLOperationName.OUTPUT):  # float image, float logits
        quantization.update_quantization_recipe(".*", end, algorithm_key="no_quantize")
    signature, inputs = next(iter(interpreter(float_file, 1).get_signature_list().items()))
    name = inputs["inputs"][0]
    images = {signature: [{name: nhwc(image)} for image in job.calibration()]}
    quantization.quantize(quantization.calibrate(images)).export_model(str(int8_file), overwrite=True)


def interpreter(file, threads):
    """With its default delegate, which is XNNPACK."""
    from ai_edge_litert.interpreter import Interpreter
    made = Interpreter(str(file), num_threads=threads)
    made.allocate_tensors()
    return made


def single(job, dtype, threads):
    made = interpreter(job.folder / f"{dtype}.tflite", threads)
    made.set_tensor(made.get_input_details()[0]["index"], nhwc(job.image()))
    output = made.get_output_details()[0]["index"]

    def run():
        made.invoke()
        return made.get_tensor(output)
    return run


def many(job, dtype):
    """An interpreter for each core, each with images of its own."""
    runs = [single(job, dtype, 1) for _ in range(job.threads)]
    pool = concurrent.futures.ThreadPoolExecutor(job.threads)

    def share(run):
        for _ in range(peer.IMAGES_PER_THREAD):
            logits = run()
        return logits

    def run():
        return list(pool.map(share, runs))[-1]
    return run


def latency(job):
    for dtype in ("int8", "float32"):
        yield peer.row(NAME, dtype, job, single(job, dtype, job.threads), "XNNPACK, NHWC")


def throughput(job):
    for dtype in ("int8", "float32"):
        yield peer.row(NAME, dtype, job, many(job, dtype), "XNNPACK, an interpreter for each core", job.batch_size())


if __name__ == "__main__":
    peer.main("litert", lambda: importlib.metadata.version("ai-edge-litert"), prepare, latency, throughput)
