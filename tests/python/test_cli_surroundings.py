"""The same bytes in every environment, and no trouble in odd ones (F rows of the corpus)."""

import json
import os
import resource
import subprocess

import pytest
from tiny_checkpoint import write_floats, write_sparse

VERBS = ["inspect", "profile", "rank", "verify"]
SUBNORMAL = 1e-40  # as F32


@pytest.fixture
def model(tmp_path):
    return write_floats(tmp_path / "model.safetensors", {"a.weight": [0.5, 1234.5, -3e-7, SUBNORMAL], "a.bias": [0, -1]})


@pytest.mark.parametrize(
    "surroundings",
    [
        {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
        {"LC_ALL": "tr_TR.UTF-8"},
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "no_SUCH"},
        {"TZ": "Asia/Kathmandu"},
        {"COLUMNS": "20", "TERM": "dumb"},
        {"OMP_NUM_THREADS": "0"},
        {"OMP_NUM_THREADS": "-1"},
        {"OMP_NUM_THREADS": "1000000000"},
        {"OMP_NUM_THREADS": "many"},
        {"HOME": "/nowhere", "TMPDIR": "/nowhere", "PATH": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["text", "markdown", "json", "csv"])
def test_f22_f23_environment_changes_nothing(program, run, model, surroundings, form):
    for verb in VERBS:
        expected = run(verb, "--format", form, model)
        result = subprocess.run(
            [program, verb, "--format", form, model], env=surroundings, capture_output=True, check=False
        )
        assert (result.returncode, result.stdout, result.stderr) == (0, expected.stdout, b"")


def test_options_for_the_machine_change_nothing(run, model):
    expected = run("profile", "--json", model).stdout
    for options in (
        *(["--threads", str(n)] for n in (0, 1, 2, 3, 8, 1024)),
        *(["--io", mode] for mode in ("auto", "mmap", "pread")),
        *(["--isa", isa] for isa in ("auto", "scalar")),
        ["-v"],
        ["-q"],
    ):
        result = run("profile", "--json", *options, model)
        assert (result.returncode, result.stdout) == (0, expected), options


def test_nothing_of_the_machine_is_in_a_result(run, model):
    for form in ("text", "markdown", "json", "csv"):
        text = run("profile", "--format", form, model.name, cwd=model.parent).stdout.decode()
        assert os.uname().nodename not in text
        assert str(model.parent) not in text


def test_f23_a_hundred_thousand_arguments(program, tmp_path):
    write_floats(tmp_path / "m", {"a": [1]})
    count = 100_000
    result = subprocess.run(
        [program, "verify", "--headers-only", "--io", "pread", *["m"] * count, "-q"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.count(b"\n") == count


@pytest.mark.usefixtures("native_only")
@pytest.mark.parametrize("io", ["mmap", "pread"])
def test_f24_little_stack(program, run, model, io):
    def limit():
        resource.setrlimit(resource.RLIMIT_STACK, (256 << 10, 256 << 10))

    command = [program, "profile", "--json", "--io", io, "--threads", "4", model]
    result = subprocess.run(command, capture_output=True, preexec_fn=limit, check=False)
    assert (result.returncode, result.stdout) == (0, run("profile", "--json", model).stdout)


@pytest.mark.usefixtures("native_only")
def test_f11_little_address_space(program, run, tmp_path):
    big = write_sparse(tmp_path / "big.safetensors", {"w": ("F32", [1 << 25])})

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    command = [program, "profile", "--json", "--threads", "1", big]
    result = subprocess.run(command, capture_output=True, preexec_fn=limit, check=False)
    assert (result.returncode, result.stdout) == (0, run("profile", "--json", big).stdout)


@pytest.mark.usefixtures("native_only")
def test_out_of_memory_is_said_clearly(program, tmp_path):
    broad = write_sparse(tmp_path / "broad.safetensors", {f"layer.{i}": ("F32", [2]) for i in range(200_000)})

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (48 << 20, 48 << 20))

    result = subprocess.run([program, "inspect", broad], capture_output=True, preexec_fn=limit, check=False)
    assert (result.returncode, result.stdout) == (6, b"")
    assert result.stderr == b"weightsieve: not enough memory\n"


FLUSHING = """
#include <immintrin.h>
__attribute__((constructor)) static void flush(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
"""


@pytest.mark.usefixtures("native_only")
def test_f25_a_library_that_flushes_subnormals(program, run, tmp_path, model):
    source, library = tmp_path / "flush.c", tmp_path / "flush.so"
    source.write_text(FLUSHING)
    compiled = subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], capture_output=True, check=False)
    if compiled.returncode != 0:
        pytest.skip("no x86 compiler here")
    expected = run("profile", "--json", model).stdout
    assert json.loads(expected)["totals"]["counts"]["subnormal"] == 1
    for threads in ("1", "4"):
        command = [program, "profile", "--json", "--threads", threads, model]
        result = subprocess.run(
            command, env={**os.environ, "LD_PRELOAD": str(library)}, capture_output=True, check=False
        )
        assert (result.returncode, result.stdout) == (0, expected)
