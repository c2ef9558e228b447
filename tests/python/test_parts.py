"""profile --part and merge: the bytes of one run, and a clear word where parts do not belong together."""

import hashlib
import json
import os

import pytest

from checkpoint_file import write_checkpoint
from parts import everything, make_parts, many_tiny
from samples import gaussian, sample

OK, USAGE, MALFORMED, UNWRITABLE = 0, 2, 3, 7


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return everything(tmp_path_factory.mktemp("model") / "model.safetensors", ["F32", "BF16"], 2**20 + 2)


@pytest.fixture(scope="module")
def whole(run, model):
    result = run("profile", "--json", model)
    assert result.returncode == OK, result.stderr
    found = {finding["rule"] for finding in json.loads(result.stdout)["findings"]}
    assert {"dead-rows", "dead-columns", "duplicate"} <= found
    return result.stdout


@pytest.fixture(scope="module")
def three(run, model, tmp_path_factory):
    return make_parts(run, model, tmp_path_factory.mktemp("parts"), 3)


def refused(result, status, *words):
    assert (result.returncode, result.stdout) == (status, b"")
    message = result.stderr.decode()
    assert message.count("\n") == 1 and all(str(word) in message for word in words), message


@pytest.mark.parametrize("count", [1, 2, 5])
def test_parts_join_to_the_bytes_of_one_run(run, model, whole, tmp_path, count):
    parts = make_parts(run, model, tmp_path, count)
    merged = run("merge", "--json", *reversed(parts))
    assert merged.returncode == OK, merged.stderr
    assert merged.stdout == whole


def test_threads_do_not_show_in_a_part(run, model, three, tmp_path):
    again = make_parts(run, model, tmp_path, 3, "--threads", "3", "--io", "pread")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in three]


def test_ten_thousand_tiny_tensors(run, tmp_path):
    model = many_tiny(tmp_path / "model.safetensors")
    parts = make_parts(run, model, tmp_path / "parts", 7)
    assert run("merge", "--json", *parts).stdout == run("profile", "--json", model).stdout


def test_more_parts_than_there_is_to_do(run, tmp_path):
    model = write_checkpoint(tmp_path / "model.safetensors", [sample("weight", "F32", 10, gaussian)])
    parts = make_parts(run, model, tmp_path / "parts", 5)
    assert run("merge", "--json", *parts).stdout == run("profile", "--json", model).stdout


def test_options_travel_with_the_parts(run, model, tmp_path):
    options = ["--outside=-0.5:0.25", "--quantiles", "0.1,0.9", "--sample", "1000", "--seed", "5", "--bins", "17",
               "--range=-1:1", "--include", "cut|rows", "--exclude", "pruned"]
    parts = make_parts(run, model, tmp_path, 2, *options)
    assert run("merge", "--json", *parts).stdout == run("profile", "--json", model, *options).stdout


def test_every_report_of_a_profile_can_be_had_of_its_parts(run, model, three, tmp_path):
    options = ["--view", "sparsity", "--format", "markdown", "--name", "Model"]
    assert run("merge", *three, *options).stdout == run("profile", model, *options).stdout
    assert run("merge", *three, "-q", "--fail-on", "duplicate", "-o", tmp_path / "p.json").returncode == 1
    assert (tmp_path / "p.json").exists()


def test_exact_quantiles_of_narrow_types_need_no_further_pass(run, tmp_path):
    model = write_checkpoint(tmp_path / "model.safetensors", [sample("weight", "BF16", 2**20 + 2, gaussian)])
    parts = make_parts(run, model, tmp_path / "parts", 2, "--exact")
    assert run("merge", "--json", *parts).stdout == run("profile", "--json", "--exact", model).stdout


def test_exact_quantiles_of_wide_types_are_refused_before_work(run, model, tmp_path):
    refused(run("profile", model, "--exact", "--part", "0/2", "-o", tmp_path / "0.part"), USAGE, "--exact", "wider than 16")
    assert list(tmp_path.iterdir()) == []


def test_a_part_of_a_job_array(run, model, three, tmp_path):
    slurm = {"SLURM_ARRAY_TASK_ID": "14", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_STEP": "2",
             "SLURM_ARRAY_TASK_COUNT": "3"}
    path = tmp_path / "task.part"
    result = run("profile", model, "--part", "slurm", "-o", path, env=os.environ | slurm)
    assert result.returncode == OK, result.stderr
    assert path.read_bytes() == three[2].read_bytes()


