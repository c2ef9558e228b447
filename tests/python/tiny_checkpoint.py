"""Small safetensors files, written by hand so that they can also be wrong."""

import json
import struct

BITS = {"F32": 32, "F64": 64, "F16": 16, "BF16": 16, "I8": 8, "U8": 8, "I64": 64, "BOOL": 8, "F6_E2M3": 6}


def elements(shape):
    count = 1
    for dimension in shape:
        count *= dimension
    return count


def header_bytes(tensors, **more):
    """The header, its length before it, of {name: (dtype, shape)} laid out one after the other."""
    entries, offset = dict(more), 0
    for name, (dtype, shape) in tensors.items():
        size = elements(shape) * BITS[dtype] // 8
        entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text, offset


def write_sparse(path, tensors):
    """A checkpoint of zeros that takes no space on the disk."""
    header, size = header_bytes(tensors)
    with open(path, "wb") as file:
        file.write(header)
        file.truncate(len(header) + size)
    return path


def write_floats(path, tensors):
    """A checkpoint of F32 tensors, {name: list of numbers}."""
    header, _ = header_bytes({name: ("F32", [len(values)]) for name, values in tensors.items()})
    with open(path, "wb") as file:
        file.write(header)
        for values in tensors.values():
            file.write(struct.pack(f"<{len(values)}f", *values))
    return path
