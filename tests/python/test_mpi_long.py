"""profile under mpirun: the bytes of one process, one message where it fails, one exit status."""

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type

import gguf_file
from checkpoint_file import write_checkpoint
from mpi_launch import missing, run_ranks, said
from parts import everything
from samples import gaussian, sample


@pytest.fixture(scope="module")
def ranks(program):
    reason = missing(program)
    if reason:
        pytest.skip(reason)
    return lambda count, *arguments, **options: run_ranks(program, count, *arguments, **options)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return everything(tmp_path_factory.mktemp("model") / "model.safetensors", ["F32", "BF16"], 2**20 + 2)


@pytest.fixture(scope="module")
def whole(run, model):
    return run("profile", "--json", model).stdout


@pytest.mark.parametrize("count, threads", [(1, 1), (2, 1), (2, 2), (3, 2), (5, 1)])
def test_ranks_and_threads_do_not_show(ranks, model, whole, count, threads):
    result = ranks(count, "profile", "--json", "--threads", threads, model)
    assert result.returncode == 0, result.stderr
    assert result.stdout == whole


@pytest.mark.parametrize("count, threads", [(1, 1), (2, 1), (3, 2), (5, 1)])
def test_exact_quantiles(ranks, run, tmp_path, count, threads):
    """Of tensors that are cut, of whole and small ones, and of all together: further passes are shared."""
    tensors = [sample("cut", "F32", 5 * 2**20 + 2, gaussian), sample("whole", "F64", 2**17, gaussian),
               sample("small", "F32", 999, gaussian), sample("coded", "BF16", 2**21, gaussian),
               sample("wide", "I32", 2**21 + 5, gaussian)]
    model = write_checkpoint(tmp_path / "model.safetensors", tensors)
    result = ranks(count, "profile", "--json", "--exact", "--threads", threads, model)
    assert (result.returncode, result.stdout) == (0, run("profile", "--json", "--exact", model).stdout)


@pytest.mark.parametrize("count", [2, 3])
def test_scales_of_blocks(ranks, run, tmp_path, count):
    random = np.random.default_rng(count)
    shapes = {"cut": (Type.Q4_1, (700, 4096)), "whole": (Type.Q4_K, (300, 2048)), "small": (Type.NVFP4, (3, 64))}
    model = gguf_file.save(tmp_path / "model.gguf", {
        name: gguf_file.Tensor(kind, gguf_file.blocks(random, kind, shape), None) for name, (kind, shape) in shapes.items()})
    alone = run("profile", "--json", model).stdout
    assert alone.count(b'"block_scales"') == 3
    result = ranks(count, "profile", "--json", model)
    assert (result.returncode, result.stdout) == (0, alone), result.stderr


def test_a_terminal_that_the_launcher_made_gets_no_colours(ranks, run, model):
    result = ranks(2, "profile", "-q", model)
    assert result.stdout.replace(b"\r\n", b"\n") == run("profile", "-q", model).stdout
    assert b"\x1b[" in ranks(2, "profile", "-q", "--color", "always", model).stdout


def test_one_rank_writes_and_says(ranks, model, whole, tmp_path):
    result = ranks(3, "profile", "-o", tmp_path / "p.json", "--fail-on", "duplicate", model)
    assert (result.returncode, result.stdout) == (1, b"")
    assert [line.split(": ", 1)[1] for line in said(result)] == ["--fail-on: found duplicate (1)"]
    assert (tmp_path / "p.json").read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["p.json"]


def test_an_output_that_is_there_is_refused_once(ranks, model, tmp_path):
    (tmp_path / "p.json").write_text("mine")
    result = ranks(3, "profile", "-o", tmp_path / "p.json", model)
    assert (result.returncode, len(said(result))) == (7, 1)
    assert (tmp_path / "p.json").read_text() == "mine"


def test_a_finished_profile_is_told_from_others(ranks, model, whole, tmp_path):
    output = tmp_path / "p.json"
    output.write_bytes(whole)
    result = ranks(2, "profile", "--resume", "-o", output, model)
    assert (result.returncode, said(result)) == (0, [f"weightsieve: already complete: {output}"])
    result = ranks(2, "profile", "--resume", "--bins", "7", "-o", output, model)
    assert (result.returncode, len(said(result)), output.read_bytes()) == (7, 1, whole)


@pytest.mark.parametrize("arguments, status", [(["nosuch.safetensors"], 6), (["--bins", "0", "MODEL"], 2),
                                               (["--part", "0/2", "-o", "p", "MODEL"], 2), (["BROKEN"], 3)])
def test_a_failure_is_told_once(ranks, model, tmp_path, arguments, status):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(model.read_bytes()[:-1])
    names = {"MODEL": model, "BROKEN": broken}
    result = ranks(3, "profile", *[names.get(argument, argument) for argument in arguments], cwd=tmp_path)
    assert (result.returncode, result.stdout, len(said(result))) == (status, b"", 1), result.stderr


def test_several_checkpoints_of_which_one_is_missing(ranks, run, model, tmp_path):
    result = ranks(2, "profile", "--json", tmp_path / "missing", model)
    assert (result.returncode, len(said(result))) == (6, 1)
    assert result.stdout == run("profile", "--json", tmp_path / "missing", model).stdout


def test_other_verbs_are_done_by_one_rank(ranks, run, model):
    assert ranks(2, "inspect", "--json", model).stdout == run("inspect", "--json", model).stdout
    assert ranks(2, "profile", "--help").stdout == run("profile", "--help").stdout
    assert ranks(2, "--version").stdout == run("--version").stdout