@pytest.mark.parametrize("slurm", [{}, {"SLURM_ARRAY_TASK_ID": "5"}, {"SLURM_ARRAY_TASK_ID": "x"},
                                   {"SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "3"}])
def test_a_task_that_is_in_no_array(run, model, tmp_path, slurm):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SLURM")}
    refused(run("profile", model, "--part", "slurm", "-o", tmp_path / "p", env=plain | slurm), USAGE, "slurm")


@pytest.mark.parametrize("part", ["2/2", "1", "a/b", "0/0", "-1/2", "1/2/3", "", "0/70000"])
def test_what_is_no_part(run, model, tmp_path, part):
    refused(run("profile", model, f"--part={part}", "-o", tmp_path / "p"), USAGE, "--part")


@pytest.mark.parametrize("options", [[], ["--json", "-o", "p"], ["-o", "p", "-o", "q"], ["-o", "p", "--fail-on", "all"]])
def test_a_part_goes_into_one_file(run, model, tmp_path, options):
    refused(run("profile", model, "--part", "0/2", *options, cwd=tmp_path), USAGE, "--part")


def test_a_part_may_go_to_stdout_and_never_over_a_file(run, model, three, tmp_path):
    assert run("profile", model, "--part", "1/3", "-o", "-").stdout == three[1].read_bytes()
    refused(run("profile", model, "--part", "1/3", "-o", three[1]), UNWRITABLE, three[1])


def test_parts_that_are_missing_or_given_twice(run, three):
    refused(run("merge", three[0], three[2]), USAGE, "part 1 of 3 is missing")
    refused(run("merge", three[1]), USAGE, "part 0 of 3 is missing, and 1 more")
    refused(run("merge", *three, three[1]), USAGE, three[1], "given twice")
    (three[1].parent / "copy").write_bytes(three[1].read_bytes())
    refused(run("merge", *three, three[1].parent / "copy"), USAGE, three[1], "part 1 of 3")


def test_a_part_that_is_there_is_told_from_others(run, model, three, tmp_path):
    """As a task of a job array that Slurm queued again asks for it."""
    part = tmp_path / "1.part"
    part.write_bytes(three[1].read_bytes())
    result = run("profile", model, "--part", "1/3", "--resume", "-o", part)
    assert (result.returncode, result.stderr.decode()) == (OK, f"weightsieve: already complete: {part}\n")
    for arguments in (["--part", "0/3", model], ["--part", "1/4", model], ["--part", "1/3", "--bins", "7", model],
                      ["--part", "1/3", many_tiny(tmp_path / "tiny.safetensors", 50)]):
        refused(run("profile", *arguments, "--resume", "-o", part), UNWRITABLE, part, "no unfinished run")
    part.write_bytes(b"mine")
    refused(run("profile", model, "--part", "1/3", "--resume", "-o", part), UNWRITABLE, part, "no unfinished run")
    assert part.read_bytes() == b"mine"


def test_parts_of_another_split_checkpoint_or_profile(run, model, three, tmp_path):
    split = make_parts(run, model, tmp_path / "split", 2)
    refused(run("merge", three[0], split[1]), USAGE, split[1], "2 parts")
    options = make_parts(run, model, tmp_path / "options", 3, "--bins", "7")
    refused(run("merge", three[0], options[1], three[2]), USAGE, options[1], "other options")
    data = model.read_bytes()
    (tmp_path / "tuned").mkdir()
    tuned = tmp_path / "tuned" / model.name
    tuned.write_bytes(data[:-2_000_000] + data[:-2_000_001:-1])  # of the same headers, sizes and names
    another = make_parts(run, tuned, tmp_path / "another", 3)
    refused(run("merge", *three[:2], another[2]), USAGE, another[2], "another checkpoint")
    another = make_parts(run, many_tiny(tmp_path / "tiny.safetensors", 50), tmp_path / "tiny", 3)
    refused(run("merge", *three[:2], another[2]), USAGE, another[2], "another checkpoint")


def test_a_copy_elsewhere_is_the_same_checkpoint(run, model, three, whole, tmp_path):
    copy = tmp_path / model.name
    copy.write_bytes(model.read_bytes())
    parts = make_parts(run, copy, tmp_path / "parts", 3)
    assert run("merge", "--json", three[0], parts[1], three[2]).stdout == whole


def test_files_that_are_no_parts(run, model, three, tmp_path):
    refused(run("merge", model), MALFORMED, model, "PART-FILE")
    newer = tmp_path / "newer.part"
    newer.write_bytes(three[0].read_bytes().replace(b"part/1\n", b"part/2\n", 1))
    refused(run("merge", newer), MALFORMED, newer, "PART-VERSION")
    refused(run("profile", "--json", three[0]), MALFORMED, three[0])


def test_damaged_parts(run, three, tmp_path):
    data, bad = three[1].read_bytes(), tmp_path / "bad.part"
    for size in (0, 5, 18, 19, 40, len(data) // 2, len(data) - 1):
        bad.write_bytes(data[:size])
        refused(run("merge", three[0], bad, three[2]), MALFORMED, bad, "PART-FILE" if size < 19 else "PART-DIGEST")
    for place in range(19, len(data), len(data) // 20):
        bad.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        refused(run("merge", three[0], bad, three[2]), MALFORMED, bad, "PART-DIGEST")


def test_parts_made_by_another_version(run, three, tmp_path):
    data = three[1].read_bytes()[:-32]
    length = data[19]
    data = data[:20] + b"9" * length + data[20 + length :]
    other = tmp_path / "other.part"
    other.write_bytes(data + hashlib.sha256(data).digest())
    refused(run("merge", three[0], other, three[2]), USAGE, other, "9" * length)
