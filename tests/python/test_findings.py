"""Findings as users meet them: in text and JSON, through a saved profile, and as a check with --fail-on."""

import csv
import json

import ml_dtypes
import numpy as np
import pytest
import torch_file
from safetensors.numpy import save_file


@pytest.fixture(scope="module")
def weights():
    """8,192 ordinary weights."""
    return np.random.default_rng(7).normal(0, 0.02, (64, 128)).astype(np.float32)


@pytest.fixture
def model(tmp_path, weights):
    """One tensor with an outlier, one twice, one that looks like its twin until it is read, and healthy ones."""
    spiked = weights.copy()
    spiked[3, 5] = 7
    shuffled = weights.copy()
    rest = shuffled.reshape(-1)[2:-2]
    places = [i for i in range(len(rest)) if rest[i] not in (weights.min(), weights.max())]
    rest[places[10]], rest[places[20]] = rest[places[20]], rest[places[10]]
    path = tmp_path / "model.safetensors"
    save_file({"a.weight": weights, "b.weight": spiked, "c.weight": weights.copy(), "d.weight": shuffled,
               "e.weight": weights[::-1].copy(), "f.bias": np.zeros(8, np.float32)}, path)
    return path


def rows(document):
    return [(finding["rule"], finding["tensor"]) for finding in document["findings"]]


def test_rules_tensors_and_figures(run, model, weights):
    document = json.loads(run("profile", "--json", model).stdout)
    assert sorted(rows(document)) == [("all-zero", "f.bias"), ("duplicate", "c.weight"), ("outlier", "b.weight")]
    outlier = next(finding for finding in document["findings"] if finding["rule"] == "outlier")
    assert (outlier["value"], outlier["index"]) == (7, 3 * 128 + 5)
    spiked = weights.astype(np.float64)
    spiked[3, 5] = 7
    assert outlier["standard_deviations"] == pytest.approx((7 - spiked.mean()) / spiked.std(), rel=1e-12)


def test_they_survive_a_saved_profile(run, model, tmp_path):
    saved = tmp_path / "saved.json"
    run("profile", "-o", saved, model)
    assert run("report", "--json", saved).stdout == saved.read_bytes()
    text = run("report", saved).stdout.decode()
    assert "c.weight: the same bytes as a.weight [duplicate]" in text


@pytest.mark.parametrize("rules, status", [("outlier", 1), ("all-zero,non-finite", 1), ("all", 1), ("non-finite", 0),
                                           ("duplicate", 1), ("saturated,constant", 0)])
def test_fail_on_answers_by_the_status_and_prints_all_the_same(run, model, rules, status):
    result = run("profile", "-q", "--fail-on", rules, model)
    assert (result.returncode, result.stderr) == (status, b"")
    assert result.stdout == run("profile", "-q", model).stdout


def test_what_failed_is_said(run, model):
    result = run("profile", "--fail-on", "outlier,all-zero,saturated,duplicate", model)
    assert result.stderr.decode().splitlines()[-1] == "weightsieve: --fail-on: found all-zero (1), outlier (1), duplicate (1)"


@pytest.mark.parametrize("rules", ["nan", "outlier,", ",", "", "Outlier"])
def test_a_rule_that_does_not_exist_is_refused(run, model, rules):
    result = run("profile", "--fail-on", rules, model)
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"is no rule" in result.stderr


def test_dead_rows_and_columns_and_two_of_four(run, tmp_path, weights):
    dead, halved = weights.copy(), weights.copy()
    dead[[3, 17]] = 0
    dead[:, 5] = 0
    halved.reshape(-1, 4)[:, :2] = 0
    whole = np.concatenate([halved] * 200)  # several units of work
    path = tmp_path / "zeros.safetensors"
    save_file({"dead": dead, "halved": halved, "whole": whole, "healthy": weights}, path)
    expected = {"dead": {"dead-rows": (2, 64, 3), "dead-columns": (1, 128, 5)},
                "halved": {"dead-columns": (64, 128, 0), "sparse-2-4": (4096,)},
                "whole": {"dead-columns": (64, 128, 0), "sparse-2-4": (819200,)}}
    outputs = {run("profile", "--json", "--threads", threads, "--io", io, path).stdout
               for threads in (1, 2, 8) for io in ("mmap", "pread")}
    assert len(outputs) == 1
    found = {}
    for row in json.loads(outputs.pop())["findings"]:
        figures = tuple(value for key, value in row.items() if key not in ("rule", "tensor", "message"))
        found.setdefault(row["tensor"], {})[row["rule"]] = figures
    assert found == expected
    packed = tmp_path / "packed"
    assert run("pack", path, "-o", packed).returncode == 0
    assert json.loads(run("profile", "--json", packed).stdout)["findings"] == json.loads(
        run("profile", "--json", path).stdout)["findings"]


