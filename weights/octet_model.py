# SPDX-License-Identifier: Apache-2.0
"""Models and weights of PyTorch, found by what a command line says: FILE.pth, torchvision:NAME, my_net.py:Net."""

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path

import torch

from octet_graph import Refused

WRAPPERS = ("state_dict", "model_state_dict", "model", "module")  # where checkpoints keep their state_dict
SHOWN = 8  # of the mismatches of a state_dict


def first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def is_counter(name):
    """Whether it counts the batches that a batch norm was trained with, which inference has no use for."""
    return name.rpartition(".")[2] == "num_batches_tracked"


def read_state_dict(source):
    """The state_dict behind a path, or behind torchvision:NAME."""
    if str(source).startswith("torchvision:"):
        import torchvision
        name = str(source).partition(":")[2]
        if name not in torchvision.models.list_models():
            raise Refused(f"torchvision has no model called '{name}'")
        return torchvision.models.get_model(name, weights="DEFAULT").state_dict()
    path = Path(source)
    if not path.is_file():
        raise Refused(f"{path}: no such file")
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file
        return load_file(path)
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise Refused(f"{path}: torch.load(weights_only=True) does not read it. "
                      "Save model.state_dict(), not the model itself") from error
    for key in WRAPPERS:
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            return loaded[key]
    return loaded


def named_tensors(state):
    """A state_dict with text for names, and without the prefix that torch.nn.DataParallel gives them."""
    if not isinstance(state, dict) or not state:
        raise Refused(f"expected a state_dict (names and tensors), found {type(state).__name__}")
    state = {str(name): tensor for name, tensor in state.items()}
    if all(name.startswith("module.") for name in state):
        state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    return state


def find(spec):
    """What MODULE:NAME or FILE.py:NAME names."""
    where, colon, name = spec.rpartition(":")
    if not colon or not where or not name:
        raise Refused(f"'{spec}': expected MODULE:CALLABLE or FILE.py:CALLABLE, as in torchvision.models:resnet18")
    try:
        if where.endswith(".py"):
            path = Path(where).resolve()
            if not path.is_file():
                raise Refused(f"{where}: no such file")
            sys.path.insert(0, str(path.parent))  # for what it imports itself
            found = importlib.util.module_from_spec(module := importlib.util.spec_from_file_location(path.stem, path))
            sys.modules.setdefault(path.stem, found)
            module.loader.exec_module(found)
        else:
            sys.path.insert(0, ".")
            found = importlib.import_module(where)
    except Refused:
        raise
    except ModuleNotFoundError as error:
        if error.name and (where + ".").startswith(error.name + "."):
            raise Refused(f"there is no module '{where}'") from error
        raise Refused(f"{where} cannot be imported: {first_line(error)}") from error
    except Exception as error:
        raise Refused(f"{where} cannot be imported: {type(error).__name__}: {first_line(error)}") from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise Refused(f"{where} has no '{name}'")
        found = getattr(found, part)
    return found


def load_model(spec, arguments=None, state_dict=None):
    """The nn.Module that SPEC names, or returns when called with the keyword arguments; in eval mode, on the CPU, in
    float32. Weights come from the file `state_dict`; without one they are the callable's own, random ones with seed 0."""
    torch.manual_seed(0)
    model, arguments = find(spec), arguments or {}
    if not isinstance(model, torch.nn.Module):
        if not callable(model):
            raise Refused(f"{spec} is {type(model).__name__}, not something to call that returns an nn.Module")
        check_arguments(spec, model, arguments)
        try:
            model = model(**arguments)
        except Exception as error:
            raise Refused(f"{spec} fails: {type(error).__name__}: {first_line(error)}") from error
        if not isinstance(model, torch.nn.Module):
            raise Refused(f"{spec} returns {type(model).__name__}, not an nn.Module")
    model = model.cpu().float().eval()
    if state_dict is not None:
        load_weights(model, state_dict)
    return model


def check_arguments(spec, function, arguments):
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # written in C
        return
    fixed = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    missing = [p.name for p in parameters if p.default is p.empty and p.kind not in fixed and p.name not in arguments]
    if missing:
        example = ", ".join(f'"{name}": ...' for name in missing)
        raise Refused(f"{spec} needs arguments: {', '.join(missing)}; give them with --args '{{{example}}}'")
    known = [p.name for p in parameters]
    unknown = [name for name in arguments if name not in known]
    if unknown and not any(p.kind == p.VAR_KEYWORD for p in parameters):
        raise Refused(f"{spec} has no argument {', '.join(unknown)}; it has {', '.join(known) or 'none'}")


def load_weights(model, path):
    """Strictly: every tensor of the model's, and no other, in the same shape. Counters of batch norms may be missing."""
    given, wanted = named_tensors(read_state_dict(path)), model.state_dict()
    given = {name: tensor for name, tensor in given.items() if not is_counter(name) or name in wanted}
    faults = [f"{name}: missing" for name in wanted if name not in given and not is_counter(name)]
    faults += [f"{name}: the model has no such tensor" for name in given if name not in wanted]
    for name, tensor in given.items():
        if name not in wanted:
            continue
        if not isinstance(tensor, torch.Tensor):
            faults.append(f"{name}: expected a tensor, found {type(tensor).__name__}")
        elif tensor.shape != wanted[name].shape:
            faults.append(f"{name}: expected shape {list(wanted[name].shape)}, found {list(tensor.shape)}")
    if faults:
        more = [f"and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        raise Refused(f"{path}: is not the state_dict of this model\n  " + "\n  ".join(faults[:SHOWN] + more))
    model.load_state_dict(given, strict=False)  # only counters are missing


def round_weights(model, dtype):
    """Rounds parameters and buffers to what a file of that type keeps of them."""
    with torch.no_grad():
        for tensor in [*model.parameters(), *model.buffers()]:
            if tensor.is_floating_point():
                tensor.copy_(tensor.to(dtype))
