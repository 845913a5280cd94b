"""PyTorch: engines x86 and onednn as convert_fx makes them, traced and frozen; inductor on the exported graph."""
import os
import warnings

import torch

import peer

warnings.filterwarnings("ignore")
ENGINES = ("x86", "onednn")


def prepare(job):
    """Traces both engines' networks; an engine packs its weights when it is loaded."""
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx
    example = torch.from_numpy(job.image())
    with torch.no_grad():
        for engine in ENGINES:
            torch.backends.quantized.engine = engine
            prepared = prepare_fx(job.torch_model(), get_default_qconfig_mapping(engine), example)
            for image in job.calibration():
                prepared(torch.from_numpy(image))
            torch.jit.trace(convert_fx(prepared), example).save(str(job.folder / f"{engine}.pt"))
        torch.jit.trace(job.torch_model(), example).save(str(job.folder / "float32.pt"))


def inputs(job, batch):
    image = torch.from_numpy(job.image()).repeat(batch, 1, 1, 1)
    return image.to(memory_format=torch.channels_last)


def runner(model, image, warm_up=5):
    def run():
        with torch.inference_mode():
            return model(image).numpy()
    for _ in range(warm_up):  # the JIT optimizes in the first calls
        run()
    return run


def frozen(job, engine, batch, optimize):
    if engine != "float32":
        torch.backends.quantized.engine = engine
    model = torch.jit.load(str(job.folder / f"{engine}.pt")).eval()
    if engine == "float32":
        model = model.to(memory_format=torch.channels_last)
    model = torch.jit.freeze(model)
    return runner(torch.jit.optimize_for_inference(model) if optimize else model, inputs(job, batch))


def inductor_float(job, batch):
    model = job.torch_model().to(memory_format=torch.channels_last)
    return runner(torch.compile(model, fullgraph=True), inputs(job, batch))


def inductor_int8(job, batch):
    """The flow that PyTorch recommends for x86: export, X86InductorQuantizer, compile. oneDNN computes."""
    from torch.ao.quantization.quantize_pt2e import convert_pt2e, prepare_pt2e
    from torch.ao.quantization.quantizer import x86_inductor_quantizer as x86
    image = inputs(job, batch)
    exported = torch.export.export(job.torch_model().to(memory_format=torch.channels_last), (image,), strict=True).module()
    quantizer = x86.X86InductorQuantizer().set_global(x86.get_default_x86_inductor_quantization_config())
    prepared = prepare_pt2e(exported, quantizer)
    images = job.calibration()
    if batch > 1:  # the exported graph takes batches of this size alone
        images = [torch.cat([torch.from_numpy(images[(first + i) % len(images)]) for i in range(batch)]).numpy()
                  for first in range(0, len(images), batch)]
    for calibration in images:
        prepared(torch.from_numpy(calibration).to(memory_format=torch.channels_last))
    converted = convert_pt2e(prepared)
    torch.ao.quantization.move_exported_model_to_eval(converted)
    return runner(torch.compile(converted, fullgraph=True), image)


def rows(job, batch):
    torch.set_num_threads(job.threads)
    torch.set_num_interop_threads(1)
    torch._inductor.config.freezing = True
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(job.folder / "inductor"))
    freezing = {"frozen": False, "frozen, optimize_for_inference": True}
    for engine in (*ENGINES, "float32"):
        candidates = {text: lambda o=optimize: frozen(job, engine, batch, o) for text, optimize in freezing.items()}
        best, run = peer.fastest(candidates)
        name, dtype = ("PyTorch frozen", "float32") if engine == "float32" else (f"PyTorch {engine}", "int8")
        yield peer.row(name, dtype, job, run, f"traced, channels_last, {best}", batch)
    with torch.no_grad():
        for dtype, compiled in (("int8", inductor_int8), ("float32", inductor_float)):
            try:
                yield peer.row("PyTorch inductor", dtype, job, compiled(job, batch), "channels_last, freezing", batch)
            except Exception as error:  # no C++ compiler, for example: the other rows still count
                yield peer.missing("PyTorch inductor", dtype, error)


if __name__ == "__main__":
    peer.main("torch", lambda: torch.__version__.split("+")[0], prepare, lambda job: rows(job, 1),
              lambda job: rows(job, job.batch_size()))
