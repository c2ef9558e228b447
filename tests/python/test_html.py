"""HTML pages: whole, self-contained, free of markup from names, and their figures those of the profile."""

import json

import numpy as np
import pytest
from checkpoint_file import Tensor, write_checkpoint
from html_page import assert_self_contained, read_page, rows_of
from pictures import write_transformer
from test_plots import HOSTILE
from tiny_checkpoint import write_floats

MOMENTS = ["mean", "std", "min", "max", "excess_kurtosis"]


def page_of(run, *arguments, status=0):
    result = run(*arguments, "--format", "html")
    assert (result.returncode, result.stderr) == (status, b"")
    page = read_page(result.stdout)
    assert_self_contained(page)
    return page


def as_number(text):
    return None if text == "" else float(text)


def layers_of(document):
    return [tensor for tensor in document["tensors"] if tensor["role"] == "parameter"]


def assert_cards(page, totals):
    cards = {card.attributes["data-field"]: card.attributes.get("data-v") for card in page.find_all("dd") if "data-field" in card.attributes}
    counts = totals["counts"]
    non_finite = counts["nan"] + counts["positive_infinity"] + counts["negative_infinity"]
    assert {name: int(cards[name]) for name in ("parameters", "layers", "bytes", "zero", "non_finite")} == {
        "parameters": totals["parameters"], "layers": totals["layers"], "bytes": totals["bytes"],
        "zero": counts["zero"], "non_finite": non_finite,
    }
    assert [as_number(cards[name]) for name in MOMENTS if name != "mean"] == [totals[name] for name in MOMENTS if name != "mean"]


def assert_layers(page, layers):
    table = page.find("table", class_="searchable")
    rows = list(rows_of(table))
    assert [row["name"] for row in rows] == [layer["name"] for layer in layers]
    for row, layer in zip(rows, layers, strict=True):
        assert int(row["elements"]) == layer["elements"]
        assert [as_number(row[name]) for name in MOMENTS] == [layer[name] for name in MOMENTS]
        assert as_number(row["zero_percent"]) == pytest.approx(100 * layer["counts"]["zero"] / layer["elements"], rel=1e-15)
        for at, interval in enumerate(layer["intervals"]):
            assert as_number(row[f"outside_percent_{at}"]) == interval["outside_percent"]
    assert len(list(table.find_all("svg", class_="spark"))) == len(layers)


def assert_intervals(page, totals):
    rows = list(rows_of(page.find("figure", id="intervals").find("table")))
    found = [[int(row["below"]), int(row["above"]), float(row["outside_percent"])] for row in rows]
    assert found == [[one["below"], one["above"], one["outside_percent"]] for one in totals["intervals"]]


def bars_of(page, figure):
    return [int(bar.attributes["data-v"]) for bar in page.find("figure", id=figure).find_all("rect", class_="bar")]


def assert_distribution(page, totals):
    assert bars_of(page, "histogram") == [count for count in totals["histogram"]["counts"] if count]
    magnitudes = [count for count in totals["magnitude_histogram"]["counts"] if count]
    shown = bars_of(page, "magnitudes")
    assert sum(shown) == sum(magnitudes)
    assert shown[1:] == magnitudes[len(magnitudes) - len(shown) + 1 :]
    for row, name in zip(rows_of(page.find("figure", id="quantiles").find("table")), ("quantiles", "magnitude_quantiles"), strict=True):
        assert [float(figure) for field, figure in row.items() if field != "name"] == [one["value"] for one in totals[name]["values"]]


def assert_bands(page, layers, totals):
    bands = [int(rect.attributes["data-v"]) for rect in page.find("figure", id="bands").find_all("rect", class_="band") if "data-v" in rect.attributes]
    beyond = {one["high"]: one["below"] + one["above"] for one in totals["intervals"]}
    values = totals["parameters"]
    expected = [values - beyond[0.01], beyond[0.01] - beyond[0.1], beyond[0.1] - beyond[1], beyond[1]]
    assert bands[: len([count for count in expected if count])] == [count for count in expected if count]
    assert sum(bands) == 2 * sum(layer["elements"] for layer in layers)


