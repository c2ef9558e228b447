"""ONNX models against the onnx package: what it writes, read as it reads it."""

import json

import numpy as np
import onnx
import pytest
import safetensors.numpy

import onnx_file
from onnx_file import constant, model_of, numpy_type, random_array, save, tensor_of
from test_torch import found

FLOATING = {"F32", "F64", "F16", "BF16", "F4", "C64", *(dtype for dtype in onnx_file.DTYPES.values() if dtype[:2] == "F8")}
NAMES = {np.dtype(numpy_type(kind)): dtype for kind, dtype in onnx_file.DTYPES.items()}


def numbers_of(array):
    """The values that are counted: integers exactly, everything else as float64."""
    numbers = np.ascontiguousarray(onnx_file.as_values(array)).reshape(-1)
    if numbers.dtype.kind == "c":
        numbers = numbers.view("<f4")
    return numbers if numbers.dtype.kind in "iu" else numbers.astype(np.float64)


def expected(name, array):
    """What a profile must say of the tensor, by numpy."""
    values = onnx_file.as_values(array)
    dtype = NAMES[array.dtype]
    numbers = numbers_of(array)
    row = {"name": name, "dtype": dtype, "shape": list(array.shape), "elements": array.size,
           "bytes": array.size // 2 if dtype == "F4" else values.nbytes, "zero": int((numbers == 0).sum()),
           "negative": int((numbers < 0).sum()), "trainable": True}
    if numbers.size:
        parts = 2 if array.dtype.kind == "c" else 1
        row |= {"min": numbers.min().item(), "argmin": int(numbers.argmin()) // parts, "max": numbers.max().item(),
                "argmax": int(numbers.argmax()) // parts}
    return row


def profile(run, path, *options, status=0):
    result = run("profile", "--json", *options, path)
    assert result.returncode == status, result.stderr
    return json.loads(result.stdout)


def check_moments(tensor, array):
    numbers = numbers_of(array).astype(np.float64)
    if numbers.size == 0:
        assert tensor["mean"] is None
        return
    assert np.isclose(tensor["mean"], numbers.mean(), rtol=1e-12, atol=1e-12 * abs(numbers).max())
    assert np.isclose(tensor["std"], numbers.std(), rtol=1e-9, atol=1e-9 * abs(numbers).max())
    assert np.isclose(tensor["l2"], np.sqrt((numbers * numbers).sum()), rtol=1e-9)
    for quantile in tensor["quantiles"]["values"]:
        true = np.quantile(numbers, quantile["q"])
        assert quantile["low"] <= true <= quantile["high"] or np.isclose(quantile["value"], true, rtol=1e-12, atol=1e-15)


def check_document(document, path):
    arrays = onnx_file.arrays_of(path)
    assert (document["problems"], document["skipped"]) == ([], [])
    assert [found(tensor) for tensor in document["tensors"]] == [expected(name, array) for name, array, _ in arrays]
    for tensor, (_, array, is_constant) in zip(document["tensors"], arrays):
        check_moments(tensor, array)
        is_weight = not is_constant or (tensor["dtype"] in FLOATING and array.shape != ())
        assert (tensor["role"] == "parameter") == (is_weight and tensor["dtype"] != "BOOL")


def check_models(run, folder, seed, count):
    random = np.random.default_rng(seed)
    for i in range(count):
        model = onnx_file.random_model(random, int(random.integers(1, 9)))
        home = folder / f"{seed}-{i}"
        home.mkdir()
        # Every second one with its elements in a file beside it, or, every eighth, in one for each tensor.
        external = f"m.onnx.data{i}" if i % 2 else None
        save(home / "m.onnx", model, external, all_tensors_to_one_file=i % 8 != 7)
        path = home if random.random() < 0.3 else home / "m.onnx"
        check_document(profile(run, path, "--io", ("mmap", "pread")[i // 2 % 2]), home / "m.onnx")


@pytest.mark.parametrize("seed", range(2))
def test_generated_models_agree_with_the_package(run, tmp_path, seed):
    check_models(run, tmp_path, seed, 50)


@pytest.mark.parametrize("kind", onnx_file.DTYPES)
def test_every_type_in_every_place(run, tmp_path, kind):
    array = random_array(np.random.default_rng(3), kind, (3, 5, 2))
    raw, typed = tensor_of("raw", kind, array), tensor_of("typed", kind, array, raw=False)
    check_document(profile(run, save(tmp_path / "m.onnx", model_of([raw, typed]))), tmp_path / "m.onnx")
    check_document(profile(run, save(tmp_path / "e.onnx", model_of([raw]), "e.data")), tmp_path / "e.onnx")


def test_bits_are_kept_when_safetensors_are_written(run, tmp_path):
    random = np.random.default_rng(4)
    # But for those that the package of safetensors does not load with numpy.
    kinds = [kind for kind in onnx_file.DTYPES if kind[:6] not in ("FLOAT4", "FLOAT8")]
    arrays = {kind: random_array(random, kind, (7, 3)) for kind in kinds}
    tensors = [tensor_of(kind, kind, array, i % 2 == 0) for i, (kind, array) in enumerate(arrays.items())]
    path = save(tmp_path / "m.onnx", model_of(tensors))
    beside = save(tmp_path / "beside.onnx", model_of([tensor_of(kind, kind, array) for kind, array in arrays.items()]), "x.data")
    for given in (path, beside):
        for verb, options in (("prune", ["--sparsity", "0"]), ("pack", [])):
            out = tmp_path / f"{given.stem}-{verb}"
            assert run(verb, *options, given, "-o", out).returncode == 0
            assert run("verify", out).returncode == 0
            assert run("compare", given, out).returncode == 0
        written = safetensors.numpy.load_file(tmp_path / f"{given.stem}-prune" / f"{given.stem}.safetensors")
        assert sorted(file.name for file in (tmp_path / f"{given.stem}-prune").iterdir()) == sorted(
            [f"{given.stem}.safetensors", "manifest.json"])
        for name, array in arrays.items():
            assert written[name].tobytes() == onnx_file.as_values(array).tobytes(), name


def test_large_tensors_and_any_number_of_threads(run, tmp_path):
    """Beyond a chunk of 2^20 elements, in every way in which elements stand."""
    random = np.random.default_rng(5)
    tensors = [tensor_of(f"{kind}.{raw}", kind, random_array(random, kind, (1100, 1201)), raw)
               for kind in ("FLOAT", "INT64", "INT8", "UINT4", "FLOAT16") for raw in (True, False)]
    paths = [save(tmp_path / "m.onnx", model_of(tensors)), save(tmp_path / "e.onnx", model_of(tensors), "e.data")]
    for path in paths:
        outputs = {run("profile", "--json", "--threads", threads, "--io", io, path).stdout
                   for threads in ("1", "2", "5") for io in ("mmap", "pread")}
        assert len(outputs) == 1
        arrays = onnx_file.arrays_of(path)
        tensors_found = json.loads(outputs.pop())["tensors"]
        assert [found(tensor) for tensor in tensors_found] == [expected(name, array) for name, array, _ in arrays]


def test_files_of_external_data_are_listed(run, tmp_path):
    tensors = [tensor_of("a", "FLOAT", np.ones((4, 4), "<f4")), tensor_of("b", "FLOAT", np.zeros((4, 4), "<f4"))]
    path = save(tmp_path / "m.onnx", model_of(tensors), "m.onnx.data")
    for given in (path, tmp_path):
        files = profile(run, given)["checkpoint"]["files"]
        assert [(file["name"], file["bytes"]) for file in files] == [
            (name, (tmp_path / name).stat().st_size) for name in ("m.onnx", "m.onnx.data")]
    assert b"onnx, 2 files" in run("inspect", path).stdout


@pytest.mark.parametrize("verb", [["prune", "--sparsity", "0.5", "--select", "all"], ["pack"]])
def test_o21_no_name_in_a_model_is_a_path_of_what_is_written(run, tmp_path, verb):
    names = ("../../escaped", "/tmp/absolute", "m.onnx.data", "sub/nested")
    tensors = [tensor_of(name, "FLOAT", np.full((4, 4), i + 1, "<f4")) for i, name in enumerate(names)]
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = save(folder / "m.onnx", model_of(tensors), "m.onnx.data")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert run(*verb, "-o", tmp_path / "out", path).returncode == 0
    written = {file for file in tmp_path.rglob("*") if file.is_file()} - set(before)
    assert {file.parent for file in written} == {tmp_path / "out"} and len(written) == 2
    assert all(file.read_bytes() == content for file, content in before.items())


def test_a_folder_of_several_models_asks_which(run, tmp_path):
    for name in ("model.onnx", "model_fp16.onnx"):
        save(tmp_path / name, model_of([tensor_of("a", "FLOAT", np.ones(4, "<f4"))]))
    result = run("inspect", tmp_path)
    assert result.returncode == 2 and b'"model.onnx", "model_fp16.onnx"' in result.stderr


def test_what_is_not_profiled_is_listed(run, tmp_path):
    odd = [onnx.helper.make_tensor("text", onnx.TensorProto.STRING, [2], [b"a", b"b"]),
           tensor_of("wide", "COMPLEX128", np.ones(3, "<c16")), tensor_of("half", "FLOAT4E2M1", np.ones(3, numpy_type("FLOAT4E2M1")))]
    values, indices = tensor_of("sparse", "FLOAT", np.ones(2, "<f4")), tensor_of("at", "INT64", np.array([0, 5]))
    model = model_of([*odd, tensor_of("w", "FLOAT", np.ones(4, "<f4"))])
    model.graph.sparse_initializer.append(onnx.helper.make_sparse_tensor(values, indices, [3, 3]))
    document = profile(run, save(tmp_path / "m.onnx", model), status=4)
    assert [tensor["name"] for tensor in document["tensors"]] == ["w"]
    assert [tensor["name"] for tensor in document["skipped"]] == ["text", "wide", "half", "sparse"]


def test_tensors_that_are_one_in_the_file_are_tied(run, tmp_path):
    tensor = tensor_of("a", "FLOAT", np.ones((4, 4), "<f4"))
    path = save(tmp_path / "m.onnx", model_of([tensor]), "m.data")
    model = onnx.load_model(path, load_external_data=False)
    again = model.graph.initializer.add()
    again.CopyFrom(model.graph.initializer[0])
    again.name = "b"
    save(path, model)
    document = profile(run, path)
    assert document["tied"] == [["a", "b"]] and document["totals"]["parameters"] == 16


def test_a_constant_in_a_function_is_found(run, tmp_path):
    tensor = tensor_of("", "FLOAT", np.ones((4, 4), "<f4"))
    opset = onnx.helper.make_opsetid("", 18)
    function = onnx.helper.make_function("own", "f", [], ["k"], [constant("k", tensor)], [opset])
    model = model_of([], functions=[function])
    assert [row["name"] for row in profile(run, save(tmp_path / "m.onnx", model))["tensors"]] == ["k"]
