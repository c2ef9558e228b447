"""Distributed PyTorch checkpoints against numpy: generated ones, with tensors cut into grids of chunks over ranks."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

import dcp_file
from test_torch import expected, found, random_storage
from torch_file import Storage, View, whole

CONTAINERS_A_ROUND = 100


def strided_view(random, box):
    """The box as a view whose elements stand in another order, with some between."""
    order = random.permutation(box.ndim)
    step = int(random.integers(1, 3))
    strides = [0] * box.ndim
    for axis in order:
        strides[axis] = step
        step *= box.shape[axis]
    reach = 1 + sum((size - 1) * stride for size, stride in zip(box.shape, strides))
    view = View(Storage(np.zeros(reach, box.dtype)), 0, box.shape, tuple(strides))
    places = np.arange(reach)
    places = np.lib.stride_tricks.as_strided(places, box.shape, [stride * places.itemsize for stride in strides])
    view.storage.array[places] = box
    return view


def random_tensor(random, ranks):
    """Cut along none, some or all of its dimensions."""
    rank = int(random.integers(0, 4))
    shape = tuple(int(extent) for extent in random.integers(0 if random.random() < 0.05 else 1, 9, rank))
    array = random_storage(random, int(np.prod(shape))).array.reshape(shape)
    cuts = [sorted(random.choice(np.arange(1, size), int(random.integers(0, min(size, 4))), replace=False).tolist())
            if size > 1 and random.random() < 0.6 else [] for size in shape]
    tensor = dcp_file.sharded(array, cuts, lambda i: int(random.integers(ranks)))
    random.shuffle(tensor.chunks)
    for chunk in tensor.chunks:
        if array.size and random.random() < 0.2:
            box = tuple(slice(first, first + size) for first, size in zip(chunk.begin, chunk.sizes))
            chunk.view = strided_view(random, array[box])
    return tensor


def check_round(run, folder, seed, containers=CONTAINERS_A_ROUND):
    random = np.random.default_rng(seed)
    for i in range(containers):
        ranks = int(random.integers(1, 5))
        tensors = {f"layer.{k}.weight": random_tensor(random, ranks) for k in range(int(random.integers(1, 6)))}
        if random.random() < 0.5:
            moments = {"exp_avg": np.ones(3, "<f4")}
            state = {"model": tensors, "optim": {"state": {"0": moments}, "param_groups": [1.5]}, "epoch": 3}
        else:
            state = tensors
        path = dcp_file.save(folder / f"{seed}-{i}", state, protocol=int(random.integers(2, 6)),
                             planner_data=state is not tensors or random.random() < 0.8,
                             byteorder="big" if random.random() < 0.2 else "little")
        result = run("profile", "--json", "--io", "mmap" if i % 2 else "pread", path if i % 3 else path / ".metadata")
        assert (result.returncode, result.stderr) == (0, b""), path
        document = json.loads(result.stdout)
        assert (document["checkpoint"]["name"], document["checkpoint"]["format"]) == (path.name, "dcp")
        in_order = {tensor["name"]: found(tensor) for tensor in document["tensors"]}
        assert list(in_order) == list(tensors)
        for name, row in in_order.items():
            assert row == expected(name, whole(tensors[name].array)), (path, name)


@pytest.mark.parametrize("seed", range(2))
def test_generated_checkpoints_agree_with_numpy(run, tmp_path, seed):
    check_round(run, tmp_path, seed)


def layered(random):
    return {"model": {"a": {"weight": dcp_file.sharded(random.normal(size=(64, 48)).astype("<f4"), [[20, 40], []])},
                      "b": {"weight": dcp_file.sharded(random.normal(size=(30, 50)).astype("<f4"), [[7], [10, 33]])},
                      "running_mean": random.normal(size=9).astype("<f8")},
            "optimizer": {"state": {"a.weight": {"exp_avg": np.zeros((4, 2), "<f4")}}, "param_groups": [{"lr": 0.1}]}}


def names_and_roles(result):
    return [(tensor["name"], tensor["role"]) for tensor in json.loads(result.stdout)["tensors"]]


def test_names_are_those_of_a_state_dict_in_one_file(run, tmp_path):
    path = dcp_file.save(tmp_path / "step-7", layered(np.random.default_rng(1)))
    plain = [("a.weight", "parameter"), ("b.weight", "parameter"), ("running_mean", "buffer")]
    assert names_and_roles(run("inspect", "--json", path)) == plain
    assert names_and_roles(run("inspect", "--json", "--include-optimizer", path)) == [
        *((f"model.{name}", role) for name, role in plain), ("optimizer.state.a.weight.exp_avg", "buffer")]


def test_state_of_the_training_is_left_out_beside_the_model(run, tmp_path):
    state = {"model": {"w": np.ones((2, 3), "<f4")}, "rng_state": np.zeros(9, "|u1"), "best_loss": np.ones((), "<f4")}
    path = dcp_file.save(tmp_path / "step-7", state)
    assert names_and_roles(run("inspect", "--json", path)) == [("w", "parameter")]
    assert names_and_roles(run("inspect", "--json", "--include-optimizer", path)) == [
        ("model.w", "parameter"), ("rng_state", "buffer"), ("best_loss", "buffer")]


def test_files_and_totals_are_those_of_the_checkpoint(run, tmp_path):
    path = dcp_file.save(tmp_path / "step-7", layered(np.random.default_rng(1)))
    document = json.loads(run("inspect", "--json", path).stdout)
    files = {file.name: file.stat().st_size for file in path.iterdir()}
    assert {file["name"]: file["bytes"] for file in document["checkpoint"]["files"]} == files
    assert document["totals"]["parameters"] == 64 * 48 + 30 * 50


@pytest.mark.parametrize("verb", ["prune", "pack"])
def test_it_is_written_as_one_safetensors_file(run, tmp_path, verb):
    state = layered(np.random.default_rng(2))
    path = dcp_file.save(tmp_path / "step-7", state)
    options = ["--sparsity", "0", "--encoding", "dense"] if verb == "prune" else ["--encoding", "packed"]
    result = run(verb, *options, "-o", tmp_path / "out", path)
    assert result.returncode == 0, result.stderr
    ending = "safetensors" if verb == "prune" else "packed.safetensors"
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["manifest.json", f"step-7.{ending}"]
    assert run("compare", path, tmp_path / "out").returncode == 0
    if verb == "pack":
        assert run("unpack", "-o", tmp_path / "dense", tmp_path / "out").returncode == 0
    loaded = load_file(tmp_path / ("out" if verb == "prune" else "dense") / "step-7.safetensors")
    assert {name: array.tolist() for name, array in loaded.items()} == {
        "a.weight": state["model"]["a"]["weight"].array.tolist(), "b.weight": state["model"]["b"]["weight"].array.tolist(),
        "running_mean": state["model"]["running_mean"].tolist()}


def test_large_tensors_are_put_together_in_any_order(run, tmp_path):
    """Beyond a chunk of 2^20 elements, over more files than are open at a time."""
    array = np.random.default_rng(5).normal(size=(1300, 1700)).astype("<f4")
    tensors = {"columns": dcp_file.sharded(array, [[], list(range(100, 1700, 100))]),
               "rows": dcp_file.sharded(array, [list(range(50, 1300, 50)), []]),
               "both": dcp_file.sharded(array, [list(range(200, 1300, 200)), [1, 900]])}
    path = dcp_file.save(tmp_path / "large", tensors)
    outputs = set()
    for io, threads in (("mmap", "1"), ("pread", "3")):
        result = run("profile", "--json", "--io", io, "--threads", threads, path)
        outputs.add(result.stdout)
    assert len(outputs) == 1
    tensors = json.loads(outputs.pop())["tensors"]
    assert [found(tensor) for tensor in tensors] == [expected(tensor["name"], whole(array)) for tensor in tensors]
