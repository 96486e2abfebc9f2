"""Scatters as closed sums: exact bounds, one statement per array, the same values."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import pytest
import scatters

from symgrad import derive, read
from symgrad.evaluation.arithmetic import RATIONALS
from symgrad.evaluation.evaluate import evaluate
from symgrad.forms.gather import gather
from symgrad.program import Program

CONVOLUTION = read(
    "input I[H, W]\ninput K[h, w]\nassume H >= h\nassume W >= w\noutput J\n"
    "for i in 1..H-h+1, j in 1..W-w+1, l, m: J[i, j] += I[i+l-1, j+m-1] * K[l, m]"
)

SCATTERS = {
    "convolution, as the notes print it": (
        "input I[H, W]\ninput K[h, w]\nassume H >= h\nassume W >= w\noutput J\n"
        "for i in 1..H-h+1, j in 1..W-w+1, l, m: J[i, j] += I[i+l-1, j+m-1] * K[l, m]",
        "for i in 1..H-h+1, j in 1..W-w+1, l, m: I.grad[i+l-1, j+m-1] += K[l, m] * J.grad[i, j]",
        "for p, q: I.grad[p, q] = sum(l in max(1, p + h - H)..min(p, h), "
        "m in max(1, q + w - W)..min(q, w), K[l, m] * J.grad[p - l + 1, q - m + 1])",
    ),
    "the other operand of a convolution": (
        "input I[H]\ninput K[h]\nassume H >= h\noutput J\n"
        "for i in 1..H-h+1, l: J[i] += I[i+l-1] * K[l]",
        "for i in 1..H-h+1, l: K.grad[l] += I[i+l-1] * J.grad[i]",
        "for l: K.grad[l] = sum(i, I[i + l - 1] * J.grad[i])",
    ),
    "stride 2": (
        "input I[2*P+h-2]\ninput K[h]\noutput J\nfor i in 1..P, l: J[i] += I[2*i+l-2] * K[l]",
        "for i in 1..P, l: I.grad[2*i+l-2] += K[l] * J.grad[i]",
        "for p: I.grad[p] = sum(i in max(1, ceil((p - h)/2) + 1)..min(floor((p + 1)/2), P), "
        "K[p - 2 * i + 2] * J.grad[i])",
    ),
    "dilation 2": (
        "input I[H]\ninput K[h]\nassume H >= 2*h-1\noutput J\n"
        "for i in 1..H-2*h+2, l: J[i] += I[i+2*l-2] * K[l]",
        "for i in 1..H-2*h+2, l: I.grad[i+2*l-2] += K[l] * J.grad[i]",
        "for p: I.grad[p] = sum(l in max(1, ceil((p - H)/2) + h)..min(floor((p + 1)/2), h), "
        "K[l] * J.grad[p - 2 * l + 2])",
    ),
    "pooling: the window is known": (
        "input x[2*P]\noutput y\nfor i in 1..P: y[i] = max(a in 0..1, x[2*i-a])",
        "for i in 1..P, a in 0..1: x.grad[2*i-a] += [x[2*i-a] == y[i]] * y.grad[i]",
        "for p: x.grad[p] = [x[p] == y[ceil(p/2)]] * y.grad[ceil(p/2)]",
    ),
    "every second element": (
        "input x[2*P]\noutput y\nfor i in 1..P: y[i] = x[2*i]",
        "for i in 1..P: x.grad[2*i] += y.grad[i]",
        "for p: x.grad[p] = [mod(p, 2) == 0] * y.grad[ceil(p/2)]",
    ),
    "triangular loops": (
        "input x[N]\noutput y\nfor i in 1..N, j in 1..i: y[i] += x[j]",
        "for i, j in 1..i: x.grad[j] += y.grad[i]",
        "for j: x.grad[j] = sum(i in j..N, y.grad[i])",
    ),
    "a matrix product": (
        "input A[N, K]\ninput B[K, M]\noutput C\nfor i, j, k: C[i, j] += A[i, k] * B[k, j]",
        "for i, j, k: A.grad[i, k] += C.grad[i, j] * B[k, j]",
        "for i, k: A.grad[i, k] = sum(j, C.grad[i, j] * B[k, j])",
    ),
    "a transposition": (
        "input A[N, M]\noutput B\nfor i, j: B[j, i] = A[i, j]",
        "for i, j: A.grad[i, j] += B.grad[j, i]",
        "for i, j: A.grad[i, j] = B.grad[j, i]",
    ),
    "an embedding": (
        "input E[K, D]\ninput y[N] in 1..K\noutput z\nfor n, d: z[n, d] = E[y[n], d]",
        "for n, d: E.grad[y[n], d] += z.grad[n, d]",
        "for p, d: E.grad[p, d] = sum(n if y[n] == p, z.grad[n, d])",
    ),
    "one label": (
        "input x[K]\ninput y in 1..K\noutput L\nL = x[y]",
        "x.grad[y] += L.grad",
        "for p: x.grad[p] = [y == p] * L.grad",
    ),
    "a guard on data": (
        "input x[N]\noutput y\nfor i: y[i] = relu(x[i])",
        "for i if x[i] > 0: x.grad[i] += y.grad[i]",
        "for i: x.grad[i] = [x[i] > 0] * y.grad[i]",
    ),
    "several updates become one sum": (
        "input x[N]\noutput y\nfor i in 1..N-1: y[i] = x[i+1] - x[i]",
        "for i in 1..N-1: x.grad[i+1] += y.grad[i]; x.grad[i] -= y.grad[i]",
        "for p in 1..N: x.grad[p] = [p >= 2] * y.grad[p - 1] - [N >= p + 1] * y.grad[p]",
    ),
    "one element of an axis": (
        "input x[N]\noutput y\ny = x[1] * sum(n, x[n])",
        "x.grad[1] += sum(n, x[n]) * y.grad",
        "x.grad[1] = sum(n, x[n]) * y.grad",
    ),
    "an index that the target has twice": (
        "input A[N, N]\noutput t\nfor i: t += A[i, i]",
        "for i: A.grad[i, i] += t.grad",
        "for i, p: A.grad[i, p] = [i == p] * t.grad",
    ),
    "an index that only repeats": (
        "input x[N]\ninput z[M]\noutput y\nfor i, j in 1..M: y[i] += x[i]",
        "for i, j in 1..M: x.grad[i] += y.grad[i]",
        "for i: x.grad[i] = sum(j in 1..M, y.grad[i])",
    ),
}


@pytest.mark.parametrize("given, scatter, expected", SCATTERS.values(), ids=SCATTERS.keys())
def test_a_scatter_as_a_closed_sum(given: str, scatter: str, expected: str) -> None:
    forward = read(given)
    closed = gather(read(scatter, given=forward))
    assert str(closed) == expected
    assert read(expected, given=forward) == closed


def gradients(program: Program, sizes: dict[str, int]) -> object:
    random = Random(1)
    boxes = {
        "I": [(p, q) for p in range(1, sizes["H"] + 1) for q in range(1, sizes["W"] + 1)],
        "K": [(p, q) for p in range(1, sizes["h"] + 1) for q in range(1, sizes["w"] + 1)],
        "J.grad": [
            (p, q)
            for p in range(1, sizes["H"] - sizes["h"] + 2)
            for q in range(1, sizes["W"] - sizes["w"] + 2)
        ],
    }
    values: dict[str, dict[tuple[int, ...], Any]] = {
        name: {spot: Fraction(random.randint(-9, 9)) for spot in spots}
        for name, spots in boxes.items()
    }
    state = evaluate(program, sizes, values, RATIONALS)
    return state["I.grad"], state["K.grad"]


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (4, 3, 2, 3), (5, 4, 5, 1), (3, 6, 1, 2)])
def test_the_convolution_keeps_its_gradients(sizes: tuple[int, ...]) -> None:
    extents = dict(zip("HWhw", sizes, strict=True))
    backward = derive(CONVOLUTION)
    assert gradients(gather(backward), extents) == gradients(backward, extents)


def test_target_indices_avoid_the_names_of_the_program() -> None:
    given = read(
        "input x[H]\ninput q[h]\nassume H >= h\noutput p\n"
        "for i in 1..H-h+1, l: p[i] += x[i+l-1] * q[l]"
    )
    closed = gather(derive(given))
    assert "for r: x.grad[r] = " in str(closed)
    assert read(str(closed), given=given) == closed


def test_an_array_is_still_complete_before_it_is_read() -> None:
    given = read("input x[N]\noutput y\nfor i: a[i] = exp(x[i])\nfor i: y[i] = a[i] * x[i]")
    lines = str(gather(derive(given))).splitlines()
    assert [line.split(" = ")[0] for line in lines] == ["for i: a.grad[i]", "for i: x.grad[i]"]
    assert lines[1].count("grad") == 3


def test_what_cannot_be_separated_is_left_as_it_is() -> None:
    given = read("input x[N]\noutput y\nfor i: y[i] = x[i]")
    carried = read("for i in 2..N: e[i] += e[i-1] + y.grad[i]", given=given)
    assert gather(carried) is carried


def test_gathering_twice_changes_nothing() -> None:
    closed = gather(derive(CONVOLUTION))
    assert gather(closed) == closed


@pytest.mark.parametrize("seed", range(40))
def test_a_closed_sum_agrees_with_the_literal_run(seed: int) -> None:
    """Random targets, ranges, guards and values; extents from 1, ranges that may be empty."""
    program = scatters.scatter(Random(seed))
    closed = gather(program)
    assert scatters.is_closed(closed)
    for sizes in ((1, 1), (1, 3), (3, 2), (3, 4)):
        assert scatters.results(closed, sizes) == scatters.results(program, sizes), f"{closed}"
