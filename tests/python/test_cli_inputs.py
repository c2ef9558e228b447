"""What a PATH may be, and what the exit status says of those that it may not (F rows of the corpus)."""

import json
import os
import socket
import subprocess
import time

import pytest
from tiny_checkpoint import header_bytes, write_floats, write_sparse

READERS = ["inspect", "profile", "rank", "verify"]


@pytest.fixture
def model(tmp_path):
    return write_floats(tmp_path / "model.safetensors", {"a.weight": [1, 2, 3, 4], "a.bias": [0, -1]})


def refused(result, status):
    """One line on stderr, nothing on stdout."""
    assert (result.returncode, result.stdout) == (status, b""), result
    assert result.stderr.count(b"\n") == 1
    return result.stderr.decode()


def refused_at_once(run, path, io="auto"):
    """The input is of a wrong kind: exit 3 with a rule, by every verb, without a hang; verify says so as an answer."""
    for verb in READERS:
        start = time.monotonic()
        result = run(verb, "--io", io, path, stdin=subprocess.DEVNULL)
        assert time.monotonic() - start < 20
        if verb == "verify":
            assert (result.returncode, result.stderr) == (1, b"")
            answer = result.stdout.decode()
        else:
            answer = refused(result, 3)
        assert answer.rstrip().endswith("]"), answer


@pytest.mark.parametrize("io", ["mmap", "pread"])
def test_f01_fifo(run, tmp_path, io):
    os.mkfifo(tmp_path / "fifo")
    refused_at_once(run, tmp_path / "fifo", io)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/null", "/dev/stdin", "/dev/tty"])
def test_f02_devices(run, device):
    if device == "/dev/tty":
        parent, child = os.openpty()
        device = os.ttyname(child)
    refused_at_once(run, device)


