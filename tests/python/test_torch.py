"""PyTorch checkpoints against numpy: hundreds of generated containers, each with random tensors and views."""

import json

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

import torch_file
from torch_file import Call, Storage, View, whole

CONTAINERS_A_ROUND = 100
ARRAYS = ["<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "|u1", "|b1", "<c8", "<u2", "<u4", "<u8",
          ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2]


def random_storage(random, elements):
    dtype = np.dtype(ARRAYS[random.integers(len(ARRAYS))])
    numbers = random.normal(0, 2, elements)
    numbers[random.random(elements) < 0.2] = 0
    if dtype.kind == "c":
        numbers = numbers + 1j * random.normal(0, 1, elements)
    if dtype.kind == "u":
        numbers = abs(numbers * 20)
    return Storage(numbers.astype(dtype))


def random_view(random):
    """Of a random storage, with strides that may permute, skip or repeat."""
    rank = int(random.integers(0, 4))
    shape = tuple(int(extent) for extent in random.integers(0 if random.random() < 0.05 else 1, 9, rank))
    order = random.permutation(rank) if random.random() < 0.5 else np.arange(rank)[::-1]
    strides, step = [0] * rank, int(random.integers(1, 3)) if random.random() < 0.3 else 1
    for axis in order:
        strides[axis] = step
        step *= max(shape[axis], 1) + int(random.random() < 0.2)
    if rank and random.random() < 0.1:
        strides[int(random.integers(rank))] = 0
    offset = int(random.integers(0, 5))
    reach = offset + 1 + sum((extent - 1) * stride for extent, stride in zip(shape, strides) if extent)
    storage = random_storage(random, reach + int(random.integers(0, 3)))
    parameter = bool(random.random() < 0.3)
    return View(storage, offset, shape, tuple(strides), parameter, bool(random.random() < 0.5))


