"""profile --resume: what is stopped goes on where it was, and ends with the bytes of a run that nothing happened to."""

import os
import signal
import subprocess
import time

import pytest

from interrupted import SLOWLY, end_by, long_checkpoint
from tiny_checkpoint import write_floats

OK, USAGE, UNWRITABLE = 0, 2, 7
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGXCPU]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return long_checkpoint(tmp_path_factory.mktemp("model"), holes=1)


@pytest.fixture(scope="module")
def whole(run, model):
    return run("profile", "--json", model).stdout


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def stopped(program, number, output, *arguments):
    """Stops a run by a signal, in the midst of its first pass, and returns what it said."""
    seconds = 0.2
    while True:
        status, stderr, _ = end_by(number, seconds, program, "profile", "-q", *SLOWLY, "-o", output, *arguments)
        if status != OK and output.with_name(output.name + ".journal").exists():
            assert status == 128 + number, stderr
            return stderr
        output.unlink(missing_ok=True)  # too early, or it was done
        seconds *= 0.6 if status == OK else 1.3


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_leaves_work_to_be_gone_on_with(program, run, model, whole, tmp_path, number):
    output = tmp_path / "p.json"
    message = stopped(program, number, output, model)
    assert message == (f"weightsieve: stopped by signal {int(number)}; what was done is kept in {output}.journal: "
                       "the same command with --resume goes on\n")
    assert names(tmp_path) == ["p.json.journal"]
    again = run("profile", "-o", output, model)
    assert again.returncode == UNWRITABLE and b"--resume" in again.stderr
    result = run("profile", "--resume", "-o", output, "--threads", 3, model)
    assert (result.returncode, result.stdout) == (OK, b""), result.stderr
    assert output.read_bytes() == whole and names(tmp_path) == ["p.json"]


