"""HTML pages in a browser: search, sorting, dark and light, tooltips; without scripts; hostile names; 2,000 tensors."""

import numpy as np
import pytest
from browser import Browser, needs_browser
from checkpoint_file import Tensor, write_checkpoint
from pictures import BLOCK, write_transformer
from test_plots import HOSTILE
from tiny_checkpoint import write_floats

pytestmark = needs_browser

ROWS = "document.querySelectorAll('table.searchable tbody tr')"
SHOWN = f"Array.from({ROWS}).filter(row => row.offsetHeight > 0).map(row => row.cells[0].textContent)"
PAPER = "getComputedStyle(document.documentElement).backgroundColor"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture
def opened(run, browser, tmp_path):
    """Opens the page of a checkpoint and returns the browser."""

    def open_page(*arguments, verb="profile", status=0, **options):
        path = tmp_path / "page.html"
        result = run(verb, "-q", "--force", "-o", path, *arguments)
        assert result.returncode == status, result.stderr
        browser.open(path, **options)
        return browser

    yield open_page
    assert browser.complaints() == []
    # What the test before opened may be told late.
    own = [(path / "page.html").as_uri() for path in (tmp_path, *tmp_path.parent.iterdir())]
    assert [url for url in browser.requests() if url not in [*own, "data:,"]] == []


@pytest.fixture
def model(tmp_path):
    return write_transformer(tmp_path / "model.safetensors")


def search(browser, text):
    browser.evaluate(f"(() => {{ const input = document.querySelector('.search input'); input.value = {text!r};"
                     " input.dispatchEvent(new Event('input')); })()")
    return browser.evaluate(SHOWN)


def names_in(browser):
    return browser.evaluate(f"Array.from({ROWS}, row => row.cells[0].textContent)")


def test_search_shows_the_rows_that_have_every_word(opened, model):
    browser = opened(model)
    names = browser.evaluate(SHOWN)
    assert len(names) == 35
    assert search(browser, "QUERY  layer.1.") == [name for name in names if "query" in name and "layer.1." in name]
    assert browser.evaluate("document.querySelector('.search output').textContent") == "2 of 35 rows"
    assert search(browser, "nowhere") == []
    assert search(browser, "") == names


def test_sorting_is_by_the_figures_in_full(opened, model):
    browser = opened(model)
    before = names_in(browser)
    stds = f"Array.from({ROWS}, row => Number(row.querySelectorAll('td')[4].dataset.v))"
    figures = browser.evaluate(stds)
    head = "table.searchable th[data-field=std]"
    browser.click(f"{head} button")
    assert browser.evaluate(f"document.querySelector('{head}').ariaSort") == "descending"
    assert browser.evaluate(stds) == sorted(figures, reverse=True)
    browser.click(f"{head} button")
    assert browser.evaluate(stds) == sorted(figures)
    browser.click("table.searchable th[data-field=name] button")
    assert browser.evaluate("document.querySelectorAll('th[aria-sort]').length") == 1
    assert names_in(browser) == sorted(before, key=str.lower)


def test_layers_without_a_figure_come_last(opened, tmp_path):
    tensors = {"a": [1, 1], "b": [1, 2, 5], "c": [2, 2], "d": [1, 2, 3, 30]}  # constants have no kurtosis
    browser = opened(write_floats(tmp_path / "model.safetensors", tensors))
    for expected in (["d", "b", "a", "c"], ["b", "d", "a", "c"]):
        browser.click("table.searchable th[data-field=excess_kurtosis] button")
        assert names_in(browser) == expected


def test_dark_follows_the_system_and_the_switch(opened, model):
    def is_dark():
        numbers = browser.evaluate(PAPER).removeprefix("rgb(").removesuffix(")").split(",")
        return sum(map(int, numbers)) < 3 * 128

    for system in (False, True):
        browser = opened(model, dark=system)
        assert is_dark() == system
        for expected in (not system, system):
            browser.click("#theme")
            assert is_dark() == expected


def test_tooltips_come_at_once(opened, model):
    browser = opened(model)
    point = "document.querySelector('#depth-std circle')"
    title = browser.evaluate(f"{point}.textContent")
    assert title.startswith("attention query, block 0: ")
    for mark in (point, "document.querySelector('table.searchable svg.spark path')"):
        browser.evaluate(f"{mark}.dispatchEvent(new PointerEvent('pointerover', {{bubbles: true}}))")
        assert browser.evaluate("document.getElementById('tip').hidden") is False
    assert browser.evaluate("document.querySelectorAll('#tip svg').length") == 1
    browser.evaluate("document.querySelector('h1').dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))")
    assert browser.evaluate("document.getElementById('tip').hidden") is True


