"""What verify and unpack make of the manifest beside the files that pack and prune wrote, and of folders whose run did
not end."""

import json
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from checkpoint_file import write_checkpoint, write_sharded
from odd_tensors import shaped
from samples import bits, gaussian, sample

ENCODINGS = ["dense", "zst", "packed"]
FORMATS = ["text", "markdown", "json", "csv"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Three shards, their index and a configuration."""
    folder = tmp_path_factory.mktemp("model")
    write_sharded(folder, [[sample(f"layer.{i}.weight", "F32", 50_000, gaussian)] for i in range(3)])
    (folder / "config.json").write_text('{"a": 1}')
    return folder


@pytest.fixture(scope="module")
def packed_once(run, model, tmp_path_factory):
    """A folder for each encoding, which no test changes."""
    root = tmp_path_factory.mktemp("written")
    for encoding in ENCODINGS:
        assert run("pack", model, "-o", root / encoding, "--encoding", encoding).returncode == 0
    return root


@pytest.fixture
def written(packed_once, tmp_path):
    """A fresh copy of what was written in one encoding."""
    return lambda encoding, name="written": shutil.copytree(packed_once / encoding, tmp_path / name)


def shards(folder):
    return sorted(path for path in folder.iterdir() if path.name.startswith("model-"))


def verdict(run, path, *options):
    """The exit status of verify, and its rules of errors and problems with the names of their files."""
    result = run("verify", "--json", path, *options)
    found = json.loads(result.stdout)
    listed = {kind: [(one["rule"], one["file"].rsplit("/", 1)[-1]) for one in found[kind]] for kind in ("errors", "problems")}
    assert result.returncode == (0 if found["sound"] else 1)
    return result.returncode, listed["errors"], listed["problems"], found


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_was_written_is_compared_with_its_manifest(run, written, encoding):
    folder = written(encoding)
    status, errors, problems, found = verdict(run, folder)
    assert (status, errors, problems) == (0, [], [])
    assert found["manifest"] == {"files": 5, "hashed": True}
    assert found["checkpoint"].get("encoding") == (None if encoding == "dense" else encoding)
    assert verdict(run, folder, "--headers-only")[3]["manifest"] == {"files": 5, "hashed": False}
    assert verdict(run, folder, "--include", "layer.0")[3]["manifest"] == {"files": 5, "hashed": False}
    assert verdict(run, shards(folder)[1])[3]["manifest"] == {"files": 1, "hashed": True}
    assert verdict(run, folder / "model.safetensors.index.json")[3]["manifest"] == {"files": 5, "hashed": True}
    for form in FORMATS:
        said = run("verify", "--format", form, folder).stdout.decode()
        assert form == "json" or "manifest: 5 files, sizes and SHA-256 equal" in said
        assert form == "json" or encoding == "dense" or f"safetensors, {encoding}," in said


@pytest.mark.parametrize("name", ["config.json", "model.safetensors.index.json", "model-00002-of-00003.safetensors"])
def test_a_changed_byte_of_any_file_is_found(run, written, name):
    folder = written("dense")
    flip(folder / name, -3)
    assert ("MANIFEST-FILE", name) in verdict(run, folder)[1]
    result = run("verify", folder)
    assert result.returncode == 1 and b"SHA-256" in result.stdout and b"[MANIFEST-FILE]" in result.stdout


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_z16_a_file_that_is_missing(run, written, tmp_path, encoding):
    folder = written(encoding)
    (folder / "config.json").unlink()
    assert verdict(run, folder, "--headers-only")[1] == [("MANIFEST-FILE", "config.json")]
    lost = shards(folder)[2]
    lost.unlink()
    assert ("MANIFEST-FILE", lost.name) in verdict(run, folder)[1]
    for verb in (["inspect"], ["profile"], ["unpack", "-o", tmp_path / "out"]):
        if verb[0] != "unpack" or encoding != "dense":
            result = run(*verb, folder)
            assert result.returncode == 3 and lost.name.split(".")[0].encode() in result.stderr, result.stderr
    assert not (tmp_path / "out").exists()


def test_z16_a_file_too_many_is_worth_a_warning(run, written):
    folder = written("packed")
    write_checkpoint(folder / "stray.safetensors", [sample("x", "F32", 10, gaussian)])
    status, errors, problems, _ = verdict(run, folder / "model.safetensors.index.json")
    assert (status, errors, problems) == (0, [], [("MANIFEST-EXTRA", "stray.safetensors")])
    status, errors, problems, _ = verdict(run, folder / "model.safetensors.index.json", "--strict")
    assert (status, errors, problems) == (1, [("MANIFEST-EXTRA", "stray.safetensors")], [])


def swapped_in(run, model, tmp_path, folder, encoding):
    """Puts the second shard of another run of the same names into the folder; its name."""
    other = tmp_path / "other"
    assert run("prune", "--select", "all", "--sparsity", "0.5", model, "-o", other, "--encoding", encoding).returncode == 0
    shutil.copy(shards(other)[1], shards(folder)[1])
    return shards(folder)[1].name


def test_z26_a_packed_shard_of_another_run(run, model, written, tmp_path):
    folder = written("packed")
    name = swapped_in(run, model, tmp_path, folder, "packed")
    assert ("MANIFEST-RUN", name) in verdict(run, folder, "--headers-only")[1]
    result = run("unpack", folder, "-o", tmp_path / "out")
    assert (result.returncode, result.stdout) == (3, b"") and b"[MANIFEST-" in result.stderr
    assert not (tmp_path / "out").exists()


def test_z29_an_older_shard_of_the_same_size(run, model, written):
    folder = written("dense")
    older = shards(folder)[0]
    tensors = np.random.default_rng(5).standard_normal(50_000, dtype=np.float32)
    data = older.read_bytes()
    older.write_bytes(data[:-200_000] + tensors.tobytes())
    assert verdict(run, folder)[1] == [("MANIFEST-FILE", older.name)]


@pytest.mark.parametrize("encoding", ["zst", "packed"])
def test_unpack_refuses_a_shard_of_another_size(run, written, tmp_path, encoding):
    folder = written(encoding)
    manifest = json.loads((folder / "manifest.json").read_text())
    for file in manifest["files"]:
        file["bytes"] += file["name"] == shards(folder)[1].name
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = run("unpack", folder, "-o", tmp_path / "out")
    assert (result.returncode, result.stdout) == (3, b"") and b"[MANIFEST-FILE]" in result.stderr
    (folder / "manifest.json").unlink()
    assert run("unpack", folder, "-o", tmp_path / "out").returncode == 0


def test_z29_z30_what_is_no_longer_what_the_manifest_lists_is_not_restored(run, model, written, tmp_path):
    """A sound zst shard of another run in place of one, of the size that is listed."""
    folder = written("zst")
    name = swapped_in(run, model, tmp_path, folder, "zst")
    manifest = json.loads((folder / "manifest.json").read_text())
    for file in manifest["files"]:
        if file["name"] == name:
            file["bytes"] = (folder / name).stat().st_size
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = run("unpack", folder, "-o", tmp_path / "out")
    assert (result.returncode, result.stdout) == (3, b"") and b"has SHA-256" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("damage, rule", [
    (lambda text: text[: len(text) // 2], "MANIFEST-JSON"),
    (lambda text: text.replace("manifest/1", "manifest/2"), "MANIFEST-VERSION"),
    (lambda text: text.replace('"config.json"', '"../config.json"'), "MANIFEST-NAME"),
    (lambda text: text.replace('"config.json"', '"/etc/passwd"'), "MANIFEST-NAME"),
    (lambda text: text.replace('"config.json"', '"model-00001-of-00003.packed.safetensors"'), "MANIFEST-NAME"),
    (lambda text: "", "MANIFEST-JSON"),
])
def test_z12_to_z15_a_manifest_that_is_none(run, written, damage, rule):
    folder = written("packed")
    manifest = folder / "manifest.json"
    manifest.write_text(damage(manifest.read_text()))
    status, errors, _, found = verdict(run, folder)
    assert (status, errors) == (1, [(rule, "manifest.json")])
    assert found["checkpoint"]["name"] and found["tensors"] == 3


def test_a_manifest_of_another_program_is_none(run, model, tmp_path):
    folder = shutil.copytree(model, tmp_path / "model")
    for text in ('{"files": ["a"]}', "not JSON"):
        (folder / "manifest.json").write_text(text)
        status, errors, problems, found = verdict(run, folder)
        assert (status, errors, problems, found["manifest"]) == (0, [], [], None)


def test_z15_a_lone_packed_shard_is_read_with_a_warning(run, packed_once, tmp_path):
    lone = shutil.copy(shards(packed_once / "packed")[0], tmp_path)
    for verb in ("inspect", "profile", "verify"):
        result = run(verb, lone)
        assert result.returncode == 0
        assert b"MANIFEST-MISSING" in result.stderr + result.stdout
        assert run(verb, "--strict", lone).returncode == (1 if verb == "verify" else 3)


@pytest.mark.parametrize("encoding", ["zst", "packed"])
def test_damage_is_told_of_every_tensor_that_it_hits(run, tmp_path, encoding):
    path = write_checkpoint(tmp_path / "model.safetensors", [
        shaped(f"w{i}.weight", "F32", [300, 1000], bits) for i in range(6)])
    assert run("pack", path, "-o", tmp_path / "out", "--encoding", encoding).returncode == 0
    shard = next(path for path in (tmp_path / "out").iterdir() if path.name != "manifest.json")
    size = shard.stat().st_size
    for part in (0.3, 0.75):
        flip(shard, int(size * part))
    found = verdict(run, tmp_path / "out")[3]
    assert found["checkpoint"] == {"name": "out", "format": "safetensors", "encoding": encoding, "files": 1}
    assert found["tensors"] == 6 and found["data_read"]
    assert [one.get("tensor") for one in found["errors"]] == ["w1.weight", "w4.weight", None]
    assert found["errors"][2]["rule"] == "MANIFEST-FILE"
    for verb in (["profile"], ["unpack", "-o", tmp_path / "restored"]):
        result = run(*verb, tmp_path / "out")
        known_by_hash = verb[0] == "unpack" and encoding == "zst"
        said = b"has SHA-256" if known_by_hash else b'tensor "w1.weight"'
        assert result.returncode == 3 and said in result.stderr, result.stderr


def interrupted(run, model, folder):
    """A folder in which a run was stopped, as a signal leaves it."""
    blocked = folder / ".model-00002-of-00003.packed.safetensors.partial"
    blocked.mkdir(parents=True)
    assert run("pack", model, "-o", folder, "--resume").returncode == 7
    blocked.rmdir()
    return folder


@pytest.mark.parametrize("verb", ["inspect", "profile", "verify", "unpack"])
def test_z15_a_folder_whose_run_did_not_end_is_known(run, model, tmp_path, verb):
    folder = interrupted(run, model, tmp_path / "half")
    result = run(verb, folder, *(["-o", tmp_path / "out"] if verb == "unpack" else []))
    said = (result.stdout + result.stderr).decode()
    assert result.returncode == (1 if verb == "verify" else 3)
    assert "[WRITE-UNFINISHED]" in said and "--resume" in said and f"weightsieve pack {model}" in said
    assert run("pack", model, "-o", folder, "--resume").returncode == 0
    assert run("verify", folder).returncode == 0


def test_a_whole_file_beside_an_unfinished_run_is_read(run, model, tmp_path):
    folder = interrupted(run, model, tmp_path / "half")
    whole = shards(folder)[0]
    result = run("inspect", whole)
    assert result.returncode == 0 and b"WRITE-UNFINISHED" in result.stderr


def test_hashing_stops_when_asked(program, model, tmp_path, run):
    """SIGTERM while 16 GiB of a sparse sidecar are hashed."""
    path = write_checkpoint(tmp_path / "model.safetensors", [sample("w", "F32", 100, gaussian)])
    assert run("pack", path, "-o", tmp_path / "out").returncode == 0
    with open(tmp_path / "out/large.json", "wb") as file:
        file.truncate(16 << 30)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    manifest["files"].append({"name": "large.json", "bytes": 16 << 30, "sha256": "0" * 64})
    (tmp_path / "out/manifest.json").write_text(json.dumps(manifest))
    with subprocess.Popen([program, "verify", tmp_path / "out"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        stdout, _ = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (128 + signal.SIGTERM, b"")