def assert_depth(page, layers):
    """The points of layers that are alone of their kind in their block are their own figures."""
    shown = {figure: {point.attributes["data-v"] for point in page.find("figure", id=figure).find_all("circle")}
             for figure in ("depth-std", "depth-max", "depth-outside")}
    alone = [layer for layer in layers if ".query.weight" in layer["name"] or ".intermediate.dense.weight" in layer["name"]]
    assert len(alone) >= 6
    assert {layer["std"] for layer in alone} <= set(map(float, shown["depth-std"]))
    assert {layer["abs_max"] for layer in alone} <= set(map(float, shown["depth-max"]))
    assert {layer["intervals"][1]["outside_percent"] for layer in alone} <= set(map(float, shown["depth-outside"]))


def assert_figures(page, document):
    layers = layers_of(document)
    assert_cards(page, document["totals"])
    assert_layers(page, layers)
    assert_intervals(page, document["totals"])
    assert_distribution(page, document["totals"])
    assert_bands(page, layers, document["totals"])
    assert_depth(page, layers)


def shown_name(name):
    """As every report writes names: what is not printed as it is has an escape."""
    escapes = {"\n": "\\n", "\t": "\\t", "\x1b": "\\x1b", "\x00": "\\x00", "\u202e": "\\u{202e}"}
    return "".join(escapes.get(char, char) for char in name)


@pytest.fixture
def model(tmp_path):
    return write_transformer(tmp_path / "model.safetensors")


def test_the_figures_are_the_profiles(run, model, tmp_path):
    saved, page = tmp_path / "model.json", tmp_path / "model.html"
    assert run("profile", "-o", saved, "-o", page, model).returncode == 0
    assert_figures(read_page(page.read_bytes()), json.loads(saved.read_bytes()))
    assert run("report", "--format", "html", saved).stdout == page.read_bytes()


def test_one_wild_value_does_not_squeeze_the_others(run, tmp_path):
    """It is a bar and a row by itself, right behind those of the others, which are there as without it."""
    values = [0.75, 0.375, 0.1875, -0.75] * 100
    tame, wild = tmp_path / "tame.safetensors", tmp_path / "wild.safetensors"
    write_floats(tame, {"w": values})
    write_floats(wild, {"w": [*values, 1e30]})
    assert bars_of(page_of(run, "profile", tame), "magnitudes") == [100, 100, 200]
    assert bars_of(page_of(run, "profile", wild), "magnitudes") == [100, 100, 200, 1]

    text = run("profile", "-q", wild).stdout.decode()
    rows = [line.split() for line in text[text.index("magnitude ≥"):].splitlines()[1:6]]
    assert [row[:2] for row in rows] == [["6.34e+29", "1"], ["1", "0"], ["0.5", "200"], ["0.25", "100"], ["0.125", "100"]]


def test_the_figures_of_the_real_checkpoint(run, real_checkpoint, native_only, tmp_path):
    saved, page = tmp_path / "model.json", tmp_path / "model.html"
    assert run("profile", "-q", "-o", saved, "-o", page, real_checkpoint).returncode == 0
    document, tree = json.loads(saved.read_bytes()), read_page(page.read_bytes())
    assert_figures(tree, document)
    findings = [tuple(row.values()) for row in rows_of(tree.find("section", id="findings").find("table"))]
    assert findings and sorted(findings) == sorted((one["tensor"], one["rule"], one["message"]) for one in document["findings"])


def test_layers_are_arranged_as_asked(run, model):
    document = json.loads(run("profile", "--json", model).stdout)
    page = page_of(run, "profile", "--sort", "std:asc", "--top", "5", model)
    expected = sorted(layers_of(document), key=lambda layer: layer["std"])[:5]
    assert [row["name"] for row in rows_of(page.find("table", class_="searchable"))] == [layer["name"] for layer in expected]
    groups = list(rows_of(page_of(run, "profile", "--group-by", "1", model).find("table", class_="searchable")))
    assert [row["name"] for row in groups] == ["embeddings.*", "encoder.* ×33", "pooler.*"]


