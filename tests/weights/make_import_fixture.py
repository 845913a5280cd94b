"""Makes tests/data/golden/import/: a small network, quantized by PyTorch's FX flow and exported by weights/export_quantized.py.

    pip install torch==2.9.1 torchvision==0.24.1 numpy
    python tests/weights/make_import_fixture.py tests/data/golden/import

NAME.safetensors is the network under one qconfig, `island` the one with two layers left in float. Weights and images are made by
recipe.py. logits.txt has what PyTorch makes of the images, as float32 bits in hex:

    NAME IMAGE logit...

What a float layer computes depends on the order in which a BLAS adds. Here it does not: the scales of what the float layers
read are set to powers of two and their weights to multiples of 1/64, so that every sum is exact in float32.

Needs a processor with AVX-512 VNNI: without, engines x86 and onednn compute something else.
"""
import contextlib
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.ao.nn import quantized as nnq
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "golden"), str(HERE.parent.parent / "weights")]

from export_quantized import Network, export_quantized
from make_networks import values
from recipe import bell, bits, seed_of

QCONFIGS = {"x86": "x86", "fbgemm": "fbgemm", "onednn": "onednn", "qnnpack": "qnnpack",
            "island": "global x86; module right none; module fc none"}  # octet's names
SHAPE = 3, 12, 11
IMAGES = 4


class Everything(nn.Module):
    """tests/golden/import_test.cpp has the same in octet's words."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.depth = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.left = nn.Conv2d(8, 8, 1, bias=False)
        self.right = nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.hidden = nn.Linear(64, 6)
        self.fc = nn.Linear(6, 5)

    def forward(self, x):
        x = self.stem(x)
        y = self.depth(x)
        total = self.relu(self.left(y) + self.right(y))
        x = torch.cat([total * y, self.pool(x)], 1)
        x = F.avg_pool2d(x, 3, 2, ceil_mode=True, count_include_pad=False)
        x = F.relu(self.hidden(torch.flatten(F.max_pool2d(x, 2, 1, 0), 1)))
        return self.fc(x)


def image(number):
    channels, height, width = SHAPE
    noise = bell(seed_of(f"import {number}"), math.prod(SHAPE))
    return torch.from_numpy(noise.reshape(height, width, channels).transpose(2, 0, 1).copy())


def images(first, count):
    return torch.stack([image(first + i) for i in range(count)])


def network(prefix):
    model = Everything().eval()
    model.load_state_dict({n: v if n.endswith("num_batches_tracked") else values(prefix + n, v.shape)
                           for n, v in model.state_dict().items()})
    return model


def converted(name, prefix=""):
    """What convert_fx makes of the network under NAME. With a prefix to the names of tensors all its numbers are others."""
    engine = "x86" if name == "island" else name
    torch.backends.quantized.engine = engine
    mapping, model = get_default_qconfig_mapping(engine), network(prefix)
    if name == "island":
        for layer in model.right, model.fc:
            for parameter in layer.parameters():
                parameter.data = torch.round(parameter.data * 64) / 64
        mapping = mapping.set_module_name("right", None).set_module_name("fc", None)
    prepared = prepare_fx(model, mapping, (images(0, 1),))
    for batch in range(2):
        prepared(images(batch * 8, 8))
    return convert_fx(prepared)


def with_exact_islands(model):
    """Sets the scales of what float layers read to powers of two."""
    network = Network(model, images(0, 1))
    read = {i for node, int8 in zip(network.nodes, network.int8) if not int8 for i in node.inputs}
    for observer, places in zip(network.observers, network.places):
        if not read.intersection(observer.nodes):
            continue
        for place in places:
            scale, _ = network.qparams(place)
            scale = 2.0 ** math.ceil(math.log2(scale))
            if isinstance(place, tuple):
                getattr(model, place[0]).fill_(scale)
            else:
                place.scale = scale
    return model


@contextlib.contextmanager
def clamps_repaired(model):
    """QNNPACK's clamp permutes channels_last data, which PyTorch's convolutions give; contiguous it clamps as it should."""
    hooks = []
    for module in model.modules():
        if torch.backends.quantized.engine == "qnnpack" and isinstance(module, (nn.ReLU6, nnq.ReLU6)):
            hooks.append(module.register_forward_pre_hook(lambda _, given: given[0].contiguous()))
            hooks.append(module.register_forward_hook(lambda _, __, made: made.contiguous(memory_format=torch.channels_last)))
    yield
    for hook in hooks:
        hook.remove()


@torch.no_grad()
def main(folder):
    if not torch.cpu._is_vnni_supported():
        sys.exit("make_import_fixture.py: needs a processor with AVX-512 VNNI")
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"# made by tests/weights/make_import_fixture.py with torch {torch.__version__}"]
    for name in QCONFIGS:
        model = converted(name)
        if name == "island":
            with_exact_islands(model)
        export_quantized(model, folder / f"{name}.safetensors", images(0, 1), QCONFIGS[name])
        with clamps_repaired(model):
            for number, logits in enumerate(model(images(100, IMAGES)), 100):
                lines.append(" ".join([name, str(number), *map(bits, logits)]))
    (folder / "logits.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
