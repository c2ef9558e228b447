"""stdout carries the result and nothing else; everything else is stderr's. Several PATHs are several results."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import termios
import threading

import pytest
from tiny_checkpoint import write_floats, write_sparse

VERBS = ["inspect", "profile", "rank", "verify"]


@pytest.fixture
def model(tmp_path):
    return write_floats(tmp_path / "model.safetensors", {"a.weight": [1, 2, 3, 4], "a.bias": [0, -1]})


@pytest.fixture
def other(tmp_path):
    return write_floats(tmp_path / "other.safetensors", {"b.weight": [5, 6, 7]})


@pytest.fixture
def odd(tmp_path):
    """Accepted with a warning: bytes behind the last tensor."""
    path = write_floats(tmp_path / "odd.safetensors", {"a": [1]})
    with open(path, "ab") as file:
        file.write(b"tail")
    return path


@pytest.fixture
def broad(tmp_path):
    """More names than a pipe holds of text."""
    return write_sparse(tmp_path / "broad.safetensors", {f"layer.{i}.weight": ("F32", [2]) for i in range(20_000)})


def documents(text):
    """The JSON documents in `text`, as jq would see them."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text.rstrip()):
        document, at = decoder.raw_decode(text, at)
        found.append(document)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def run_on_terminal(command, stream, columns=100):
    """Runs with stdout (1) or stderr (2) on a terminal; what it got there, and what the other stream got."""
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (40, columns))
    streams = {"stdout": child, "stderr": subprocess.PIPE} if stream == 1 else {"stdout": subprocess.PIPE, "stderr": child}
    with subprocess.Popen([str(word) for word in command], **streams) as process:
        os.close(child)
        pieces = []

        def read_terminal():
            while True:
                try:
                    piece = os.read(parent, 65536)
                except OSError:
                    return
                pieces.append(piece)

        reader = threading.Thread(target=read_terminal)
        reader.start()
        rest = (process.stderr if stream == 1 else process.stdout).read()
        reader.join()
        os.close(parent)
    return process.returncode, b"".join(pieces), rest


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("form", ["text", "markdown", "json", "csv"])
def test_stdout_has_the_result_and_stderr_nothing(run, model, verb, form):
    result = run(verb, "--format", form, model)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.endswith(b"\n")
    assert b"\x1b" not in result.stdout
    if form == "json":
        json.loads(result.stdout)


def test_json_is_format_json(run, model):
    assert run("inspect", "--json", model).stdout == run("inspect", "--format", "json", model).stdout


@pytest.mark.parametrize("verb", ["inspect", "profile", "verify"])
def test_several_paths_are_one_json_document_after_the_other(run, model, other, verb):
    both = run(verb, "--json", model, other)
    assert both.returncode == 0
    assert both.stdout == run(verb, "--json", model).stdout + run(verb, "--json", other).stdout
    assert [document["checkpoint"]["name"] for document in documents(both.stdout.decode())] == ["model", "other"]


@pytest.mark.parametrize("verb", ["inspect", "profile"])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_several_paths_are_pages_with_an_empty_line_between(run, model, other, verb, form):
    both = run(verb, "--format", form, model, other).stdout
    one, two = (run(verb, "--format", form, path).stdout for path in (model, other))
    assert both == one + b"\n" + two


@pytest.mark.parametrize("verb", VERBS)
def test_several_paths_are_one_csv_table(run, model, other, verb):
    rows = list(csv.reader(io.StringIO(run(verb, "--format", "csv", model, other).stdout.decode())))
    assert all(len(row) == len(rows[0]) for row in rows)
    assert rows.count(rows[0]) == 1
    named = [row for row in rows[1:] if any("other" in cell for cell in row)]
    assert named and len(named) < len(rows) - 1


def test_csv_of_profiles_with_other_columns_begins_anew(run, tmp_path, model, other):
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    run("profile", "-o", one, "--threshold", "0.1", model)
    run("profile", "-o", two, "--threshold", "0.2", other)
    table = run("report", "--format", "csv", one, two).stdout
    assert table == run("report", "--format", "csv", one).stdout + b"\n" + run("report", "--format", "csv", two).stdout


