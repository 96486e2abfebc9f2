"""Indices that stand in one form everywhere become that form, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
import randomprograms
import sympy
from sympy import Expr, Integer
from test_rounds import at_place, computed

from symgrad import equivalent, read
from symgrad.expressions import index
from symgrad.program import Loop, Nest, Program
from symgrad.separation.rebased import rebased
from symgrad.sets.literals import conjunction

GIVEN = read("input x[N]\ninput z[2*P]\ninput A[N, M]\ninput y[N] in 1..M")

PLACED = {
    "a shift": ("for j in 0..N-1: t[j+1] = x[j+1]^2", "for j in 1..N: t[j] = x[j]^2"),
    "a reflection": ("for i in 1..N: t[N-i+1] += x[N-i+1]", "for i in 1..N: t[i] += x[i]"),
    "the index as a number": (
        "for i in 0..N-1: t += i*x[i+1]",
        "for i in 1..N: t += (-1 + i)*x[i]",
    ),
    "ranges and conditions that use it": (
        "for i in 0..N-1, j in 1..i+1 if i > 2: t += x[i+1]*x[j]",
        "for i in 1..N, j in 1..i if i - 1 > 2: t += x[i]*x[j]",
    ),
    "a sum": (
        "for i: t[i] = x[i] + sum(j in 0..M-1, A[i, M-j])",
        "for i: t[i] = x[i] + sum(j in 1..M, A[i, j])",
    ),
    "a label at the place": (
        "for b in 0..N-1: t += A[b+1, y[b+1]]",
        "for b in 1..N: t += A[b, y[b]]",
    ),
    "every second place": (
        "for p in 1..P: t += z[2*p]",
        "for p in 1..2*P if mod(p, 2) == 0: t += z[p]",
    ),
    "blocks": (
        "for p in 1..P, q in 0..1: t += z[2*p-q]",
        "for p in 1..2*P: t += z[p]",
    ),
    "blocks of which the last one is cut": (
        "for p in 1..ceil(N/2), q in 0..1 if 2*p-q <= N: t += x[2*p-q]",
        "for p in 1..N: t += x[p]",
    ),
}


@pytest.mark.parametrize("name", PLACED)
def test_an_index_is_what_stands_at_its_places(name: str) -> None:
    written, placed = PLACED[name]
    assert str(rebased(read(written, given=GIVEN))) == str(read(placed, given=GIVEN))


LEFT = {
    "an index that stands alone somewhere": "for i in 1..N-1: t += x[i]*x[i+1]",
    "two forms": "for i in 0..N-2: t += x[i+1]*x[i+2]",
    "a form with another index": "for i in 1..P, j in 1..P: t += z[i+j]",
    "a reflection of what a loop carries": "for i in 1..N: m = max(m, x[N-i+1])",
    "a step, where the index is a number": "for p in 1..P: t += p*z[2*p]",
    "blocks, where a part is a place of its own": "for p in 1..P, q in 0..1: u[p] += z[2*p-q]",
    "blocks that overlap": "for p in 1..P-1, q in 0..2: t += z[2*p+q-1]",
    "blocks with a gap": "for p in 1..P-1, q in 0..1: t += z[2*p-q]",
}


@pytest.mark.parametrize("name", LEFT)
def test_other_indices_stay(name: str) -> None:
    program = read(LEFT[name], given=GIVEN)
    assert rebased(program) is program


def test_the_place_of_a_maximum_is_not_moved() -> None:
    """Its value is the index."""
    program = read("k = argmax(i in 0..N-1, x[i+1])\nt = x[k+1]", given=GIVEN)
    assert rebased(program) is program


# --- against another interpreter -------------------------------------------------------------


def shifted(nest: Nest, k: int) -> Nest:
    loop = nest.loops[k]
    return moved(nest, k, Loop(loop.index, loop.lower - 1, loop.upper - 1), loop.index + 1)


def reflected(nest: Nest, k: int) -> Nest:
    loop = nest.loops[k]
    return moved(nest, k, loop, loop.lower + loop.upper - loop.index)


def odd(nest: Nest, k: int) -> Nest:
    loop = nest.loops[k]
    last = sympy.ceiling(loop.upper / 2)
    return moved(nest, k, Loop(loop.index, Integer(1), last), 2 * loop.index - 1)


def in_blocks(nest: Nest, k: int) -> Nest:
    """Every place once, if the range begins at 1; some of them in another order."""
    loop, inner = nest.loops[k], index("q")
    last = sympy.ceiling(loop.upper / 2)
    place = 2 * loop.index - inner
    found = moved(nest, k, Loop(loop.index, Integer(1), last), place)
    loops = (*found.loops[: k + 1], Loop(inner, Integer(0), Integer(1)), *found.loops[k + 1 :])
    within = sympy.Le(place, loop.upper, evaluate=False)
    return replace(found, loops=loops, guard=conjunction([found.guard, within]))


def moved(nest: Nest, k: int, loop: Loop, place: Expr) -> Nest:
    found = at_place(nest, k, place)
    return replace(found, loops=(*found.loops[:k], loop, *found.loops[k:]))


WAYS: list[Callable[[Nest, int], Nest]] = [shifted, reflected, odd, in_blocks]


def elsewhere(program: Program, random: Random) -> Program:
    """One loop whose index stands in a form. Nobody asks whether that means the same."""
    nests = list(program.nests)
    n = random.randrange(len(nests))
    nests[n] = random.choice(WAYS)(nests[n], random.randrange(len(nests[n].loops)))
    return replace(program, nests=tuple(nests))


def test_a_second_interpreter_sees_no_difference() -> None:
    """Random programs that carry, overwrite and interleave, with indices in forms."""
    changed = 0
    for seed in range(250):
        random = Random(f"rebased {seed}")
        written = elsewhere(randomprograms.program(random), random)
        placed = rebased(written)
        if placed is written:
            continue
        changed += 1
        for sizes in ((1, 1), (2, 3), (5, 2)):
            assert computed(written, *sizes) == computed(placed, *sizes), f"{written}\n{placed}"
    assert changed > 40


BATCHNORM = """
input x[B, J]
output y
assume B >= 2
for b, j: mu[j] += x[b, j] / B
for b, j: s[j] += (x[b, j] - mu[j])^2 / (B - 1)
for b, j: y[b, j] = (x[b, j] - mu[j]) / sqrt(s[j])
"""


@pytest.mark.parametrize(
    ("loops", "b", "j"),
    [
        ("b in 0..B-1, j in 0..J-1", "b+1", "j+1"),
        ("b in 1..B, j in 1..J", "B+1-b", "J+1-j"),
        ("b in 1..B, j in 1..ceil(J/2), q in 0..1 if 2*j-q <= J", "b", "2*j-q"),
    ],
)
def test_a_gradient_over_other_indices_is_proved(loops: str, b: str, j: str) -> None:
    answer = f"for {loops}: x.grad[{b}, {j}] += y.grad[{b}, {j}] / sqrt(s[{j}])"
    plain = "for b, j: x.grad[b, j] += y.grad[b, j] / sqrt(s[j])"
    assert equivalent(answer, plain, given=BATCHNORM, targets=["x.grad"]).proof
