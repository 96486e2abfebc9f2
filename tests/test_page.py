"""The page in a headless Chromium: every control, by mouse and by keyboard, on every width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, browser
from oracles import close

from symgrad import read
from symgrad.pictures.page import GALLERY, page
from symgrad.program import Program
from symgrad.secondorder.graph import graph
from symgrad.secondorder.numbers import numbers

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

GIVEN = read("input x\ninput w\nloss l\ny = sigma(x * w)\nz = tanh(y) + relu(x)\nl = y * z^2")
NOTES = read(GALLERY["two paths that meet"])

AT_NOTES = "graph=1&function.f=0&function.g=0&function.h=3&input.x=2"
"""f = y*z, g = x^2, h = sin(x), x = 2"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("page") / "page.html"
    written.write_text(page(GIVEN), encoding="utf-8")
    return written


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture
def shown(chromium: Browser, file: Path) -> Iterator[Browser]:
    """The page at the graph of the notes; nothing may go wrong in it, nothing may be asked for."""
    chromium.size(1280, 900)
    chromium.open(file, AT_NOTES)
    yield chromium
    assert chromium.requests() == [f"{file.as_uri()}"]
    assert not chromium.exceptions()


def text(one: Browser, selector: str) -> str:
    return str(one.value(f"document.querySelector({selector!r}).textContent"))


def cells(one: Browser, row: str) -> list[str]:
    """Value, error and verdict of a row."""
    return list(
        one.value(
            f"[...document.getElementById({row!r}).children].slice(1).map(c => c.textContent)"
        )
    )


def value(one: Browser, row: str) -> float:
    return float(cells(one, row)[0].replace("−", "-"))


def focus(one: Browser) -> str:
    return str(one.value("document.activeElement.id || document.activeElement.className"))


def marked(one: Browser) -> set[str]:
    """The edges that are drawn in a colour."""
    return set(
        one.value(
            "[...document.querySelectorAll('path[data-from]')]"
            ".filter(p => p.getAttribute('stroke') !== '#9e9e9e')"
            ".map(p => p.dataset.from + p.dataset.to)"
        )
    )


# --- what it says --------------------------------------------------------------------------------

CHOICES: dict[str, tuple[Program, str, str, str]] = {
    "graph=1&function.f=1&function.g=3&function.h=4&input.x=0.5": (
        NOTES, "f=y+z, g=sin(x), h=exp(x)", "x=1/2", "naive"
    ),
    "graph=1&function.f=3&function.g=1&function.h=5&input.x=2&rule=diagonal": (
        NOTES, "f=y*sin(z), g=x^3, h=tanh(x)", "x=2", "diagonal"
    ),
    "graph=0&input.x=1.5&input.w=-0.5&rule=pushing": (GIVEN, "", "x=3/2, w=-1/2", "pushing"),
}  # fmt: skip


@pytest.mark.parametrize("address", CHOICES)
def test_it_computes_what_the_rules_give(shown: Browser, file: Path, address: str) -> None:
    """Every rule's value as a browser shows it, against the literal evaluator's."""
    forward, let, at, rule = CHOICES[address]
    shown.open(file, address)
    expected = numbers(graph(forward, ["x"]), let, at)
    assert text(shown, "tr.chosen").startswith(rule if rule != "pushing" else "edge pushing")
    for one in expected.rows:
        assert close(value(shown, f"rule.{one.rule}"), one.value, 1e-5)
    assert close(value(shown, "difference"), expected.difference, 1e-4)


def test_terms_add_up_to_the_truth(shown: Browser) -> None:
    terms = shown.value(
        "rule().terms.map(one => one.value(forward(0), slope)).reduce((sum, one) => sum + one)"
    )
    assert close(value(shown, "rule.naive") + float(terms), value(shown, "rule.twice"), 1e-5)
    assert (
        text(shown, "#balance")
        == "Here: 0 by this rule, −5.14777 in these terms, −5.14777 in truth."
    )


