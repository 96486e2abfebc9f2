"""A slip is named in the same words in every exercise, with the line and the place of it.

Each rule of what is said stands in tests/answers/slips.toml, with three exercises.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from symgrad import StudentError, read
from symgrad.course.exercise import exercise
from symgrad.reading.slips.characters import CHARACTERS, named
from symgrad.reading.slips.messages import RULES
from symgrad.reading.syntax.lookalikes import SIGNS

TABLE = Path(__file__).parent / "answers" / "slips.toml"
SLIPS = tomllib.loads(TABLE.read_text(encoding="utf-8"))["slip"]
CASES = [(slip, *case) for slip in SLIPS for case in slip["cases"]]

ANSWERS = {
    "softmax a": "for b, j: s.grad[b, j] += p.grad[b, j] {} p[b, j]",
    "linear a": "for j, k: omega.grad[j, k] = z[j] {} u.grad[k]",
    "l2-loss a": "for i: Yp.grad[i] = Yp[i] {} Y[i]",
}
"""Statements with room for a sign."""


def refused(id: str, part: str, text: str) -> StudentError:
    """What is said of an answer, or of a forward pass, on its second line."""
    found = exercise(id)
    given = None if part == "forward" else found.part(part).forward
    with pytest.raises(StudentError) as caught:
        read(f"\n{text}", given, aliases=found.names)
    return caught.value


@pytest.mark.parametrize(
    ("slip", "id", "part", "text", "word"), CASES, ids=[f"{c[0]['name']} {c[1]}" for c in CASES]
)
def test_a_slip_is_named(slip: dict[str, Any], id: str, part: str, text: str, word: str) -> None:
    error = refused(id, part, text)
    said = f"{error.message} ({error.hint})" if error.hint else error.message
    found = {"message": error.message, "hint": error.hint, "said": said}
    assert error.rule == slip["name"]
    for kind in slip.keys() & found.keys():
        assert found[kind] == slip[kind].replace("{0}", word)
    assert error.source == (f"\n{text}").split("\n")[error.line - 1]
    assert "\n" not in str(error)
    shown, marks = error.excerpt().split("\n")
    assert set(marks.strip()) == {"^"} and len(marks) <= len(shown) + 1


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip["name"])
def test_every_slip_is_tried_in_three_exercises(slip: dict[str, Any]) -> None:
    assert len({case[0] for case in slip["cases"]}) >= 3


def test_every_rule_is_in_the_table_or_about_one_character() -> None:
    about_one = {f"the character {named(sign)}" for sign in CHARACTERS}
    assert {rule.name for rule in RULES} - about_one == {slip["name"] for slip in SLIPS}
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("place", ANSWERS)
@pytest.mark.parametrize("sign", CHARACTERS, ids=named)
def test_a_character_of_another_notation_is_named(place: str, sign: str) -> None:
    id, part = place.split()
    error = refused(id, part, ANSWERS[place].format(f"{sign}1 *"))
    assert error.rule == f"the character {named(sign)}"
    assert (error.message, error.hint) == CHARACTERS[sign]


@pytest.mark.parametrize("place", ANSWERS)
@pytest.mark.parametrize("sign", [one for one in SIGNS if SIGNS[one] in "-*·/"], ids=named)
def test_a_look_alike_of_a_sign_is_read_as_the_sign(place: str, sign: str) -> None:
    id, part = place.split()
    given = exercise(id).part(part).forward
    written, meant = (ANSWERS[place].format(one) for one in (sign, SIGNS[sign]))
    assert read(written, given) == read(meant, given)


def test_the_whole_word_is_marked() -> None:
    error = refused("linear", "a", "for j: z.grad[j] = sum(k, omega[j] * u.grad[k])")
    shown, marks = error.excerpt().split("\n")
    assert shown[marks.index("^") : len(marks)] == "omega"
    wide = StudentError("", kind="syntax", column=4, source="\tｘ x̂")
    assert wide.excerpt().split("\n")[1] == "\t   ^"
