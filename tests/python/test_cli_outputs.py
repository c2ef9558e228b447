"""-o FILE: appears whole or not at all, never over an input, never over what is there unless told."""

import csv
import io
import json
import os
import resource
import signal
import subprocess

import pytest
from tiny_checkpoint import write_floats, write_sparse

FORMATS = {"json": "json", "csv": "csv", "md": "markdown", "markdown": "markdown", "txt": "text"}


@pytest.fixture
def folder(tmp_path):
    """Where outputs go; the model lies elsewhere."""
    path = tmp_path / "out"
    path.mkdir()
    return path


@pytest.fixture
def model(tmp_path):
    return write_floats(tmp_path / "model.safetensors", {"a.weight": [1, 2, 3, 4], "a.bias": [0, -1]})


@pytest.fixture
def sharded(tmp_path):
    """A folder with two shards and their index."""
    path = tmp_path / "sharded"
    path.mkdir()
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    for tensor, name in zip("ab", names):
        write_floats(path / name, {tensor: [1, 2]})
    (path / "model.safetensors.index.json").write_text(
        '{"metadata":{"total_size":16},"weight_map":{"a":"%s","b":"%s"}}' % tuple(names)
    )
    return path


def refused(result, folder, *expected):
    """Exit 7, one line, nothing on stdout, and the folder holds what it held."""
    assert (result.returncode, result.stdout) == (7, b"")
    assert result.stderr.count(b"\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == sorted(expected)


def test_one_pass_fills_all_outputs_in_the_format_of_their_ending(run, folder, model):
    outputs = [option for ending in FORMATS for option in ("-o", folder / f"result.{ending}")]
    result = run("profile", *outputs, model)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    for ending, form in FORMATS.items():
        assert (folder / f"result.{ending}").read_bytes() == run("profile", "--format", form, model).stdout
    assert len(list(folder.iterdir())) == len(FORMATS)


def test_long_csv_has_a_row_for_each_statistic_that_the_wide_one_has(run, model):
    wide = list(csv.DictReader(io.StringIO(run("profile", "--format", "csv", model).stdout.decode())))
    long = list(csv.DictReader(io.StringIO(run("profile", "--format", "csv", "--long", model).stdout.decode())))
    inventory = {"checkpoint", "name", "file", "dtype", "shape", "squeezed_shape", "form", "role"}
    expected = [(row["name"], row["role"], column, value) for row in wide for column, value in row.items()
                if column not in inventory and value and not column.endswith("_method")]
    assert [(row["name"], row["role"], row["statistic"], row["value"]) for row in long] == expected
    assert {row["checkpoint"] for row in long} == {"model"}
    assert run("inspect", "--format", "csv", "--long", model).returncode == 2


def test_ascii_changes_text_and_markdown_alone(run, tmp_path):
    model = write_floats(tmp_path / "m.safetensors", {"layer.é.weight": [0.5, 1, 2, 4] * 20_000, "b": [0, -1]})
    for form in ("text", "markdown", "json", "csv"):
        plain = run("profile", "--format", form, model).stdout
        ascii_only = run("profile", "--format", form, "--ascii", model).stdout
        if form in ("json", "csv"):
            assert ascii_only == plain
        else:
            assert ascii_only.isascii() and not plain.isascii()
            assert rb"layer.\xe9.weight" in ascii_only


def test_dash_is_stdout_beside_a_file(run, folder, model):
    result = run("inspect", "-o", "-", "-o", folder / "x.json", model)
    assert result.stdout == run("inspect", model).stdout
    assert (folder / "x.json").read_bytes() == run("inspect", "--json", model).stdout


def test_format_overrules_the_ending(run, folder, model):
    assert run("inspect", "--format", "csv", "-o", folder / "x.pdf", model).returncode == 0
    assert (folder / "x.pdf").read_bytes() == run("inspect", "--format", "csv", model).stdout


def test_an_existing_file_is_kept_unless_forced(run, folder, model):
    target = folder / "x.json"
    target.write_text("mine")
    refused(run("inspect", "-o", target, model), folder, "x.json")
    assert target.read_text() == "mine"
    assert run("inspect", "--force", "-o", target, model).returncode == 0
    assert target.read_bytes() == run("inspect", "--json", model).stdout


def test_nothing_appears_when_the_input_is_refused(run, folder, model, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\xff" * 64)
    assert run("inspect", "-o", folder / "x.json", model, broken).returncode == 3
    assert list(folder.iterdir()) == []


def test_a_forced_output_stays_as_it_was_when_the_input_is_refused(run, folder, tmp_path):
    target = folder / "x.json"
    target.write_text("mine")
    assert run("inspect", "--force", "-o", target, tmp_path / "missing").returncode == 6
    assert target.read_text() == "mine"


@pytest.mark.parametrize("place", ["missing/x.json", "file/x.json", "link.json", "dangling.json", "folder.json", "fifo.json"])
def test_f14_outputs_that_cannot_be_files(run, folder, model, place):
    (folder / "file").write_text("")
    (folder / "link.json").symlink_to("file")
    (folder / "dangling.json").symlink_to("nowhere")
    (folder / "folder.json").mkdir()
    os.mkfifo(folder / "fifo.json")
    before = [path.name for path in folder.iterdir()]
    refused(run("inspect", "--force", "-o", folder / place, model), folder, *before)
    assert (folder / "file").read_text() == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_f14_read_only_folder(run, folder, model):
    folder.chmod(0o500)
    refused(run("inspect", "-o", folder / "x.json", model), folder)


def test_f14_file_size_limit(program, folder, tmp_path):
    broad = write_sparse(tmp_path / "broad.safetensors", {f"layer.{i}": ("F32", [2]) for i in range(5_000)})

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    command = [program, "inspect", "-o", folder / "x.json", broad]
    refused(subprocess.run(command, capture_output=True, preexec_fn=limit, check=False), folder)


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_f15_the_output_is_the_input(run, model, force):
    before = model.read_bytes()
    names = [path.name for path in model.parent.iterdir()]
    link = model.parent / "hard.json"
    os.link(model, link)
    for target in (model, model.parent / "." / model.name, link):
        result = run("inspect", "--format", "json", *force, "-o", target, model)
        refused(result, model.parent, *names, "hard.json")
    assert model.read_bytes() == before


@pytest.mark.parametrize("name", ["model-00002-of-00002.safetensors", "model.safetensors.index.json"])
def test_f15_the_output_is_a_part_of_the_input(run, sharded, name):
    names = [path.name for path in sharded.iterdir()]
    before = (sharded / name).read_bytes()
    index = sharded / "model.safetensors.index.json"
    for path in (sharded, index):
        refused(run("inspect", "--force", "--format", "json", "-o", sharded / name, path), sharded, *names)
    assert (sharded / name).read_bytes() == before


def test_f15_an_output_beside_the_input_is_no_part_of_it(run, sharded):
    assert run("profile", "-o", sharded / "profile.json", sharded).returncode == 0
    assert run("report", sharded / "profile.json").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGXCPU])
