"""The JSON Schemas beside the writers: what the program writes satisfies them, and nothing that it would not write."""

import copy
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from checkpoint_file import Tensor, write_checkpoint, write_sharded
from odd_tensors import odd_tensors, shaped
from samples import gaussian, sample
from tiny_checkpoint import write_floats

SOURCES = Path(__file__).parents[2] / "src"


def schema(path):
    content = json.loads((SOURCES / path).read_text())
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content)


PROFILE = schema("profile/profile.schema.json")
MANIFEST = schema("encode/manifest.schema.json")


@pytest.fixture
def odd(tmp_path):
    """Every role, form and most dtypes, nothing at all, one that is skipped, NaN and infinities, and twins."""
    write_checkpoint(tmp_path / "odd.safetensors", [
        *odd_tensors(), Tensor("six", "F6_E2M3", (4, 8), bytes(range(24))), sample("large.weight", "F32", 70_000, gaussian),
        sample("twin.weight", "F32", 70_000, gaussian)])
    return tmp_path / "odd.safetensors"


@pytest.fixture
def special(tmp_path):
    nan, infinity = float("nan"), float("inf")
    return write_floats(tmp_path / "special.safetensors",
                        {"a": [nan, nan], "b": [infinity, -infinity], "c": [0, -0.0], "d": [1e-40, 3e38], "e": []})


def errors(validator, document):
    return [f"{list(error.absolute_path)}: {error.message}"[:200] for error in validator.iter_errors(document)]


@pytest.mark.parametrize("options", [[], ["--exact"], ["--quantile-method", "reservoir", "--range", "-1:2", "--bins", "3"],
                                     ["--include", "weight|[ad]", "--outside", "-0.1:0", "--quantiles", "0.5"]])
def test_profiles(run, odd, special, options):
    for model in (odd, special):
        document = json.loads(run("profile", "--json", *options, model).stdout)
        assert errors(PROFILE, document) == []


def test_inventories_and_shards_with_a_problem(run, odd, tmp_path):
    folder = tmp_path / "sharded"
    folder.mkdir()
    write_sharded(folder, [[shaped(f"layer.{i}.weight", "F16", (3, 4))] for i in range(2)])
    trailing = folder / "model-00002-of-00002.safetensors"
    trailing.write_bytes(trailing.read_bytes() + b"\0" * 8)
    for model in (odd, folder):
        assert errors(PROFILE, json.loads(run("inspect", "--json", model).stdout)) == []
    assert json.loads(run("inspect", "--json", folder).stdout)["problems"]


@pytest.mark.parametrize("encoding", ["dense", "zst", "packed"])
def test_manifests_and_profiles_of_what_they_list(run, odd, tmp_path, encoding):
    written = tmp_path / encoding
    assert run("pack", odd, "-o", written, "--encoding", encoding).returncode == 0
    assert errors(MANIFEST, json.loads((written / "manifest.json").read_text())) == []
    assert errors(PROFILE, json.loads(run("profile", "--json", written).stdout)) == []


def test_a_profile_says_no_more_and_no_less(run, odd):
    document = json.loads(run("profile", "--json", odd).stdout)

    def broken(*path, value=None):
        changed = copy.deepcopy(document)
        place = changed
        for step in path[:-1]:
            place = place[step]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value
        return errors(PROFILE, changed)

    assert broken("tensors", 0, "mean") and broken("totals", "layers") and broken("schema", value="other/1")
    assert broken("tensors", 0, "median", value=1) and broken("totals", "median", value=1) and broken("more", value=1)
    assert broken("tensors", 0, "counts", "zero", value=-1) and broken("tensors", 0, "counts", "zero", value="1")
    assert broken("totals", "histogram", "counts", 0, value=0.5)