def test_f03_folder_without_a_checkpoint(run, tmp_path):
    for name in ("empty", "named.safetensors"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        refused_at_once(run, tmp_path / name)


def test_f03_folder_that_is_a_checkpoint(run, model):
    assert run("inspect", model.parent).returncode == 0


def test_f03_folder_of_variants(run, tmp_path):
    for name in ("fp16.safetensors", "fp32.safetensors"):
        write_floats(tmp_path / name, {"a": [1]})
    message = refused(run("inspect", tmp_path), 2)
    assert "fp16.safetensors" in message and "fp32.safetensors" in message


def test_f04_socket(run, tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        refused_at_once(run, tmp_path / "s")


def test_f04_links_to_nowhere(run, tmp_path):
    (tmp_path / "dangling").symlink_to("missing")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("dangling", "loop"):
        refused_at_once(run, tmp_path / name)


@pytest.mark.parametrize("io", ["mmap", "pread"])
@pytest.mark.parametrize("path", ["/proc/self/mem", "/proc/self/status", "/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"])
def test_f05_files_whose_size_lies(run, path, io):
    if not os.path.exists(path):
        pytest.skip("no such file here")
    refused_at_once(run, path, io)


@pytest.mark.parametrize("io", ["mmap", "pread"])
def test_f06_empty_file(run, tmp_path, io):
    (tmp_path / "empty.safetensors").write_bytes(b"")
    refused_at_once(run, tmp_path / "empty.safetensors", io)


@pytest.mark.parametrize("io", ["mmap", "pread"])
@pytest.mark.parametrize("left", [0, 4096 * 100, 4096 * 100 + 17])
@pytest.mark.parametrize("verb", ["profile", "verify"])
def test_f08_truncated_while_reading(program, tmp_path, io, left, verb):
    big = write_sparse(tmp_path / "big.safetensors", {"w": ("F32", [1 << 34])})
    target = tmp_path / "x.json"
    command = [program, verb, "-q", "--io", io, "-o", target, big]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while len(list(tmp_path.iterdir())) == 1:
            assert process.poll() is None
        time.sleep(0.1)
        os.truncate(big, left)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (5, b""), stderr
    assert stderr.count(b"\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [big.name]


@pytest.mark.parametrize("io", ["mmap", "pread"])
def test_f09_written_to_while_reading(program, tmp_path, io):
    big = write_sparse(tmp_path / "big.safetensors", {"w": ("F32", [1 << 28])})
    target = tmp_path / "x.json"
    command = [program, "profile", "-q", "--threads", "1", "--io", io, "-o", target, big]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            with open(big, "r+b") as file:
                file.seek(1 << 20)
                file.write(b"new")
            time.sleep(0.01)
    assert process.returncode == 5
    assert not target.exists()


def test_f10_missing_and_forbidden(run, model):
    for verb in READERS:
        refused(run(verb, model.parent / "nothing"), 6)
    if os.geteuid() != 0:
        model.chmod(0)
        refused(run("inspect", model), 6)


def test_f12_more_shards_than_descriptors(program, tmp_path):
    shards = tmp_path / "shards"
    shards.mkdir()
    count = 1433
    for i in range(count):
        write_floats(shards / f"model-{i + 1:05}-of-{count:05}.safetensors", {f"t{i}": [i, -i]})
    for verb in ("inspect", "profile", "verify"):
        command = ["bash", "-c", 'ulimit -n 64; exec "$@"', "-", program, verb, "--json", shards]
        result = subprocess.run(command, capture_output=True, check=False)
        assert (result.returncode, result.stderr) == (0, b"")
        document = json.loads(result.stdout)
        assert document.get("totals", document)["tensors"] == count


ODD_NAMES = [b"new\nline", b"tab\tescape\x1b[31m", b"latin-\xe9", b"-dash", b"blank blank", "größe".encode(), b"%n%s{}"]


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("form", ["text", "markdown", "json", "csv"])
def test_f13_odd_names_of_files(program, tmp_path, name, form):
    folder = os.fsencode(tmp_path)
    write_floats(os.path.join(folder, name), {"a": [1]})
    for verb in READERS:
        command = [program, verb, "--format", form, "--", name]
        result = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        assert (result.returncode, result.stderr) == (0, b"")
        text = result.stdout.decode()
        assert "\x1b" not in text and "\t" not in text
        if form == "json":
            json.loads(text)
    missing = subprocess.run([program, "inspect", "--", name + b"x"], cwd=folder, capture_output=True, check=False)
    assert missing.returncode == 6 and missing.stderr.count(b"\n") == 1 and b"\x1b" not in missing.stderr
    missing.stderr.decode()


def test_f13_path_that_is_too_long(run):
    refused(run("inspect", "x/" * 4000 + "x"), 6)


def test_malformed_names_file_offset_and_rule(run, tmp_path):
    header, _ = header_bytes({"a": ("F32", [4])})
    path = tmp_path / "short.safetensors"
    path.write_bytes(header + b"\0" * 12)
    message = refused(run("profile", path), 3)
    assert str(path) in message and "byte " in message and message.rstrip().endswith("]")
    rule = message[message.rindex("[") :].strip()
    answer = run("verify", path)
    assert (answer.returncode, answer.stderr) == (1, b"")
    assert answer.stdout.decode().strip().endswith(rule)
    document = json.loads(run("verify", "--json", path).stdout)
    assert (document["sound"], document["errors"][0]["rule"]) == (False, rule.strip("[]"))


def test_strict_refuses_what_is_worth_a_warning(run, tmp_path):
    path = write_floats(tmp_path / "odd.safetensors", {"a": [1]})
    with open(path, "ab") as file:
        file.write(b"tail")
    assert run("profile", "-q", path).returncode == 0
    refused(run("profile", "--strict", path), 3)
    assert run("verify", path).returncode == 0
    assert run("verify", "--strict", path).returncode == 1


def test_tensors_that_cannot_be_profiled_are_listed_and_the_rest_is_complete(run, tmp_path):
    header, size = header_bytes({"six.bits": ("F6_E2M3", [8]), "plain": ("F32", [2])})
    path = tmp_path / "mixed.safetensors"
    path.write_bytes(header + b"\0" * size)
    result = run("profile", "--json", path)
    assert result.returncode == 4
    assert result.stderr.count(b"\n") == 1 and b"six.bits" in result.stderr
    document = json.loads(result.stdout)
    assert [skipped["name"] for skipped in document["skipped"]] == ["six.bits"]
    counted = {tensor["name"]: tensor.get("counts") for tensor in document["tensors"]}
    assert counted["plain"]["zero"] == 2
    target = tmp_path / "x.json"
    assert run("profile", "-o", target, path).returncode == 4
    assert target.read_bytes() == result.stdout
    assert run("inspect", path).returncode == 0


def test_headers_only_reads_no_data(run, tmp_path):
    """Reading 4 TiB would outlast the time limit of `run`."""
    huge = write_sparse(tmp_path / "huge.safetensors", {"w": ("F32", [1 << 40])})
    assert run("verify", "--headers-only", huge).returncode == 0
    assert run("inspect", huge).returncode == 0
    assert run("rank", huge).returncode == 0


def test_report_of_a_part_names_merge(run, tmp_path, model):
    part = tmp_path / "0.part"
    assert run("profile", "--part", "0/2", "-o", part, model).returncode == 0
    assert "weightsieve merge" in refused(run("report", part), 3)


def test_checkpoints_of_one_name_are_told_apart(run, tmp_path):
    """By what differs in their paths; the same path twice has nothing that does."""
    def written(name, value=1.0):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        return write_floats(tmp_path / name, {"w": [value]})

    def ranked(*paths):
        return [row["name"] for row in json.loads(run("rank", "--json", *paths, cwd=tmp_path).stdout)["checkpoints"]]

    a, b = written("a/model.safetensors"), written("b/model.safetensors", 2.0)
    deep = [written("x/v1/model.safetensors"), written("y/v1/model.safetensors")]
    other = written("other.safetensors")
    assert ranked(a, other) == ["model", "other"]
    assert ranked(a, b, other) == ["a/model", "b/model", "other"]
    assert ranked("b/../a/model.safetensors", b) == ["a/model", "b/model"]
    assert ranked(*deep, a) == [f"{tmp_path.name}/a/model", "x/v1/model", "y/v1/model"]
    assert ranked(a, a) == ["model", "model"]
    assert ranked(tmp_path / "x" / "v1", tmp_path / "y" / "v1/") == ["x/v1", "y/v1"]
    assert run("profile", "-q", "-o", tmp_path / "other.json", other).returncode == 0
    assert ranked(other, tmp_path / "other.json") == ["other.json", "other.safetensors"]
    text = run("compare", a, b).stdout.decode()
    assert "A            a/model: safetensors" in text and "B            b/model: safetensors" in text
    assert "A            model: safetensors" in run("compare", a, other).stdout.decode()


def test_report_of_what_is_no_profile(run, tmp_path, model):
    assert "is not a profile" in refused(run("report", model), 3)
    saved = tmp_path / "model.json"
    assert run("profile", "-o", saved, model).returncode == 0
    text = saved.read_text()
    for broken in (text[:-10], text + "x", text + "{}", "", text.replace("profile/1", "profile/2")):
        saved.write_text(broken)
        assert "PROFILE-" in refused(run("report", saved), 3)


def test_rank_takes_checkpoints_and_saved_profiles(run, tmp_path, model):
    small = write_floats(tmp_path / "small.safetensors", {"w": [1]})
    saved = tmp_path / "saved.json"
    assert run("profile", "-o", saved, small).returncode == 0
    assert run("rank", "--json", saved, model).stdout == run("rank", "--json", model, small).stdout


def test_f07_a_sparse_tebibyte_is_inspected_from_its_header(run, tmp_path):
    try:
        vast = write_sparse(tmp_path / "vast.safetensors", {"w": ("F32", [1 << 38])})
    except OSError:
        pytest.skip("this file system holds no file of 1 TiB")
    result = run("inspect", "--json", vast)
    assert (result.returncode, result.stderr) == (0, b"")
    assert json.loads(result.stdout)["totals"]["parameters"] == 1 << 38


def test_f21_a_file_from_the_future_is_like_any_other(run, model):
    before = run("profile", "--json", model).stdout
    os.utime(model, (4_000_000_000, 4_000_000_000))
    result = run("profile", "--json", model)
    assert (result.returncode, result.stdout) == (0, before)
