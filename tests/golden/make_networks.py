"""Makes tests/data/golden/networks_NETWORK.txt: whole torchvision networks through PyTorch's engines, in float and in int8.

    pip install torch==2.9.1 torchvision==0.24.1 numpy
    python tests/golden/make_networks.py resnet18 tests/data/golden/networks_resnet18.txt
    python tests/golden/make_networks.py resnet18 x86 64            one engine and side, to the screen

Networks: resnet18, resnet34, vgg11, squeezenet1_1, mobilenet_v2, with 10 classes; vgg11 has 64 instead of 4096 units in
its hidden layers, so that its weights stay few. Weights and images are made by recipe.py and, in the test, by recipe.hpp.
The int8 network is what FX graph mode makes of it (prepare_fx, convert_fx) with the default qconfig of the engine,
calibrated with 3 batches of 10 images of 64 x 64, or 2 batches of 4 of 224 x 224. The test images are 8 or 2, numbers 1000
and on. Each model has a process of its own and one thread. Needs a processor with AVX-512 VNNI: without, engines x86 and
onednn compute something else.

Lines, floats as float32 bits in hex; tensors and layers have octet's names (docs/files.md):

    float SIDE IMAGE logit...                       the float network
    qparams ENGINE SIDE TENSOR scale zero_point     of each observer
    layer ENGINE SIDE NAME weight scale bias        CRC-32 of int8 weights (OHWI), their scales (one if per tensor), biases
    result ENGINE SIDE NAME integers crc            CRC-32 of a node's integers (NHWC), the test images one behind the other;
                                                    those of flatten are in the order of torch.flatten
    int8 ENGINE SIDE IMAGE logit...                 the int8 network
    skip ENGINE SIDE NAME reason                    results from here on are left out

The last: FBGEMM's depthwise kernels (fbgemm, and x86 beyond 100 groups) saturate where an activation exceeds 127. With this
recipe mobilenet_v2's ReLU6 keeps all of them below, and no line says skip.

resnet18 also has float islands, engine x86, 64 x 64, parts of it without a qconfig (ISLANDS below):

    island CASE qparams TENSOR scale zero_point
    island CASE result NAME int8 integers crc sum   of a node that is int8; behind a float node, whose last bits are
                                                    the business of a BLAS, only the sum of the integers can be held
    island CASE result NAME float                   of one that is not
    island CASE logits IMAGE logit...
"""
import subprocess
import sys
import warnings
import zlib

import numpy as np
import torch
import torchvision
from torch.ao.quantization import get_default_qconfig, get_default_qconfig_mapping
from torch.ao.quantization.observer import ObserverBase
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

from recipe import bell, bits, f32, seed_of, unit

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

CLASSES = 10
ENGINES = "fbgemm", "x86", "onednn", "qnnpack"
SIDES = {"resnet18": (64, 224), "resnet34": (64,), "vgg11": (64,), "squeezenet1_1": (64,), "mobilenet_v2": (64,)}
CALIBRATION = {64: (3, 10), 224: (2, 4)}  # batches, images in each
TESTS = {64: 8, 224: 2}
ISLANDS = {
    "fc": lambda m: m.set_module_name("fc", None),
    "conv1": lambda m: m.set_module_name("conv1", None),
    "layer2": lambda m: m.set_module_name("layer2", None).set_module_name("layer2.1.conv1", get_default_qconfig("x86")),
    "linear_and_layer4": lambda m: m.set_object_type(torch.nn.Linear, None).set_module_name_regex("layer4.*", None),
}
WORDS = {"adaptive_avg_pool2d": "adaptive_avg_pool", "avg_pool2d": "avg_pool", "max_pool2d": "max_pool", "hardtanh": "clamp"}


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


def network(name):
    model = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES).eval()
    if name.startswith("vgg"):
        model.classifier[0] = torch.nn.Linear(512 * 7 * 7, 64)
        model.classifier[3] = torch.nn.Linear(64, 64)
        model.classifier[6] = torch.nn.Linear(64, CLASSES)
    state = {n: v if n.endswith("num_batches_tracked") else values(n, v.shape) for n, v in model.state_dict().items()}
    model.load_state_dict(state)
    return model


def octet_names(prepared):
    """{node of a prepared graph: octet's name}. A ReLU behind an addition is part of it; dropout is no node."""
    modules, names = dict(prepared.named_modules(remove_duplicate=False)), {}
    for node in prepared.graph.nodes:
        module = modules.get(node.target) if node.op == "call_module" else None
        if node.op == "placeholder":
            names[node] = "input"
        elif isinstance(module, torch.nn.ReLU) and node.args[0].op == "call_function":
            names[node] = names[node.args[0]]
        elif module is not None and not isinstance(module, (torch.nn.Dropout, ObserverBase)):
            names[node] = node.target
        elif node.op == "call_function":
            word = WORDS.get(node.target.__name__, node.target.__name__.removeprefix("i"))
            names[node] = ".".join([*list(node.meta.get("nn_module_stack") or {})[-1:], word])
    return names


def observers(prepared):
    """(octet's name of a tensor, its observer), each once, under the first node that it watches."""
    names, modules, seen = octet_names(prepared), dict(prepared.named_modules(remove_duplicate=False)), set()
    for node in prepared.graph.nodes:
        observer = modules.get(node.target) if node.op == "call_module" else None
        if isinstance(observer, ObserverBase) and id(observer) not in seen and node.args[0] in names:
            seen.add(id(observer))
            yield names[node.args[0]], observer


def crc(array):
    return f"{zlib.crc32(np.ascontiguousarray(array).tobytes()):08x}"


