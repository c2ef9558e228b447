"""A file that ends too early, as a download that broke off leaves it, is called that, whatever its format is."""

import io

import numpy as np
import pytest
from onnx_file import model_of, tensor_of
from safetensors.numpy import save

import gguf_file
import torch_file
from malformed_torch import LEGACY, legacy

FORMAT_BYTES = 40  # so many say in each format which it is
ARRAY = np.arange(4000, dtype="f4").reshape(40, 100)


def gguf_bytes(folder):
    kind = gguf_file.gguf.GGMLQuantizationType.F32
    return gguf_file.save(folder / "whole.gguf", {"w": gguf_file.Tensor(kind, ARRAY, ARRAY)}).read_bytes()


def numpy_bytes(write):
    out = io.BytesIO()
    write(out, ARRAY)
    return out.getvalue()


WHOLE = {
    "model.safetensors": lambda _: save({"w": ARRAY}),
    "model.pt": lambda _: torch_file.saved({"w": torch_file.whole(ARRAY)}),
    "legacy.pt": lambda _: legacy(LEGACY),
    "model.gguf": gguf_bytes,
    "model.npy": lambda _: numpy_bytes(np.save),
    "model.npz": lambda _: numpy_bytes(np.savez),
    "model.onnx": lambda _: model_of([tensor_of("w", "FLOAT", ARRAY)]).SerializeToString(),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("part", [0.01, 0.1, 0.5, 0.999])
def test_it_is_called_cut_short(run, tmp_path, name, part):
    whole = WHOLE[name](tmp_path)
    path = tmp_path / name
    path.write_bytes(whole)
    assert run("inspect", path).returncode == 0
    path.write_bytes(whole[: max(int(part * len(whole)), FORMAT_BYTES)])
    result = run("inspect", path)
    assert result.returncode == 3
    assert b"cut short" in result.stderr, result.stderr.decode()
