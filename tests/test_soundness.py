"""Without the refuter nothing false is proved: conditions and maxima with one mistake."""

from __future__ import annotations

from random import Random

import pytest

from symgrad import equivalent, read
from symgrad.derivation.completion import complete
from symgrad.equivalence import proved
from symgrad.program import Program
from symgrad.refutation.refute import refute
from symgrad.refutation.witness import Witness

GIVEN = read("input a\ninput b\ninput c")
FORMS = (
    "({x} + {y})",
    "({x} - {y})",
    "({x})*({y})",
    "max({x}, {y})",
    "min({x}, {y})",
    "abs({x})",
    "relu({x})",
    "[{x} > {y}]*({x})",
    "where({x} > {y}, {x}, {y})",
    "exp({x})",
    "tanh({x})",
    "sigma({x})",
)
MISTAKES = (
    ("max", "min"),
    ("min", "max"),
    ("+", "-"),
    ("-", "+"),
    ("relu", "abs"),
    ("abs", "relu"),
    ("a", "b"),
    ("tanh", "sigma"),
    (">", "<"),
    ("2", "1"),
)


def expression(random: Random, depth: int) -> str:
    if not depth:
        return random.choice("abc12")
    x, y = (expression(random, depth - 1) for _ in range(2))
    return random.choice(FORMS).format(x=x, y=y)


def mistaken(random: Random, text: str) -> str:
    right, wrong = random.choice(MISTAKES)
    places = [n for n in range(len(text)) if text.startswith(right, n)]
    if not places:
        return text
    place = random.choice(places)
    return text[:place] + wrong + text[place + len(right) :]


def program(text: str) -> Program:
    found = read(f"out = {text}", given=GIVEN)
    return found if found.given else Program(found.declarations, found.nests, GIVEN)


VECTORS = "input a\ninput x[N]"
DATA = "input x[3] = [0, 1, 0]\ninput z[N]"


@pytest.mark.parametrize(
    ("given", "left", "right"),
    [
        (
            VECTORS,
            "for i in 2..N: v[i] = x[i]\nout = a + sum(i in 2..N, v[i])",
            "for i in 2..N: v[i] = x[i]\nout = [N >= 2]*a + sum(i in 2..N, v[i])",
        ),
        (
            VECTORS,
            "for i in 1..N: u[i] = x[i]; v[i] = a\nfor i in 1..N: out[i] = u[N]/u[N]",
            "for i in 2..N: u[i] = x[i]; v[i] = a\nfor i in 1..N: out[i] = u[N]/u[N]",
        ),
        (
            DATA,
            "for i in 1..N: out[i] = [i == argmax(k in 1..3, x[k])]",
            "for i in 1..N: out[i] = 0*z[i]",
        ),
        (
            "input x[2] = [0, 1]\ninput a",
            "s = argmax(k in 1..2, x[k])\nout[s] = a",
            "out[1] = 0",
        ),
    ],
    ids=["an empty axis", "nothing by nothing", "a place of any size", "a place that is held"],
)
def test_what_is_false_at_some_extent_or_place_is_not_proved(
    given: str, left: str, right: str
) -> None:
    forward = read(given)
    one, other = (complete(read(text, given=forward), forward) for text in (left, right))
    assert proved(one, other, ("out",)) is None


def test_a_mistake_that_changes_a_value_is_never_proved_harmless() -> None:
    found = 0
    for seed in range(50):
        random = Random(f"soundness {seed}")
        text = expression(random, 3)
        wrong = mistaken(random, text).replace("bbs", "abs").replace("tbnh", "tanh")
        if wrong == text or any(name in wrong for name in ("mbx", "sigmb")):
            continue
        sides = (program(text), program(wrong))
        if proved(*sides, ("out",)) is not None:
            assert not isinstance(refute(*sides, ("out",)), Witness), (seed, text, wrong)
            found += 1
    assert found, "some mistakes are harmless, and proved to be"


def test_axes_of_a_forward_pass_have_places() -> None:
    """N = 1 is not looked at where the forward pass has an array over 2..N; an answer may have."""
    array = "for i in 2..N: v[i] = x[i]"
    left, right = (f"out = {one}a + sum(i in 2..N, v[i])" for one in ("", "[N >= 2]*"))
    assert equivalent(left, right, given=f"{VECTORS}\n{array}").status == "equal"
    left, right = (f"{array}\n{side}" for side in (left, right))
    found = equivalent(left, right, given=VECTORS, targets=["out"])
    assert found.witness is not None and found.witness.extents == {"N": 1}