class Results(torch.fx.Interpreter):
    """Runs a converted network and keeps what each of its nodes made: {octet's name: tensor}.

    `functions`: octet's names of the functions in order, which convert_fx replaces by others."""

    def __init__(self, int8, functions):
        super().__init__(int8)
        self.functions, self.kept, self.saturated = functions, {}, []

    def run_node(self, node):
        module = self.fetch_attr(node.target) if node.op == "call_module" else None
        args = [self.env[a] for a in node.args if isinstance(a, torch.fx.Node)]
        depthwise = getattr(module, "groups", 1) > (1 if torch.backends.quantized.engine == "fbgemm" else 100)
        if depthwise and torch.backends.quantized.engine in ("fbgemm", "x86") and int(args[0].int_repr().max()) > 127:
            self.saturated.append(node.target)
        if isinstance(module, torch.nn.ReLU6) or type(module).__name__ == "ReLU6":
            # QNNPACK's clamp permutes channels_last data; NCHW it clamps as it should
            value = module(args[0].contiguous()).contiguous(memory_format=torch.channels_last)
        else:
            value = super().run_node(node)
        if isinstance(module, torch.nn.ReLU) and node.args[0].op == "call_function":
            self.kept[self.kept_of[node.args[0]]] = value  # a float addition and its ReLU
        elif module is not None and "Dropout" not in type(module).__name__:
            self.kept[node.target] = value
        elif node.op == "call_function" and node.target is not torch.quantize_per_tensor:
            name = self.functions[len(self.kept_of)]
            self.kept_of[node] = name
            self.kept[name] = value
        return value

    def results(self, x):
        self.kept, self.kept_of = {}, {}
        logits = self.run(x)
        return logits, self.kept


def nhwc(tensor):
    integers = tensor.int_repr().numpy()
    return integers.transpose(0, 2, 3, 1) if integers.ndim == 4 else integers


def converted(name, mapping, side):
    """({tensor: observer}, Results of the int8 network)."""
    prepared = prepare_fx(network(name), mapping, (images(side, 0, 1),))
    batches, size = CALIBRATION[side]
    for batch in range(batches):
        prepared(images(side, batch * size, size))
    functions = [n for node, n in octet_names(prepared).items() if node.op == "call_function"]
    watched = dict(observers(prepared))
    return watched, Results(convert_fx(prepared), functions)


def one_engine(name, engine, side):
    """The lines of one engine and side."""
    watched, int8 = converted(name, get_default_qconfig_mapping(engine), side)
    for tensor, observer in watched.items():
        scale, zero_point = observer.calculate_qparams()
        yield f"qparams {engine} {side} {tensor} {bits(scale)} {int(zero_point)}"
    for layer, module in int8.module.named_modules():
        if not callable(getattr(module, "weight", None)):
            continue
        weight = module.weight()
        integers = weight.int_repr().numpy()
        integers = integers.transpose(0, 2, 3, 1) if integers.ndim == 4 else integers
        per_channel = weight.qscheme() in (torch.per_channel_affine, torch.per_channel_symmetric)
        scales = weight.q_per_channel_scales().numpy() if per_channel else np.array([weight.q_scale()])
        yield f"layer {engine} {side} {layer} {crc(integers)} {crc(scales.astype(f32))} {crc(module.bias().detach().numpy())}"
    all_logits, kept = int8.results(images(side, 1000, TESTS[side]))
    for node, tensor in kept.items():
        if node in int8.saturated:
            yield f"skip {engine} {side} {node} FBGEMM's depthwise kernel saturates: its input exceeds 127"
            return
        yield f"result {engine} {side} {node} {tensor.numel()} {crc(nhwc(tensor))}"
    for i, logits in enumerate(all_logits):
        yield " ".join(["int8", engine, str(side), str(1000 + i), *map(bits, logits)])


def floats(name, side):
    count = 4 if name == "resnet18" and side == 64 else 2
    for i, logits in enumerate(network(name)(images(side, 1000, count))):
        yield " ".join(["float", str(side), str(1000 + i), *map(bits, logits)])


def island(name, case, side):
    watched, mixed = converted(name, ISLANDS[case](get_default_qconfig_mapping("x86")), side)
    for tensor, observer in watched.items():
        scale, zero_point = observer.calculate_qparams()
        yield f"island {case} qparams {tensor} {bits(scale)} {int(zero_point)}"
    all_logits, kept = mixed.results(images(side, 1000, TESTS[side]))
    for node, tensor in kept.items():
        integers = nhwc(tensor) if tensor.is_quantized else None
        shown = "float" if integers is None else f"int8 {integers.size} {crc(integers)} {integers.sum(dtype=np.int64)}"
        yield f"island {case} result {node} {shown}"
    for i, logits in enumerate(all_logits):
        yield " ".join(["island", case, "logits", str(1000 + i), *map(bits, logits)])


@torch.no_grad()
def lines(name, what, side):
    """`what`: an engine, "float", or one of ISLANDS."""
    if what == "float":
        return list(floats(name, side))
    if not torch.cpu._is_vnni_supported():
        sys.exit("make_networks.py: needs a processor with AVX-512 VNNI")
    torch.backends.quantized.engine = "x86" if what in ISLANDS else what
    return list(island(name, what, side) if what in ISLANDS else one_engine(name, what, side))


def main(name, *rest):
    if len(rest) == 2:
        print("\n".join(lines(name, rest[0], int(rest[1]))))
        return
    text = f"# made by tests/golden/make_networks.py with torch {torch.__version__}, torchvision {torchvision.__version__}\n"
    parts = [(what, side) for side in SIDES[name] for what in ("float", *ENGINES)]
    parts += [(case, 64) for case in ISLANDS if name == "resnet18"]
    for what, side in parts:
        text += subprocess.run([sys.executable, __file__, name, what, str(side)], check=True, stdout=-1, text=True).stdout
    with open(rest[0], "w") as out:
        out.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