def test_the_rest_alone_is_read(program, run, model, tmp_path):
    """What was counted may even be gone: only its size and time are looked at."""
    output = tmp_path / "p.json"
    stopped(program, signal.SIGTERM, output, model)
    first = model / "model-00001-of-00003.safetensors"
    before, stat = first.read_bytes(), first.stat()
    try:
        with open(first, "r+b") as file:
            file.seek(-100, 2)
            file.write(bytes(100))
        os.utime(first, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert run("profile", "--resume", "-o", output, model).returncode == OK
    finally:
        first.write_bytes(before)
        os.utime(first, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_part_goes_on_too(program, run, model, whole, tmp_path):
    parts = [tmp_path / f"{index}.part" for index in range(3)]
    for index, part in enumerate(parts):
        if index != 1:
            assert run("profile", model, "--part", f"{index}/3", "-o", part).returncode == OK
    stopped(program, signal.SIGTERM, parts[1], "--part", "1/3", model)
    other = run("profile", model, "--part", "2/3", "--resume", "-o", parts[1])
    assert other.returncode == UNWRITABLE and b"--force" in other.stderr
    assert run("profile", model, "--part", "1/3", "--resume", "-o", parts[1]).returncode == OK
    assert run("merge", "--json", *parts).stdout == whole
    assert names(tmp_path) == ["0.part", "1.part", "2.part"]


def test_one_journal_for_all_outputs_and_paths(program, run, model, whole, tmp_path):
    outputs = ["-o", tmp_path / "p.json", "-o", tmp_path / "p.csv"]
    stopped(program, signal.SIGTERM, tmp_path / "p.json", "-o", tmp_path / "p.csv", model, model)
    assert run("profile", "--resume", *outputs, model).returncode == UNWRITABLE  # of one of two
    assert run("profile", "--resume", *outputs, model, model).returncode == OK
    assert (tmp_path / "p.json").read_bytes() == 2 * whole
    assert names(tmp_path) == ["p.csv", "p.json"]


def test_options_and_files_must_be_the_same(program, run, model, tmp_path):
    output = tmp_path / "p.json"
    stopped(program, signal.SIGTERM, output, model)
    for options in (["--bins", "7"], ["--include", "cut"]):
        result = run("profile", "--resume", "-o", output, *options, model)
        assert result.returncode == UNWRITABLE and b"other options" in result.stderr
    os.utime(model / "model-00003-of-00003.safetensors")
    result = run("profile", "--resume", "-o", output, model)
    assert result.returncode == UNWRITABLE and b"has changed since" in result.stderr
    assert run("profile", "--force", "-o", output, model).returncode == OK
    assert names(tmp_path) == ["p.json"]


def test_resume_where_there_is_nothing_to_go_on_with(run, model, whole, tmp_path):
    assert run("profile", "--resume", "--json", model).stdout == whole
    assert run("profile", "--resume", "-o", tmp_path / "p.json", model).returncode == OK
    assert run("profile", "--resume", "--force", "-o", tmp_path / "p.json", model).returncode == USAGE
    (tmp_path / "q.json.journal").write_bytes(b"")  # of a run that was killed as it began
    assert run("profile", "--resume", "-o", tmp_path / "q.json", model).returncode == OK
    assert names(tmp_path) == ["p.json", "q.json"]


def test_a_finished_profile_is_told_from_others(run, model, tmp_path):
    output = tmp_path / "p.json"
    assert run("profile", "-q", "-o", output, model).returncode == OK
    before = output.read_bytes()
    result = run("profile", "--resume", "-o", output, model)
    assert (result.returncode, result.stderr.decode()) == (OK, f"weightsieve: already complete: {output}\n")
    assert run("profile", "-q", "--resume", "-o", output, model).stderr == b""
    for options in (["--bins", "7"], ["--include", "cut"], ["--threshold", "0.1"], ["--seed", "1"], ["--fail-on", "all"],
                    ["-o", tmp_path / "p.csv"], ["--format", "text"]):
        result = run("profile", "--resume", "-o", output, *options, model)
        assert result.returncode == UNWRITABLE and b"no unfinished run" in result.stderr, options
    other = write_floats(tmp_path / "other.safetensors", {"a": [1.0]})
    assert run("profile", "--resume", "-o", output, other).returncode == UNWRITABLE
    os.utime(model / "model-00003-of-00003.safetensors")
    assert run("profile", "--resume", "-o", output, model).returncode == UNWRITABLE
    assert output.read_bytes() == before


def test_a_file_of_somebody_else_is_left_alone(run, model, tmp_path):
    (tmp_path / "p.json.journal").write_text("mine")
    for options in ([], ["--resume"], ["--force"]):
        result = run("profile", *options, "-o", tmp_path / "p.json", model)
        assert result.returncode == UNWRITABLE and b"is no journal" in result.stderr
    assert (tmp_path / "p.json.journal").read_text() == "mine"


def begun(process, folder, prefix):
    """Waits until a run has begun to write there, or has ended."""
    while process.poll() is None and not [name for name in names(folder) if name.startswith(prefix)]:
        time.sleep(0.01)


@pytest.mark.parametrize("options", [["--resume"], []])
def test_what_a_killed_run_left_is_cleaned_up(program, run, model, tmp_path, options):
    output = tmp_path / "p.json"
    with subprocess.Popen([program, "profile", "-q", *SLOWLY, "-o", output, model]) as process:
        begun(process, tmp_path, ".p.json.")
        process.kill()
    if not output.exists():
        assert [name for name in names(tmp_path) if name.endswith(".tmp")]
        result = run("profile", "-q", *options, "-o", output, model)
        assert result.returncode == OK and b"which a run that was killed left unfinished" in result.stderr
    assert names(tmp_path) == ["p.json"]


def test_all_outputs_appear_or_none(program, model, tmp_path):
    """One that is there only when the work is done keeps the others from appearing."""
    outputs = ["-o", tmp_path / "a.csv", "-o", tmp_path / "b.json"]
    with subprocess.Popen([program, "profile", "-q", *SLOWLY, *outputs, model], stderr=subprocess.PIPE) as process:
        begun(process, tmp_path, ".b.json.")
        (tmp_path / "b.json").write_text("mine")
        _, errors = process.communicate()
    assert process.returncode == UNWRITABLE and b"b.json: exists already" in errors
    assert not (tmp_path / "a.csv").exists() and (tmp_path / "b.json").read_text() == "mine"


def test_two_runs_for_one_output(program, run, model, tmp_path):
    output = tmp_path / "p.json"
    stopped(program, signal.SIGTERM, output, model)
    command = [program, "profile", "-q", *SLOWLY, "--resume", "-o", output, model]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        time.sleep(0.3)
        result = run("profile", "--resume", "-o", output, model)
        process.kill()
    if process.returncode == -signal.SIGKILL:
        assert result.returncode == UNWRITABLE and b"another run writes there" in result.stderr
