"""Numbers that are no fractions get the sign and the bounds that mpmath finds."""

from __future__ import annotations

import mpmath
import pytest

from symgrad import read
from symgrad.proof.comparison import Comparison, Question
from symgrad.proof.constants import bounds, sign
from symgrad.proof.terms import Poly
from symgrad.separation.separate import Separated, separate

GIVEN = read("input a")


def poly(text: str) -> Poly:
    """A number as the prover has it."""
    program = read(f"out = {text}", given=GIVEN)
    one = separate(program)
    given = separate(GIVEN)
    assert isinstance(one, Separated) and isinstance(given, Separated)
    left, _ = Comparison(Question(one, one, (given,), ("out",))).finals("out")
    return dict(left.poly)


NUMBERS = {
    "sqrt(3) - sqrt(2)": mpmath.sqrt(3) - mpmath.sqrt(2),
    "exp(1) - sqrt(7)": mpmath.e - mpmath.sqrt(7),
    "log(2) - 0.6931471": mpmath.log(2) - mpmath.mpf("0.6931471"),
    "2^(1/3) - 3^(1/4)": mpmath.mpf(2) ** (mpmath.mpf(1) / 3) - mpmath.mpf(3) ** 0.25,
    "sigma(2) - tanh(1) - 1/10": 1 / (1 + mpmath.exp(-2)) - mpmath.tanh(1) - 0.1,
    "sqrt(1 + sqrt(2)) - sin(1)*cos(2)": mpmath.sqrt(1 + mpmath.sqrt(2))
    - mpmath.sin(1) * mpmath.cos(2),
    "exp(-50)": mpmath.exp(-50),
}


@pytest.mark.parametrize("text", NUMBERS)
def test_the_sign_is_that_of_the_value(text: str) -> None:
    assert sign(poly(text)) == (1 if NUMBERS[text] > 0 else -1)


@pytest.mark.parametrize("text", ["a", "a - sqrt(2)", "exp(a)", "0"])
def test_what_is_no_number_has_no_sign(text: str) -> None:
    assert sign(poly(text)) == 0


BETWEEN = {
    "sqrt(2)": mpmath.sqrt(2),
    "exp(1)": mpmath.e,
    "exp(-50)": mpmath.exp(-50),
    "log(3)": mpmath.log(3),
    "tanh(1/2)": mpmath.tanh(0.5),
}


@pytest.mark.parametrize("text", BETWEEN)
def test_a_number_lies_between_close_bounds(text: str) -> None:
    ((key, _),) = poly(text).items()
    found = bounds(key)
    assert found is not None
    low, high = (mpmath.mpf(int(end.p)) / int(end.q) for end in found)
    assert low - 1e-14 <= BETWEEN[text] <= high + 1e-14
    assert high - low < 1e-12


def test_enormous_numbers_have_no_bounds() -> None:
    ((key, _),) = poly("exp(10^9)").items()
    assert bounds(key) is None
