"""Writes safetensors checkpoints byte by byte, as the specification draws them and independent of any library.

A file is the length of the header (u64), the header (JSON), the data. Tensors lie in the order given.
"""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32,
    "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}


@dataclass
class Tensor:
    """A tensor to be written: `data` are its raw bytes."""

    name: str
    dtype: str
    shape: tuple
    data: bytes

    @property
    def elements(self):
        return math.prod(self.shape)


def flat_tensor(name, dtype, data):
    """A tensor of one dimension that holds these bytes."""
    return Tensor(name, dtype, (len(data) * 8 // BITS[dtype],), data)


def listed(tensors):
    """Tensors that lie behind each other in the order in which a profile lists them: by offset, then by name."""
    begin, keyed = 0, []
    for tensor in tensors:
        keyed.append((begin, tensor.name, tensor))
        begin += len(tensor.data)
    return [tensor for *_, tensor in sorted(keyed, key=lambda key: key[:2])]


def header_text(entries, metadata=None):
    """The header of (name, dtype, shape, bytes) entries that lie behind each other."""
    header, begin = {}, 0
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, dtype, shape, size in entries:
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, begin + size]}
        begin += size
    return json.dumps(header, separators=(",", ":"))


def write_checkpoint(path, tensors, *, metadata=None, skew=0, shuffle=None):
    """Writes one file. Its data begin `skew` bytes behind a multiple of 8; `shuffle` (a numpy generator) lists
    the tensors in the header in another order than they lie in."""
    entries = [(t.name, t.dtype, t.shape, len(t.data)) for t in tensors]
    text = header_text(entries, metadata)
    if shuffle is not None:
        items = list(json.loads(text).items())
        text = json.dumps(dict(items[i] for i in shuffle.permutation(len(items))), separators=(",", ":"))
    text += " " * ((skew - len(text)) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text.encode())
        for tensor in tensors:
            file.write(tensor.data)
    return Path(path)


def write_sharded(folder, shards, stem="model"):
    """Writes shards (lists of tensors) with their index; returns the index file."""
    weight_map, total = {}, 0
    for number, tensors in enumerate(shards, 1):
        name = f"{stem}-{number:05}-of-{len(shards):05}.safetensors"
        write_checkpoint(Path(folder) / name, tensors, metadata={"format": "pt"})
        weight_map |= {tensor.name: name for tensor in tensors}
        total += sum(len(tensor.data) for tensor in tensors)
    index = Path(folder) / f"{stem}.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}))
    return index


def write_sparse(path, entries):
    """Writes the header of (name, dtype, shape) entries and a hole for the data: it reads as zeros and takes no
    room on the disk."""
    sized = [(name, dtype, shape, math.prod(shape) * BITS[dtype] // 8) for name, dtype, shape in entries]
    text = header_text(sized)
    text += " " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text.encode())
        os.truncate(file.fileno(), 8 + len(text) + sum(size for *_, size in sized))
    return Path(path)
