"""The contract on top of the list of malformed inputs, checked on the program for every row of a format."""

import json
import os
import re
import resource
import shutil
import subprocess

import malformed_corpus as corpus
import malformed_dcp as dcp_corpus
import malformed_gguf as gguf_corpus
import malformed_numpy as numpy_corpus
import malformed_onnx as onnx_corpus
import malformed_torch as torch_corpus
import pytest

MIB = 1 << 20
MOST_CPU_SECONDS = 2
CORPORA = (corpus, torch_corpus, dcp_corpus, gguf_corpus, numpy_corpus, onnx_corpus)
REJECTS = [case for each in CORPORA for case in each.rejects()]
WARNS = [case for each in CORPORA for case in each.warns()]
ACCEPTS = [case for each in CORPORA for case in each.accepts()]
FILE_OPENED = re.compile(r'open(?:at2?)?\((?:AT_FDCWD|\d+[^,]*), "((?:[^"\\]|\\.)*)"')


def by_row(cases):
    return pytest.mark.parametrize("case", list(cases), ids=lambda case: case.row)


class Outcome:
    """A run of the program, with what it cost."""

    def __init__(self, command):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # Short texts only, and a run that hangs is killed by its CPU limit or the test's.
        self.stdout = process.stdout.read()
        self.stderr = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.peak_bytes = usage.ru_maxrss * 1024


@pytest.fixture(scope="module")
def idle_bytes(program):
    return Outcome([program, "--version"]).peak_bytes


@pytest.fixture(scope="module")
def opened_by_itself(program, tmp_path_factory):
    """What the program and its libraries open whatever the input is."""
    path = tmp_path_factory.mktemp("good") / "model.safetensors"
    path.write_bytes(corpus.file_with(corpus.one(), corpus.FOUR))
    return {name for name in files_opened(program, path) if not name.startswith(str(path.parent))}


def files_opened(program, path, *options):
    """But for /proc/self/fd/N, which is a file that is open already, opened again to be mapped."""
    command = ["strace", "-f", "-e", "trace=open,openat,openat2", "-s", "5000", program, "inspect", *options, path]
    trace = subprocess.run(command, capture_output=True, check=False).stderr.decode(errors="replace")
    return [name for name in FILE_OPENED.findall(trace) if not name.startswith("/proc/self/fd/")]


def contents(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@by_row(REJECTS)
def test_rejected(program, tmp_path, case, is_native, idle_bytes):
    path = case.build(tmp_path)
    before = contents(tmp_path)
    lines = set()
    for io in ("mmap", "pread"):
        outcome = Outcome([program, "inspect", "--io", io, *case.options, path])
        assert (outcome.status, outcome.stdout) == (3, b""), outcome.stderr
        assert outcome.stderr.count("\n") == 1
        assert outcome.stderr.endswith(f"[{case.rule}]\n")
        assert str(tmp_path) in outcome.stderr
        assert not case.has_offset or re.search(r": byte \d+: ", outcome.stderr), outcome.stderr
        lines.add(outcome.stderr)
        if is_native:
            assert outcome.cpu_seconds <= MOST_CPU_SECONDS
            assert outcome.peak_bytes <= idle_bytes + 64 * MIB + 8 * case.header_bytes
    assert len(lines) == 1
    assert contents(tmp_path) == before


@by_row(REJECTS)
def test_verify_answers_no_by_the_same_rule(run, tmp_path, case):
    result = run("verify", "--json", *case.options, case.build(tmp_path))
    assert (result.returncode, result.stderr) == (1, b"")
    answer = json.loads(result.stdout)
    assert not answer["sound"]
    assert [error["rule"] for error in answer["errors"]] == [case.rule]


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@by_row([*REJECTS, *WARNS])
def test_nothing_outside_the_folder_is_opened(program, tmp_path, case, opened_by_itself):
    path = case.build(tmp_path)
    others = {name for name in files_opened(program, path, *case.options) if not name.startswith(str(tmp_path))}
    assert others <= opened_by_itself


@by_row(WARNS)
def test_warned_of_once_and_fatal_under_strict(run, tmp_path, case):
    path = case.build(tmp_path)
    result = run("inspect", "--json", path)
    assert result.returncode == 0
    assert [problem["rule"] for problem in json.loads(result.stdout)["problems"]] == [case.rule]
    assert result.stderr.decode().count("\n") == 1
    assert f"[{case.rule}]" in result.stderr.decode()
    strict = run("inspect", "--json", "--strict", path)
    assert (strict.returncode, strict.stdout) == (3, b"")
    assert strict.stderr.decode().endswith(f"[{case.rule}]\n")


@by_row(ACCEPTS)
def test_accepted_without_a_word(run, tmp_path, case):
    path = case.build(tmp_path)
    for verb in ("inspect", "profile"):
        result = run(verb, "--json", path)
        assert (result.returncode, result.stderr) == (0, b"")
        assert json.loads(result.stdout)["problems"] == []
    assert run("verify", path).returncode == 0


@by_row([*torch_corpus.partly(), *dcp_corpus.partly(), *onnx_corpus.partly()])
def test_the_rest_is_read_and_what_is_not_is_listed(run, tmp_path, case):
    path = case.build(tmp_path)
    for io in ("mmap", "pread"):
        result = run("profile", "--json", "--io", io, path)
        assert result.returncode == 4
        document = json.loads(result.stdout)
        assert [tensor["name"] for tensor in document["tensors"]] == ["w"]
        assert [skipped["name"] for skipped in document["skipped"]] == ["odd"]


def test_names_cannot_forge_output(run, tmp_path):
    """Control characters never reach a terminal, and never break a line."""
    header = corpus.one().replace('"a"', r'"a\n\u001b[31m\u202e"')
    (tmp_path / "m").write_bytes(corpus.file_with(header, corpus.FOUR))
    for form in ("text", "markdown"):
        output = run("inspect", "--all", "--format", form, tmp_path / "m").stdout.decode()
        assert not set(output) & {"\x1b", "\u202e"}
        assert re.search(r"a\\+n.*31m", output), "escaped, on one line"


def test_a_run_that_is_refused_needs_little_address_space(program, tmp_path):
    """What is only declared is never allocated."""
    case = next(case for case in corpus.rejects() if case.row == "S04")
    path = case.build(tmp_path)
    if b"__asan_init" in program.read_bytes():
        pytest.skip("a sanitizer reserves terabytes")
    limit = 256 * MIB
    result = subprocess.run(
        [program, "inspect", path],
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert result.returncode == 3
