"""The promise of bounded memory for every format: 64 MiB + 24 MiB a thread + 16 KiB a tensor + 8 × the headers, on peak
resident memory with mapped pages counted; files that are several times as large."""

import shutil
import struct
import zipfile

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type

import dcp_file
import gguf_file
import onnx_file
import torch_file
from test_memory_long import MIB, measure, profile_promise  # noqa: F401 (a fixture)

HEADERS = MIB  # more than any of these files has
ELEMENTS = 96 * MIB // 4


def random_floats(elements):
    return np.random.default_rng(1).integers(0, 2**31 - 2**24, elements, "u4").view("<f4")


def torch_zip(folder):
    """Three tensors of 96 MiB; one transposed, one tied."""
    values = random_floats(ELEMENTS)
    turned = torch_file.View(torch_file.Storage(values[::-1].copy()), 0, (4096, ELEMENTS // 4096), (1, 4096))
    first = torch_file.whole(values)
    return torch_file.save(folder / "m.pt", {"a": first, "turned": turned, "tied": first})


def torch_deflated(folder):
    values = np.repeat(random_floats(ELEMENTS // 16), 64)
    return torch_file.save(folder / "m.pt", {"a": torch_file.whole(values)}, container="deflated")


def torch_masked(folder):
    """A tensor of 96 MiB and its mask, which lie in different orders."""
    values = random_floats(ELEMENTS)
    mask = torch_file.View(torch_file.Storage((values > 1).astype("<f4")), 0, (4096, ELEMENTS // 4096), (1, 4096))
    return torch_file.save(folder / "m.pt", {"w_orig": torch_file.whole(values.reshape(4096, -1)), "w_mask": mask})


def dcp_chunks(folder):
    """A tensor of 96 MiB in rows, and one in columns, over more files than are open at a time."""
    values = random_floats(ELEMENTS).reshape(-1, 4096)
    rows = dcp_file.sharded(values, [list(range(512, 6144, 512)), []])
    columns = dcp_file.sharded(values, [[], list(range(128, 4096, 128))])
    return dcp_file.save(folder / "m", {"rows": rows, "columns": columns})


def gguf_plain(folder):
    values = random_floats(2 * ELEMENTS).reshape(-1, 4096)
    return gguf_file.save(folder / "m.gguf", {"a": gguf_file.Tensor(Type.F32, values, values)})


def gguf_blocks(folder):
    """Of every type, 24 MiB each; most are several times as large once they are dequantised."""
    random = np.random.default_rng(2)
    tensors = {}
    for kind in gguf_file.BLOCKS:
        elements, size = gguf_file.gguf.GGML_QUANT_SIZES[kind]
        rows = 24 * MIB // (4096 // elements * size)
        tensors[kind.name] = gguf_file.Tensor(kind, gguf_file.blocks(random, kind, (rows, 4096)), None)
    return gguf_file.save(folder / "m.gguf", tensors)


def npz_stored(folder):
    np.savez(folder / "m.npz", a=random_floats(ELEMENTS), b=random_floats(ELEMENTS).reshape(-1, 1024))
    return folder / "m.npz"


def npz_deflated(folder):
    """A gibibyte in a megabyte, and numbers that do not get much smaller."""
    header = b"\x93NUMPY\1\0" + struct.pack("<H", 118)
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (268435456,), }"
    with zipfile.ZipFile(folder / "m.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("zeros.npy", "w", force_zip64=True) as member:
            member.write(header + text.ljust(117) + b"\n")
            for _ in range(64):
                member.write(bytes(16 * MIB))
        with archive.open("noise.npy", "w") as member:
            np.save(member, random_floats(ELEMENTS // 2))
    return folder / "m.npz"


def onnx_raw(folder):
    values = random_floats(ELEMENTS).reshape(-1, 4096)
    return onnx_file.save(folder / "m.onnx", onnx_file.model_of([onnx_file.tensor_of(name, "FLOAT", values) for name in "ab"]))


def onnx_external(folder):
    values = random_floats(ELEMENTS).reshape(-1, 4096)
    model = onnx_file.model_of([onnx_file.tensor_of(name, "FLOAT", values) for name in "ab"])
    return onnx_file.save(folder / "m.onnx", model, "m.data")


def onnx_packed(folder):
    """Raw 4-bit integers, which are twice as large as they come out, and halves as packed varints of three bytes, which
    are indexed."""
    half = onnx_file.TensorProto(name="half", data_type=onnx_file.TensorProto.FLOAT16, dims=[32 * MIB])
    varints = np.tile(np.array([0x80, 0xF8, 0x00], "u1"), 32 * MIB)  # 15360: 1
    field = bytes([5 << 3 | 2]) + varint(varints.size) + varints.tobytes()
    four = onnx_file.TensorProto(name="four", data_type=onnx_file.TensorProto.INT4, dims=[192 * MIB],
                                 raw_data=np.random.default_rng(3).integers(0, 256, 96 * MIB, "u1").tobytes())
    model = onnx_file.model_of([four])
    return onnx_model(folder / "m.onnx", model, half.SerializeToString() + field)


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def onnx_model(path, model, initializer):
    """With one more initializer, written as it is."""
    graph = model.graph.SerializeToString() + bytes([5 << 3 | 2]) + varint(len(initializer)) + initializer
    model.ClearField("graph")
    path.write_bytes(model.SerializeToString() + bytes([7 << 3 | 2]) + varint(len(graph)) + graph)
    return path


MAKERS = {"torch_zip": (torch_zip, 3), "torch_deflated": (torch_deflated, 1),
          "torch_masked": (torch_masked, 1), "dcp_chunks": (dcp_chunks, 2),
          "gguf_plain": (gguf_plain, 1), "gguf_blocks": (gguf_blocks, len(gguf_file.BLOCKS)),
          "npz_stored": (npz_stored, 2), "npz_deflated": (npz_deflated, 2),
          "onnx_raw": (onnx_raw, 2), "onnx_external": (onnx_external, 2), "onnx_packed": (onnx_packed, 2)}


@pytest.mark.parametrize("maker", MAKERS)
def test_profile_and_inspect_keep_the_promise(measure, tmp_path, maker):  # noqa: F811
    make, tensors = MAKERS[maker]
    path = make(tmp_path)
    for io in ("mmap", "pread"):
        for threads in (1, 4):
            used = measure("profile", path, "--json", "--threads", threads, "--io", io)
            assert used["peak_bytes"] <= profile_promise(threads, tensors, HEADERS), (io, threads)
        assert measure("inspect", path, "--io", io)["peak_bytes"] <= 16 * MIB + 8 * HEADERS
    shutil.rmtree(path) if path.is_dir() else path.unlink()
