"""torch.nn.utils.prune on a checkpoint, for test_prune_torch_long.py. Runs under a Python that has torch, which may
be another one than that of the tests: it needs nothing but torch and numpy.

Reads JSON from stdin: {"checkpoint": path, "out": path, "jobs": [[method, [amount, ...]], ...]}; an amount is an int
or a float as torch takes them. Writes one byte a tensor element and amount to "out", job by job: 1 where torch keeps it.
"""

import json
import struct
import sys

import numpy as np
import torch
from torch import nn
from torch.nn.utils import prune

DTYPES = {"F32": np.float32, "F64": np.float64}


def read_tensors(path):
    """The floating-point tensors of a safetensors file in the order of their bytes."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    entries = sorted(header.values(), key=lambda entry: entry["data_offsets"])
    data = content[8 + length:]
    return [np.frombuffer(data[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]]).reshape(entry["shape"]).copy()
            for entry in entries if entry["dtype"] in DTYPES]


def module_of(array):
    module = nn.Module()
    module.weight = nn.Parameter(torch.from_numpy(array))
    return module


def masks(method, amount, arrays):
    """The mask of each tensor, pruned alone or, for `global`, together."""
    modules = [module_of(array) for array in arrays]
    if method == "global":
        prune.global_unstructured([(module, "weight") for module in modules], prune.L1Unstructured, amount=amount)
    for module in modules:
        if method == "tensor":
            prune.l1_unstructured(module, "weight", amount)
        if method in ("rows", "columns"):
            prune.ln_structured(module, "weight", amount, n=2, dim=0 if method == "rows" else 1)
    return [module.weight_mask.numpy() for module in modules]


def main():
    work = json.load(sys.stdin)
    arrays = read_tensors(work["checkpoint"])
    with open(work["out"], "wb") as out:
        for method, amounts in work["jobs"]:
            for amount in amounts:
                for mask in masks(method, amount, arrays):
                    out.write(mask.astype(np.uint8).tobytes())


if __name__ == "__main__":
    main()
