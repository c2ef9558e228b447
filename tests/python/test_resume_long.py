"""A profile that is killed at random moments, whole, in parts and in ranks, ends with the bytes of an undisturbed one."""

import itertools
import os
import random
import signal
import subprocess
import time

import pytest

from checkpoint_file import write_checkpoint
from interrupted import end_by, long_checkpoint, moments
from mpi_launch import missing, ranks_of, surroundings, wait_for_ranks
from samples import gaussian, sample

# As many as the environment asks for: KILLS=200 before a release.
KILLS = int(os.environ.get("KILLS", "6"))
MOST = 2.5  # seconds: about what a slow run takes


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return long_checkpoint(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def whole(run, model):
    return run("profile", "--json", model).stdout


def slow(threads):
    return ["--isa", "scalar", "--io", "pread", "--threads", str(threads)]


def test_killed_at_any_time(program, run, model, whole, tmp_path):
    when = moments(1, MOST)
    kills = 0
    while kills < KILLS:
        output = tmp_path / f"{kills}.json"
        resume = []
        for threads in itertools.islice(itertools.cycle([1, 2, 3]), 1 + kills % 3):
            status, stderr, _ = end_by(signal.SIGKILL, next(when), program, "profile", "-q", *slow(threads), *resume, "-o", output,
                                       model)
            kills += 1
            assert status in (0, -signal.SIGKILL), stderr
            resume = ["--resume"]
        if not output.exists() or output.with_name(output.name + ".journal").exists():
            result = run("profile", "--resume", "-o", output, model)
            assert result.returncode == 0, result.stderr
        assert output.read_bytes() == whole
        assert not [path for path in tmp_path.iterdir() if output.name in path.name and path != output]


def test_parts_killed_at_any_time(program, run, model, whole, tmp_path):
    when = moments(2, MOST / 3)
    for round_ in range(max(1, KILLS // 6)):
        parts = [tmp_path / f"{round_}-{index}.part" for index in range(3)]
        for index, part in enumerate(parts):
            arguments = ["profile", "-q", "--part", f"{index}/3", "-o", part, model]
            for _ in range(2):
                end_by(signal.SIGKILL, next(when), program, *arguments, *slow(1 + index), "--resume")
            if not part.exists() or part.with_name(part.name + ".journal").exists():
                assert run(*arguments, "--resume").returncode == 0
        assert run("merge", "--json", *parts).stdout == whole


def test_a_signal_is_answered_in_time(program, run, model, whole, tmp_path):
    """How long it took in the worst case is printed (pytest -s), not judged."""
    when, worst = moments(3, MOST), 0.0
    for kill in range(KILLS):
        output = tmp_path / f"{kill}.json"
        number = [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGXCPU][kill % 4]
        status, stderr, seconds = end_by(number, next(when), program, "profile", "-q", *slow(1), "-o", output, model)
        assert status in (0, 128 + number, -number), stderr  # -n: before it listened
        worst = max(worst, seconds)
        if status != 0:
            assert run("profile", "--resume", "-o", output, model).returncode == 0
        assert output.read_bytes() == whole
    print(f"the worst of {KILLS}: {worst:.3f} s")


@pytest.fixture(scope="module")
def ranks(program):
    reason = missing(program)
    if reason:
        pytest.skip(reason)

    def start(count, *arguments):
        return subprocess.Popen(["mpirun", "--oversubscribe", "-n", str(count), program, *map(str, arguments)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings())

    return start


def test_ranks_killed_at_any_time(ranks, run, model, whole, tmp_path):
    """One rank gets SIGKILL; another number of ranks, or one process, goes on."""
    when, chance = moments(4, MOST), random.Random(5)
    for round_ in range(max(2, KILLS // 3)):
        output = tmp_path / f"{round_}.json"
        with ranks(3, "profile", "-q", *slow(1), "--resume", "-o", output, model) as launched:
            wait_for_ranks(launched, 3, model)
            time.sleep(next(when))
            for victim in ranks_of(launched)[chance.randrange(3) :][:1]:
                os.kill(victim, signal.SIGKILL)
            launched.communicate(timeout=120)
        if not output.exists() or list(tmp_path.glob(f"{output.name}.journal*")):
            count = chance.choice([1, 2, 5])
            with ranks(count, "profile", "-q", "--resume", "-o", output, model) as launched:
                _, stderr = launched.communicate(timeout=300)
            assert launched.returncode == 0, stderr
        assert output.read_bytes() == whole
        assert not list(tmp_path.glob("*.journal*"))


def test_one_process_goes_on_where_ranks_were(ranks, run, model, whole, tmp_path):
    output = tmp_path / "p.json"
    with ranks(3, "profile", "-q", *slow(1), "-o", output, model) as launched:
        time.sleep(2.5)
        launched.send_signal(signal.SIGUSR1)  # mpirun passes it on
        launched.communicate(timeout=120)
    if not output.exists():
        assert list(tmp_path.glob("*.journal*"))
        assert run("profile", "--resume", "-o", output, model).returncode == 0
    assert output.read_bytes() == whole
    assert not list(tmp_path.glob("*.journal*"))


def test_a_stop_in_a_further_pass_names_the_journal(ranks, run, tmp_path):
    """It is there as soon as the first pass is done."""
    model = write_checkpoint(tmp_path / "m.safetensors", [sample("w", "F64", 2**25, gaussian)])
    output, journal = tmp_path / "p.json", tmp_path / "p.json.journal"
    for _ in range(10):
        with ranks(2, "profile", "-q", *slow(1), "--exact", "-o", output, model) as launched:
            while not journal.exists() and launched.poll() is None:
                time.sleep(0.01)
            launched.send_signal(signal.SIGUSR1)
            _, stderr = launched.communicate(timeout=120)
        if journal.exists():
            break
        output.unlink(missing_ok=True)  # it was done before
    assert f"what was done is kept in {journal}: the same command with --resume goes on".encode() in stderr, stderr
    assert run("profile", "--exact", "--resume", "-o", output, model).returncode == 0
    assert run("profile", "--exact", "--json", model).stdout == output.read_bytes()
