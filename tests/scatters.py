"""Random scatters into the gradients of inputs: shifted, scaled, triangular and guarded."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from random import Random

import sympy
from sympy import Expr, Integer

from symgrad.arithmetic import RATIONALS
from symgrad.evaluate import evaluate
from symgrad.expressions import Bracket, Reduction, SumOver, add, element, extent, index, mul
from symgrad.program import Axis, Input, Loop, Nest, Program, Statement

N, M = extent("N"), extent("M")
i, j, k, l = (index(name) for name in "ijkl")
ONE = Integer(1)

LONG = 4 * N + 4 * M + 4
DECLARED = Program(
    (
        Input("x", (Axis(LONG, -LONG),)),
        Input("X", (Axis(LONG, -LONG), Axis(LONG, -LONG))),
        Input("u", (Axis(LONG, -LONG),)),
        Input("c", (Axis(N),), values=Axis(N)),
    )
)

LOOPS: list[list[Loop]] = [
    [Loop(i, ONE, N), Loop(i, Integer(2), N), Loop(i, Integer(0), ONE), Loop(i, ONE, N - 1)],
    [Loop(j, ONE, M), Loop(j, ONE, i), Loop(j, i, N), Loop(j, sympy.Max(1, i - 1), sympy.Min(N, M))],
    [Loop(l, ONE, Integer(2)), Loop(l, j, M), Loop(l, ONE, sympy.floor(N / 2)), Loop(l, i, i + j)],
]
SPOTS: list[list[Expr]] = [
    [i, i + 1, 2 * i, 2 * i - 1, N - i, 3 * i - N, ONE, sympy.floor(i / 2), element("c", ONE)],
    [j, i + j - 1, i - j, 2 * i - j, 2 * i + 2 * j, 3 * j - 2 * i, i + 2 * j - 2, sympy.Mod(j, 2)],
    [l, i + l, i + j + l, 2 * i - l, j - l, 2 * j + 3 * l, i + 2 * l - 2, sympy.ceiling(l / 2)],
]


def scatter(random: Random) -> Program:
    name, rank = random.choice([("x", 1), ("X", 2)])
    nests = tuple(_nest(random, f"{name}.grad", rank) for _ in range(random.randint(1, 2)))
    return Program((), nests, DECLARED)


def _nest(random: Random, name: str, rank: int) -> Nest:
    depth = random.randint(1, 3)
    loops = tuple(random.choice(LOOPS[n]) for n in range(depth))
    spots = [spot for n in range(depth) for spot in SPOTS[n]]
    target = element(name, *(random.choice(spots) for _ in range(rank)))
    op = random.choice(["+=", "-="])
    statement = Statement(target, op, _value(random, depth))  # type: ignore[arg-type]
    return Nest(loops, (statement,), random.choice(list(_guards(depth))))


def _guards(depth: int) -> Iterator[sympy.logic.boolalg.Boolean]:
    yield from [sympy.true] * 4
    yield sympy.Gt(element("u", i), 0, evaluate=False)
    yield sympy.Ne(i, 2, evaluate=False)
    if depth > 1:
        yield sympy.Eq(i, j, evaluate=False)
        yield sympy.Le(i + j, N, evaluate=False)
        yield sympy.Eq(sympy.Mod(i + j, 2), 0, evaluate=False)


def _value(random: Random, depth: int) -> Expr:
    own = [i, j, l][:depth]
    factors: list[Expr] = [element("u", *own[:1])]
    factors += [add(Integer(3), element("u", symbol)) for symbol in own[1:]]
    if random.random() < 0.3:
        condition = sympy.Le(own[-1], 1, evaluate=False)
        factors.append(Bracket(condition))
    value = mul(*factors)
    if random.random() < 0.3:
        value = SumOver.over([(k, own[-1], N)], mul(element("u", k), value))
    return value


def values(extents: dict[str, int]) -> dict[str, dict[tuple[int, ...], Fraction]]:
    random = Random(0)
    long = 4 * extents["N"] + 4 * extents["M"] + 4
    spots = range(-long, long + 1)
    return {
        "x": dict.fromkeys(product(spots), Fraction(0)),
        "X": dict.fromkeys(product(spots, spots), Fraction(0)),
        "u": {(spot,): Fraction(random.randint(-9, 9)) for spot in spots},
        "c": {(spot,): Fraction(random.randint(1, extents["N"])) for spot in range(1, extents["N"] + 1)},
    }


def results(program: Program, sizes: tuple[int, int]) -> dict[tuple[object, ...], object]:
    """The nonzero elements of the gradients, by the literal evaluator."""
    extents = dict(zip("NM", sizes, strict=True))
    state = evaluate(program, extents, values(extents), RATIONALS)
    return {
        (name, *spot): value
        for name, cells in state.items()
        if name.endswith(".grad")
        for spot, value in cells.items()
        if value != 0
    }


def is_closed(program: Program) -> bool:
    """Does every statement stand alone for its array, with indices that stand alone?"""
    names = [statement.target for _, statement in program.statements]
    return len(names) == len(set(names)) and not any(
        nest.body[0].op != "=" for nest in program.nests
    )


__all__ = ["Reduction", "is_closed", "results", "scatter", "values"]
