"""Pictures that the program draws: whether they are whole, and the figures beside them."""

import csv
import shutil
import struct
import xml.etree.ElementTree as ElementTree
import zlib

import numpy as np
import pytest
from checkpoint_file import Tensor, write_checkpoint

PICTURES = ["depth", "histogram", "intervals", "parameters", "quantiles"]
BLOCK = {
    "attention.self.query.weight": (8, 8), "attention.self.query.bias": (8,), "attention.self.key.weight": (8, 8),
    "attention.self.value.weight": (8, 8), "attention.output.dense.weight": (8, 8),
    "attention.output.LayerNorm.weight": (8,), "intermediate.dense.weight": (32, 8), "intermediate.dense.bias": (32,),
    "output.dense.weight": (8, 32), "output.LayerNorm.weight": (8,), "output.LayerNorm.bias": (8,),
}

needs_gnuplot = pytest.mark.skipif(shutil.which("gnuplot") is None, reason="gnuplot is not installed")


def write_transformer(path, blocks=3, seed=1):
    """A tiny BERT whose values spread wider from block to block."""
    random = np.random.default_rng(seed)
    shapes = {"embeddings.word_embeddings.weight": ((50, 8), 0.05)}
    for block in range(blocks):
        shapes |= {f"encoder.layer.{block}.{name}": (shape, 0.02 * (block + 1)) for name, shape in BLOCK.items()}
    shapes["pooler.dense.weight"] = ((8, 8), 0.1)
    tensors = [Tensor(name, "F32", shape, random.normal(0, scale, shape).astype("<f4").tobytes())
               for name, (shape, scale) in shapes.items()]
    return write_checkpoint(path, tensors)


def assert_whole_png(path, width=1200):
    """The signature, chunks whose checksums are right, and the end."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, kinds = 8, []
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        (checksum,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        assert checksum == zlib.crc32(data[at + 4 : at + 8 + size])
        kinds.append(kind)
        at += size + 12
    assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")
    assert struct.unpack(">I", data[16:20]) == (width,)


def assert_whole_svg(path):
    """XML with text and shapes, and nothing that a browser would run or fetch."""
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    for element in root.iter():
        assert element.tag.split("}")[-1].lower() not in ("script", "foreignobject", "image", "a")
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name or value.startswith("#")
    return " ".join("".join(element.itertext()) for element in root.iter() if element.tag.endswith("}text"))


def assert_whole(folder, names=PICTURES):
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}.{ending}" for name in names for ending in ("csv", "png", "svg")
    )
    for name in names:
        assert_whole_svg(folder / f"{name}.svg")
        assert_whole_png(folder / f"{name}.png")


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
