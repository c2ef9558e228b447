"""What the options change, and what they must not: filters, seeds, samples; and a saved profile shown again."""

import pytest

from agreement import Reference
from checkpoint_file import listed, write_checkpoint
from profile_run import check, profile
from samples import gaussian, sample
from odd_tensors import odd_tensors

REPORTS = [
    ["--format", "text"], ["--format", "markdown"], ["--format", "json"], ["--format", "csv"],
    ["--format", "text", "--all"], ["--format", "text", "--sort", "std", "--top", "3"],
    ["--format", "text", "--group-by", "1"], ["--format", "markdown", "--name", "other", "--rank-page", "RANK.md"],
    ["--format", "text", "--view", "sparsity"], ["--format", "markdown", "--view", "sparsity"],
    ["--format", "csv", "--view", "sparsity"],
]


@pytest.fixture(scope="module")
def tensors():
    layers = [sample(f"layer.{i}.{part}", dtype, size, gaussian) for i in range(4)
              for part, dtype, size in (("weight", "F32", 90_000), ("bias", "F64", 300), ("code", "I32", 70_000))]
    return layers + odd_tensors()


@pytest.fixture(scope="module")
def path(tensors, tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("choices") / "model.safetensors", tensors)


FILTERS = [
    (["--include", "weight"], lambda name: "weight" in name),
    (["--include", "^layer[.][01]", "--exclude", "bias$"], lambda name: name[:7] in ("layer.0", "layer.1") and name[-4:] != "bias"),
    (["--exclude", "layer", "--exclude", "ids"], lambda name: "layer" not in name and "ids" not in name),
]


@pytest.mark.parametrize("arguments, keeps", FILTERS, ids=range(len(FILTERS)))
def test_totals_follow_the_filter(run, path, tensors, arguments, keeps):
    def filtered_run(*command):
        return run(*command, *arguments)

    check(filtered_run, path, Reference([tensor for tensor in listed(tensors) if keeps(tensor.name)]))


@pytest.mark.parametrize("arguments, keeps", FILTERS, ids=range(len(FILTERS)))
def test_a_tensor_is_measured_alike_whatever_stands_beside_it(run, path, arguments, keeps):
    for method in ("auto", "reservoir"):
        whole = profile(run, path, "--quantile-method", method)
        part = profile(run, path, "--quantile-method", method, *arguments)
        assert part["tensors"] == [tensor for tensor in whole["tensors"] if keeps(tensor["name"])]


def without_samples(document):
    """A profile without what a sample has a say in."""
    statistics = [document["totals"], *document["tensors"]]
    sampled = ("quantiles", "magnitude_quantiles", "histogram", "magnitude_histogram")
    return [{key: value for key, value in one.items() if key not in sampled} for one in statistics]


def test_another_seed_is_another_sample_and_nothing_else(run, path):
    one, other, again = (profile(run, path, "--quantile-method", "reservoir", "--seed", seed) for seed in (1, 2, 1))
    assert one == again
    assert without_samples(one) == without_samples(other)
    for left, right in zip(one["tensors"], other["tensors"]):
        sampled = left["quantiles"]["method"] == "reservoir"
        assert (left["quantiles"] == right["quantiles"]) is not sampled, left["name"]


def test_methods_agree_on_what_they_all_know(run, path):
    profiles = [without_samples(profile(run, path, "--quantile-method", method)) for method in ("auto", "reservoir", "exact")]
    assert profiles[0] == profiles[1] == profiles[2]


@pytest.mark.parametrize("method", ["auto", "reservoir", "exact"])
def test_a_saved_profile_is_reported_as_it_was_shown(run, path, tmp_path, method):
    saved = tmp_path / "model.profile.json"
    chosen = ["--quantile-method", method, "--outside=-0.1:0", "--threshold", "0.01"]
    assert run("profile", path, *chosen, "-o", saved).returncode == 0
    for arguments in REPORTS:
        shown = run("profile", path, *chosen, *arguments)
        again = run("report", saved, *arguments)
        assert (shown.returncode, again.returncode) == (0, 0), again.stderr
        assert shown.stdout == again.stdout, arguments
