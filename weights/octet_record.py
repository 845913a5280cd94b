# SPDX-License-Identifier: Apache-2.0
"""Runs a model of PyTorch's on an image, and has torch.fx record the steps that it takes."""

import inspect
import re
import traceback
from pathlib import Path

import torch
from torch import fx

from octet_graph import Refused
from octet_model import first_line
from octet_ops import NOTHING_IN_EVAL

BATCH = 2  # of the example; not 1, so that an operation across the batch shows


def last_line_of_user(frames):
    """`net.py:12: x = self.a(x)`, the innermost of (file, line number, text) that is neither torch's nor ours."""
    not_theirs = (f"{Path(torch.__file__).parent}/", f"{Path(__file__).parent}/octet_", "<")
    lines = [f"{Path(file).name}:{number}: {text.strip()}" for file, number, text in frames
             if text and not file.startswith(not_theirs)]
    return lines[-1] if lines else ""


def in_brackets(text):
    return f" ({text})" if text else ""


def where(error):
    """The line of the user's that raised it."""
    return in_brackets(last_line_of_user([(f.filename, f.lineno, f.line) for f in traceback.extract_tb(error.__traceback__)]))


def line_of(step):
    """The line of the user's that a step of torch.fx comes from."""
    return in_brackets(last_line_of_user(re.findall(r'File "(.+?)", line (\d+), in .*\n\s+(.+)', step.stack_trace or "")))


def module_of(step):
    """The path of the module whose forward() takes the step; "" for the model's own."""
    stack = list((step.meta.get("nn_module_stack") or {}).values())
    return stack[-1][0] if stack else ""


def run(model, image):
    """What the model makes of a batch of images: one tensor, or it is refused."""
    parameters = inspect.signature(model.forward).parameters.values()
    inputs = [p.name for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(inputs) > 1:
        raise Refused(f"forward() takes {len(inputs)} inputs ({', '.join(inputs)}); a network of octet's has one, the image")
    try:
        result = model(image.clone())
    except Exception as error:
        size = "x".join(map(str, image.shape))
        raise Refused(f"the model fails on an input of {size}: {first_line(error)}{where(error)}") from error
    if not isinstance(result, torch.Tensor):
        count = f" of {len(result)}" if isinstance(result, (tuple, list, dict)) else ""
        raise Refused(f"forward() returns {type(result).__name__}{count}; a network of octet's returns one tensor")
    if not torch.isfinite(result).all():
        raise Refused("the model's result has values that are not finite")
    return result


class Tracer(fx.Tracer):
    record_stack_traces = True

    def is_leaf_module(self, module, path):
        return type(module).__name__ in NOTHING_IN_EVAL or super().is_leaf_module(module, path)


class Recorder(fx.Interpreter):
    """Runs a traced model and keeps what each step gave, as it was before a later step changed it in place."""

    def __init__(self, module):
        super().__init__(module)
        self.results = {}

    def run_node(self, step):
        result = super().run_node(step)
        self.results[step] = result.clone() if isinstance(result, torch.Tensor) else result
        return result


def record(model, image):
    """The steps that forward() takes, and what each gives."""
    parameters = list(inspect.signature(model.forward).parameters.values())[1:]
    options = {p.name: p.default for p in parameters if p.default is not p.empty}
    try:
        graph = Tracer().trace(model, concrete_args=options or None)
    except Exception as error:
        raise Refused(f"torch.fx cannot trace the model: what it does must not depend on values or shapes{where(error)}: "
                      f"{first_line(error)}") from error
    recorder = Recorder(fx.GraphModule(model, graph))
    recorder.run(image.clone(), *options.values())
    return graph, recorder.results
