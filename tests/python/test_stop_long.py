"""A signal ends every verb that writes soon, wherever it is in its work, and --resume goes on until the bytes are those of
a run that nobody disturbed. How long it took in the worst case is printed (pytest -s), not judged.

The environment asks for more before a release: KILLS=200 signals a verb, MEBIBYTES=2048 in one shard.
"""

import json
import os
import shutil
import signal
import time

import pytest

from interrupted import end_by, moments
from samples import gaussian, sample

KILLS = int(os.environ.get("KILLS", "4"))
MEBIBYTES = int(os.environ.get("MEBIBYTES", "128"))
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGXCPU]
VERBS = {
    "profile": ["profile", "-q", "-o", "OUT", "--format", "json", "MODEL"],
    "prune": ["prune", "-q", "--sparsity", "0.5", "--encoding", "dense", "MODEL", "-o", "OUT"],
    "pack": ["pack", "-q", "MODEL", "-o", "OUT"],
    "unpack": ["unpack", "-q", "PACKED", "-o", "OUT"],
}


def write_large(path, mebibytes):
    """One tensor of so many MiB, the same 16 over and over."""
    tile = sample("tile", "F32", 4 << 20, gaussian).data
    header = json.dumps({"weight": {"dtype": "F32", "shape": [mebibytes, 1 << 18], "data_offsets": [0, mebibytes << 20]}}).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for _ in range(mebibytes // 16):
            file.write(tile)
    return path


@pytest.fixture(scope="module")
def models(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    (folder / "whole").mkdir()
    model = write_large(folder / "whole/model.safetensors", MEBIBYTES)
    assert run("pack", "-q", model, "-o", folder / "packed").returncode == 0
    return {"MODEL": model, "PACKED": folder / "packed"}


def content(output):
    """The bytes of a file, or of each in a folder."""
    if output.is_file():
        return output.read_bytes()
    return {path.name: path.read_bytes() for path in output.iterdir()}


def command(verb, models, output):
    names = models | {"OUT": output}
    return [str(names.get(word, word)) for word in VERBS[verb]]


def begun(output):
    return output.is_dir() or output.with_name(output.name + ".journal").exists()


@pytest.mark.parametrize("verb", VERBS)
def test_a_signal_ends_it_soon(program, run, models, tmp_path, verb):
    undisturbed = tmp_path / "undisturbed"
    began = time.monotonic()
    assert run(*command(verb, models, undisturbed)).returncode == 0
    when = moments(len(verb), 1.1 * (time.monotonic() - began))
    worst, rounds, output = 0.0, 0, tmp_path / "output"
    for kill in range(KILLS):
        number = SIGNALS[kill % len(SIGNALS)]
        resume = ["--resume"] if begun(output) else []
        status, stderr, seconds = end_by(number, next(when), program, *command(verb, models, output), *resume)
        assert status in (0, 128 + number, -number), stderr  # -n: before it listened
        worst = max(worst, seconds if status == 128 + number else 0)
        if status != 0:
            continue
        assert content(output) == content(undisturbed)
        shutil.rmtree(output) if output.is_dir() else output.unlink()
        rounds += 1
    if begun(output):
        assert run(*command(verb, models, output), "--resume").returncode == 0
        assert content(output) == content(undisturbed)
    print(f"{verb}: {KILLS} signals, {rounds} times done, the worst took {worst:.3f} s to end")
