"""Small random programs: interleaved bodies, `=` and `+=`, triangular and shifted ranges."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import sympy
from sympy import Expr, Integer

from symgrad.evaluation.arithmetic import RATIONALS
from symgrad.evaluation.evaluate import Cells, evaluate
from symgrad.expressions import add, array_of, element, extent, index, is_element, mul, rebuild
from symgrad.heads import SumOver
from symgrad.program import Axis, Input, Loop, Nest, Operator, Program, Statement

N, M = extent("N"), extent("M")
i, j, k = index("i"), index("j"), index("k")
ONE = Integer(1)

DECLARED = Program((Input("a", (Axis(N),)), Input("b", (Axis(N), Axis(M)))))

OUTER = [Loop(i, ONE, N), Loop(i, Integer(2), N), Loop(i, ONE, Integer(2)), Loop(i, ONE, N - 1)]
INNER = [Loop(j, ONE, M), Loop(j, ONE, i), Loop(j, i, N), Loop(j, ONE, Integer(3))]

SPOTS: dict[str, list[tuple[Expr, ...]]] = {
    "X": [(i,), (i + 1,), (i - 1,), (2 * i,), (2 * i + 1,), (ONE,)],
    "t": [()],
    "Z": [(i,), (ONE,), (i + 1,)],
}
SPOTS_2: dict[str, list[tuple[Expr, ...]]] = {
    "X": [(i,), (j,), (i + j,), (j - 1,)],
    "Y": [(i, j), (j, i), (i, j + 1)],
    "t": [()],
    "Z": [(i,), (j,)],
}


def program(random: Random) -> Program:
    nests = tuple(_nest(random) for _ in range(random.randint(1, 3)))
    written = {array_of(statement.target) for nest in nests for statement in nest.body}
    return Program((), tuple(_of_known(nest, written) for nest in nests), DECLARED)


def _of_known(nest: Nest, written: set[str]) -> Nest:
    """The nest with an input in the place of every array that nothing writes."""
    body = [Statement(item.target, item.op, _known(item.value, written)) for item in nest.body]
    return Nest(nest.loops, tuple(body), nest.guard)


def _known(expr: Any, written: set[str]) -> Any:
    if is_element(expr) and array_of(expr) not in written:
        return element("a", ONE)
    return rebuild(expr, lambda part: _known(part, written)) if expr.args else expr


def _nest(random: Random) -> Nest:
    loops = [random.choice(OUTER)]
    if random.random() < 0.5:
        loops.append(random.choice(INNER))
    spots = SPOTS_2 if len(loops) == 2 else SPOTS
    guard = sympy.Ne(i, 2, evaluate=False) if random.random() < 0.2 else sympy.true
    body = tuple(_statement(random, spots) for _ in range(random.randint(1, 3)))
    return Nest(tuple(loops), body, guard)


def _statement(random: Random, spots: dict[str, list[tuple[Expr, ...]]]) -> Statement:
    ops: list[Operator] = ["=", "+=", "-=", "*="]
    op = random.choices(ops, [4, 6, 2, 1])[0]
    return Statement(_element(random, spots), op, _value(random, spots))


def _element(random: Random, spots: dict[str, list[tuple[Expr, ...]]]) -> Expr:
    name = random.choice(sorted(spots))
    return element(name, *random.choice(spots[name]))


def _value(random: Random, spots: dict[str, list[tuple[Expr, ...]]]) -> Expr:
    if random.random() < 0.15:
        return Integer(0)
    terms = [mul(Integer(random.randint(1, 5)), i), *(_element(random, spots) for _ in range(2))]
    chosen = random.sample(terms, random.randint(1, 2))
    if random.random() < 0.2:
        chosen.append(SumOver.over([(k, ONE, i)], mul(k, element("Z", k))))
    return add(*chosen)


def values(extents: dict[str, int], random: Random) -> dict[str, dict[tuple[int, ...], Fraction]]:
    n, m = extents["N"], extents["M"]
    return {
        "a": {(p,): Fraction(random.randint(-9, 9)) for p in range(1, n + 1)},
        "b": {
            spot: Fraction(random.randint(-9, 9))
            for spot in product(range(1, n + 1), range(1, m + 1))
        },
    }


def results(whole: Program, sizes: tuple[int, int]) -> dict[str, Cells]:
    """What the literal evaluator computes, without the zeros."""
    extents = dict(zip("NM", sizes, strict=True))
    state = evaluate(whole, extents, values(extents, Random(0)), RATIONALS)
    return {
        name: {spot: value for spot, value in cells.items() if value != 0}
        for name, cells in state.items()
    }
