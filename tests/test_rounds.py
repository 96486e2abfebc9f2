"""Rounds of a loop that stand apart are put in it again, where nothing sees the difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from random import Random

import pytest
import randomprograms
import sympy
from loops import Arrays, Loops, precise

from symgrad import equivalent, read
from symgrad.expressions import rename
from symgrad.program import Loop, Nest, Program, Statement
from symgrad.separation.rounds import rolled

GIVEN = read("input a[N]\ninput b[N, M]\ninput n in 1..N\nassume N >= 2")


TOGETHER = {
    "the last round": (
        "for i in 1..N-1, j: z[i] += b[i, j]\nfor j: z[N] += b[N, j]",
        "for i in 1..N, j: z[i] += b[i, j]",
    ),
    "the first round, of a running maximum": (
        "m = max(m, a[1])\nfor i in 2..N: m = max(m, a[i])",
        "for i in 1..N: m = max(m, a[i])",
    ),
    "an inner round": (
        "for i, j in 1..M-1: y[i, j] = b[i, j]^2\nfor i: y[i, M] = b[i, M]^2",
        "for i, j in 1..M: y[i, j] = b[i, j]^2",
    ),
    "two ranges": (
        "for i in 1..2: y[i] = exp(a[i])\nfor k in 3..N: y[k] = exp(a[k])",
        "for i in 1..N: y[i] = exp(a[i])",
    ),
    "bodies of several statements": (
        "for i in 1..N-1: h = a[i]; y[i] = h^2\nh = a[N]; y[N] = h^2",
        "for i in 1..N: h = a[i]; y[i] = h^2",
    ),
    "even and odd rounds": (
        "for i if mod(i, 2) == 1: y[i] = a[i]\nfor i if mod(i, 2) == 0: y[i] = a[i]",
        "for i: y[i] = a[i]",
    ),
    "the rounds before, at and behind one": (
        "for i if i < n: t += a[i]\nfor i if i == n: t += a[i]\nfor i if i > n: t += a[i]",
        "for i: t += a[i]",
    ),
    "a condition that all rounds share": (
        "for i if i != n and a[i] > 0: t += a[i]\nfor i if a[i] > 0 and i == n: t += a[i]",
        "for i if a[i] > 0: t += a[i]",
    ),
    "statements distributed before": (
        "for i in 1..N-1: h[i] = a[i]^2\nfor i in 1..N-1: y[i] = sin(h[i])\n"
        "h[N] = a[N]^2\ny[N] = sin(h[N])",
        "for i in 1..N: h[i] = a[i]^2\nfor i in 1..N: y[i] = sin(h[i])",
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_the_rounds_of_one_loop_are_one_loop(name: str) -> None:
    apart, together = TOGETHER[name]
    assert rolled(read(apart, given=GIVEN)).nests == read(together, given=GIVEN).nests


APART = {
    "the last round before the others, of what the others overwrite": (
        "m = max(m, a[N])\nfor i in 1..N-1: m = max(m, a[i])"
    ),
    "odd rounds before even ones that read them": (
        "for i in 2..N if mod(i, 2) == 1: y[i] = a[i] * y[i-1]\n"
        "for i in 2..N if mod(i, 2) == 0: y[i] = a[i] * y[i-1]"
    ),
    "a round that is missing": "for i in 1..N-2: t += a[i]\nt += a[N]",
    "a round that is there twice": "for i in 1..N: t += a[i]\nt += a[N]",
    "another round": "for i in 1..N-1: t += a[i]\nt += 2*a[N]",
    "what reads between": "for i in 1..N-1: t += a[i]\ny[1] = t\nt += a[N]",
    "conditions on data": "for i if a[i] > 0: t += a[i]\nfor i if a[i] <= 0: t += a[i]",
    "conditions that do not cover": "for i if i < n: t += a[i]\nfor i if i > n: t += a[i]",
    "conditions that overlap": "for i if i <= n: t += a[i]\nfor i if i >= n: t += a[i]",
    "a range that may be empty": "for i in 4..N-1: t += a[i]\nt += a[1]*0 + a[N]",
}


@pytest.mark.parametrize("name", APART)
def test_other_rounds_stay_apart(name: str) -> None:
    program = read(APART[name], given=GIVEN)
    assert rolled(program) is program


def test_a_single_round_that_is_there_when_the_loop_is_far_from_it_stays_apart() -> None:
    """For N = 2 the loop over 4..N-1 is two rounds short of empty; the round at N is there."""
    program = read("for i in 4..N-1: t += a[i]\nt += a[N]", given=GIVEN)
    assert rolled(program) is program


def test_a_bound_index_does_not_catch_the_place_that_is_put_in() -> None:
    """sum(i, …) in the body has an i of its own."""
    text = "for k, i in 1..k-1: y[k, i] = sum(k, a[k]) * a[i]\nfor k: y[k, k] = sum(k, a[k]) * a[k]"
    program = read(text, given=GIVEN)
    assert rolled(program) is program


# --- against another interpreter -------------------------------------------------------------


def last_apart(nest: Nest, k: int) -> list[Nest]:
    loop = nest.loops[k]
    return [_over(nest, k, loop.lower, loop.upper - 1), at_place(nest, k, loop.upper)]


def first_apart(nest: Nest, k: int) -> list[Nest]:
    loop = nest.loops[k]
    return [at_place(nest, k, loop.lower), _over(nest, k, loop.lower + 1, loop.upper)]


def halves(nest: Nest, k: int) -> list[Nest]:
    loop = nest.loops[k]
    middle = loop.lower + 1
    return [_over(nest, k, loop.lower, middle), _over(nest, k, middle + 1, loop.upper)]


def by_parity(nest: Nest, k: int) -> list[Nest]:
    parity = sympy.Mod(nest.loops[k].index, 2)
    return [
        replace(nest, guard=sympy.And(nest.guard, sympy.Eq(parity, rest, evaluate=False)))
        for rest in (0, 1)
    ]


def _over(nest: Nest, k: int, lower: sympy.Expr, upper: sympy.Expr) -> Nest:
    loop = Loop(nest.loops[k].index, lower, upper)
    return replace(nest, loops=(*nest.loops[:k], loop, *nest.loops[k + 1 :]))


def at_place(nest: Nest, k: int, place: sympy.Expr) -> Nest:
    new = {nest.loops[k].index: place}
    return Nest(
        tuple(loop.renamed(new) for loop in (*nest.loops[:k], *nest.loops[k + 1 :])),
        tuple(
            Statement(rename(item.target, new), item.op, rename(item.value, new))
            for item in nest.body
        ),
        rename(nest.guard, new),
    )


WAYS: list[Callable[[Nest, int], list[Nest]]] = [last_apart, first_apart, halves, by_parity]


def taken_apart(program: Program, random: Random) -> Program:
    """Some rounds of one loop on their own: before or behind the others, or farther away.

    Nobody asks whether that means the same.
    """
    nests = list(program.nests)
    n = random.randrange(len(nests))
    parts = random.choice(WAYS)(nests[n], random.randrange(len(nests[n].loops)))
    random.shuffle(parts)
    nests[n : n + 1] = parts
    if random.random() < 0.3:
        m = random.randrange(len(nests) - 1)
        nests[m : m + 2] = nests[m + 1], nests[m]
    return replace(program, nests=tuple(nests))


def computed(program: Program, n: int, m: int) -> Arrays:
    random = Random(n * m)
    run = Loops({"N": n, "M": m})
    spots = {"a": product(range(1, n + 1)), "b": product(range(1, n + 1), range(1, m + 1))}
    for name, places in spots.items():
        run.arrays[name] = {place: precise(random.randint(-9, 9)) for place in places}
    run.run(program)
    return {
        name: {spot: value for spot, value in cells.items() if value != 0}
        for name, cells in run.arrays.items()
    }


def test_a_second_interpreter_sees_no_difference() -> None:
    """Random programs that carry, overwrite and interleave, with rounds taken apart at random."""
    changed = 0
    for seed in range(250):
        random = Random(f"rounds {seed}")
        apart = taken_apart(randomprograms.program(random), random)
        together = rolled(apart)
        if together is apart:
            continue
        changed += 1
        for sizes in ((1, 1), (2, 3), (5, 2)):
            assert computed(apart, *sizes) == computed(together, *sizes), f"{apart}\n{together}"
    assert changed > 30


def test_peeled_rounds_are_proved_where_no_sum_could_be_merged() -> None:
    """What a loop carries, and what stands in a function, are proved as the whole loop is."""
    given = "input u[N]"
    carried = "m = u[1]\nfor i in 1..N-1: m = max(m, u[i])\nm = max(m, u[N])\nout = m"
    assert equivalent(carried, "out = max(k, u[k])", given=given, targets=["out"]).proof
    others = "for i in 2..N: out[i] = exp(sum(j if j != i, u[j]))"
    apart = f"out[1] = exp(sum(j if j != 1, u[j]))\n{others}"
    whole = "for i: out[i] = exp(sum(j, u[j]) - u[i])"
    assert equivalent(apart, whole, given=given, targets=["out"]).proof
