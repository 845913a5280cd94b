"""ONNX Runtime: its static quantization in QDQ form, by channel, with the kinds of integers that are fastest here."""
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

import peer

NAME = "ONNX Runtime"
KINDS = {"U8S8": (QuantType.QUInt8, QuantType.QInt8), "S8S8": (QuantType.QInt8, QuantType.QInt8),
         "U8U8": (QuantType.QUInt8, QuantType.QUInt8)}


class Images(CalibrationDataReader):
    def __init__(self, images):
        self.images = iter(images)

    def get_next(self):
        image = next(self.images, None)
        return None if image is None else {"image": image}


def prepare(job):
    source = job.folder / "float32.onnx"
    quant_pre_process(str(job.onnx_file()), str(source))
    for kind, (activations, weights) in KINDS.items():
        quantize_static(str(source), str(job.folder / f"{kind}.onnx"), Images(job.calibration()),
                        quant_format=QuantFormat.QDQ, per_channel=True, activation_type=activations, weight_type=weights)


def session(job, file, batch):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = job.threads
    options.inter_op_num_threads = 1
    # Threads spin between operators, which is fastest; between turns the driver stops the process.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    made = onnxruntime.InferenceSession(str(job.folder / f"{file}.onnx"), options, providers=["CPUExecutionProvider"])
    import numpy
    image = numpy.ascontiguousarray(numpy.repeat(job.image(), batch, axis=0))
    logits = numpy.empty((batch, 102), numpy.float32)
    binding = made.io_binding()
    binding.bind_cpu_input("image", image)
    binding.bind_output("logits", "cpu", 0, numpy.float32, logits.shape, logits.ctypes.data)

    def run():
        made.run_with_iobinding(binding)
        return logits
    run.keep = (image, binding)  # the binding only points to them
    return run


def rows(job, batch):
    best, run = peer.fastest({kind: lambda k=kind: session(job, k, batch) for kind in KINDS})
    yield peer.row(NAME, "int8", job, run, f"QDQ, by channel, {best}", batch)
    yield peer.row(NAME, "float32", job, session(job, "float32", batch), "all graph optimizations", batch)


if __name__ == "__main__":
    peer.main("onnxruntime", lambda: onnxruntime.__version__, prepare, lambda job: rows(job, 1),
              lambda job: rows(job, job.batch_size()))
