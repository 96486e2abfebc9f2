"""Random scatters into the gradients of inputs: shifted, scaled, triangular and guarded."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from random import Random

import sympy
from sympy import Expr, Integer

from symgrad.evaluation.arithmetic import RATIONALS
from symgrad.evaluation.evaluate import evaluate
from symgrad.expressions import add, element, extent, index, mul
from symgrad.heads import Bracket, SumOver
from symgrad.program import Axis, Input, Loop, Nest, Operator, Output, Program, Statement

N, M = extent("N"), extent("M")
i, j, k, m = (index(name) for name in "ijkm")
ONE = Integer(1)

LONG = 4 * N + 4 * M + 4
DECLARED = Program(
    (
        Input("x", (Axis(LONG, -LONG),)),
        Input("X", (Axis(LONG, -LONG), Axis(LONG, -LONG))),
        Input("u", (Axis(LONG, -LONG),)),
        Input("c", (Axis(N),), values=Axis(N)),
        Output("y"),
    ),
    (Nest((Loop(i, ONE, N),), (Statement(element("y", i), "=", element("u", i)),)),),
)

LOOPS: list[list[Loop]] = [
    [Loop(i, ONE, N), Loop(i, Integer(2), N), Loop(i, Integer(0), ONE), Loop(i, ONE, N - 1)],
    [
        Loop(j, ONE, M),
        Loop(j, ONE, i),
        Loop(j, i, N),
        Loop(j, sympy.Max(1, i - 1), sympy.Min(N, M)),
    ],
    [Loop(m, ONE, Integer(2)), Loop(m, j, M), Loop(m, ONE, sympy.floor(N / 2)), Loop(m, i, i + j)],
]
SPOTS: list[list[Expr]] = [
    [i, i + 1, 2 * i, 2 * i - 1, N - i, 3 * i - N, ONE, sympy.floor(i / 2), element("c", ONE)],
    [j, i + j - 1, i - j, 2 * i - j, 2 * i + 2 * j, 3 * j - 2 * i, i + 2 * j - 2, sympy.Mod(j, 2)],
    [m, i + m, i + j + m, 2 * i - m, j - m, 2 * j + 3 * m, i + 2 * m - 2, sympy.ceiling(m / 2)],
]


def scatter(random: Random, *, convolutions: bool = False) -> Program:
    """One or two nests that add to one gradient; `convolutions` are products on plain ranges."""
    name, rank = random.choice([("x", 1), ("X", 2)])
    kind = _convolution if convolutions else _nest
    nests = tuple(kind(random, f"{name}.grad", rank) for _ in range(random.randint(1, 2)))
    return Program((), nests, DECLARED)


def _convolution(random: Random, name: str, rank: int) -> Nest:
    loops = (Loop(i, ONE, N), Loop(j, ONE, random.choice([N, M])), Loop(m, ONE, Integer(2)))
    spots = [i + j - 1, i - j, i + 2 * j, j - i, i + j + m, i + 2 * m, m - 2 * j + i]
    target = element(name, *random.sample(spots, 1), *random.sample([j, m, ONE, i + m], rank - 1))
    value = mul(element("y.grad", i), element("u", j), element("u", m))
    return Nest(loops, (Statement(target, "+=", value),))


def _nest(random: Random, name: str, rank: int) -> Nest:
    depth = random.randint(1, 3)
    loops = tuple(random.choice(LOOPS[n]) for n in range(depth))
    spots = [spot for n in range(depth) for spot in SPOTS[n]]
    target = element(name, *(random.choice(spots) for _ in range(rank)))
    op: Operator = random.choice(["+=", "-="])
    statement = Statement(target, op, _value(random, loops))
    return Nest(loops, (statement,), random.choice(list(_guards(depth))))


def _guards(depth: int) -> Iterator[sympy.logic.boolalg.Boolean]:
    yield from [sympy.true] * 4
    yield sympy.Gt(element("u", i), 0, evaluate=False)
    yield sympy.Ne(i, 2, evaluate=False)
    if depth > 1:
        yield sympy.Eq(i, j, evaluate=False)
        yield sympy.Le(i + j, N, evaluate=False)
        yield sympy.Eq(sympy.Mod(i + j, 2), 0, evaluate=False)


def _value(random: Random, loops: tuple[Loop, ...]) -> Expr:
    own = [i, j, m][: len(loops)]
    name = "u" if loops[0].lower == 0 else "y.grad"
    factors: list[Expr] = [element(name, i)]
    for symbol in own[1:]:
        factor = element("u", symbol)
        factors.append(factor if random.random() < 0.5 else add(Integer(3), factor))
    if random.random() < 0.3:
        condition = sympy.Le(own[-1], 1, evaluate=False)
        factors.append(Bracket(condition))
    value = mul(*factors)
    if random.random() < 0.3:
        value = SumOver.over([(k, own[-1], N)], mul(element("u", k), value))
    return value


def values(extents: dict[str, int]) -> dict[str, dict[tuple[int, ...], Fraction]]:
    random = Random(0)
    n = extents["N"]
    long = 4 * n + 4 * extents["M"] + 4
    spots = range(-long, long + 1)
    return {
        "x": dict.fromkeys(product(spots), Fraction(0)),
        "X": dict.fromkeys(product(spots, spots), Fraction(0)),
        "u": {(spot,): Fraction(random.randint(-9, 9)) for spot in spots},
        "y.grad": {(spot,): Fraction(random.randint(-9, 9)) for spot in range(1, n + 1)},
        "c": {(spot,): Fraction(random.randint(1, n)) for spot in range(1, n + 1)},
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
