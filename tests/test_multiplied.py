"""Products that a loop makes are factors: powers, sums of exponents, factors beside each other.

The oracle is Python: each random text is written once in the notation and once as Python's loops.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from random import Random

import pytest
from test_interleaving import GIVEN, HEAD, assert_runs_as_python

from symgrad import equivalent, read
from symgrad.equivalence import proved
from symgrad.separation.multiplied import multiplied

TARGETS = ["t", "t", "Z[i]", "Z[1]", "X[j]", "S[l]", "Y[i, j]"]
FACTORS = ["a[1]", "2", "3*a[i]", "b[i, j]", "a[i]*b[1, j]", "a[k]*k", "a[1]/2", "(a[i] + l)", "t"]
CONDITIONS = ["", "", "", " if a[i] > 0", " if a[1] > 0", " if j != 1", " if k <= i"]


def text(random: Random) -> list[str]:
    """Loops that multiply, some of them beside others or read on the way."""
    lines = []
    for _ in range(random.randint(1, 2)):
        ranges = ("i in 1..N", "j in 1..M", "k in 1..N", "l in 1..2")
        lines += [f"{'  ' * depth}for {one}:" for depth, one in enumerate(ranges)]
        lines[-1] = lines[-1].replace(":", random.choice(CONDITIONS) + ":")
        for _ in range(random.choice([1, 1, 2, 3])):
            target = random.choice(TARGETS)
            factor = random.choice([factor for factor in FACTORS if factor != target])
            written = random.choice([f"{target} *= {factor}", f"{target} = {factor}*{target}"])
            lines.append(" " * 8 + written)
        if random.random() < 0.3:
            lines.append(f"{' ' * 8}e += {random.choice(FACTORS)}")
    starts = [f"{name} = {random.choice([1, 1, 2, 'a[1]'])}" for name in ("t", "Z[1]")]
    return [
        *HEAD,
        "for j in 1..M: X[j] = a[1]",
        "for i in 1..N, j in 1..M: Y[i, j] = 3",
        *starts,
        *lines,
    ]


def test_random_loops_that_multiply_leave_what_python_leaves() -> None:
    fewer = 0
    for seed in range(60):
        lines = text(Random(f"multiplied {seed}"))
        program = read("\n".join(lines), given=GIVEN)
        found = multiplied(program)
        fewer += found is not program
        assert_runs_as_python(found, lines, str(seed))
    assert fewer > 30


WHOLE = "input a\ninput c\ninput x[N]\ninput A[N, M]"

PROVED = {
    "one factor": ("p = 1\nfor i in 1..N: p *= a\nout = p", "out = a^N"),
    "with what was there": ("p = c\nfor i in 1..N: p = p*a\nout = p", "out = c*a^N"),
    "a short loop": ("p = 1\nfor i in 1..3: p *= a\nout = p", "out = a^3"),
    "elements": (
        "for i: t[i] = x[i]\nfor i, j in 1..M: t[i] *= x[i]\nfor i: out[i] = t[i]",
        "for i: out[i] = x[i]^(M+1)",
    ),
    "an input": ("for i in 1..M, j in 1..N: x[j] *= a\nout = x[1]", "out = x[1]*a^M"),
    "exponential functions": ("p = 1\nfor i: p *= exp(x[i])\nout = p", "out = exp(sum(i, x[i]))"),
    "a factor that changes and one that does not": (
        "p = 1\nfor i: p *= 2*x[i]\nout = p",
        "q = 1\nfor j: q *= x[j]\nout = 2^N*q",
    ),
    "beside another statement": (
        "p = 1\nfor i: p *= a; s += x[i]\nout = p*s",
        "out = a^N*sum(i, x[i])",
    ),
    "rounds in rounds": (
        "p = 1\nfor i in 1..N:\n  for j in 1..M: p *= a\nout = p",
        "p = 1\nfor j in 1..M:\n  for i in 1..N: p *= a\nout = p",
    ),
    "a sign": ("p = 1\nfor i in 1..N: p *= -1\nout = p", "out = (-1)^N"),
    "set back in each round": (
        "p = 1\nfor i:\n  for j in 1..M: p *= x[i]\n  out[i] = p\n  p = 1",
        "for i: out[i] = x[i]^M",
    ),
}


@pytest.mark.parametrize("name", PROVED)
def test_a_product_over_a_range_is_proved(name: str) -> None:
    """And refuted with one factor more, or with another sign."""
    left, right = PROVED[name]
    verdict = equivalent(left, right, given=WHOLE, targets=["out"])
    assert verdict.proof is not None and verdict.proof.replay()
    for slip in ("out", "out[i]"):
        for wrong in (f"{slip} = 2*(", f"{slip} = -("):
            if f"{slip} = " in right:
                other = right.replace(f"{slip} = ", wrong) + ")"
                verdict = equivalent(left, other, given=WHOLE, targets=["out"])
                assert verdict.status == "different"


def test_what_a_loop_without_a_round_does_not_demand_is_not_demanded() -> None:
    left, right = "p = 1\nfor i in 2..N: p *= log(a)\nout = p", "out = log(a)^(N-1)"
    given = read(WHOLE)
    sides = [read(side, given=given) for side in (left, right)]
    assert proved(sides[0], sides[1], ("out",)) is None
    assert equivalent(left, right, given=WHOLE, targets=["out"]).status == "different"


POWERS = ["a^N", "a^(N+1)", "a^N*a", "a^(N-1)*a^2", "c*a^N/c", "a^N*abs(a)", "abs(a)^N*a", "(-a)^N"]
POWERS += ["(-1)^N*a^N", "a^(2*N)", "abs(a)^(2*N)", "(a^2)^N", "a^N*a^N", "a^(N+M)/a^M", "a^(-N)"]
POWERS += [
    "1/a^N",
    "(1/a)^N",
    "a^(2*N+1)",
    "a*abs(a)^(2*N)",
    "(a*c)^N/c^N",
    "(2*a)^N/2^N",
    "-(-a)^N",
]


def value(power: str, a: Fraction, c: Fraction, n: int, m: int) -> Fraction:
    code = power.replace("^", "**").replace("1/", "one/").replace("(-1)", "(-one)")
    names = {"a": a, "c": c, "N": n, "M": m, "one": Fraction(1), "abs": abs}
    return Fraction(eval(code.replace("2**", "(2*one)**"), {}, names))


def test_powers_to_an_extent_are_decided_for_both_signs() -> None:
    """Whatever is the same for numbers of both signs is proved, what is not is refuted."""
    points = [
        (Fraction(s, 3), Fraction(5, 7), n, m) for s in (-4, 4) for n in (1, 2, 3) for m in (2, 3)
    ]
    for one, other in combinations(POWERS, 2):
        same = all(value(one, *point) == value(other, *point) for point in points)
        verdict = equivalent(f"out = {one}", f"out = {other}", given=WHOLE, targets=["out"])
        assert verdict.status == ("equal" if same else "different"), (one, other)
