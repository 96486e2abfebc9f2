"""A change of names within an expression evaluates nothing but what is an index."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sympy import Expr, Integer, Symbol

from symgrad.expressions import add, call, divide, extent, index, mul, negate, power, rename, root

N, i, k = extent("N"), index("i"), index("k")
ONE, TWO = Integer(1), Integer(2)


@pytest.mark.parametrize(
    "build",
    [
        lambda n: mul(TWO, divide(n - 2, n - 2)),
        lambda n: add(ONE, divide(n - N, n - N)),
        lambda n: add(ONE, power(root(negate(n)), TWO)),
        lambda n: negate(power(call("exp", divide(call("log", negate(n)), TWO)), TWO)),
        lambda n: mul(Integer(0), call("log", n - 5)),
    ],
)
def test_a_value_of_indices_that_is_not_defined_everywhere_is_not_evaluated(
    build: Callable[[Symbol], Expr],
) -> None:
    """2 (i - 2) / (i - 2) has no value at i = 2, whatever the index is called."""
    before = build(i)
    assert str(rename(before, {i: k})) == str(build(k))
    assert rename(rename(before, {i: k}), {k: i}) == before


def test_an_index_expression_stays_canonical() -> None:
    assert rename(2 * i - k + N, {i: k + 1}) == k + N + 2
