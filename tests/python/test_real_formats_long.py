"""Real PyTorch, GGUF and ONNX files that scripts/fetch-checkpoint.sh keeps, against the packages gguf and onnx, and Python's own unpickler:
names, shapes, dtypes, statistics, and every bit of the values."""

import numpy as np
import pytest
import safetensors.numpy
from gguf import GGUFReader

import gguf_file
import onnx_file
import test_onnx
import torch_unpickle
from test_gguf import expected_stored, profile
from test_torch import expected, found
from torch_file import whole


def check_moments(tensor, numbers):
    values = numbers.astype(np.float64)
    assert np.isclose(tensor["mean"], values.mean(), rtol=1e-9, atol=1e-12)
    assert np.isclose(tensor["std"], values.std(), rtol=1e-9, atol=1e-12)
    assert np.isclose(tensor["l2"], np.sqrt((values * values).sum()), rtol=1e-9)
    if numbers.size <= 1 << 16:
        for quantile in tensor["quantiles"]["values"]:
            assert np.isclose(quantile["value"], np.quantile(values, quantile["q"]), rtol=1e-12, atol=1e-15)
    else:
        for quantile in tensor["quantiles"]["values"]:
            true = np.quantile(values, quantile["q"])
            assert quantile["low"] <= true <= quantile["high"]


def check_written(run, path, folder, arrays):
    """`pack --encoding dense` converts: what it writes has these values, bit for bit."""
    assert run("pack", "--encoding", "dense", path, "-o", folder).returncode == 0
    (file,) = folder.glob("*.safetensors")
    written = safetensors.numpy.load_file(file)
    assert written.keys() == arrays.keys()
    for name, array in arrays.items():
        assert written[name].dtype == array.dtype and written[name].shape == array.shape
        assert written[name].tobytes() == np.ascontiguousarray(array).tobytes(), name


def test_smollm2_is_what_the_gguf_package_reads(run, fetched, tmp_path):
    path = fetched("SmolLM2-135M-Instruct")
    document = profile(run, path)
    assert (document["problems"], document["skipped"], document["tied"]) == ([], [], [])
    read = GGUFReader(path).tensors
    assert [tensor["name"] for tensor in document["tensors"]] == [tensor.name for tensor in read]
    assert {tensor.tensor_type.name for tensor in read} == {"F32", "Q4_1", "Q8_0"}
    arrays = {}
    for ours, theirs in zip(document["tensors"], read):
        values = gguf_file.dequantized(theirs.data, theirs.tensor_type)
        tensor = gguf_file.Tensor(theirs.tensor_type, theirs.data, values)
        assert found(ours) == expected_stored(theirs.name, tensor)
        check_moments(ours, values.reshape(-1))
        arrays[theirs.name] = values
    totals = document["totals"]
    assert totals["parameters"] == 134_515_008 == sum(array.size for array in arrays.values())
    check_written(run, path, tmp_path / "out", arrays)


def state_dict_of(value):
    return value.get("model_state", value)


@pytest.mark.parametrize("name, tensors, parameters", [("CREPE", 44, 22_239_976), ("Resemblyzer", 16, 1_423_618)])
def test_pytorch_files_are_what_an_unpickler_reads(run, fetched, tmp_path, name, tensors, parameters):
    path = fetched(name)
    arrays = {key: tensor.array() for key, tensor in state_dict_of(torch_unpickle.load(path)).items()}
    assert len(arrays) == tensors
    for io in ("mmap", "pread"):
        document = profile(run, path, "--io", io)
        assert (document["problems"], document["skipped"], document["tied"]) == ([], [], [])
        assert [found(tensor) for tensor in document["tensors"]] == [
            expected(key, whole(np.ascontiguousarray(array).reshape(array.shape))) for key, array in arrays.items()]
        assert document["totals"]["parameters"] == parameters
    for ours, array in zip(document["tensors"], arrays.values()):
        check_moments(ours, array.reshape(-1))
    check_written(run, path, tmp_path / "out", arrays)


def test_the_state_of_an_optimizer_counts_only_when_asked_for(run, fetched):
    value = torch_unpickle.load(fetched("Resemblyzer"))
    states = [tensor.array().size for state in value["optimizer_state"]["state"].values()
              for tensor in state.values() if isinstance(tensor, torch_unpickle.Tensor)]
    document = profile(run, fetched("Resemblyzer"), "--include-optimizer")
    buffers = [tensor["elements"] for tensor in document["tensors"] if tensor["role"] == "buffer"]
    assert sorted(buffers) == sorted(states) and sum(states) > 2_800_000


def test_silero_vad_is_what_the_onnx_package_reads(run, fetched, tmp_path):
    """All its weights are in Constant nodes of the two branches of an If."""
    path = fetched("Silero-VAD")
    for io in ("mmap", "pread"):
        document = profile(run, path, "--io", io)
        test_onnx.check_document(document, path)
    totals = document["totals"]
    assert (totals["layers"], totals["parameters"], totals["buffers"]) == (30, 545_282, 311)
    check_written(run, path, tmp_path / "out", {name: array for name, array, _ in onnx_file.arrays_of(path)})
