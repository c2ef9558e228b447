"""Writes checkpoints by torch, and beside each what torch says of it. Usage: torch_checkpoints.py FOLDER COUNT

Run by a Python that has torch; the tests' own has none.
"""

import json
import random
import sys
from pathlib import Path

import torch
from torch import nn

DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.uint8]


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(width, width + 1), nn.ReLU(), nn.Conv1d(2, 3, 2))
        self.norm = nn.BatchNorm1d(width)
        self.embedding = nn.Embedding(width, 3)
        self.head = nn.Linear(3, width, bias=False)
        self.head.weight = self.embedding.weight
        self.register_buffer("scale", torch.rand(width))


def distinct(tensor):
    """Values of which none repeats, so that their places are certain; and some zeros."""
    count = tensor.numel()
    numbers = torch.randperm(max(count, 1))[:count].reshape(tensor.shape) - count // 3
    return numbers.clamp(-120, 120).to(tensor.dtype)


def odd_views():
    base = distinct(torch.empty(6, 8, dtype=random.choice(DTYPES)))
    other = distinct(torch.empty(2, 3, 4, dtype=random.choice(DTYPES)))
    return {"t": base.t(), "permuted": other.permute(2, 0, 1), "sliced": distinct(torch.empty(9, 9))[2:8:2, 1::3],
            "scalar": torch.tensor(-3), "expanded": torch.tensor([1.5]).expand(3, 4), "again": base.t()}


def first_place(flat, wanted):
    return int((flat == wanted).nonzero()[0])


def described(tensor):
    flat = tensor.detach().reshape(-1)
    wide = flat.double() if flat.dtype.is_floating_point else flat.long()
    low, high = wide.min(), wide.max()
    return {"shape": list(tensor.shape), "min": low.item(), "max": high.item(), "argmin": first_place(wide, low),
            "argmax": first_place(wide, high), "zero": int((wide == 0).sum())}


def ties(tensors):
    places = {}
    for name, tensor in tensors.items():
        view = (tensor.storage().data_ptr(), tensor.storage_offset(), tuple(tensor.shape), tensor.stride())
        places.setdefault(view, []).append(name)
    return sorted(sorted(names) for names in places.values() if len(names) > 1)


def checkpoint(i):
    """(what is saved, its tensors)"""
    module = Block(random.randint(2, 5))
    state = module.state_dict()
    kinds = [
        lambda: (state, state),
        lambda: ({"model": state, "optimizer": stepped(module).state_dict(), "epoch": 3}, state),
        lambda: (module, state),
        lambda: ({"state_dict": state, "hyper_parameters": {"lr": 0.1, "name": "x"}, "callbacks": {}}, state),
        lambda: (lambda views: (views, views))(odd_views()),
    ]
    return kinds[i % len(kinds)]()


def stepped(module):
    optimizer = torch.optim.Adam(module.parameters())
    sum(parameter.sum() for parameter in module.parameters()).backward()
    optimizer.step()
    return optimizer


def main(folder, count):
    torch.manual_seed(1)
    random.seed(1)
    for i in range(count):
        saved, tensors = checkpoint(i)
        path = Path(folder) / f"{i:04}.pt"
        torch.save(saved, path, _use_new_zipfile_serialization=i % 3 != 0, pickle_protocol=2 + i % 4)
        document = {"tensors": {name: described(tensor) for name, tensor in tensors.items()}, "tied": ties(tensors)}
        path.with_suffix(".json").write_text(json.dumps(document))


main(sys.argv[1], int(sys.argv[2]))