def test_verify_says_one_line_a_checkpoint(run, model, other):
    result = run("verify", model, other)
    lines = result.stdout.decode().splitlines()
    assert [line.split(": ")[:2] for line in lines] == [[str(model), "ok"], [str(other), "ok"]]


def test_a_saved_file_of_several_profiles_is_reported_whole(run, tmp_path, model, other):
    saved = tmp_path / "both.json"
    run("profile", "-o", saved, model, other)
    assert run("report", "--json", saved).stdout == saved.read_bytes()
    assert run("report", saved).stdout == run("profile", model, other).stdout


def test_a_bad_path_does_not_keep_the_others_from_their_turn(run, tmp_path, model, other):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\xff" * 64)
    result = run("inspect", "--json", model, broken, tmp_path / "missing", other)
    assert result.returncode == 3
    assert [document["checkpoint"]["name"] for document in documents(result.stdout.decode())] == ["model", "other"]
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 2 and "broken" in lines[0] and "missing" in lines[1]


def test_a_ranking_with_a_bad_path_is_none(run, tmp_path, model):
    result = run("rank", model, tmp_path / "missing")
    assert (result.returncode, result.stdout) == (6, b"")


@pytest.mark.parametrize("verb", ["inspect", "profile", "rank"])
def test_warnings_go_to_stderr_and_quiet_keeps_them_back(run, odd, verb):
    loud, quiet = run(verb, odd), run(verb, "-q", odd)
    assert (loud.returncode, quiet.returncode) == (0, 0)
    assert loud.stderr.count(b"\n") == 1 and b"warning" in loud.stderr and b"trailing" in loud.stderr
    assert quiet.stderr == b""
    assert quiet.stdout == loud.stdout


def test_warnings_that_the_terminal_shows_in_the_report_are_not_said_twice(program, odd):
    command = [program, "inspect", "--color", "never", odd]
    parent, child = pty.openpty()
    with subprocess.Popen(command, stdout=child, stderr=child) as process:
        os.close(child)
        shown = b""
        try:
            while piece := os.read(parent, 65536):
                shown += piece
        except OSError:
            pass
        os.close(parent)
    assert process.returncode == 0
    assert shown.count(b"trailing") == 1 and b"Problems" in shown


def test_verify_tells_warnings_as_its_result(run, odd):
    result = run("verify", odd)
    assert (result.returncode, result.stderr) == (0, b"")
    assert b": warning: " in result.stdout and b": ok: " in result.stdout


def test_verbose_tells_how_on_stderr(run, model):
    result = run("profile", "-v", "--threads", "2", "--io", "pread", model)
    assert result.stdout == run("profile", model).stdout
    assert b"2 threads" in result.stderr and b"io pread" in result.stderr


@pytest.mark.parametrize("parent_ignores", [False, True])
def test_f17_a_closed_stdout_ends_quietly_with_141(program, broad, parent_ignores):
    def disposition():
        signal.signal(signal.SIGPIPE, signal.SIG_IGN if parent_ignores else signal.SIG_DFL)

    command = [program, "inspect", "--format", "csv", broad]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=disposition, restore_signals=False
    ) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_f18_a_signal_while_the_reader_of_stdout_is_slow(program, broad):
    command = [program, "inspect", "--format", "csv", broad]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.read(1)
        process.terminate()
        assert process.wait(timeout=30) == 143
        assert process.stderr.read().count(b"\n") == 1


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["inspect", "--help"], ["inspect", "MODEL"]])
def test_f17_a_full_stdout_is_an_error(program, model, arguments):
    words = [str(model) if word == "MODEL" else word for word in arguments]
    with open("/dev/full", "wb") as full:
        command = [program, *words]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert result.returncode == 7
    assert result.stderr.count(b"\n") == 1 and b"stdout" in result.stderr


