"""The figures beside each picture are those of the report."""

import json
from collections import defaultdict

import numpy as np
import pytest
from checkpoint_file import Tensor, write_checkpoint
from pictures import needs_gnuplot, rows_of, write_transformer

pytestmark = needs_gnuplot


def drawn(run, folder, verb, *arguments, status=0):
    """Runs the verb with pictures; gives its JSON document."""
    result = run(verb, "-q", "--json", "--plots", folder, *arguments)
    assert (result.returncode, result.stderr) == (status, b"")
    return json.loads(result.stdout)


@pytest.fixture(params=["made-up", "real"])
def model(request, tmp_path):
    if request.param == "real":
        return request.getfixturevalue("real_checkpoint")
    return write_transformer(tmp_path / "model.safetensors")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "plots"


def layers_of(document):
    return {tensor["name"]: tensor for tensor in document["tensors"] if tensor["role"] == "parameter"}


def close(text, value):
    return float(text) == pytest.approx(value, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("options", [[], ["--range=-0.05:0.1", "--bins", "7"]])
def test_histogram(run, model, folder, options):
    histogram = drawn(run, folder, "profile", *options, model)["totals"]["histogram"]
    rows = rows_of(folder / "histogram.csv")
    if options:
        assert (rows[0]["bin_low"], int(rows[0]["count"])) == ("", histogram["below"])
        assert (rows[-1]["bin_high"], int(rows[-1]["count"])) == ("", histogram["above"])
        rows = rows[1:-1]
    edges = np.linspace(histogram["low"], histogram["high"], len(histogram["counts"]) + 1)
    assert [int(row["count"]) for row in rows] == histogram["counts"]
    assert [float(row["bin_low"]) for row in rows] == list(edges[:-1])
    assert [float(row["bin_high"]) for row in rows] == list(edges[1:])


def test_blocks_are_drawn_as_people_count_where_the_file_has_an_order_of_bytes(run, tmp_path):
    names = [f"h.{block}.w" for block in range(11)]
    for at, order in enumerate((sorted(names), names[::-1])):
        model = write_checkpoint(tmp_path / f"{at}.safetensors", [Tensor(name, "F32", (1,), bytes(4)) for name in order])
        drawn(run, tmp_path / f"plots{at}", "profile", model)
        assert [row["layer"] for row in rows_of(tmp_path / f"plots{at}" / "intervals.csv")] == (names[::-1] if at else names)


def test_intervals(run, model, folder):
    layers = layers_of(drawn(run, folder, "profile", "--outside=-0.1:0", "--threshold", "0.1", "--threshold", "0.02", model))
    rows = rows_of(folder / "intervals.csv")
    if len(layers) > 80:
        layers = {name: layer for name, layer in layers.items() if len(layer["squeezed_shape"]) > 1}
    assert [row["layer"] for row in rows] == list(layers)
    for row in rows:
        layer = layers[row["layer"]]
        outside = {interval["high"]: interval["outside_percent"] for interval in layer["intervals"]}
        assert int(row["values"]) == layer["elements"]
        assert close(row["percent_to_0.02"], 100 - outside[0.02])
        assert float(row["percent_0.02_to_0.1"]) == pytest.approx(outside[0.02] - outside[0.1], abs=1e-10)
        assert close(row["percent_beyond_0.1"], outside[0.1])
        assert float(row["percent_nan"]) == 0


def test_parameters(run, model, folder):
    document = drawn(run, folder, "profile", model)
    groups = defaultdict(list)
    for row in rows_of(folder / "parameters.csv"):
        groups[row["by"]].append(row)
    for rows in groups.values():
        assert sum(int(row["parameters"]) for row in rows) == document["totals"]["parameters"]
        assert sum(int(row["layers"]) for row in rows) == document["totals"]["layers"]
    forms = document["totals"]["by_form"]
    assert [(row["name"], int(row["parameters"])) for row in groups["form"]] == [(f["form"], f["parameters"]) for f in forms]
    assert [float(row["percent"]) for row in groups["form"]] == [form["parameters_percent"] for form in forms]
    modules = {name.split(".")[0] + "." for name in layers_of(document)}
    assert {row["name"].split(".")[0] + "." for row in groups["module"]} == modules


KINDS = {"query.weight": "attention query", "key.weight": "attention key", "value.weight": "attention value",
         "attention.output.dense.weight": "attention output", "intermediate.dense.weight": "mlp in",
         "output.dense.weight": "mlp out", "LayerNorm.weight": "norm", "bias": "bias"}


def places(layers):
    """The layers of each kind in each block, by BERT's names."""
    found = defaultdict(list)
    for name, layer in layers.items():
        if name.startswith("encoder.layer."):
            kind = next(kind for ending, kind in KINDS.items() if name.endswith(ending))
            found[kind, int(name.split(".")[2])].append(layer)
    return found


def test_depth(run, model, folder):
    layers = layers_of(drawn(run, folder, "profile", model))
    rows = {(row["kind"], row["block"]): row for row in rows_of(folder / "depth.csv")}
    expected = places(layers)
    assert set(rows) == {(kind, str(block)) for kind, block in expected} | {("embedding", "")}
    for (kind, block), members in expected.items():
        row = rows[kind, str(block)]
        assert (row["stack"], float(row["position"])) == ("encoder.layer", block)
        assert (int(row["layers"]), int(row["values"])) == (len(members), sum(m["elements"] for m in members))
        assert float(row["min"]) == min(member["min"] for member in members)
        assert float(row["max"]) == max(member["max"] for member in members)
        n = np.array([member["elements"] for member in members])
        mean = sum(member["mean"] * member["elements"] for member in members) / n.sum()
        squares = sum((m["std"] ** 2 + (m["mean"] - mean) ** 2) * m["elements"] for m in members)
        assert float(row["std"]) == pytest.approx(np.sqrt(squares / n.sum()), rel=1e-9)


def test_quantiles(run, model, folder):
    layers = layers_of(drawn(run, folder, "profile", model))
    rows = rows_of(folder / "quantiles.csv")
    alone = {place: members for place, members in places(layers).items() if len(members) == 1}
    assert {(row["kind"], int(row["block"])) for row in rows} == set(alone)
    for row in rows:
        layer = alone[row["kind"], int(row["block"])][0]
        assert row["layer"] == layer["name"]
        for quantile in layer["quantiles"]["values"]:
            assert float(row[f"q{quantile['q']:g}"]) == quantile["value"]


def test_pruning(run, folder, tmp_path):
    model = write_transformer(tmp_path / "model.safetensors")
    document = drawn(run, folder, "prune", "--table", "--sparsity", "0.9", "--sparsity", "0.25", model)
    levels = sorted(document["levels"], key=lambda level: level["zeroed"])
    rows = rows_of(folder / "pruning.csv")
    assert [float(row["sparsity"]) for row in rows] == [0.25, 0.9]
    for row, level in zip(rows, levels, strict=True):
        assert int(row["zeroed"]) == level["zeroed"]
        assert close(row["zeroed_percent"], 100 * level["zeroed"] / level["elements"])
        assert float(row["threshold"]) == level["threshold"]
        assert float(row["relative_error"]) == level["relative_error"]
        assert close(row["energy_percent"], 100 * level["retained_energy"])
        for encoding, size in level["sizes"].items():
            assert int(row[f"{encoding}_bytes"]) == size["bytes"]


def test_ranking(run, folder, tmp_path):
    models = [write_transformer(tmp_path / f"m{blocks}.safetensors", blocks) for blocks in (1, 4, 2)]
    document = drawn(run, folder, "rank", "--top", "2", *models)
    rows = rows_of(folder / "ranking.csv")
    keys = ("rank", "layers", "parameters", "parameter_bytes")
    assert [[row["model"]] + [int(row[key]) for key in keys] for row in rows] == [
        [one["name"]] + [one[key] for key in keys] for one in document["checkpoints"]
    ]
    assert [row["model"] for row in rows] == ["m4", "m2"]


def test_comparison(run, folder, tmp_path):
    model = write_transformer(tmp_path / "model.safetensors")
    assert run("prune", "--sparsity", "0.3", "-o", tmp_path / "pruned", model).returncode == 0
    document = drawn(run, folder, "compare", model, tmp_path / "pruned", status=1)
    changed = {pair["name"]: pair for pair in document["tensors"] if pair["relative_l2"]}
    rows = rows_of(folder / "comparison.csv")
    assert {row["layer"] for row in rows} == set(changed)
    for row in rows:
        pair = changed[row["layer"]]
        assert float(row["relative_l2"]) == pair["relative_l2"]
        assert close(row["changed_percent"], 100 * (pair["values"] - pair["equal"]) / pair["values"])
        assert float(row["ks_distance"]) == pair["ks"]["value"]
    assert [float(row["relative_l2"]) for row in rows] == sorted((float(row["relative_l2"]) for row in rows), reverse=True)


def test_profiles_are_compared_by_their_distributions(run, folder, tmp_path):
    saved = []
    for seed in (1, 2):
        saved.append(tmp_path / f"{seed}.json")
        model = write_transformer(tmp_path / f"{seed}.safetensors", seed=seed)
        assert run("profile", "-o", saved[-1], model).returncode == 0
    document = drawn(run, folder, "compare", *saved, status=1)
    distances = {pair["name"]: pair["ks"]["value"] for pair in document["tensors"] if pair.get("ks")}
    rows = rows_of(folder / "comparison.csv")
    assert rows and all(float(row["ks_distance"]) == distances[row["layer"]] for row in rows)
    assert all(row["relative_l2"] == "" for row in rows)
