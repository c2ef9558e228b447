#!/usr/bin/env python3
"""Writes a small made-up checkpoint, for machines that cannot fetch a real one.

Usage: make-checkpoint.py FOLDER. It has the tensors of a small transformer (about 1.6 million parameters, F32)
with normal weights from a fixed seed: the same bytes every time. Standard library only.
"""

import array
import json
import random
import struct
import sys
from math import prod
from pathlib import Path

WIDTH, INNER, WORDS, LAYERS = 128, 512, 6000, 4


def tensor_shapes():
    yield "embeddings.word_embeddings.weight", [WORDS, WIDTH]
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        for part in ("query", "key", "value", "output"):
            yield f"{prefix}.attention.{part}.weight", [WIDTH, WIDTH]
            yield f"{prefix}.attention.{part}.bias", [WIDTH]
        yield f"{prefix}.intermediate.weight", [INNER, WIDTH]
        yield f"{prefix}.intermediate.bias", [INNER]
        yield f"{prefix}.output.weight", [WIDTH, INNER]
        yield f"{prefix}.LayerNorm.weight", [WIDTH]


def values(name, count, source):
    """Freshly initialised values: zero biases, layer norms of one, everything else N(0, 0.05)."""
    if name.endswith("bias"):
        return array.array("f", bytes(4 * count))
    if "LayerNorm" in name:
        return array.array("f", [1.0]) * count
    return array.array("f", (source.gauss(0, 0.05) for _ in range(count)))


def main(folder):
    source = random.Random(20)
    header, chunks, offset = {"__metadata__": {"origin": "scripts/make-checkpoint.py"}}, [], 0
    for name, shape in tensor_shapes():
        data = values(name, prod(shape), source).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
        chunks.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(b"".join([struct.pack("<Q", len(text)), text, *chunks]))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