def test_f18_signals_end_it_with_128_and_their_number(program, folder, tmp_path, number):
    big = write_sparse(tmp_path / "big.safetensors", {"w": ("F32", [1 << 36])})
    with subprocess.Popen(
        [program, "profile", "-q", "--threads", "1", "-o", folder / "x.json", big],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        while not list(folder.iterdir()):
            assert process.poll() is None
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (128 + number, b"")
    assert stderr.count(b"\n") == 1
    assert [path.name for path in folder.iterdir()] in ([], ["x.json.journal"])


def test_a_signal_that_was_ignored_stays_ignored(program, tmp_path):
    big = write_sparse(tmp_path / "big.safetensors", {"w": ("F32", [1 << 25])})

    def ignore():
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    command = [program, "profile", "--json", big]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=ignore) as process:
        for _ in range(20):
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, b"") and stdout


def test_an_ending_that_misleads_is_worth_a_warning(run, tmp_path, model):
    target = tmp_path / "x.json"
    result = run("inspect", "--format", "csv", "-o", target, model)
    assert result.returncode == 0
    assert target.read_text().startswith("checkpoint,name,")
    assert result.stderr.count(b"\n") == 1 and b"warning" in result.stderr and b"x.json" in result.stderr
    assert run("inspect", "-q", "--force", "--format", "csv", "-o", target, model).stderr == b""
    assert run("inspect", "--force", "--json", "-o", target, model).stderr == b""
    assert run("inspect", "--format", "csv", "-o", tmp_path / "x.table", model).stderr == b""


def test_a_profile_whose_keys_were_reordered_is_ranked_and_reported(run, tmp_path, model):
    saved, reordered = tmp_path / "saved.json", tmp_path / "reordered.json"
    assert run("profile", "-o", saved, model).returncode == 0
    document = json.loads(saved.read_text())
    document["findings"] = [{"rule": "non-finite", "tensor": "a" * 50, "message": "m"}] * 100
    reordered.write_text(json.dumps(document, sort_keys=True, indent=2))
    assert run("rank", "--json", reordered).stdout == run("rank", "--json", saved).stdout
    assert run("report", "--format", "csv", reordered).stdout == run("report", "--format", "csv", saved).stdout


def test_a_report_of_part_of_a_profile_says_what_is_lost(run, tmp_path):
    model = write_floats(tmp_path / "model.safetensors", {"a": [1, 2, 4, -8], "b": [0.5, 3, 3], "c": [1000, -1]})
    saved = tmp_path / "saved.json"
    assert run("profile", "-o", saved, model).returncode == 0
    whole, one = run("report", "--include", ".", saved), run("report", "--include", "^a", saved)
    assert b"no quantiles" not in whole.stdout + one.stdout
    assert run("report", "--exclude", "c", saved).stdout.count(b"no quantiles") == 1
    part = run("report", "--json", "--exclude", "c", saved)
    assert part.stderr.count(b"\n") == 1 and b"quantiles" in part.stderr
    pooled = json.loads(part.stdout)["totals"]
    direct = json.loads(run("profile", "--json", "--exclude", "c", model).stdout)["totals"]
    for figure in ("mean", "std", "l1", "l2", "rms", "skewness", "excess_kurtosis"):
        assert pooled[figure] == pytest.approx(direct[figure], rel=1e-12), figure
    for figure in ("min", "max", "counts", "intervals", "magnitude_histogram"):
        assert pooled[figure] == direct[figure], figure