def expected(name, view):
    """What a profile must say of the tensor, by numpy."""
    array = view.array()
    numbers = np.ascontiguousarray(array).reshape(-1)
    if numbers.dtype.kind == "c":
        numbers = numbers.view("<f4")
    exact = numbers if numbers.dtype.kind in "iu" else numbers.astype(np.float64)
    row = {"name": name, "dtype": torch_file.kind_of(array.dtype)[0], "shape": list(array.shape),
           "elements": array.size, "bytes": array.nbytes, "zero": int((exact == 0).sum()),
           "negative": int((exact < 0).sum()), "trainable": view.trainable or not view.parameter}
    if numbers.size:
        parts = 2 if array.dtype.kind == "c" else 1
        row |= {"min": exact.min().item(), "argmin": int(exact.argmin()) // parts, "max": exact.max().item(),
                "argmax": int(exact.argmax()) // parts}
    return row


def found(tensor):
    row = {key: tensor[key] for key in ("name", "dtype", "shape", "elements", "bytes")}
    row |= {key: tensor["counts"][key] for key in ("zero", "negative")}
    row["trainable"] = tensor.get("trainable", True)
    if tensor["elements"]:
        row |= {key: tensor[key] for key in ("min", "argmin", "max", "argmax")}
    return row


def check_round(run, folder, seed, containers=CONTAINERS_A_ROUND):
    random = np.random.default_rng(seed)
    for i in range(containers):
        views = {f"layer.{k}.weight": random_view(random) for k in range(int(random.integers(1, 6)))}
        if random.random() < 0.3:
            views["again"] = next(iter(views.values()))
        container = torch_file.CONTAINERS[i % len(torch_file.CONTAINERS)]
        nested = {"epoch": 3, "lr": 0.5, "state_dict": views} if random.random() < 0.3 else views
        path = torch_file.save(folder / f"{seed}-{i}.pt", nested, protocol=int(random.integers(2, 6)),
                               container=container, byteorder="big" if random.random() < 0.2 else "little")
        result = run("profile", "--json", "--io", "mmap" if i % 2 else "pread", path)
        document = json.loads(result.stdout)
        in_order = {tensor["name"]: found(tensor) for tensor in document["tensors"]}
        assert list(in_order) == list(views)
        for name, row in in_order.items():
            assert row == expected(name, views[name]), (path, name)
        assert document["skipped"] == []
        assert document["tied"] == ([[next(iter(views)), "again"]] if "again" in in_order else [])
        mean = [tensor["mean"] for tensor in document["tensors"]]
        for name, value in zip(in_order, mean):
            numbers = np.ascontiguousarray(views[name].array()).reshape(-1)
            numbers = (numbers.view("<f4") if numbers.dtype.kind == "c" else numbers).astype(np.float64)
            assert (value is None) == (numbers.size == 0)
            assert value is None or np.isclose(value, numbers.mean(), rtol=1e-12, atol=1e-12 * abs(numbers).max())


@pytest.mark.parametrize("seed", range(3))
def test_generated_containers_agree_with_numpy(run, tmp_path, seed):
    check_round(run, tmp_path, seed)


def sharded(folder, **more):
    """Two shards and their index; beside them, a configuration and the index of another format."""
    random = np.random.default_rng(8)
    shards = {f"pytorch_model-0000{i + 1}-of-00002.bin": {f"{part}.weight": whole(random.normal(size=(8, 4)).astype("<f4"))}
              for i, part in enumerate("ab")}
    shards["pytorch_model-00001-of-00002.bin"]["tied"] = shards["pytorch_model-00001-of-00002.bin"]["a.weight"]
    folder.mkdir()
    for name, tensors in shards.items():
        torch_file.save(folder / name, tensors)
    named = {tensor: file for file, tensors in shards.items() for tensor in tensors}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": named}))
    (folder / "tf_model.h5.index.json").write_text("{}")
    (folder / "config.json").write_text("{}")
    return folder


@pytest.mark.parametrize("path", ["", "pytorch_model.bin.index.json"])
@pytest.mark.parametrize("encoding", ["dense", "zst", "packed"])
def test_shards_are_written_with_an_index_of_their_own(run, tmp_path, path, encoding):
    folder = sharded(tmp_path / "in")
    result = run("pack", "--encoding", encoding, "-o", tmp_path / "out", folder / path)
    assert result.returncode == 0, result.stderr
    index = json.loads((tmp_path / "out" / "pytorch_model.safetensors.index.json").read_text())
    assert index == {"metadata": {"total_size": 256}, "weight_map": {
        "a.weight": "pytorch_model-00001-of-00002.safetensors", "b.weight": "pytorch_model-00002-of-00002.safetensors"}}
    endings = {"dense": "", "zst": ".zst", "packed": ""}
    shards = [f"pytorch_model-0000{i}-of-00002{'.packed' if encoding == 'packed' else ''}.safetensors{endings[encoding]}"
              for i in (1, 2)]
    others = ["config.json"] if path == "" else []
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(
        [*shards, *others, "manifest.json", "pytorch_model.safetensors.index.json"])
    assert run("verify", tmp_path / "out").returncode == 0
    document = json.loads(run("inspect", "--json", tmp_path / "out").stdout)
    assert [tensor["name"] for tensor in document["tensors"]] == ["a.weight", "b.weight"]
    assert document["problems"] == []
    again = run("pack", "--encoding", encoding, "--resume", "-o", tmp_path / "out", folder / path)
    assert again.returncode == 0, again.stderr


def test_large_views_are_gathered_in_any_order(run, tmp_path):
    """Beyond a chunk of 2^20 elements, where pieces of the tensor are read one by one."""
    storage = Storage(np.random.default_rng(5).normal(size=1300 * 1700).astype("<f4"))
    views = {"transposed": View(storage, 0, (1700, 1300), (1, 1700)), "sliced": View(storage, 7, (600, 850), (3400, 2))}
    path = torch_file.save(tmp_path / "large.pt", views)
    for io in ("mmap", "pread"):
        tensors = json.loads(run("profile", "--json", "--io", io, path).stdout)["tensors"]
        assert [found(tensor) for tensor in tensors] == [expected(name, view) for name, view in views.items()]


def test_a_large_deflated_tensor_streams(run, tmp_path):
    array = np.random.default_rng(6).integers(-9, 9, 3_000_000).astype("<f4").reshape(3000, 1000)
    path = torch_file.save(tmp_path / "deflated.pt", {"w": whole(array)}, container="deflated")
    for threads in ("1", "3"):
        tensors = json.loads(run("profile", "--json", "--threads", threads, path).stdout)["tensors"]
        assert [found(tensor) for tensor in tensors] == [expected("w", whole(array))]


def test_a_large_deflated_tensor_is_read_in_its_own_order_only(run, tmp_path):
    array = np.zeros(9 << 20, "u1")
    views = {"w": whole(array), "turned": View(Storage(array), 0, (2, 9 << 19), (1, 2))}
    result = run("profile", "--json", torch_file.save(tmp_path / "deflated.pt", views, container="deflated"))
    assert result.returncode == 4
    document = json.loads(result.stdout)
    assert [tensor["name"] for tensor in document["tensors"]] == ["w"]
    assert [tensor["name"] for tensor in document["skipped"]] == ["turned"]
    assert "compressed" in document["skipped"][0]["reason"]


def test_a_corrupt_deflated_tensor_is_rejected(run, tmp_path):
    array = np.arange(100_000, dtype="<f4")
    path = torch_file.save(tmp_path / "deflated.pt", {"w": whole(array)}, container="deflated")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    result = run("profile", "--json", path)
    assert (result.returncode, result.stdout) == (3, b"")
    assert b"[DEFLATE" in result.stderr


def test_prune_and_pack_write_safetensors(run, tmp_path):
    views = {f"w{i}": random_view(np.random.default_rng(i)) for i in range(6)}
    views["tied"] = views["w0"]
    path = torch_file.save(tmp_path / "model.pt", views)
    for verb, options in (("prune", ["--sparsity", "0"]), ("pack", ["--encoding", "dense"]), ("pack", [])):
        out = tmp_path / "-".join([verb, *options])
        assert run(verb, *options, path, "-o", out).returncode == 0
        written = json.loads(run("profile", "--json", out).stdout)
        assert written["problems"] == []
        assert [found(tensor) | {"trainable": True} for tensor in written["tensors"]] == [
            expected(name, view) | {"trainable": True} for name, view in views.items() if name != "tied"]


def test_nothing_to_select_is_no_obstacle_where_nothing_is_pruned(run, tmp_path):
    vectors = {"a": np.arange(3, dtype="<f4"), "b": np.arange(4, dtype="<f2")}
    path = tmp_path / "vectors.pt"
    torch_file.save(path, {name: whole(array) for name, array in vectors.items()})
    assert run("prune", "--sparsity", "0.5", "-o", tmp_path / "half", path).returncode == 2
    result = run("prune", "--sparsity", "0", "-o", tmp_path / "out", path)
    assert result.returncode == 0, result.stderr
    written = safetensors.numpy.load_file(tmp_path / "out" / "vectors.safetensors")
    assert all(written[name].tobytes() == array.tobytes() for name, array in vectors.items()) and len(written) == 2
    for name in ("TYPO", "^b$"):
        select = ["--select", name, "-o", tmp_path / name.strip("^$")]
        assert run("prune", "--sparsity", "0", *select, path).returncode == (2 if name == "TYPO" else 0)


def test_foreign_calls_are_never_made(run, tmp_path):
    witness = tmp_path / "witness"

    class Evil:
        def __reduce__(self):
            import os

            return os.system, (f"touch {witness}",)

    path = torch_file.save(tmp_path / "evil.pt", {"w": whole(np.ones(3, "<f4")), "x": Evil()})
    for verb in ("inspect", "profile", "verify"):
        result = run(verb, path)
        assert result.returncode == 0
        said = result.stdout + result.stderr
        assert b"posix.system" in said and b"[PT-GLOBAL]" in said
        assert run(verb, "--strict", path).returncode in (1, 3)
    assert not witness.exists()


def test_what_a_foreign_call_makes_of_tensors_is_skipped(run, tmp_path):
    odd = Call(print, whole(np.ones(3, "<f4")))
    result = run("profile", "--json", torch_file.save(tmp_path / "odd.pt", {"w": whole(np.ones(3, "<f4")), "odd": odd}))
    document = json.loads(result.stdout)
    assert result.returncode == 4
    assert [tensor["name"] for tensor in document["tensors"]] == ["w"]
    assert [tensor["name"] for tensor in document["skipped"]] == ["odd"]


def test_the_state_of_an_optimizer_is_counted_as_buffers_when_asked_for(run, tmp_path):
    weight, moment = whole(np.ones((2, 3), np.float32)), whole(np.full((2, 3), 2, np.float32))
    path = tmp_path / "training.pt"
    torch_file.save(path, {"model": {"w": weight}, "optimizer": {"state": {0: {"exp_avg": moment}}, "param_groups": []}})
    assert [tensor["name"] for tensor in json.loads(run("profile", "--json", path).stdout)["tensors"]] == ["w"]
    saved = tmp_path / "saved.json"
    assert run("profile", "--include-optimizer", "-o", saved, path).returncode == 0
    document = json.loads(saved.read_bytes())
    roles = {tensor["name"]: tensor["role"] for tensor in document["tensors"]}
    assert len(roles) == 2 and sorted(roles.values()) == ["buffer", "parameter"]
    assert document["options"]["include_optimizer"] is True and document["totals"]["parameters"] == 6
    assert run("report", "--json", saved).stdout == saved.read_bytes()
    assert json.loads(run("inspect", "--json", "--include-optimizer", path).stdout)["totals"]["buffers"] == 1
