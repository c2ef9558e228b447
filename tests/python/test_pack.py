"""pack and unpack give back every byte, whatever the encoding; every verb reads what they write; they refuse in time."""

import hashlib
import json
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from checkpoint_file import BITS, Tensor, write_checkpoint, write_sharded
from odd_tensors import odd_tensors, shaped
from samples import bits, sample

ENCODINGS = ["dense", "zst", "packed"]
SIDECARS = {"config.json": '{"a": 1}', "tokenizer.model": "\0\1\2", "README.md": "", "LICENSE": "free", "merges.txt": "x"}


def digests(folder, *left_out):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.iterdir() if path.name not in left_out}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A sharded checkpoint with sidecars: odd tensors, every dtype, zeros, and what `pack` leaves behind."""
    folder = tmp_path_factory.mktemp("model")
    every = [sample(dtype, dtype, 3008, bits) for dtype in BITS]
    zeros = [shaped("zeros", "F32", [64, 1024], lambda dtype, count, random: bytes(4 * count))]
    write_sharded(folder, [odd_tensors(), every, zeros])
    for name, text in SIDECARS.items():
        (folder / name).write_text(text)
    (folder / "notes.pdf").write_text("stays")
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("small") / "model.safetensors", odd_tensors(), skew=3)


@pytest.fixture
def pack(run):
    """Packs or unpacks, and requires that it works; the folder that it wrote."""

    def pack_or_unpack(verb, path, folder, *options):
        result = run(verb, path, "-o", folder, *options)
        assert result.returncode == 0, result.stderr
        assert not [line for line in result.stderr.splitlines() if b"% of" not in line]  # a slow run tells how far
        return folder

    return pack_or_unpack


def refused(result, status):
    assert (result.returncode, result.stdout) == (status, b"")
    assert result.stderr.count(b"\n") == 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_checkpoint_comes_back_byte_for_byte(pack, model, tmp_path, encoding):
    written = pack("pack", model, tmp_path / "written", "--encoding", encoding)
    before = digests(model, "notes.pdf")
    if encoding == "dense":
        assert digests(written, "manifest.json") == before
        return
    assert digests(pack("unpack", written, tmp_path / "restored")) == before


def test_unpack_tells_the_hash_of_what_it_restored(run, pack, model, tmp_path):
    written = pack("pack", model, tmp_path / "written")
    for threads in (1, 3):
        result = run("unpack", written, "-o", tmp_path / str(threads), "--json", "--threads", threads)
        files = {file["name"]: file["sha256"] for file in json.loads(result.stdout)["files"]}
        assert files == digests(tmp_path / str(threads)) == digests(model, "notes.pdf")


def test_the_manifest_tells_every_file(pack, model, tmp_path):
    for encoding in ENCODINGS:
        written = pack("pack", model, tmp_path / encoding, "--encoding", encoding)
        manifest = json.loads((written / "manifest.json").read_text())
        assert (manifest["schema"], manifest["encoding"]) == ("weightsieve.manifest/1", encoding)
        assert {file["name"]: file["sha256"] for file in manifest["files"]} == digests(written, "manifest.json")
        assert all(file["bytes"] == (written / file["name"]).stat().st_size for file in manifest["files"])


def test_an_index_comes_along(pack, model, tmp_path):
    index = model / "model.safetensors.index.json"
    restored = pack("unpack", pack("pack", index, tmp_path / "packed"), tmp_path / "restored")
    assert digests(restored) == digests(model, "notes.pdf", *SIDECARS)


def test_stock_tools_read_what_was_written(pack, small, tmp_path):
    zst = pack("pack", small, tmp_path / "zst", "--encoding", "zst") / "model.safetensors.zst"
    if shutil.which("zstd"):
        assert subprocess.run(["zstd", "-dcq", zst], capture_output=True, check=True).stdout == small.read_bytes()
    packed = pack("pack", small, tmp_path / "packed") / "model.packed.safetensors"
    tensors = load_file(packed)
    assert {(name, str(tensor.dtype)) for name, tensor in tensors.items()} == {("frames", "uint8"), ("index", "uint8")}


@pytest.mark.parametrize("encoding", ["zst", "packed"])
def test_every_verb_reads_it_as_the_dense_file(run, pack, model, tmp_path, encoding):
    written = pack("pack", model, tmp_path / "written", "--encoding", encoding)
    for verb in ("profile", "inspect"):
        dense = json.loads(run(verb, model, "--json").stdout)
        outputs = {run(verb, written, "--json", "--threads", threads, "--io", io).stdout
                   for threads in (1, 2, 3, 8) for io in ("mmap", "pread")}
        assert len(outputs) == 1
        coded = json.loads(outputs.pop())
        assert [{**tensor, "file": ""} for tensor in coded["tensors"]] == [{**tensor, "file": ""} for tensor in dense["tensors"]]
        assert coded["totals"] == dense["totals"] and coded["problems"] == dense["problems"]
    assert run("verify", written).returncode == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_same_bytes_on_every_machine(run, pack, model, tmp_path, encoding):
    machines = [["--threads", "1", "--io", "mmap"], ["--threads", "3", "--io", "pread"], ["--threads", "8"]]
    machines += [["--isa", isa] for isa in ("scalar", "avx2") if run("inspect", model, "--isa", isa).returncode == 0]
    written = [digests(pack("pack", model, tmp_path / str(i), "--encoding", encoding, *machine))
               for i, machine in enumerate(machines)]
    assert all(one == written[0] for one in written)


@pytest.mark.parametrize("arguments", [[], ["-o", "a", "-o", "b"], ["-o", "-"], ["-o", "a", "--resume", "--force"],
                                       ["-o", "a", "--include", "x"], ["-o", "a", "--encoding", "zip"], ["-o", "a", "--level", "20"]])
def test_usage(run, small, tmp_path, arguments):
    refused(run("pack", small, *arguments, cwd=tmp_path), 2)
    refused(run("pack", small, small, "-o", "a", cwd=tmp_path), 2)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_else_is_worth_a_warning(run, small, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    assert run("pack", small, "-o", folder).stderr == b""
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("kept")
    warning = f"weightsieve: warning: {other}: was not empty; what was there stays, beside what is written\n"
    assert run("pack", small, "-o", other).stderr == warning.encode()
    assert (other / "notes.txt").read_text() == "kept"
    assert digests(folder) == digests(other, "notes.txt")
    refused(run("pack", small, "-o", other), 7)


def test_what_is_not_encoded_cannot_be_unpacked(run, small, tmp_path):
    refused(run("unpack", small, "-o", tmp_path / "out"), 2)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_output_is_kept(run, pack, small, tmp_path):
    written = pack("pack", small, tmp_path / "out")
    before = digests(written)
    for options in ([], ["--encoding", "zst"], ["--encoding", "zst", "--resume"]):
        refused(run("pack", small, "-o", written, *options), 7)
        assert digests(written) == before
    refused(run("pack", small, "-o", written / "manifest.json"), 7)


def test_resuming_what_is_complete_is_done_at_once(run, pack, small, tmp_path):
    written = pack("pack", small, tmp_path / "out")
    before = digests(written)
    result = run("pack", small, "-o", written, "--resume")
    assert (result.returncode, result.stderr) == (0, b"")
    assert f"already complete: {written}".encode() in result.stdout
    assert run("pack", small, "-o", written, "--resume", "--json").stdout == (written / "manifest.json").read_bytes()
    assert digests(written) == before
    (written / "model.packed.safetensors").write_bytes(b"")
    refused(run("pack", small, "-o", written, "--resume"), 7)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_times_are_told_where_they_are_asked_for(run, small, tmp_path, encoding):
    asked = ["pack", small, "-o", tmp_path / "out", "--encoding", encoding, "--timing"]
    refused(run(*asked, "--format", "csv"), 2)
    said = run(*asked).stdout.decode().splitlines()[-1]
    assert said.startswith("written in ") and ", read back in " in said
    written, restored = "write_seconds", "restore_seconds"
    document = json.loads(run(*asked, "--force", "--json").stdout)
    assert document.pop(written) > 0 and document.pop(restored) > 0
    assert document == json.loads((tmp_path / "out/manifest.json").read_text())
    again = json.loads(run(*asked, "--resume", "--json").stdout)
    assert again[written] is None and again[restored] > 0
    if encoding != "dense":
        asked = ["unpack", tmp_path / "out", "-o", tmp_path / "back", "--timing"]
        assert run(*asked).stdout.decode().splitlines()[-1].startswith("written in ")
        document = json.loads(run(*asked, "--force", "--json").stdout)
        assert document[written] > 0 and document[restored] is None


def test_times_are_of_what_was_written_whatever_else_lies_there(run, small, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    write_checkpoint(out / "other.safetensors", odd_tensors())
    result = run("pack", small, "-o", out, "--timing")
    assert result.returncode == 0 and b"read back in" in result.stdout


def fine_tuned(path, small):
    """The same header and sizes, other values in one tensor."""
    data = bytearray(small.read_bytes())
    data[-2000:-1000] = bytes(1000)
    path.write_bytes(data)
    return path


def test_a_model_of_the_same_header_is_another_run(run, pack, tmp_path):
    """A second fine-tune of one architecture, older than what was written of the first."""
    first = write_checkpoint(tmp_path / "first.safetensors", [sample("a", "F32", 1000, bits), sample("b", "F32", 500, bits)])
    second = fine_tuned(tmp_path / "second.safetensors", first)
    for encoding in ENCODINGS:
        out = pack("pack", first, tmp_path / encoding, "--encoding", encoding)
        first.rename(tmp_path / "kept")
        second.rename(first)
        result = run("pack", first, "-o", out, "--encoding", encoding, "--resume")
        refused(result, 7)
        assert b"of another input" in result.stderr and b"--force" in result.stderr
        first.rename(second)
        (tmp_path / "kept").rename(first)
    runs = [json.loads((pack("pack", path, tmp_path / path.stem) / "manifest.json").read_text())["run"] for path in (first, second)]
    assert runs[0] != runs[1]


def test_an_input_that_was_written_to_since_is_not_complete(run, pack, small, tmp_path):
    model = Path(shutil.copy(small, tmp_path / "model.safetensors"))
    out = pack("pack", model, tmp_path / "out")
    assert run("pack", model, "-o", out, "--resume").returncode == 0
    data = bytearray(model.read_bytes())
    data[-1] ^= 1
    model.write_bytes(data)
    result = run("pack", model, "-o", out, "--resume")
    refused(result, 7)
    assert b"was written to since" in result.stderr


def test_an_interrupted_run_of_another_fine_tune_is_not_gone_on_with(run, tmp_path):
    tensors = [sample(f"w{i}", "F32", 2**16, bits) for i in range(3)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = write_checkpoint(tmp_path / "a/model.safetensors", tensors)
    second = fine_tuned(tmp_path / "b/model.safetensors", first)
    out = tmp_path / "out"
    blocked = out / ".model.packed.safetensors.partial"
    blocked.mkdir(parents=True)
    assert run("pack", first, "-o", out, "--resume").returncode == 7
    blocked.rmdir()
    refused(run("pack", second, "-o", out, "--resume"), 7)
    assert run("pack", first, "-o", out, "--resume").returncode == 0


@pytest.mark.parametrize("verb", [["pack"], ["prune", "--sparsity", "0.5", "--encoding", "packed"]])
@pytest.mark.parametrize("io", ["mmap", "pread"])
def test_an_input_that_changes_while_it_is_written_is_exit_5(program, tmp_path, verb, io):
    """A byte changes as soon as the output has begun; nothing of the output is left to be seen."""
    model = write_checkpoint(tmp_path / "model.safetensors", [shaped(f"w{i}.weight", "F32", [1024, 1024], bits) for i in range(24)])
    out = tmp_path / "out"
    command = [program, *verb, "-q", "--io", io, "--threads", "1", model, "-o", out]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not (out / ".model.packed.safetensors.partial").exists() and process.poll() is None:
            pass
        with open(model, "r+b") as file:
            file.seek(-1, 2)
            file.write(b"!")
        stdout, stderr = process.communicate(timeout=120)
    assert (process.returncode, stdout) == (5, b""), stderr
    assert b"was written to while it was read" in stderr
    assert not out.exists()


def test_force_replaces_an_older_output_of_any_encoding(pack, small, tmp_path):
    for older in ENCODINGS:
        for newer in ENCODINGS:
            out = tmp_path / f"{older}-{newer}"
            pack("pack", small, out, "--encoding", older)
            pack("pack", small, out, "--encoding", newer, "--force")
            assert digests(out) == digests(pack("pack", small, tmp_path / f"{older}-{newer}-new", "--encoding", newer))


@pytest.mark.parametrize("force", [[], ["--force"], ["--resume"]])
def test_f15_the_output_is_the_input(run, small, tmp_path, force):
    shutil.copy(small, tmp_path / "model.safetensors")
    link = tmp_path / "linked"
    link.mkdir()
    (link / "model.safetensors").symlink_to(tmp_path / "model.safetensors")
    before = digests(small.parent)
    for path in (tmp_path, tmp_path / "model.safetensors", link, link / "model.safetensors"):
        refused(run("pack", path, "-o", tmp_path, "--encoding", "dense", *force), 7)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["linked", "model.safetensors"]
    assert hashlib.sha256((tmp_path / "model.safetensors").read_bytes()).hexdigest() == before["model.safetensors"]


def test_folders_that_cannot_be_written_into(run, small, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("file", "link", "dangling", "file/below"):
        refused(run("pack", small, "-o", tmp_path / name), 7)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "file", "link", "real"]
    assert list((tmp_path / "real").iterdir()) == []


def test_z22_unpack_does_not_touch_what_is_there(run, pack, small, tmp_path):
    packed = pack("pack", small, tmp_path / "packed")
    for name in ("exists", "linked", "real"):
        (tmp_path / name).mkdir()
    (tmp_path / "exists/model.safetensors").write_text("mine")
    mine = tmp_path / "mine.safetensors"
    mine.write_text("mine")
    (tmp_path / "linked/model.safetensors").symlink_to(mine)
    (tmp_path / "link").symlink_to("real")
    before = digests(packed)
    for folder in ("exists", "linked", "link", "packed", "mine.safetensors", "/proc/self/out"):
        refused(run("unpack", packed, "-o", tmp_path / folder), 7)
    assert digests(packed) == before and list((tmp_path / "real").iterdir()) == []
    assert [path.name for path in (tmp_path / "exists").iterdir()] == ["model.safetensors"]
    assert (tmp_path / "exists/model.safetensors").read_text() == mine.read_text() == "mine"
    refused(run("unpack", packed, "-o", tmp_path / "linked", "--force"), 7)
    pack("unpack", packed, tmp_path / "exists", "--force")
    assert (tmp_path / "exists/model.safetensors").read_bytes() == small.read_bytes()
    assert mine.read_text() == "mine"


def test_z23_names_of_tensors_are_never_paths(pack, tmp_path):
    names = ["../../out", "/etc/out", "a/../b", "line\nbreak", "\x1b[31m", "%n", "manifest.json"]
    model = write_checkpoint(tmp_path / "model.safetensors", [sample(name, "F32", 1000, bits) for name in names],
                             metadata={"path": "../../out", "format": "/etc/out"})
    packed = pack("pack", model, tmp_path / "packed")
    restored = pack("unpack", packed, tmp_path / "restored")
    assert digests(restored) == {"model.safetensors": hashlib.sha256(model.read_bytes()).hexdigest()}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.safetensors", "packed", "restored"]


def journalled(folder, signal_number, program, path, *options, verb="pack"):
    """Starts a run and ends it by a signal as soon as its journal says what it writes."""
    command = [program, verb, "-q", "--threads", "1", path, "-o", folder, *options]
    journal = folder / ".weightsieve.journal"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not (journal.exists() and journal.stat().st_size) and process.poll() is None:
            pass
        process.send_signal(signal_number)
        _, stderr = process.communicate(timeout=60)
    return process.returncode, stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_f18_a_signal_leaves_work_to_be_gone_on_with(program, run, pack, tmp_path, number):
    tensors = [sample(f"w{i}", "F32", 2**20, bits) for i in range(24)]
    model = write_checkpoint(tmp_path / "model.safetensors", tensors)
    out = tmp_path / "out"
    status, stderr = journalled(out, number, program, model)
    assert status == (-9 if number == signal.SIGKILL else 128 + number), stderr
    assert not any(path.name[0] != "." for path in out.iterdir())
    refused(run("pack", model, "-o", out), 7)
    refused(run("pack", model, "-o", out, "--resume", "--encoding", "zst"), 7)
    pack("pack", model, out, "--resume")
    assert digests(out) == digests(pack("pack", model, tmp_path / "undisturbed"))


def test_f18_hashes_may_be_asked_for_later(program, run, pack, tmp_path):
    tensors = [[sample(f"w{i}.{j}", "F32", 2**20, bits) for j in range(6)] for i in range(4)]
    model = tmp_path / "model"
    model.mkdir()
    write_sharded(model, tensors)
    written = pack("pack", model, tmp_path / "written")
    out = tmp_path / "out"
    status, stderr = journalled(out, signal.SIGKILL, program, written, verb="unpack")
    assert status == -9, stderr
    result = run("unpack", written, "-o", out, "--resume", "--json")
    files = {file["name"]: file["sha256"] for file in json.loads(result.stdout)["files"]}
    assert files == digests(out) == digests(model)


def test_f19_killed_between_a_name_and_its_record(program, pack, small, tmp_path):
    """The first file has its name, and the journal does not know yet."""
    out = pack("pack", small, tmp_path / "out")
    before = digests(out)
    (out / "manifest.json").unlink()
    (out / ".weightsieve.journal").write_bytes(journal_without_records(program, small, tmp_path))
    assert digests(pack("pack", small, out, "--resume")) == before


def journal_without_records(program, small, tmp_path):
    """The line that a run of this input begins its journal with, caught by a target that is a folder."""
    blocked = tmp_path / "blocked"
    (blocked / ".model.packed.safetensors.partial").mkdir(parents=True)
    subprocess.run([program, "pack", small, "-o", blocked, "--resume"], capture_output=True, check=False)
    return (blocked / ".weightsieve.journal").read_bytes()


@pytest.mark.parametrize("encoding", ["zst", "packed"])
def test_a_damaged_shard_is_not_restored(run, pack, small, tmp_path, encoding):
    written = pack("pack", small, tmp_path / "written", "--encoding", encoding)
    shard = next(path for path in written.iterdir() if path.name != "manifest.json")
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 4
    shard.write_bytes(data)
    refused(run("unpack", written, "-o", tmp_path / "out"), 3)
    assert not (tmp_path / "out").exists()
    assert run("verify", written).returncode == 1


def entropy(counts):
    """Bits that so many of each kind take together."""
    counts = np.array([count for count in counts if count], dtype=float)
    return float(-(counts * np.log2(counts / counts.sum())).sum()) if counts.size else 0.0


def test_verbose_tells_how_near_the_entropy_bound_it_is(run, tmp_path):
    """Against numpy: the mask's entropy, that of the upper halves of what is kept, and the lower halves as they are."""
    values = np.random.default_rng(8).standard_normal(2**20, dtype=np.float32)
    values[np.abs(values) < 1] = 0
    path = write_checkpoint(tmp_path / "model.safetensors", [Tensor("w", "F32", (2**20,), values.tobytes())])
    codes = values.view(np.uint32)
    kept = codes[codes != 0]
    bits_of = entropy([len(kept), len(codes) - len(kept)]) + entropy(np.bincount(kept >> 16)) + 16 * len(kept)
    result = run("pack", "-v", path, "-o", tmp_path / "out")
    assert result.returncode == 0
    said = result.stderr.decode()
    bound, ratio = float(said.split("entropy bound ")[1].split(" MiB")[0]), float(said.split("takes ")[1].split(" ")[0])
    assert bound == pytest.approx(bits_of / 8 / 2**20, abs=0.001)
    size = (tmp_path / "out/model.packed.safetensors").stat().st_size
    assert ratio == pytest.approx(size / (bits_of / 8), abs=0.002)
