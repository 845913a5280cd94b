"""What the peers share: octet's weights and pictures, the worker's side of the benchmark, and a race of settings.

    peer_NAME.py prepare WEIGHTS FOLDER               converts and quantizes; files go to FOLDER/NAME
    peer_NAME.py latency WEIGHTS FOLDER THREADS       a worker for one image at a time
    peer_NAME.py throughput WEIGHTS FOLDER THREADS    a worker for many

worker.hpp describes what a worker says and hears.
"""
import json
import os
import statistics
import sys
import time
from pathlib import Path

IMAGES_PER_THREAD = 8  # in a batch of the throughput rows, as in octet_worker.cpp


class Job:
    """The command line of a peer, and the data it names."""

    def __init__(self, name, argv):
        self.mode = argv[1]
        self.weights = Path(argv[2])
        self.data = Path(argv[3])
        self.threads = int(argv[4]) if len(argv) > 4 else 0
        self.folder = self.data / name
        self.folder.mkdir(exist_ok=True)

    def image(self):
        """The test image: float32, 1 x 3 x 224 x 224."""
        import numpy
        return numpy.load(self.data / "image.npy")

    def calibration(self):
        """The calibration images, each of shape 1 x 3 x 224 x 224."""
        import numpy
        return [image[None] for image in numpy.load(self.data / "calibration.npy")]

    def batch_size(self):
        return IMAGES_PER_THREAD * self.threads

    def torch_model(self):
        """torchvision's ResNet18 with octet's weights, ready for inference."""
        import safetensors.torch
        import torchvision
        state = {k: v.float() for k, v in safetensors.torch.load_file(self.weights).items()}
        model = torchvision.models.resnet18(num_classes=len(state["fc.bias"]))
        model.load_state_dict(state, strict=False)  # the file has no num_batches_tracked
        return model.eval()

    def onnx_file(self):
        """The network as ONNX, exported once."""
        import torch
        path = self.data / "resnet18.onnx"
        if not path.exists():
            torch.onnx.export(self.torch_model(), torch.from_numpy(self.image()), str(path), dynamo=False,
                              opset_version=17, input_names=["image"], output_names=["logits"],
                              dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
        return path


def row(name, dtype, job, run, settings, batch=1):
    """A row of the table. `run` computes once and returns logits, of which the last image's are kept."""
    logits = [float(x) for x in run().reshape(-1, 102)[-1]]
    about = {"name": name, "dtype": dtype, "threads": job.threads, "batch": batch, "settings": settings,
             "top1": max(range(len(logits)), key=logits.__getitem__), "logits": logits}
    return about, run


def missing(name, dtype, error):
    """A row that this machine cannot have, and why."""
    text = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
    return {"name": name, "dtype": dtype, "missing": f"{type(error).__name__}: {text[:200]}"}, None


def time_calls(run, settle, count):
    """Milliseconds of `count` calls, each on its own."""
    for _ in range(settle):
        run()
    milliseconds = []
    for _ in range(count):
        start = time.perf_counter()
        run()
        milliseconds.append((time.perf_counter() - start) * 1e3)
    return milliseconds


def fastest(candidates, runs=12):
    """The best of several settings: {text: function that makes a run} -> (text, run). They race in turns."""
    made = {text: make() for text, make in candidates.items()}
    if len(made) == 1:
        return next(iter(made.items()))
    times = {text: [] for text in made}
    for _ in range(3):
        for text, run in made.items():
            times[text] += time_calls(run, 2, runs // 3)
    best = min(times, key=lambda text: statistics.median(times[text]))
    return f"{best} (faster than: {', '.join(text for text in made if text != best)})", made[best]


def main(name, version, prepare, latency, throughput):
    """Runs a peer: `prepare(job)` writes files, `latency(job)` and `throughput(job)` make rows."""
    job = Job(name, sys.argv)
    # Whatever a library prints goes to stderr: stdout is for the driver alone.
    driver = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if job.mode == "prepare":
        prepare(job)
        return
    rows = list((latency if job.mode == "latency" else throughput)(job))
    announcement = {"peer": name, "version": version(), "rows": [about for about, _ in rows]}
    print(json.dumps(announcement), file=driver, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        milliseconds = time_calls(rows[order["row"]][1], order.get("settle", 0), order["run"])
        print(json.dumps({"ms": milliseconds}), file=driver, flush=True)
