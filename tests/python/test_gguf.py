"""GGUF files against the gguf package: what it writes, read as it reads it."""

import json

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader

import gguf_file
from test_torch import expected, found

PLAIN = [*gguf_file.PLAIN, Type.BF16]


def expected_plain(name, tensor):
    """What a profile must say of it."""
    row = expected(name, tensor)
    if tensor.kind == Type.BF16:
        row |= {"dtype": "BF16", "bytes": row["elements"] * 2}
    return row


def profile(run, path, *options, status=0):
    result = run("profile", "--json", *options, path)
    assert result.returncode == status, result.stderr
    return json.loads(result.stdout)


def check_plain(run, folder, seed, count):
    random = np.random.default_rng(seed)
    for i in range(count):
        kinds = [PLAIN[k] for k in random.integers(len(PLAIN), size=int(random.integers(1, 7)))]
        tensors = {f"blk.{k}.weight": gguf_file.random_plain(random, kind) for k, kind in enumerate(kinds)}
        split = 2 if random.random() < 0.2 and len(tensors) > 2 else 0
        # The package leaves the alignment out of all parts but the first.
        alignment = None if split else (None, 64, 8)[random.integers(3)]
        path = gguf_file.save(folder / f"{seed}-{i}.gguf", tensors, alignment, split)
        document = profile(run, path, "--io", ("mmap", "pread")[i % 2])
        assert document["problems"] == []
        assert [found(tensor) for tensor in document["tensors"]] == [
            expected_plain(name, tensor) for name, tensor in tensors.items()]
        if split == 0:
            assert [(t.name, list(reversed(t.shape.tolist()))) for t in GGUFReader(path).tensors] == [
                (t["name"], t["shape"]) for t in document["tensors"]]


@pytest.mark.parametrize("seed", range(2))
def test_generated_files_agree_with_the_package(run, tmp_path, seed):
    check_plain(run, tmp_path, seed, 60)


def test_parts_are_one_checkpoint(run, tmp_path):
    random = np.random.default_rng(4)
    tensors = {f"blk.{k}.weight": gguf_file.random_plain(random, Type.F32) for k in range(5)}
    first = gguf_file.save(tmp_path / "m.gguf", tensors, split=2)
    assert first.name == "m-00001-of-00003.gguf"
    whole, folder = profile(run, first), profile(run, tmp_path)
    assert whole["checkpoint"]["name"] == "m"
    assert whole["checkpoint"]["files"] == folder["checkpoint"]["files"]
    assert whole["tensors"] == folder["tensors"]
    assert [tensor["name"] for tensor in whole["tensors"]] == list(tensors)
    (tmp_path / "m-00002-of-00003.gguf").unlink()
    result = run("inspect", first)
    assert result.returncode == 3 and b"[SHARD-MISSING]" in result.stderr


def test_prune_and_pack_write_safetensors(run, tmp_path):
    random = np.random.default_rng(5)
    tensors = {f"blk.{k}.weight": gguf_file.random_plain(random, kind) for k, kind in enumerate(PLAIN)}
    path = gguf_file.save(tmp_path / "model.gguf", tensors)
    for verb, options in (("prune", ["--sparsity", "0"]), ("pack", [])):
        out = tmp_path / verb
        assert run(verb, *options, path, "-o", out).returncode == 0
        assert [found(tensor) for tensor in profile(run, out)["tensors"]] == [
            expected_plain(name, tensor) for name, tensor in tensors.items()]
        assert run("verify", out).returncode == 0
