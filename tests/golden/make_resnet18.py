"""Makes tests/data/golden/resnet18.txt: a whole torchvision ResNet18 through PyTorch, in float and in int8.

    pip install torch==2.9.1 torchvision==0.24.1 numpy
    python tests/golden/make_resnet18.py tests/data/golden/resnet18.txt

Weights and images are made by recipe.py and, in the test, by recipe.hpp. The int8 network is what FX graph mode
makes of it (prepare_fx, convert_fx, the default qconfig of engine fbgemm) from 3 batches of 10 images. Lines,
floats as float32 bits in hex:

    float SIDE IMAGE logit...           the float network
    qparams NAME scale zero_point       of NAME's result, NAME as octet calls it
    layer NAME weight scale bias        CRC-32 of a layer's int8 weights (OHWI), their scales and the biases
    result NAME crc                     CRC-32 of NAME's integers (NHWC), the 8 test images one behind the other
    int8 IMAGE logit...                 the int8 network
"""
import operator
import sys
import warnings
import zlib

import numpy as np
import torch
import torchvision
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

from recipe import bell, bits, f32, seed_of, unit

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.backends.quantized.engine = "fbgemm"

CLASSES, BATCH, BATCHES = 10, 10, 3


def values(name, shape):
    """The tensor `name` of the state_dict."""
    seed, count = seed_of(name), int(np.prod(shape))
    if len(shape) > 1:  # He's initialisation
        x = bell(seed, count) * f32(np.sqrt(2.0 / np.prod(shape[1:])))
    elif name.endswith("running_var"):
        x = unit(seed, count) + f32(0.5)
    elif name.endswith("weight"):  # of a batch norm
        x = unit(seed, count) + f32(0.25)
    else:
        x = bell(seed, count) * f32(0.125)
    return torch.from_numpy(x.reshape(shape))


def image(side, number):
    """Noise over squares of one colour, 8 x 8 pixels each: CHW."""
    seed = seed_of(f"image {side} {number}")
    blocks = side // 8
    squares = bell(seed, blocks * blocks * 3).reshape(blocks, blocks, 3).repeat(8, 0).repeat(8, 1)
    noise = bell(seed + 1, side * side * 3).reshape(side, side, 3)
    return torch.from_numpy((squares + noise * f32(0.5)).transpose(2, 0, 1).copy())


def images(side, first, count):
    return torch.stack([image(side, first + i) for i in range(count)])


def network():
    model = torchvision.models.resnet18(weights=None, num_classes=CLASSES).eval()
    state = {n: v if n.endswith("num_batches_tracked") else values(n, v.shape) for n, v in model.state_dict().items()}
    model.load_state_dict(state)
    return model


def observers(prepared):
    """(octet's name of a tensor, its observer): one for the image and for each convolution, addition, linear layer."""
    modules = dict(prepared.named_modules(remove_duplicate=False))  # fused ReLUs have two names
    for node in prepared.graph.nodes:
        if node.op != "call_module" or not node.target.startswith("activation_post_process"):
            continue
        source = node.args[0]
        module = modules.get(source.target) if source.op == "call_module" else None
        if source.op == "placeholder":
            yield "input", modules[node.target]
        elif isinstance(module, (torch.nn.Conv2d, torch.nn.Linear, torch.ao.nn.intrinsic.ConvReLU2d)):
            yield source.target, modules[node.target]
        elif isinstance(module, torch.nn.ReLU) and source.args[0].target in (operator.add, operator.iadd):
            yield source.target.removesuffix(".relu") + ".add", modules[node.target]
        # pools and flatten share the observer of what they read


def crc(array):
    return f"{zlib.crc32(np.ascontiguousarray(array).tobytes()):08x}"


class Results(torch.fx.Interpreter):
    """Runs an int8 network and keeps what each of its operations made: {octet's name: integers, NHWC}."""

    def run_node(self, node):
        value = super().run_node(node)
        if node.op == "call_function" and "add_relu" in node.name:
            block = len([n for n in self.kept if n.endswith(".add")])
            self.kept[f"layer{block // 2 + 1}.{block % 2}.add"] = value
        elif node.op == "call_module" and callable(getattr(self.fetch_attr(node.target), "weight", None)):
            self.kept[node.target] = value
        return value

    def results(self, x):
        self.kept = {}
        logits = self.run(x)
        integers = {name: value.int_repr().numpy() for name, value in self.kept.items()}
        return logits, {n: v.transpose(0, 2, 3, 1) if v.ndim == 4 else v for n, v in integers.items()}


def main(path):
    model = network()
    out = open(path, "w")
    out.write(f"# made by tests/golden/make_resnet18.py with torch {torch.__version__}, torchvision {torchvision.__version__}\n")
    with torch.no_grad():
        for side, count in ((64, 4), (224, 2)):
            for i, logits in enumerate(model(images(side, 1000, count))):
                out.write(" ".join(["float", str(side), str(1000 + i), *map(bits, logits)]) + "\n")

        prepared = prepare_fx(model, get_default_qconfig_mapping("fbgemm"), (images(64, 0, 1),))
        for batch in range(BATCHES):
            prepared(images(64, batch * BATCH, BATCH))
        for name, observer in observers(prepared):
            scale, zero_point = observer.calculate_qparams()
            out.write(f"qparams {name} {bits(scale)} {int(zero_point)}\n")

        int8 = convert_fx(prepared)
        for name, module in int8.named_modules():
            if not hasattr(module, "weight") or not callable(module.weight):
                continue
            weight, bias = module.weight(), module.bias()
            integers = weight.int_repr().numpy()
            if integers.ndim == 4:
                integers = integers.transpose(0, 2, 3, 1)
            scales = weight.q_per_channel_scales().numpy().astype(f32)
            out.write(f"layer {name} {crc(integers)} {crc(scales)} {crc(bias.detach().numpy())}\n")
        all_logits, integers = Results(int8).results(images(64, 1000, 8))
        for name, values_of in integers.items():
            out.write(f"result {name} {crc(values_of)}\n")
        for i, logits in enumerate(all_logits):
            out.write(" ".join(["int8", str(1000 + i), *map(bits, logits)]) + "\n")
    out.close()


main(sys.argv[1])
