"""Without the refuter nothing false is proved: conditions and maxima with one mistake."""

from __future__ import annotations

from random import Random

from symgrad import read
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
