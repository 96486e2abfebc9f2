"""What is noted as nowhere negative is so at every point, and what may be negative is not noted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad import equivalent, read
from symgrad.proof.facts import Facts
from symgrad.proof.terms import Poly

FORWARD = read("input u[N]\ninput v[N]\ninput a\ninput b\nassume b > 0")

PARTS = ("u[i]", "v[i]", "a", "mean(u)", "sum(k, u[k]*v[k])", "b", "2")


@st.composite
def squares(draw: st.DrawFn) -> str:
    """Sums of squares of linear combinations, under sums and before positive factors."""
    chosen = draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=3, unique=True))
    signs = draw(st.lists(st.sampled_from("+-"), min_size=3, max_size=3))
    inner = " ".join(f"{sign} {part}" for sign, part in zip(signs, chosen, strict=False))
    square = draw(st.sampled_from(["({0})^2", "b*({0})*({0})", "({0})^2/N", "({0})^4 + b"]))
    return f"sum(i in 1..N, {square.format('0 ' + inner)})"


@settings(max_examples=12, deadline=None)
@given(squares())
def test_a_root_of_a_sum_of_squares_squared_is_the_sum(text: str) -> None:
    """The root has a value everywhere, whatever the sum looks like multiplied out."""
    verdict = equivalent(f"out = sqrt({text})^2", f"out = {text}", given=FORWARD)
    assert verdict.proof is not None and verdict.proof.replay()


@pytest.mark.parametrize(
    "text",
    [
        "sum(i, u[i]^2) - a^2",
        "sum(i, (u[i] - a)^3)",
        "sum(i, (u[i] - a)^2) - b",
        "a*sum(i, (u[i] - a)^2)",
        "sum(i, (u[i] - a)^2*(v[i] - a))",
        "sum(i, u[i]^2) - sum(i, u[i])^2",
    ],
)
def test_what_may_be_negative_keeps_its_demand(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[Poly] = []
    monkeypatch.setattr(Facts, "note", lambda _, poly, __: noted.append(poly))
    verdict = equivalent(f"out = sqrt({text})^2", f"out = {text}", given=FORWARD)
    assert verdict.status == "different"
    assert not noted


def test_names_of_free_indices_and_positive_numbers_before_do_not_matter() -> None:
    left = "for i: out[i] = sqrt(sum(k, (u[k] - v[i])^2))"
    right = "for j in 1..N: out[j] = sqrt(3*sum(k, u[k]^2) - 6*v[j]*sum(k, u[k]) + 3*N*v[j]^2)"
    verdict = equivalent(left, f"{right}/sqrt(3)", given=FORWARD)
    assert verdict.status == "equal"


def test_comparing_with_what_is_noted_comes_to_an_end() -> None:
    """Conditions within a noted square have signs of their own, which are asked for as it is put
    under other names.
    """
    fixed = read("input a\ninput x[3] = [1, -2, 0]")
    gap = "a*a + (x[4-j] + 2)"
    left = f"out[i] = [{gap} <= x[i] or x[j] == 0]"
    right = f"out[i] = sqrt([-(x[i] - ({gap})) <= 0 or exp(x[j]) == exp(0)]^2)"
    one, other = (f"for i in 1..3, j in 1..3: {side}" for side in (left, right))
    assert equivalent(one, other, given=fixed)
