"""Accesses that can leave an axis are refused, with the smallest example; all others pass."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
import sympy
from sympy import Expr, Integer
from sympy.logic.boolalg import Boolean

from symgrad import StudentError, read
from symgrad.evaluation.arithmetic import RATIONALS
from symgrad.evaluation.evaluate import Cells, evaluate
from symgrad.evaluation.values import OutsideAxis
from symgrad.expressions import element, extent, index
from symgrad.program import Axis, Input, Loop, Nest, Program, Statement
from symgrad.sets.access import MOST_TRIED, _sizes, check_accesses
from symgrad.sets.integers import Integers

CONVOLUTION = """input I[H, W]
input K[h, w]
assume H >= h
assume W >= w
output J
for i in 1..H-h+1, j in 1..W-w+1, l, m: J[i, j] += I[i+l-1, j+m-1] * K[l, m]"""


def refusal(text: str, given: str = "") -> StudentError:
    with pytest.raises(StudentError) as caught:
        read(text, given=read(given) if given else None)
    assert caught.value.kind == "shape"
    return caught.value


def test_the_message_names_the_expression_the_value_and_the_smallest_extents() -> None:
    error = refusal(CONVOLUTION.replace("i+l-1", "i+l"))
    assert error.message == (
        "I[i + l, j + m - 1] leaves its first axis 1..H: i + l reaches H + 1 "
        "(for example H = 1, h = 1, i = 1, l = 1)"
    )
    assert (error.line, error.source[error.column - 1 :][:6]) == (6, "I[i+l,")


def test_an_access_below_an_axis_is_refused() -> None:
    error = refusal(CONVOLUTION.replace("j+m-1", "j+m-2"))
    assert "leaves its second axis 1..W: j + m - 2 reaches 0" in error.message


def test_the_only_axis_is_not_counted() -> None:
    error = refusal("input x[N]\nfor i in 1..N: y[i] = x[i+1]")
    assert error.message == (
        "x[i + 1] leaves its axis 1..N: i + 1 reaches N + 1 (for example N = 1, i = 1)"
    )


def test_the_convolution_of_the_notes_stays_inside() -> None:
    read(CONVOLUTION)


GATHERS = {
    "exact bounds": "for p in 1..H, q in 1..W: I.grad[p, q] = sum(l in max(1, p+h-H)..min(p, h), "
    "m in max(1, q+w-W)..min(q, w), K[l, m] * J.grad[p-l+1, q-m+1])",
    "brackets guard their product": "for p, q, l, m: I.grad[p, q] += [1 <= p-l+1 <= H-h+1] * "
    "K[l, m] * J.grad[p-l+1, q-m+1] * [1 <= q-m+1 <= W-w+1]",
    "a guard": "for p, q, l, m if 1 <= p-l+1 <= H-h+1 and 1 <= q-m+1 <= W-w+1: "
    "I.grad[p, q] += K[l, m] * J.grad[p-l+1, q-m+1]",
    "the condition of a sum": "for p, q: I.grad[p, q] = sum(l, m if 1 <= p-l+1 <= H-h+1 and "
    "1 <= q-m+1 <= W-w+1, K[l, m] * J.grad[p-l+1, q-m+1])",
    "a branch": "for p, q, l, m: I.grad[p, q] += where(1 <= p-l+1 <= H-h+1 and "
    "1 <= q-m+1 <= W-w+1, K[l, m] * J.grad[p-l+1, q-m+1], 0)",
}


@pytest.mark.parametrize("text", GATHERS.values(), ids=GATHERS.keys())
def test_only_what_is_evaluated_counts(text: str) -> None:
    read(text, given=read(CONVOLUTION))


@pytest.mark.parametrize("text", GATHERS.values(), ids=GATHERS.keys())
def test_a_condition_that_is_too_wide_is_refused(text: str) -> None:
    wider = text.replace("H-h+1", "H-h+2").replace("max(1, p+h-H)", "max(1, p+h-H-1)")
    assert (
        "J.grad[p - l + 1, q - m + 1] leaves its first axis" in refusal(wider, CONVOLUTION).message
    )


def test_the_other_branch_is_read_where_the_condition_fails() -> None:
    given = "input x[N]\noutput y\nfor i: y[i] = x[i]"
    read("for i: x.grad[i] = where(i == N, 0, y.grad[i+1])", given=read(given))
    assert "leaves" in refusal("for i: x.grad[i] = where(i == N, y.grad[i+1], 0)", given).message


def test_conditions_on_indices_are_decided_before_those_on_data() -> None:
    read("input x[N]\nfor i if i > 1 and x[i-1] > 0: y[i] = x[i]")
    read("input x[N]\nfor i: y[i] = [i > 1] * [x[i-1] > 0] * x[i]")
    read("input x[N]\nfor i if i == 1 or x[i-1] > 0: y[i] = x[i]")
    refusal("input x[N]\nfor i if x[i-1] > 0: y[i] = x[i]")


def test_a_condition_on_data_never_excuses_an_access() -> None:
    refusal("input x[N]\nfor i if x[i] > 0: y[i] = x[i+1]")


def test_a_condition_on_a_sum_of_data_excuses_none_either() -> None:
    with pytest.raises(StudentError, match=r"x\[0\] leaves its axis"):
        read("input x[N]\ny = where(sum(i, x[i]) > 0, x[1], x[0])")


def test_an_auxiliary_takes_its_axes_from_its_use() -> None:
    given = read("input x[N]\noutput y\nfor i: y[i] = x[i]")
    read("for i: a[i+1] = y.grad[i]\nfor i: x.grad[i] = a[i] + a[i+2]", given=given)


def test_a_label_reaches_all_of_its_range() -> None:
    read("input E[K, D]\ninput y in 1..K\nfor d: z[d] = E[y, d]")
    error = refusal("input E[K, D]\ninput y in 1..K+1\nfor d: z[d] = E[y, d]")
    assert "E[y, d] leaves its first axis 1..K" in error.message
    assert "y = 2" in error.message


def test_pooling_needs_the_extents_to_fit() -> None:
    pool = "for i in 1..P: y[i] = max(a in 0..1, x[2*i-a])"
    read(f"input x[H]\nassume H == 2*P\n{pool}")
    read(f"input x[2*P+1]\n{pool}")
    assert "2 * i - a" in refusal(f"input x[H]\nassume H >= P\n{pool}").message


def test_products_of_extents_are_decided_on_small_ones() -> None:
    read("input x[P*Q]\nfor i in 1..P, j in 1..Q: y[i, j] = x[(i-1)*Q+j]")
    error = refusal("input x[P*Q]\nfor i in 1..P, j in 1..Q: y[i, j] = x[i*Q+j]")
    assert "P = 1, Q = 1, i = 1, j = 1" in error.message


def test_an_inner_index_hides_an_outer_one() -> None:
    within = "input x[N]\ninput w[2*N]\nfor i in 1..N: y[i] = x[i] * sum(i in 1..2*N, w[i])"
    read(within)
    assert "i reaches 2 * N" in refusal(within.replace("w[i])", "x[i])")).message


POSITIONS: list[Expr] = [index("i"), index("j"), index("i") + 1, index("i") + index("j") - 1]
POSITIONS += [index("i") - index("j"), 2 * index("i") - 1, sympy.ceiling(index("i") / 2)]
RANGES = [(1, "N"), (2, "N"), (0, "N"), (1, "M")]


@pytest.mark.parametrize("seed", range(60))
def test_refused_exactly_when_the_literal_run_leaves_an_axis(seed: int) -> None:
    """The oracle runs the program on all small extents; two axes, random ranges and guards."""
    random = Random(seed)
    n, m, i, j = extent("N"), extent("M"), index("i"), index("j")
    sizes = {"N": n, "M": m}
    loops = []
    for symbol in (i, j):
        lower, upper = random.choice(RANGES)
        loops.append(Loop(symbol, Integer(lower), sizes[upper]))
    if random.random() < 0.3:
        loops[1] = Loop(j, Integer(1), i)
    guard = random.choice(
        [sympy.true, sympy.Lt(j, i, evaluate=False), sympy.Ne(i, 1, evaluate=False)]
    )
    axis = random.choice([n, n + m, 2 * n, n + m - 1])
    value = element("x", random.choice(POSITIONS))
    program = Program(
        (Input("x", (Axis(axis),)), Input("z", (Axis(n), Axis(m)))),
        (Nest(tuple(loops), (Statement(element("s"), "+=", value),), guard),),
    )
    leaves = False
    for a, b in product(range(1, 5), repeat=2):
        extents = {"N": a, "M": b}
        size = int(axis.xreplace({n: Integer(a), m: Integer(b)}))
        cells: Cells = {(spot,): 0 for spot in range(1, size + 1)}
        try:
            evaluate(program, extents, {"x": cells, "z": {}}, RATIONALS)
        except OutsideAxis:
            leaves = True
    if leaves:
        with pytest.raises(StudentError):
            check_accesses(program)
    else:
        check_accesses(program)


def test_an_access_at_a_product_of_indices_costs_few_questions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No choice of extents makes i*l affine, so one is enough to see that; six would be 4096."""
    asked = []
    linear = Integers.is_linear

    def counted(integers: Integers, condition: Boolean) -> bool:
        asked.append(condition)
        return linear(integers, condition)

    monkeypatch.setattr(Integers, "is_linear", counted)
    read(
        "input x[A, B, C, D, E, F]\n"
        "for i in 1..A, l in 1..B, c in 1..C, d in 1..D, e in 1..E, f in 1..F:"
        " y[i] += x[i*l - i*l + 1, l*c, c*d, d*e, e*f, f*i]"
    )
    assert len(asked) < 500
    assert len(list(_sizes(6))) < 2 * MOST_TRIED


def test_a_product_of_extents_is_tried_at_small_extents() -> None:
    error = refusal("input x[P*Q]\nfor p in 1..P, q in 1..Q: y[p] += x[p*Q + 1] * q")
    assert "leaves its axis" in error.message
