"""Files that the official safetensors package writes: the program sees in them what the package does."""

import json

import numpy as np
import pytest
import safetensors
import safetensors.numpy

NUMPY = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "I16": np.int16,
    "U16": np.uint16,
    "F16": np.float16,
    "I32": np.int32,
    "U32": np.uint32,
    "F32": np.float32,
    "C64": np.complex64,
    "F64": np.float64,
    "I64": np.int64,
    "U64": np.uint64,
}
SHAPES = [(), (1,), (7,), (0, 3), (2, 3), (1, 5, 1), (2, 1, 3, 2)]


def written_by_the_package(path, seed, metadata=None):
    """A checkpoint in which every tensor is filled with a number of its own: from 1 on, in order of creation."""
    random = np.random.default_rng(seed)
    tensors = {}
    for number in range(1, int(random.integers(2, 60))):
        dtype = str(random.choice(list(NUMPY)))
        shape = SHAPES[random.integers(len(SHAPES))]
        tensors[f"layer.{number}.{'größe' if number % 3 else 'weight'}"] = np.full(shape, number, NUMPY[dtype])
    safetensors.numpy.save_file(tensors, path, metadata)
    return tensors


def header_of(path):
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    return header


def profile_of(run, *arguments):
    result = run(*arguments, "--json")
    assert (result.returncode, result.stderr) == (0, b"")
    return json.loads(result.stdout)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("io", ["mmap", "pread"])
def test_names_dtypes_shapes_and_order(run, tmp_path, seed, io):
    path = tmp_path / "model.safetensors"
    tensors = written_by_the_package(path, seed, {"format": "np"} if seed % 2 else None)
    seen = profile_of(run, "inspect", "--strict", "--io", io, path)["tensors"]
    header = header_of(path)
    assert len(seen) == len(tensors)
    assert {tensor["name"]: (tensor["dtype"], tensor["shape"]) for tensor in seen} == {
        name: (entry["dtype"], entry["shape"]) for name, entry in header.items()
    }
    by_offset = sorted(header, key=lambda name: (header[name]["data_offsets"][0], name.encode()))
    assert [tensor["name"] for tensor in seen] == by_offset
    with safetensors.safe_open(path, "np") as reader:
        for tensor in seen:
            values = reader.get_tensor(tensor["name"])
            assert (tensor["elements"], tensor["bytes"]) == (values.size, values.nbytes)


@pytest.mark.parametrize("seed", range(5))
def test_bytes_are_read_where_the_package_wrote_them(run, tmp_path, seed):
    path = tmp_path / "model.safetensors"
    tensors = written_by_the_package(path, seed)
    for tensor in profile_of(run, "profile", path)["tensors"]:
        values = tensors[tensor["name"]]
        if values.size == 0:
            expected = (None, None)
        elif np.iscomplexobj(values):
            expected = (0, values.flat[0].real)
        else:
            expected = (values.flat[0],) * 2
        assert (tensor["min"], tensor["max"]) == expected, tensor["name"]


BITS = {
    **{name: 8 * np.dtype(dtype).itemsize for name, dtype in NUMPY.items()},
    **{"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BF16": 16},
    **{name: 8 for name in ("F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ")},
}


def test_every_dtype_that_the_package_knows(run, tmp_path):
    """Also those that numpy has not, read by the package from a file written by hand."""
    entries, offset = {}, 0
    for dtype, bits in BITS.items():
        size = 8 * bits // 8
        entries[f"of_{dtype}"] = {"dtype": dtype, "shape": [2, 4], "data_offsets": [offset, offset + size]}
        offset += size
    header = json.dumps(entries).encode()
    content = len(header).to_bytes(8, "little") + header + bytes(offset)
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    theirs = {name: (spec["dtype"], spec["shape"], len(spec["data"])) for name, spec in safetensors.deserialize(content)}
    ours = {
        tensor["name"]: (tensor["dtype"], tensor["shape"], tensor["bytes"])
        for tensor in profile_of(run, "inspect", "--strict", path)["tensors"]
    }
    assert len(ours) == 22
    assert ours == theirs
