"""The verb prune: what is written against numpy, predictions against what is written, and refusals."""

import json
import subprocess

import numpy as np
import pytest
from safetensors.numpy import load_file

from checkpoint_file import Tensor, write_checkpoint, write_sharded
from odd_tensors import odd_tensors, shaped
from samples import bits, gaussian, pruned, sample

ENCODINGS = ["dense", "zst", "packed"]
ENDINGS = {"dense": "model.safetensors", "zst": "model.safetensors.zst", "packed": "model.packed.safetensors"}


def layers():
    """Two matrices and an embedding of one dtype, so that numpy can look at them together."""
    return [shaped("a.weight", "F32", [300, 400]), shaped("b.weight", "F32", [70, 1000], pruned),
            shaped("embed_tokens.weight", "F32", [50, 60]), shaped("b.bias", "F32", [1000])]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("prune") / "model.safetensors", layers())


def expected(arrays, names, sparsity):
    """The smallest magnitudes over all of `names` zeroed, ties by position."""
    flat = np.concatenate([arrays[name].ravel() for name in names])
    k = round(sparsity * flat.size)
    flat[np.argsort(np.abs(flat), kind="stable")[:k]] = 0
    out = dict(arrays)
    for name in names:
        out[name], flat = flat[:arrays[name].size].reshape(arrays[name].shape), flat[arrays[name].size:]
    return out


