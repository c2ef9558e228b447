"""Loads safetensors files as users of torch do, for test_prune_real_long.py: torch_load.py PACKAGES OUT FILE...

Runs under a Python that has torch, which may be another one than that of the tests; the official safetensors package
comes from the folder PACKAGES. Writes to OUT, a line a file, the SHA-256 of what a module holds that has loaded it.
"""

import hashlib
import sys

import torch

sys.path.append(sys.argv[1])

from safetensors.torch import load_file  # noqa: E402


class Model(torch.nn.Module):
    """A module of the tensors that a state dict names, all of them zero; names with their dots."""

    def __init__(self, state):
        super().__init__()
        for name, tensor in state.items():
            *path, last = name.split(".")
            module = self
            for part in path:
                if not hasattr(module, part):
                    module.add_module(part, torch.nn.Module())
                module = getattr(module, part)
            module.register_buffer(last, torch.zeros_like(tensor))


def digest_of(module):
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        array = tensor.numpy()
        digest.update(f"{name} {array.shape} ".encode() + array.tobytes())
    return digest.hexdigest()


with open(sys.argv[2], "w", encoding="ascii") as out:
    for path in sys.argv[3:]:
        state = load_file(path)
        model = Model(state)
        model.load_state_dict(state, strict=True)
        print(digest_of(model), file=out)