def test_an_inventory_has_no_statistics(run, model):
    page = page_of(run, "inspect", model)
    rows = list(rows_of(page.find("table", class_="searchable")))
    document = json.loads(run("inspect", "--json", model).stdout)
    assert [(row["name"], int(row["elements"]), int(row["bytes"])) for row in rows] == [
        (tensor["name"], tensor["elements"], tensor["bytes"]) for tensor in document["tensors"]]
    assert "std" not in rows[0]
    assert not list(page.find_all("svg"))


def test_a_comparison(run, model, tmp_path):
    assert run("prune", "--sparsity", "0.5", "-o", tmp_path / "half", model).returncode == 0
    page = page_of(run, "compare", model, tmp_path / "half", status=1)
    document = json.loads(run("compare", "--json", model, tmp_path / "half").stdout)
    changed = [pair for pair in document["tensors"] if pair["verdict"] == "different"]
    rows = list(rows_of(page.find("table", class_="searchable")))
    assert [row["layer"] for row in rows] == [pair["name"] for pair in changed]
    for row, pair in zip(rows, changed, strict=True):
        assert float(row["relative_l2"]) == pair["relative_l2"]
        assert float(row["ks"]) == pair["ks"]["value"]
    most = [float(row["relative_l2"]) for row in rows_of(page.find("figure", id="most").find("table"))]
    assert most == sorted((pair["relative_l2"] for pair in changed), reverse=True)[:14]
    assert f"{len(changed)} of {len(document['tensors'])} tensors changed" in page.find("section", id="summary").text()
    assert "every bit" in page_of(run, "compare", model, model).find("section", id="summary").text()


@pytest.mark.parametrize("verb", ["profile", "inspect", "compare"])
def test_names_are_text(run, tmp_path, verb):
    names = [f"{i}.{hostile}" for i, hostile in enumerate(HOSTILE)]
    names += [f"h.{i}.{hostile}.attn.q.weight" for i, hostile in enumerate(HOSTILE)]
    title = "`'\"><script>alert(1)</script>"
    tensors = {name: [0.5, -0.25, i] for i, name in enumerate(names)}
    model = write_floats(tmp_path / "'\"><svg onload=alert(1)>.safetensors", tensors)
    other = write_floats(tmp_path / "b`<img src=x>.safetensors", {name: [x + 1 for x in values] for name, values in tensors.items()})
    paths = [model, other] if verb == "compare" else ["--name", title, model]
    page = page_of(run, verb, *paths, status=1 if verb == "compare" else 0)
    assert page.find("h1").text() == ("'\"><svg onload=alert(1)> and b`<img src=x>" if verb == "compare" else title)
    key = "layer" if verb == "compare" else "name"
    shown = [row[key] for row in rows_of(page.find("table", class_="searchable"))]
    assert len(shown) == len(names)
    for row, name in zip(shown, names, strict=True):
        assert not any(ord(char) < 32 or char in "\x7f\u202e" for char in row)
        assert row == shown_name(name)


def test_odd_tensors(run, tmp_path):
    """No values, one value, nothing finite: pages are whole."""
    nan, infinity = float("nan"), float("inf")
    for values in ([], [0.0], [3.0, 3.0], [nan, nan], [infinity, -infinity, nan], [1e38, -3e38], [1e-45, 2.0]):
        model = write_floats(tmp_path / "odd.safetensors", {"h.0.weight": values, "h.1.weight": values, "x": values})
        page_of(run, "profile", "-q", model)
    for values in ([1e16, 1e16 + 2], [-5e-324, 5e-324], [-1.7e308, 1.7e308], [1e300, 1e-300]):
        data = np.array(values, "<f8").tobytes()
        model = write_checkpoint(tmp_path / "wide.safetensors", [Tensor(f"h.{i}.weight", "F64", (2,), data) for i in range(3)])
        page_of(run, "profile", "-q", model)
    empty = write_floats(tmp_path / "empty.safetensors", {})
    page_of(run, "profile", "-q", empty)


def test_one_page_shows_one_profile(run, model, tmp_path):
    saved = tmp_path / "two.json"
    saved.write_bytes(run("profile", "--json", model).stdout * 2)
    result = run("report", "-o", tmp_path / "two.html", saved)
    assert (result.returncode, result.stdout) == (2, b"")
    assert not (tmp_path / "two.html").exists()
