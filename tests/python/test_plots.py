"""--plots DIR: pictures that are whole, figures beside them that are the profile's, and names that stay names."""

import csv
import json
import os
import re
import shutil
import struct
import xml.etree.ElementTree as ElementTree
import zlib

import numpy as np
import pytest
from checkpoint_file import Tensor, write_checkpoint
from tiny_checkpoint import write_floats

PICTURES = ["depth", "histogram", "intervals", "parameters", "quantiles"]
HOSTILE = [
    "`touch pwned`",
    "$(touch pwned)",
    "'; system('touch pwned') #",
    '"; system("touch pwned"); "',
    "a\nset output 'pwned'\nplot x\n",
    "a\tb\n\n\nsystem('touch pwned')",
    "</text><script>alert(1)</script>&amp;<!--",
    "]]>{/=40 big}^{a}_{b}@&{c}~d",
    "\x1b[31m\u202e\x00%s%n%g\\n\\x41",
    "layer.7.\u00fcber.weight",
    "#",
    "",
]

needs_gnuplot = pytest.mark.skipif(shutil.which("gnuplot") is None, reason="gnuplot is not installed")


def assert_whole_png(path, width=1200):
    """The signature, chunks whose checksums are right, and the end."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, kinds = 8, []
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        (checksum,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        assert checksum == zlib.crc32(data[at + 4 : at + 8 + size])
        kinds.append(kind)
        at += size + 12
    assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")
    assert struct.unpack(">I", data[16:20]) == (width,)


def assert_whole_svg(path):
    """XML with text and shapes, and nothing that a browser would run or fetch."""
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    for element in root.iter():
        assert element.tag.split("}")[-1].lower() not in ("script", "foreignobject", "image", "a")
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name or value.startswith("#")
    return " ".join("".join(element.itertext()) for element in root.iter() if element.tag.endswith("}text"))


def assert_whole(folder, names=PICTURES):
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}.{ending}" for name in names for ending in ("csv", "png", "svg")
    )
    for name in names:
        assert_whole_svg(folder / f"{name}.svg")
        assert_whole_png(folder / f"{name}.png")


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def model(tmp_path):
    values = np.random.default_rng(1).normal(0, 0.05, 6000).astype("<f4")
    names = ["wte.weight", "h.0.attn.c_attn.weight", "h.1.attn.c_attn.weight"]
    tensors = [Tensor(name, "F32", (40, 50), part.tobytes()) for name, part in zip(names, np.split(values, 3))]
    return write_checkpoint(tmp_path / "model.safetensors", tensors)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "plots"


def plotted(run, path, folder, *options):
    """Profiles with pictures; gives the profile."""
    result = run("profile", "--json", "--plots", folder, *options, path)
    assert (result.returncode, result.stderr) == (0, b"")
    return json.loads(result.stdout)


@needs_gnuplot
def test_pictures_are_whole_and_stdout_is_as_without_them(run, model, folder):
    result = run("profile", "--plots", folder, model)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == run("profile", model).stdout
    assert_whole(folder)


@needs_gnuplot
def test_a_saved_profile_gives_the_same_bytes(run, model, folder, tmp_path):
    saved = tmp_path / "model.json"
    assert run("profile", "-o", saved, "--plots", folder, model).returncode == 0
    again = tmp_path / "again"
    assert run("report", "--plots", again, saved).returncode == 0
    assert_whole(again)
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


@needs_gnuplot
@pytest.mark.parametrize("options", [[], ["--range=-0.05:0.1", "--bins", "7"]])
def test_the_histogram_has_the_figures_of_the_profile(run, model, folder, options):
    histogram = plotted(run, model, folder, *options)["totals"]["histogram"]
    rows = rows_of(folder / "histogram.csv")
    if options:
        assert (rows[0]["bin_low"], int(rows[0]["count"])) == ("", histogram["below"])
        assert (rows[-1]["bin_high"], int(rows[-1]["count"])) == ("", histogram["above"])
        rows = rows[1:-1]
    edges = np.linspace(histogram["low"], histogram["high"], len(histogram["counts"]) + 1)
    assert [int(row["count"]) for row in rows] == histogram["counts"]
    assert [float(row["bin_low"]) for row in rows] == list(edges[:-1])
    assert [float(row["bin_high"]) for row in rows] == list(edges[1:])


@needs_gnuplot
def test_names_are_never_commands(run, tmp_path):
    name = "`touch pwned`$(touch pwned)'\"<script>"
    tensors = {hostile: [0.5, -0.25, i] for i, hostile in enumerate(HOSTILE)}
    tensors |= {f"h.{i}.{hostile}.attn.q.weight": [0.5, i] for i, hostile in enumerate(HOSTILE)}
    work = tmp_path / "work"
    work.mkdir()
    model = write_floats(work / f"{name}.safetensors", tensors)
    result = run("profile", "--plots", "plots", model, cwd=work)
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in work.iterdir()) == sorted(["plots", model.name])
    assert_whole(work / "plots")
    for path in (work / "plots").glob("*.svg"):
        assert not re.search(r"[^\w\s.\-/:,()\[\]{}*+=|<>?%≤Δ×]", assert_whole_svg(path))


@needs_gnuplot
def test_the_users_gnuplot_settings_and_locale_change_nothing(run, model, folder, tmp_path):
    plotted(run, model, folder)
    (tmp_path / ".gnuplot").write_text("set title 'mine'\nset output 'mine.svg'\n")
    surroundings = os.environ | {"HOME": str(tmp_path), "GNUTERM": "dumb", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}
    again = tmp_path / "again"
    assert run("profile", "--plots", again, model, env=surroundings, cwd=tmp_path).returncode == 0
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_without_gnuplot_the_figures_and_the_rest_are_there(run, model, folder, tmp_path):
    (tmp_path / "bin").mkdir()
    result = run("profile", "--plots", folder, model, env=os.environ | {"PATH": str(tmp_path / "bin")})
    assert result.returncode == 0
    assert result.stdout == run("profile", model).stdout
    assert result.stderr.count(b"\n") == 1
    assert b"gnuplot is not installed" in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.csv" for name in PICTURES)


@pytest.mark.parametrize("script", ["exit 1", "echo '<svg>'", "kill -9 $$", "echo broken >&2; exit 3"])
def test_a_gnuplot_that_fails_leaves_no_picture(run, model, folder, tmp_path, script):
    (tmp_path / "bin").mkdir()
    broken = tmp_path / "bin" / "gnuplot"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)
    result = run("profile", "--plots", folder, model, env=os.environ | {"PATH": str(tmp_path / "bin")})
    assert result.returncode == 0
    assert b"is not drawn: gnuplot failed" in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.csv" for name in PICTURES)


@needs_gnuplot
def test_existing_pictures_are_kept_unless_forced(run, model, folder):
    folder.mkdir()
    (folder / "histogram.svg").write_text("mine")
    result = run("profile", "--plots", folder, model)
    assert (result.returncode, result.stdout) == (7, b"")
    assert [path.name for path in folder.iterdir()] == ["histogram.svg"]
    assert (folder / "histogram.svg").read_text() == "mine"
    assert run("profile", "--force", "--plots", folder, model).returncode == 0
    assert_whole(folder)


def test_a_run_that_fails_leaves_no_folder(run, folder, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\xff" * 64)
    assert run("profile", "--plots", folder, broken).returncode == 3
    assert not folder.exists()
    assert run("profile", "--plots", tmp_path / "missing" / "plots", broken).returncode == 7
    assert run("profile", "--plots", broken, broken).returncode == 7
    assert broken.read_bytes() == b"\xff" * 64


def test_pictures_are_of_one_checkpoint(run, model, folder, tmp_path):
    assert run("profile", "--plots", folder, model, model).returncode == 2
    assert run("profile", "--plots", "", model).returncode == 2
    saved = tmp_path / "two.json"
    saved.write_bytes(run("profile", "--json", model).stdout * 2)
    assert run("report", "--plots", folder, saved).returncode == 2
    assert not folder.exists()