def test_f16_a_stdout_that_does_not_block(program, broad):
    """Another process may have set the pipe we share to non-blocking: EAGAIN is no failure."""
    expected = subprocess.run([program, "inspect", "--format", "csv", broad], capture_output=True, check=True).stdout
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen([program, "inspect", "--format", "csv", broad], stdout=writing) as process:
        os.close(writing)
        with open(reading, "rb") as pipe:
            assert pipe.read() == expected
    assert process.returncode == 0


def test_closed_standard_descriptors(program, tmp_path, model):
    expected = subprocess.run([program, "inspect", "--json", model], capture_output=True, check=True).stdout
    shell = ["bash", "-c", '"$@" <&- >&- 2>&-', "-", str(program)]
    assert subprocess.run([*shell, "inspect", str(model)], check=False).returncode == 7
    target = tmp_path / "out.json"
    assert subprocess.run([*shell, "inspect", "-o", str(target), str(model)], check=False).returncode == 0
    assert target.read_bytes() == expected


def test_progress_is_a_bar_on_a_terminal_and_quiet_has_none(program, tmp_path):
    big = write_sparse(tmp_path / "big.safetensors", {"w": ("F32", [1 << 27])})
    status, shown, stdout = run_on_terminal([program, "profile", "--threads", "1", "--json", big], stream=2)
    assert status == 0 and json.loads(stdout)
    assert b"%" in shown and b"/s" in shown and b"left" in shown
    assert shown.endswith(b"\r\x1b[K")
    assert all(len(line) < 100 for line in shown.replace(b"\x1b[K", b"").split(b"\r"))
    assert run_on_terminal([program, "profile", "-q", "--json", big], stream=2) == (0, b"", stdout)


def test_a_terminal_gets_text_that_fits_it(program, tmp_path):

    long_name = "encoder." * 12 + "weight"
    model = write_floats(tmp_path / "m.safetensors", {long_name: [1, 2], "b": [3]})
    for columns in (80, 120):
        status, shown, _ = run_on_terminal([program, "profile", "--color", "never", model], 1, columns)
        assert status == 0
        assert max(len(line.decode()) for line in shown.splitlines()) <= columns


def test_color_only_where_it_is_wanted(program, run, model, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    command = [program, "profile", model]
    assert b"\x1b[" in run_on_terminal(command, stream=1)[1]
    assert b"\x1b[" not in run_on_terminal([*command, "--color", "never"], stream=1)[1]
    assert b"\x1b[" in run("profile", "--color", "always", model).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert b"\x1b[" not in run_on_terminal(command, stream=1)[1]
    assert b"\x1b[" in run("profile", "--color", "always", model).stdout


@pytest.mark.parametrize("verb", ["inspect", "profile", "verify"])
def test_a_filter_that_keeps_nothing_is_a_usage_error(run, model, tmp_path, verb):
    result = run(verb, "--include", "nosuchname", "--exclude", "b", model)
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"no tensor's name matches --include nosuchname and not --exclude b" in result.stderr
    assert f"'weightsieve inspect --all {model}' lists the names".encode() in result.stderr
    result = run(verb, "--exclude", ".", model)
    assert (result.returncode, result.stdout) == (2, b"") and b"every tensor's name matches --exclude ." in result.stderr
    other = write_floats(tmp_path / "other.safetensors", {"rare": [1, 2]})
    both = run(verb, "--include", "rare", model, other)
    assert both.returncode == 2 and both.stdout != b"" and both.stderr.count(b"\n") == 1


def test_a_filter_that_keeps_nothing_of_a_saved_profile(run, model, tmp_path):
    saved = tmp_path / "saved.json"
    assert run("profile", "-o", saved, model).returncode == 0
    for verb in ("report", "rank"):
        result = run(verb, "--include", "nosuchname", saved)
        assert (result.returncode, result.stdout) == (2, b"") and b"nosuchname" in result.stderr
