"""Loops whose rounds are taken apart, rightly and wrongly: nothing false is proved of them.

The proof is asked for without the refuter; the oracle is tests/loops.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from random import Random
from typing import Any

import mpmath
from loops import Loops, precise

from symgrad import read
from symgrad.equivalence import proved
from symgrad.program import Program

GIVEN = read("input a\ninput x[N]\ninput y[N]\nassume N >= 3")
START = "for i in 1..N: out[i] = y[i]\nt = a\n"

BODIES = (
    "out[i] += {v}",
    "out[i] = {v}",
    "out[i] = out[i]*x[i] + {v}",
    "t += {v}; out[i] = t",
    "out[i] += t; t = {v}",
    "out[1] = {v}",
    "out[N-i+1] += {v}*out[i]",
    "t = max(t, {v}); out[1] += 1",
)
VALUES = ("x[i]", "a*y[i]", "relu(x[i])", "i*a", "[i > 2]*x[i]", "tanh(x[i] - a)")

PARTS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("for i in 1..N", "i"),),
    (("for i in 1..N-1", "i"), ("", "N")),
    (("", "1"), ("for i in 2..N", "i")),
    (("for i in 2..N", "i"), ("", "1")),
    (("for i in 1..2", "i"), ("for i in 3..N", "i")),
    (("for i in 1..2", "i"), ("for i in 2..N", "i")),
    (("for i in 1..N if mod(i, 2) == 1", "i"), ("for i in 1..N if mod(i, 2) == 0", "i")),
    (("for i in 1..N if i != 2", "i"), ("", "2")),
    (("for i in 1..N if i != 9", "i"),),
    (("for i in 0..N-1", "i+1"),),
    (("for i in 1..N", "N-i+1"),),
    (("for i in 1..ceil(N/2)", "2*i-1"), ("for i in 1..floor(N/2)", "2*i")),
    (("for i in 1..N if x[i] > 0", "i"), ("for i in 1..N if x[i] <= 0", "i")),
)
"""The rounds of `for i in 1..N`, in order and not, all of them and not: loops and places."""


SIZES = (3, 4, 9)


def side(parts: tuple[tuple[str, str], ...], body: str) -> Program:
    rows = (
        (f"{head}: " if head else "") + re.sub(r"\bi\b", f"({place})", body)
        for head, place in parts
    )
    found = read(START + "\n".join(rows), given=GIVEN)
    return found if found.given else Program(found.declarations, found.nests, GIVEN)


def left_by(program: Program, size: int, random: Random) -> dict[tuple[int, ...], Any]:
    """What the program leaves in `out` at a point."""
    loops = Loops({"N": size})
    loops.arrays = {"a": {(): precise(random.randint(-9, 9))}}
    for name in "xy":
        loops.arrays[name] = {(n,): precise(random.randint(-99, 99)) for n in range(1, size + 1)}
    loops.run(program)
    return loops.arrays["out"]


def differ(sides: Sequence[Program]) -> bool:
    for size, seed in product(SIZES, range(2)):
        with mpmath.workdps(40):
            one, other = (left_by(program, size, Random(seed)) for program in sides)
            error = mpmath.mpf(10) ** -25
            if any(abs(one[p] - other[p]) > error * (1 + abs(one[p])) for p in one):
                return True
    return False


def test_rounds_that_differ_are_never_proved_equal() -> None:
    proofs = 0
    for seed in range(36):
        random = Random(f"rounds {seed}")
        body = random.choice(BODIES).format(v=random.choice(VALUES))
        parts = random.sample(PARTS, 2)
        sides = [side(one, body) for one in parts]
        if proved(sides[0], sides[1], ("out",)) is not None:
            proofs += 1
            assert not differ(sides), (body, parts)
    assert proofs > 6