def test_where_a_wrong_rule_happens_to_be_right_it_says_so(shown: Browser, file: Path) -> None:
    """With f = y + z the diagonal rule misses nothing; it is wrong in general."""
    shown.open(file, AT_NOTES.replace("function.f=0", "function.f=1"))
    assert cells(shown, "rule.diagonal")[1:] == ["0", "wrong, but not here"]


# --- every control -------------------------------------------------------------------------------


def test_every_control_by_mouse(shown: Browser) -> None:
    """A rule by its row, a term on and off, the fields by what their events do."""
    shown.click("#rule\\.diagonal td:last-child")
    assert text(shown, "#rule").startswith("diagonal") and "rule=diagonal" in shown.value(
        "location.hash"
    )
    assert marked(shown) == {"xy", "yu", "xz", "zu"}
    shown.click("#rule\\.twice label")
    assert text(shown, "#between") == "Nothing is missing" and marked(shown) == set()
    shown.click("#rule\\.naive label")
    assert marked(shown) == {"xy", "yu", "xz", "zu", "ul"}
    shown.click(".term:nth-child(1)")
    assert marked(shown) == {"xy"}
    assert text(shown, ".term[aria-pressed=true]").startswith("missing first-order term")
    shown.click(".term:nth-child(1)")
    assert marked(shown) == {"xy", "yu", "xz", "zu", "ul"}


def test_every_graph_and_every_function_can_be_picked(shown: Browser) -> None:
    """Each gives numbers that agree with finite differences."""
    for place in range(1 + len(GALLERY)):
        pick(shown, "graph", place)
        for key in shown.value(
            "[...document.querySelectorAll('#functions select')].map(s => s.id)"
        ):
            for option in range(shown.value(f"document.getElementById({key!r}).options.length")):
                pick(shown, key, option)
                assert f"{key}={option}" in shown.value("location.hash")
                assert close(value(shown, "difference"), value(shown, "rule.twice"), 1e-3)
        pick(shown, "rule.naive", None)


def pick(one: Browser, id: str, option: int | None) -> None:
    """An option of a list as its own events have it; a row by a click."""
    change = f"e.value = {option}; e.onchange();" if option is not None else "e.click();"
    one.value(f"(() => {{ const e = document.getElementById({id!r}); {change} }})()")


def test_every_control_by_keyboard(shown: Browser) -> None:
    """Tab leads through the fields, the forward pass and the rules to the terms."""
    shown.press("Tab")
    assert focus(shown) == "graph"
    order = ["function.f", "function.g", "function.h", "input.x"]
    for id in order:
        shown.press("Tab")
        assert focus(shown) == id
    shown.press("3")
    assert value(shown, "rule.diagonal") != 0 and "input.x=3" in shown.value("location.hash")
    shown.press("Tab", "Tab")
    shown.press("ArrowDown")
    assert "rule=diagonal" in shown.value("location.hash")
    shown.press("ArrowUp", "Tab", " ")
    assert focus(shown) == "term" and marked(shown) == {"xy"}
    shown.press("Enter")
    assert len(marked(shown)) == 5


def test_an_empty_field_changes_nothing(shown: Browser) -> None:
    shown.value(
        "(() => { const e = document.getElementById('input.x'); e.value = ''; e.oninput(); })()"
    )
    assert "input.x=2" in shown.value("location.hash")
    assert shown.value("document.getElementById('input.x').matches(':invalid')")


# --- every width ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_runs_off_the_page(shown: Browser, width: int) -> None:
    shown.size(width, 900)
    root = "document.documentElement"
    assert shown.value(f"{root}.scrollWidth <= {root}.clientWidth")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_picture_stays_in_view_beside_the_last_term(shown: Browser, width: int) -> None:
    shown.size(width, 700)
    shown.click(".term:last-child")
    box = shown.value(
        "(() => { const b = document.querySelector('#picture svg').getBoundingClientRect();"
        "return [b.top, b.bottom]; })()"
    )
    assert 0 <= box[0] < box[1] <= 700
