"""Every verb that ranks share, under mpirun: the bytes of one process, one message where it fails, files that are whole."""

import itertools
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from checkpoint_file import Tensor, write_checkpoint, write_sharded
from interrupted import SLOWLY, long_checkpoint
from mpi_launch import launch, missing, ranks_of, run_ranks, said, surroundings, wait_for_ranks
from samples import gaussian, pruned, sample

# As many as the environment asks for: KILLS=200 before a release.
KILLS = int(os.environ.get("KILLS", "4"))

ENCODINGS = ["dense", "zst", "packed"]


@pytest.fixture(scope="module")
def ranks(program):
    reason = missing(program)
    if reason:
        pytest.skip(reason)
    return lambda count, *arguments, **options: run_ranks(program, count, *arguments, **options)


def matrix(name, dtype, rows, columns, pattern):
    tensor = sample(name, dtype, rows * columns, pattern)
    return Tensor(name, dtype, (rows, columns), tensor.data)


def tensors(last="weight.last"):
    """Two that are cut between ranks, of wide and of narrow numbers, a few others, and a row of tiny ones."""
    return [matrix("cut.wide", "F32", 1030, 1024, gaussian), matrix("cut.narrow", "BF16", 1300, 1024, pruned),
            matrix("small.f16", "F16", 64, 300, gaussian), matrix("small.f64", "F64", 50, 40, gaussian),
            *[matrix(f"tiny.{i}", ("F32", "BF16")[i % 2], 3, 5, gaussian) for i in range(30)],
            matrix(last, "F32", 9, 11, gaussian)]


@pytest.fixture(scope="module")
def models(run, tmp_path_factory):
    """The same tensors in one file, in shards, and packed; and another checkpoint to compare with."""
    folder = tmp_path_factory.mktemp("models")
    single = write_checkpoint(folder / "single.safetensors", tensors(), skew=1)
    sharded = folder / "sharded"
    sharded.mkdir()
    write_sharded(sharded, [tensors()[:1], tensors()[1:20], tensors()[20:]])
    assert run("pack", sharded, "-o", folder / "packed").returncode == 0
    other = [tensor if i != 1 else matrix("cut.narrow", "BF16", 1300, 1024, gaussian)
             for i, tensor in enumerate(tensors("weight.renamed"))]
    return {"single": single, "sharded": sharded, "packed": folder / "packed",
            "other": write_checkpoint(folder / "other.safetensors", other)}