def test_without_scripts_tables_and_pictures_are_there(opened, model):
    browser = opened(model, scripts=False)
    assert len(browser.evaluate(SHOWN)) == 35
    assert browser.evaluate("document.querySelectorAll('.search, table button').length") == 0
    assert browser.evaluate("document.getElementById('theme').offsetHeight") == 0
    seen = "Array.from(document.querySelectorAll('svg.figure, svg.spark'), svg => svg.getBoundingClientRect().height)"
    heights = browser.evaluate(seen)
    assert len(heights) > 35 + 3
    assert min(heights) > 10


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_of_the_page(opened, model, width):
    browser = opened(model, width=width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


HINTS = "Array.from(document.querySelectorAll('.hint'), hint => hint.offsetHeight > 0)"
TOO_WIDE = "Array.from(document.querySelectorAll('.scroll, .wide'), box => box.scrollWidth > box.clientWidth + 1)"


@pytest.mark.parametrize("width", [390, 800, 1200])
def test_tables_say_that_they_go_on_where_they_are_wider_than_their_place(opened, model, width):
    browser = opened(model, width=width)
    wide = browser.evaluate(TOO_WIDE)
    assert browser.evaluate(HINTS) == wide
    assert any(wide) == (width < 1200)


def test_the_hint_follows_the_width_of_the_window(opened, model):
    browser = opened(model, width=1200)
    assert not any(browser.evaluate(HINTS))
    browser.call("Emulation.setDeviceMetricsOverride", width=800, height=900, deviceScaleFactor=1, mobile=False)
    browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert browser.evaluate(HINTS) == browser.evaluate(TOO_WIDE)
    assert any(browser.evaluate(HINTS))


@pytest.mark.parametrize("width", [390, 800, 1440])
def test_columns_stand_below_their_headings(opened, model, width):
    browser = opened(model, width=width)
    edges = "Array.from(row.cells, cell => { const box = cell.getBoundingClientRect(); return [box.left, box.right]; })"
    heads = browser.evaluate(f"(row => {edges})(document.querySelector('table.searchable thead tr'))")
    assert len(heads) == 13
    rows = browser.evaluate(f"Array.from({ROWS}, row => {edges})")
    assert rows == [heads] * 35
    inside = "Array.from(row.cells, cell => cell.scrollWidth <= Math.ceil(cell.getBoundingClientRect().width))"
    assert browser.evaluate(f"Array.from({ROWS}, row => {inside}).flat().every(Boolean)")


@pytest.mark.parametrize("scripts", [True, False])
def test_paper_has_every_column(opened, model, scripts):
    browser = opened(model, width=720, media="print", scripts=scripts)  # A4 without its margins
    assert browser.evaluate("document.documentElement.scrollWidth") <= 720
    assert not any(browser.evaluate(HINTS))
    assert browser.evaluate("getComputedStyle(document.querySelector('table.searchable tbody tr')).display") == "table-row"


@pytest.mark.parametrize("verb", ["profile", "inspect", "compare"])
def test_hostile_names_are_shown_as_text(opened, tmp_path, verb):
    attacks = [*HOSTILE, "<img src=x onerror=alert(1)>", "<style>*{display:none}</style>", "\"><script>alert(1)</script>",
               "javascript:alert(1)", "</title></style></script><script>alert(1)</script>", "<a href='https://example.org'>x</a>"]
    tensors = {f"{i}.{attack}": [0.5, i] for i, attack in enumerate(attacks)}
    model = write_floats(tmp_path / "<script>alert(1)<\u2215script>.safetensors", tensors)
    other = write_floats(tmp_path / "b.safetensors", {name: [x + 1 for x in values] for name, values in tensors.items()})
    browser = opened(model, *([other] if verb == "compare" else []), verb=verb, status=1 if verb == "compare" else 0)
    shown = names_in(browser)
    assert len(shown) == len(attacks)
    for name, attack in zip(shown, attacks, strict=True):
        assert name.isprintable()
        assert not attack.isprintable() or name.split(".", 1)[1] == attack
    assert browser.evaluate("document.querySelectorAll('img, a:not(nav a), main style').length") == 0
    assert browser.evaluate("document.scripts.length") == 1
    assert "<script>" in browser.evaluate("document.title")


def test_a_comparison_sorts_and_searches(run, opened, model, tmp_path):
    assert run("prune", "--sparsity", "0.5", "-o", tmp_path / "half", model).returncode == 0
    browser = opened(model, tmp_path / "half", verb="compare", status=1)
    names = browser.evaluate(SHOWN)
    browser.click("table.searchable th[data-field=relative_l2] button")
    assert set(names_in(browser)) == set(names)
    assert search(browser, "query") == [name for name in names_in(browser) if "query" in name]


def test_two_thousand_tensors_stay_small_and_usable(opened, tmp_path):
    random = np.random.default_rng(1)
    tensors = []
    for block in range(182):
        for name, shape in BLOCK.items():
            values = random.standard_t(4, shape).astype("<f4") * np.float32(0.02 * (block + 1))
            tensors.append(Tensor(f"model.encoder.layers.{block}.{name}", "F32", shape, values.tobytes()))
    browser = opened(write_checkpoint(tmp_path / "model.safetensors", tensors))
    assert len(tensors) == 2002
    assert (tmp_path / "page.html").stat().st_size < 3_000_000
    assert len(search(browser, "layers.181. weight")) == 8
    browser.click("table.searchable th[data-field=std] button")
    assert len(search(browser, "")) == 2002