@pytest.mark.parametrize("rule, narrow, least", [("overflows-f16", np.float16, 65520.0),
                                                 ("overflows-bf16", ml_dtypes.bfloat16, 255.5 * 2.0**120),
                                                 ("overflows-f8", ml_dtypes.float8_e4m3fn, 464.0)])
def test_overflows_are_what_casts_make_of_the_extremes(run, tmp_path, weights, rule, narrow, least):
    """Around the least that a narrower type cannot hold."""
    tensors, expected = {}, set()
    for towards in (0, least, np.inf):
        tensor = weights.copy()
        tensor[1, 2] = -np.nextafter(np.float32(least), np.float32(towards))
        tensors[f"towards {towards}"] = tensor
        with np.errstate(over="ignore"):
            if not np.isfinite(tensor.astype(narrow).astype(np.float32)).all():
                expected.add(f"towards {towards}")
    assert 0 < len(expected) < 3
    save_file(tensors, tmp_path / "model.safetensors")
    document = json.loads(run("profile", "--json", tmp_path / "model.safetensors").stdout)
    found = [row for row in document["findings"] if row["rule"] == rule]
    assert {row["tensor"] for row in found} == expected
    assert all(row["index"] == 128 + 2 and " at [1, 2] " in row["message"] for row in found)


@pytest.mark.parametrize("rule, narrow, scale", [("flushed-f16", np.float16, 2.0**-24), ("flushed-bf16", ml_dtypes.bfloat16, 2.0**-133)])
def test_flushed_values_are_those_that_casts_make_zero(run, tmp_path, weights, rule, narrow, scale):
    tensor = (weights * np.float32(scale * 40)).astype(np.float32)
    lost = np.count_nonzero((tensor != 0) & (tensor.astype(narrow).astype(np.float32) == 0))
    assert lost > 0.01 * tensor.size
    save_file({"tiny": tensor}, tmp_path / "model.safetensors")
    document = json.loads(run("profile", "--json", tmp_path / "model.safetensors").stdout)
    assert [row["flushed"] for row in document["findings"] if row["rule"] == rule] == [lost]


def test_tied_tensors_are_found(run, tmp_path):
    weight = torch_file.whole(np.arange(12, dtype=np.float32).reshape(3, 4))
    path = torch_file.save(tmp_path / "model.pt", {"wte.weight": weight, "lm_head.weight": weight})
    document = json.loads(run("profile", "--json", path).stdout)
    assert rows(document) == [("tied", "lm_head.weight")]
    assert run("profile", "-q", "--fail-on", "tied", path).returncode == 1
    assert "lm_head.weight: the same storage as wte.weight, counted once [tied]" in run("profile", path).stdout.decode()


def test_the_findings_alone(run, model, tmp_path):
    text = run("profile", "--view", "findings", model).stdout.decode().splitlines()
    assert text[0] == "model: 3 findings"
    assert [line.split(": ")[0].strip() for line in text[1:]] == ["f.bias", "b.weight", "c.weight"]
    assert all(line.endswith(f"[{rule}]") for line, rule in zip(text[1:], ("all-zero", "outlier", "duplicate"), strict=True))
    saved = tmp_path / "model.json"
    assert run("profile", "-o", saved, model).returncode == 0
    document = json.loads(saved.read_bytes())
    records = list(csv.DictReader(run("report", "--view", "findings", "--format", "csv", saved).stdout.decode().splitlines()))
    assert [(r["checkpoint"], r["rule"], r["tensor"], r["message"]) for r in records] == [
        ("model", one["rule"], one["tensor"], one["message"]) for one in document["findings"]]
    page = run("report", "--view", "findings", "--format", "markdown", saved).stdout.decode()
    assert page.startswith("# model\n\n3 findings\n\n| Tensor | Rule | Finding |\n")
    assert page.count("\n| ") == 5
    assert run("report", "--view", "findings", "--json", saved).stdout == saved.read_bytes()


def test_without_findings_the_view_says_so(run, weights, tmp_path):
    save_file({"a": weights}, tmp_path / "fine.safetensors")
    assert run("profile", "--view", "findings", tmp_path / "fine.safetensors").stdout == b"fine: no findings\n"
    inventory = tmp_path / "fine.json"
    assert run("inspect", "-o", inventory, tmp_path / "fine.safetensors").returncode == 0
    assert run("report", "--view", "findings", inventory).returncode == 2