def content(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def without_times(report):
    """A report without what differs from run to run: how long writing took, and where to."""
    return [line for line in report.decode().splitlines() if "seconds" not in line and '"folder"' not in line]


COMBINATIONS = list(itertools.product([1, 2, 3, 5], [1, 2]))


@pytest.mark.parametrize("kind", ["single", "sharded", "packed"])
def test_profiles_thresholds_and_shards(ranks, run, models, tmp_path, kind):
    """Whatever the ranks and threads. Encodings take turns, so that every number of ranks writes each of them."""
    turn = {"single": 0, "sharded": 1, "packed": 2}[kind]
    profile = run("profile", "--json", models[kind]).stdout
    alone = {}
    for encoding in ENCODINGS:
        result = run("prune", models[kind], "--sparsity", "0.6", "--encoding", encoding, "--json", "-o", tmp_path / encoding)
        assert result.returncode == 0, result.stderr
        alone[encoding] = (without_times(result.stdout), content(tmp_path / encoding))
    for at, (count, threads) in enumerate(COMBINATIONS):
        result = ranks(count, "profile", "--json", "--threads", threads, models[kind])
        assert (result.returncode, result.stdout) == (0, profile), (count, threads, result.stderr)
        encoding = ENCODINGS[(at // 2 + at + turn) % 3]
        folder = tmp_path / f"{count}-{threads}"
        result = ranks(count, "prune", models[kind], "--sparsity", "0.6", "--encoding", encoding, "--json", "--threads", threads,
                       "-o", folder)
        assert result.returncode == 0, result.stderr
        assert (without_times(result.stdout), content(folder)) == alone[encoding], (count, threads, encoding)
        shutil.rmtree(folder)


@pytest.mark.parametrize("count, arguments", [
    (2, ["--table"]), (3, ["--table", "--scope", "tensor"]), (2, ["--table", "--scope", "row", "--sparsity", "0.5"]),
    (5, ["--table", "--method", "random"]), (3, ["--table", "--method", "rows"]), (2, ["--table", "--method", "columns"]),
    (3, ["--table", "--nm", "2:4"])])
def test_tables(ranks, run, models, count, arguments):
    command = ["prune", models["single"], "--json", *arguments]
    result = ranks(count, *command)
    assert (result.returncode, result.stdout) == (0, run(*command).stdout), result.stderr


@pytest.mark.parametrize("count, threads", [(2, 1), (3, 2), (5, 1)])
def test_comparisons(ranks, run, models, count, threads):
    for pair in [("single", "other"), ("packed", "single")]:
        command = ["compare", models[pair[0]], models[pair[1]], "--json"]
        alone, result = run(*command), ranks(count, *command, "--threads", threads)
        assert (result.returncode, result.stdout) == (alone.returncode, alone.stdout), result.stderr


def test_a_saved_profile_is_compared(ranks, run, models, tmp_path):
    run("profile", models["single"], "-o", tmp_path / "p.json")
    command = ["compare", tmp_path / "p.json", models["other"], "--json"]
    assert ranks(2, *command).stdout == run(*command).stdout


@pytest.mark.parametrize("encoding", ["zst", "packed"])
def test_unpacking_and_verifying(ranks, run, models, tmp_path, encoding):
    packed = tmp_path / "packed"
    result = ranks(3, "pack", models["sharded"], "--encoding", encoding, "-o", packed)
    assert result.returncode == 0, result.stderr
    assert (packed / "manifest.json").exists()
    result = ranks(2, "unpack", packed, "-o", tmp_path / "restored")
    assert result.returncode == 0, result.stderr
    assert content(tmp_path / "restored") == content(models["sharded"])
    assert ranks(3, "verify", "--json", packed).stdout == run("verify", "--json", packed).stdout
    shard = next(path for path in packed.iterdir() if path.name.startswith("model-00001"))
    data = bytearray(shard.read_bytes())
    for place in (len(data) // 3, len(data) // 2):
        data[place] ^= 255
    shard.write_bytes(data)
    alone, result = run("verify", "--json", packed), ranks(3, "verify", "--json", packed)
    assert (result.returncode, result.stdout) == (1, alone.stdout) and alone.returncode == 1
    result = ranks(3, "unpack", packed, "-o", tmp_path / "broken")
    assert (result.returncode, len(said(result))) == (3, 1), result.stderr
    assert not (tmp_path / "broken").exists()


def test_f26_more_ranks_than_tensors(ranks, run, tmp_path):
    one = write_checkpoint(tmp_path / "one.safetensors", [matrix("only", "F32", 2, 3, gaussian)])
    for command in [["profile", "--json", one], ["prune", "--table", "--json", one], ["compare", "--json", one, one]]:
        assert ranks(5, *command).stdout == run(*command).stdout
    assert ranks(5, "pack", one, "-o", tmp_path / "packed").returncode == 0
    run("pack", one, "-o", tmp_path / "alone")
    assert content(tmp_path / "packed") == content(tmp_path / "alone")


@pytest.mark.parametrize("verb", ["profile", "pack", "prune", "verify", "compare"])
def test_f26_ranks_see_other_files(program, ranks, models, tmp_path, verb):  # pylint: disable=unused-argument
    """As from a network file system that is behind: gone, or of another size."""
    (tmp_path / "other").mkdir()
    other = write_checkpoint(tmp_path / "other" / "single.safetensors", tensors()[:-1])
    more = {"pack": ["-o", tmp_path / "out"], "prune": ["--sparsity", "0.5", "-o", tmp_path / "out"], "compare": [models["other"]]}
    for second, status in [(tmp_path / "missing.safetensors", 6), (other, 5)]:
        commands = [[program, verb, path, *more.get(verb, [])] for path in (models["single"], second)]
        result = launch(commands)
        assert (result.returncode, len(said(result))) == (status, 1), result.stderr
        assert b"rank 1" in result.stderr
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_more_shards_than_files_may_be_open(ranks, run, tmp_path, encoding):
    folder = tmp_path / "model"
    folder.mkdir()
    write_sharded(folder, [[sample(f"w{i}", "F32", 4096, gaussian)] for i in range(100)])
    few = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))}
    result = ranks(2, "pack", "-q", folder, "--encoding", encoding, "-o", tmp_path / "out", **few)
    assert result.returncode == 0, result.stderr
    run("pack", "-q", folder, "--encoding", encoding, "-o", tmp_path / "alone")
    assert content(tmp_path / "out") == content(tmp_path / "alone")
    if encoding != "dense":
        assert ranks(3, "unpack", "-q", tmp_path / "out", "-o", tmp_path / "dense", **few).returncode == 0


def start(program, count, *arguments):
    command = ["mpirun", "--oversubscribe", "-n", str(count), program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings())


def tells_of_a_killed_rank(errors):
    """mpirun does; in which words depends on how far the rank had come. Nobody else says anything."""
    return (b"exited on signal 9" in errors or b"returned\na non-zero exit code" in errors) and b"weightsieve: " not in errors


@pytest.mark.parametrize("victim", [0, 1])
def test_a_signal_to_one_rank_ends_all_and_is_named(program, tmp_path, victim):
    model = long_checkpoint(tmp_path / "model", holes=8)
    output = tmp_path / "p.json"
    with start(program, 2, "profile", "-q", *SLOWLY, "-o", output, model) as job:
        wait_for_ranks(job, 2, model)
        time.sleep(0.3)
        os.kill(ranks_of(job)[victim], signal.SIGTERM)
        _, errors = job.communicate(timeout=120)
    lines = [line for line in errors.decode().splitlines() if line.startswith("weightsieve: ")]
    assert job.returncode == 128 + signal.SIGTERM, errors
    assert len(lines) == 1, errors
    assert ("stopped by signal 15" if victim == 0 else "stopped by a signal to another rank") in lines[0], errors


def test_f26_a_rank_is_killed_at_any_time(program, ranks, run, tmp_path):
    """The job ends and says so; --resume, with other ranks, ends with the bytes of a run that nobody disturbed."""
    model = write_checkpoint(tmp_path / "model.safetensors",
                             [sample(f"w{i}", "F32", 2**21 + i, gaussian) for i in range(4)])
    generator = random.Random(7)
    undisturbed = {}
    for encoding in ENCODINGS:
        run("pack", model, "--encoding", encoding, "-o", tmp_path / encoding)
        undisturbed[encoding] = content(tmp_path / encoding)
    began = time.monotonic()
    ranks(2, "pack", model, "-o", tmp_path / "timed")
    longest = time.monotonic() - began
    killed = 0
    for kill in range(KILLS):
        encoding, folder = ENCODINGS[kill % 3], tmp_path / f"out{kill}"
        command = ["pack", model, "--encoding", encoding, "-o", folder, "--resume"]
        count = generator.choice([2, 3])
        job = start(program, count, *command)
        wait_for_ranks(job, count, model)
        time.sleep(generator.uniform(0, longest / 2))
        victims = ranks_of(job)
        if victims:
            os.kill(generator.choice(victims), signal.SIGKILL)
            killed += 1
        _, errors = job.communicate(timeout=120)
        assert job.returncode == 0 or (job.returncode == 128 + signal.SIGKILL and tells_of_a_killed_rank(errors)), errors
        result = ranks(generator.choice([1, 2, 5]), *command)
        assert result.returncode == 0, result.stderr
        assert content(folder) == undisturbed[encoding], (kill, encoding)
        shutil.rmtree(folder)
    print(f"{KILLS} jobs, of which {killed} lost a rank")