@pytest.mark.parametrize("sparsity", ["0", "0.1", "0.5", "0.99", "1"])
def test_the_smallest_weights_of_all_matrices_go(run, path, tmp_path, sparsity):
    result = run("prune", "--sparsity", sparsity, path, "-o", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    want = expected(load_file(path), ["a.weight", "b.weight"], float(sparsity))
    got = load_file(tmp_path / "out/model.safetensors")
    assert got.keys() == want.keys()
    for name, array in want.items():
        assert got[name].tobytes() == array.tobytes(), name
    if sparsity == "0":
        assert (tmp_path / "out/model.safetensors").read_bytes() == path.read_bytes()


def test_every_encoding_stands_for_the_same_dense_file(run, path, tmp_path):
    for encoding in ENCODINGS:
        assert run("prune", "--sparsity", "0.7", "--encoding", encoding, path, "-o", tmp_path / encoding).returncode == 0
    dense = (tmp_path / "dense/model.safetensors").read_bytes()
    assert run("unpack", tmp_path / "packed", "-o", tmp_path / "restored").returncode == 0
    assert (tmp_path / "restored/model.safetensors").read_bytes() == dense
    command = ["zstd", "-q", "-d", "-c", str(tmp_path / "zst/model.safetensors.zst")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == dense


def test_what_the_table_predicts_is_what_is_written(run, tmp_path):
    path = write_checkpoint(tmp_path / "model.safetensors", layers() + odd_tensors()[1:] + [
        sample("large.weight", "BF16", 2**20 + 5, gaussian)])
    asked = ["--select", "all", "--sparsity", "0.3", "--sparsity", "0.95"]
    table = json.loads(run("prune", "--table", "--json", *asked, path).stdout)
    for encoding in ENCODINGS:
        folder = tmp_path / encoding
        written = run("prune", *asked, "--encoding", encoding, "--json", path, "-o", folder)
        assert written.returncode == 0, written.stderr
        for level, typed in zip(table["levels"], ["0.3", "0.95"]):
            assert level["sizes"][encoding]["exact"]
            file = folder / f"sparsity-{typed}" / ENDINGS[encoding]
            assert file.stat().st_size == level["sizes"][encoding]["bytes"]
    assert [level["zeroed"] for level in table["levels"]] == [
        round(share * table["levels"][0]["elements"]) for share in (0.3, 0.95)]


def test_shards_and_their_index_come_out_under_the_same_names(run, tmp_path):
    shards = [[sample(f"layer.{i}.weight", dtype, 60_000, gaussian)] for i, dtype in enumerate(("F32", "F16", "BF16"))]
    index = write_sharded(tmp_path / "in", shards) if (tmp_path / "in").mkdir() is None else None
    assert run("prune", "--select", "weights", "--sparsity", "0.5", index.parent, "-o", tmp_path / "out").returncode == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(
        [file.name for file in (tmp_path / "in").iterdir()] + ["manifest.json"])
    assert run("verify", tmp_path / "out").returncode == 0


def test_a_pattern_says_which_share_it_zeroes(run, path, tmp_path):
    table = json.loads(run("prune", "--table", "--nm", "1:4", "--json", path).stdout)
    assert [level["sparsity"] for level in table["levels"]] == [0.25]
    assert run("prune", "--nm", "1:4", path, "-o", tmp_path / "out").returncode == 0
    groups = np.abs(load_file(tmp_path / "out/model.safetensors")["a.weight"]).reshape(-1, 4)
    assert ((groups == 0).sum(axis=1) >= 1).all()


def test_what_is_not_finite_stays(run, tmp_path):
    path = write_checkpoint(tmp_path / "model.safetensors", [shaped("w.weight", "F16", [256, 256], bits)])
    assert run("prune", "--sparsity", "1", path, "-o", tmp_path / "out").returncode == 0
    before, after = load_file(path)["w.weight"], load_file(tmp_path / "out/model.safetensors")["w.weight"]
    odd = ~np.isfinite(before)
    assert before[odd].tobytes() == after[odd].tobytes()
    assert not after[~odd].view(np.uint16).any()


@pytest.mark.parametrize("threads, io, isa", [(1, "mmap", "auto"), (3, "pread", "scalar"), (8, "mmap", "sse2")])
def test_same_bytes_on_any_machine(run, path, tmp_path, threads, io, isa):
    for folder, machine in (("one", []), ("other", ["--threads", threads, "--io", io, "--isa", isa])):
        arguments = ["--sparsity", "0.8", "--encoding", "packed", *machine]
        assert run("prune", *arguments, path, "-o", tmp_path / folder).returncode == 0
    for name in ("manifest.json", "model.packed.safetensors"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


@pytest.mark.parametrize("arguments, said", [
    ([], "--sparsity"), (["--sparsity", "90"], "0.9 prunes 90 %"), (["--sparsity", "90%"], "0.9 prunes 90 %"), (["--sparsity", "nan"], "nan"),
    (["--sparsity", "0.5"], "-o DIR"), (["--nm", "2:4", "--sparsity", "0.5", "-o", "out"], "do not apply"),
    (["--nm", "5:4", "-o", "out"], "5"), (["--nm", "2:4", "--method", "random", "-o", "out"], "--nm"),
    (["--sparsity", "0.5", "--select", "TYPO", "-o", "out"], "nothing to prune: --select TYPO takes none"),
    (["--table", "--select", "TYPO"], "weightsieve inspect --all"),
    (["--table", "--include", "TYPO"], "--include TYPO takes none"), (["--table", "--timing"], "--timing"),
    (["--sparsity", "0.5", "--select", "(", "-o", "out"], "pattern"), (["--count", "999999999", "-o", "out"], "999999999"),
])
def test_what_cannot_be_done_is_a_usage_error(run, path, tmp_path, arguments, said):
    result = run("prune", *arguments, path, cwd=tmp_path)
    assert result.returncode == 2 and said in result.stderr.decode(), result.stderr
    assert not (tmp_path / "out").exists()


def test_what_groups_of_neighbours_leave_as_it_is_is_said(run, tmp_path):
    path = write_checkpoint(tmp_path / "model.safetensors", [shaped("conv.weight", "F32", [64, 32, 3, 3]),
                                                             shaped("fc.weight", "F32", [64, 64])])
    said = run("prune", "--table", "--nm", "2:4", path).stdout.decode()
    assert "warning: 50 %: nothing goes of 1 tensor: conv.weight (" in said
    assert "nothing goes" not in run("prune", "--table", "--nm", "2:4", "--nm-axis", "first", path).stdout.decode()
    assert "nothing goes" not in run("prune", "--table", path).stdout.decode()


def test_it_says_where_it_wrote_what_and_what_it_left_out(run, path, tmp_path):
    (path.parent / "config.json").write_text("{}")
    for folder, form in (("text", "text"), ("markdown", "markdown"), ("json", "json")):
        out = tmp_path / folder
        result = run("prune", "--sparsity", "0.5", path.parent, "-o", out, "--format", form)
        assert result.returncode == 0, result.stderr
        said = result.stdout.decode()
        if form == "json":
            table = json.loads(said)
            files = {file["name"]: (file["bytes"], file["copied"]) for file in table["written"][0]["files"]}
            assert table["written"][0]["folder"] == str(out) and not table["written"][0]["already_complete"]
            assert files == {"config.json": (2, True), "model.safetensors": (path.stat().st_size, False)}
            assert [(group["reason"], group["elements"], group["tensors"]) for group in table["not_selected"]] == [
                ("embeddings and heads", 3000, ["embed_tokens.weight"]), ("vectors and scalars", 1000, ["b.bias"])]
            assert table["parameters"] == 194_000
        else:
            assert "dense files hold every zero" in said
            assert f"written to {out}" in said.replace("\\", "") and "config.json: copied" in said
            assert "4,000 of 194,000 parameters are not selected: 1 embeddings and heads (3,000)" in said
    (path.parent / "config.json").unlink()
    assert b"dense files" not in run("prune", "--sparsity", "0", path, "-o", tmp_path / "all").stdout


def test_what_was_measured_stands_beside_what_was_predicted(run, path, tmp_path):
    asked = ["--sparsity", "0.5", "--sparsity", "0.9", "--encoding", "packed", path]
    heading = run("prune", *asked, "-o", tmp_path / "plain").stdout.decode().splitlines()[1]
    assert "predicted" in heading and heading.endswith("written")
    assert b"dense files" not in run("prune", *asked, "-o", tmp_path / "again").stdout
    heading = run("prune", *asked, "--timing", "-o", tmp_path / "timed").stdout.decode().splitlines()[1]
    assert "predicted" in heading and heading.split("written")[1].split() == ["write", "s", "restore", "s"]
    plain = json.loads(run("prune", *asked, "--json", "-o", tmp_path / "plain-json").stdout)["levels"]
    timed = json.loads(run("prune", *asked, "--json", "--timing", "-o", tmp_path / "timed-json").stdout)["levels"]
    for before, after in zip(plain, timed):
        assert before["written_bytes"] == before["sizes"]["packed"]["bytes"]
        assert after.pop("write_seconds") > 0 and after.pop("restore_seconds") > 0 and after == before


def test_resuming_what_is_complete(run, path, tmp_path):
    asked = ["--sparsity", "0.5", "--sparsity", "0.9", "--encoding", "packed", path, "-o", tmp_path / "out"]
    assert run("prune", *asked).returncode == 0
    result = run("prune", *asked, "--resume")
    assert result.returncode == 0 and result.stdout.decode().count("already complete: ") == 2, result.stderr
    written = json.loads(run("prune", *asked, "--resume", "--json").stdout)["written"]
    assert [one["already_complete"] for one in written] == [True, True]
    (tmp_path / "out/sparsity-0.9/manifest.json").unlink()
    (tmp_path / "out/sparsity-0.9/model.packed.safetensors").unlink()
    written = json.loads(run("prune", *asked, "--resume", "--json").stdout)["written"]
    assert [one["already_complete"] for one in written] == [True, False]
    other = run("prune", "--sparsity", "0.6", "--encoding", "packed", path, "-o", tmp_path / "out/sparsity-0.9", "--resume")
    assert other.returncode == 7 and b"with other options" in other.stderr


def write_scale(folder, seed):
    factors = np.random.default_rng(seed).random(40, dtype=np.float32)
    write_checkpoint(folder / "scale.safetensors", [Tensor("a.weight", "F32", (40,), factors.tobytes())])


def test_another_score_is_another_run(run, tmp_path):
    path = write_checkpoint(tmp_path / "model.safetensors", [shaped("a.weight", "F32", [30, 40])])
    asked = ["--sparsity", "0.5", "--scope", "row", "--score-scale", tmp_path / "scale.safetensors", path, "-o", tmp_path / "out"]
    write_scale(tmp_path, 1)
    assert run("prune", *asked).returncode == 0
    assert run("prune", *asked, "--resume").returncode == 0
    write_scale(tmp_path, 2)
    assert run("prune", *asked, "--resume").returncode == 7


def test_zeros_that_were_there_are_not_counted_as_new(run, path, tmp_path):
    assert run("prune", "--sparsity", "0.5", path, "-o", tmp_path / "half").returncode == 0
    table = json.loads(run("prune", "--table", "--sparsity", "0.9", "--json", tmp_path / "half").stdout)["levels"][0]
    assert (table["zeroed"], table["newly_zeroed"]) == (171_000, 76_000)
    assert "newly zeroed" in run("prune", "--table", "--sparsity", "0.9", tmp_path / "half").stdout.decode()


def test_the_same_share_typed_twice_is_one_row(run, path):
    assert len(json.loads(run("prune", "--table", "--sparsity", ".5", "--sparsity", "0.50", "--json", path).stdout)["levels"]) == 1


def test_a_tensor_of_which_nothing_is_left(run, tmp_path):
    small = np.full((20, 20), 1e-9, np.float32)
    large = np.random.default_rng(3).standard_normal((50, 50), dtype=np.float32)
    path = write_checkpoint(tmp_path / "model.safetensors", [
        Tensor("tiny.weight", "F32", (20, 20), small.tobytes()), Tensor("w.weight", "F32", (50, 50), large.tobytes())])
    said = run("prune", "--table", "--sparsity", "0.5", path).stdout.decode()
    assert "warning: 50 %: nothing is left of 1 tensor: tiny.weight" in said
    everything = run("prune", "--table", "--sparsity", "1", path).stdout.decode()
    assert "nothing is left" not in everything and " inf" not in everything and " all " in everything
    alone = run("prune", "--table", "--sparsity", "0.5", "--include", "^w", path).stdout.decode()
    assert "hit hardest" not in alone


def test_a_method_says_what_it_takes(run, path):
    assert "2 of every 4 neighbours along the last axis" in run("prune", "--table", "--method", "nm", path).stdout.decode()


def test_folders_of_several_amounts_say_which_is_a_share_and_which_a_count(run, path, tmp_path):
    result = run("prune", "--sparsity", "0.5", "--sparsity", ".75", "--count", "3", path, "-o", tmp_path / "out")
    assert result.returncode == 0
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["count-3", "sparsity-.75", "sparsity-0.5"]
    zeros = {each.name: sum(int((array == 0).sum()) for array in load_file(each / "model.safetensors").values())
             for each in (tmp_path / "out").iterdir()}
    original = sum(int((array == 0).sum()) for array in load_file(path).values())
    assert zeros["count-3"] == original and zeros["sparsity-0.5"] < zeros["sparsity-.75"]
