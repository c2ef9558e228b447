"""What pack and unpack leave when they are killed or the disk is full, and a thousand random checkpoints."""

import hashlib
import os
import random
import subprocess
import time

import numpy as np
import pytest

from checkpoint_file import BITS, write_checkpoint, write_sharded
from samples import bits, gaussian, sample

# As many as the environment asks for: KILLS=200, CHECKPOINTS=1000 before a release.
KILLS = int(os.environ.get("KILLS", "60"))
CHECKPOINTS = int(os.environ.get("CHECKPOINTS", "200"))
DISK_STEP = 64 * 1024


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def visible(folder):
    return {name: digest for name, digest in digests(folder).items() if name[0] != "."} if folder.exists() else {}


def is_done(folder):
    """Whether nothing is left to do, though the run may have been killed before it could say so."""
    return (folder / "manifest.json").exists() and not (folder / ".weightsieve.journal").exists()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """36 MiB in six shards."""
    folder = tmp_path_factory.mktemp("model")
    write_sharded(folder, [[sample(f"{i}.{j}", "F32", 2**18, gaussian) for j in range(6)] for i in range(6)])
    return folder


@pytest.fixture(scope="module")
def undisturbed(run, model, tmp_path_factory):
    """What a run writes that nothing happens to, and how long it takes."""
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    begin = time.monotonic()
    assert run("pack", model, "-o", folder).returncode == 0
    return digests(folder), time.monotonic() - begin


def test_f19_killed_at_any_time(program, run, model, undisturbed, tmp_path):
    expected, seconds = undisturbed
    when = random.Random(4)
    kills = 0
    while kills < KILLS:
        out = tmp_path / f"out{kills}"
        option = []
        for _ in range(when.randint(1, 6)):
            with subprocess.Popen([program, "pack", "-q", model, "-o", out, *option],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
                time.sleep(when.uniform(0, seconds))
                process.kill()
                process.communicate()
            kills += process.returncode == -9
            assert process.returncode in (-9, 0)
            assert visible(out).items() <= expected.items()
            option = ["--resume"]
            if is_done(out):
                break
        if not is_done(out):
            result = run("pack", model, "-o", out, "--resume")
            assert result.returncode == 0, result.stderr
        assert digests(out) == expected
        subprocess.run(["rm", "-r", out], check=True)


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk of its own, and a function that sets the disk's size."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], capture_output=True, check=False)
    if mount.returncode != 0:
        pytest.skip("no right to mount a small disk")

    def resize(size):
        subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)

    yield folder, resize
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("command", [("pack", "--encoding", "dense"), ("pack", "--encoding", "packed"), ("unpack",)],
                         ids=lambda command: command[-1])
def test_f14_the_disk_is_full_at_every_64_kib(run, disk, tmp_path, command):
    folder, resize = disk
    source = tmp_path / "model"
    source.mkdir()
    write_sharded(source, [[sample(f"{i}.{j}", "U8", 7 * 2**18, bits) for j in range(2)] for i in range(4)])
    if command == ("unpack",):
        assert run("pack", source, "-o", tmp_path / "packed").returncode == 0
        source = tmp_path / "packed"

    def write(folder, *options):
        return run(command[0], source, "-o", folder, *command[1:], *options)

    assert write(tmp_path / "expected").returncode == 0
    expected = digests(tmp_path / "expected")
    stops = 0
    for step in range(1, 1000):
        resize(step * DISK_STEP)
        result = write(folder / "out")
        if result.returncode == 0:
            break
        assert (result.returncode, result.stdout) == (7, b"") and result.stderr.count(b"\n") == 1
        assert list(folder.iterdir()) == []
        if step % 8 == 0:
            assert write(folder / "out", "--resume").returncode == 7
            assert visible(folder / "out").items() <= expected.items()
            resize("64m")
            again = write(folder / "out", "--resume")
            assert again.returncode == 0, again.stderr
            assert digests(folder / "out") == expected
            subprocess.run(["rm", "-r", folder / "out"], check=True)
        stops += 1
    assert stops >= 200 and digests(folder / "out") == expected


def random_tensors(generator):
    tensors = []
    for i in range(generator.integers(0, 12)):
        dtype = str(generator.choice(list(BITS)))
        count = int(generator.choice([0, 8, 16, 64, 1000, 4096, 8 * generator.integers(1, 3000)]))
        tensors.append(sample(f"t{i}/\u00e9 {dtype}", dtype, count, bits))
        if generator.random() < 0.2:
            tensors[-1].data = bytes(len(tensors[-1].data))
        if generator.random() < 0.3:
            tensors[-1].shape = (1, *tensors[-1].shape, 1)
    if generator.random() < 0.3:
        scalar = sample("scalar", "F32", 1, bits)
        scalar.shape = ()
        tensors.append(scalar)
    return tensors


@pytest.mark.parametrize("encoding", ["zst", "packed"])
def test_random_checkpoints_come_back(run, tmp_path, encoding):
    generator = np.random.default_rng(12)
    for i in range(CHECKPOINTS):
        metadata = {"format": "pt", "note": "\"\n" * i} if i % 3 == 0 else None
        path = write_checkpoint(tmp_path / "model.safetensors", random_tensors(generator), metadata=metadata, skew=i % 8,
                                shuffle=generator if i % 2 else None)
        packed, restored = tmp_path / f"{i}", tmp_path / f"{i}.back"
        result = run("pack", path, "-o", packed, "--encoding", encoding)
        assert result.returncode == 0, result.stderr
        result = run("unpack", packed, "-o", restored)
        assert result.returncode == 0, result.stderr
        assert (restored / "model.safetensors").read_bytes() == path.read_bytes()
        subprocess.run(["rm", "-r", packed, restored], check=True)
