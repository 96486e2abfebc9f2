"""Elements that are undefined in different places: no wrong verdict, whatever covers them up.

    out[1] = 0*log(a);  out[2] = 0*log(b)      against its swap: different, where a > 0 > b

An element without a value costs only what is computed from it. The oracle is tests/loops.py, at
points of every sign drawn here: verdicts that it contradicts are wrong.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import mpmath
import pytest
from hypothesis import given as tried
from hypothesis import settings
from hypothesis import strategies as st
from loops import NAN, Arrays, Loops, precise

from symgrad import equivalent, read
from symgrad.equivalence import Verdict
from symgrad.program import Program
from symgrad.refutation.witness import Nested

GIVEN = read("input a\ninput b\ninput x[N]\ninput y[N]\nassume N >= 3")
SIZES = (3, 4, 5)
POINTS = 18

ARGUMENTS = ("a", "-a", "b", "a - b", "x[{i}]", "x[{i}]", "-x[{i}]", "y[{i}]", "x[{i}] - y[{i}]")
"""What a logarithm or a root may stand over, at an index."""

ALWAYS = ("1 + x[{i}]^2", "exp(a)", "x[{i}]^2*exp(b)")
"""Arguments that are positive almost everywhere."""

HIDDEN = (
    "0*log({u})",
    "0*sqrt({u})",
    "0*({u})^(-1/2)",
    "0*log(2*({u}))",
    "(log({u}) - log({u}))",
    "0*abs(a)*log({u})*b",
    "([log({u}) > b] - [log({u}) > b])",
    "0*max({u}, log({u}))",
)
"""Zero where the argument is positive, undefined where it is negative."""

CONDITIONS = (
    "a > 0",
    "b > a",
    "x[{i}] > 0",
    "y[{i}] < b",
    "{i} > 1",
    "{i} != 2",
    "mod({i}, 2) == 1",
)
COVERS = (
    "{d}",
    "{d}",
    "[{c}]*{d}",
    "where({c}, {d}, 0)",
    "where({c}, 0, {d})",
    "sum(k in {r}, {k})",
    "sum(k in {r} if {ck}, {k})",
    "max(k in {r}, {k})",
    "0*max(k in {e}, x[k])",
    "relu({d})",
    "b*(x[{i}] + {d})",
    "sigma({d})",
)
"""Values around a hidden term: `{d}` at the index, `{k}` at a bound index, `{e}` may be empty."""

RANGES = ("1..N", "2..N", "1..N-1", "1..2", "3..N", "2..3")
EMPTY = ("4..N", "N..3", "5..N", "4..N")
PLACES = ("1", "2", "3", "N", "N-1")

ROWS = (
    "out[{p}] = {p: }",
    "out[{p}] += {p: }",
    "out[{p}] *= {p: }",
    "out[{p}] = 1",
    "out[{p}] = out[{q}]",
    "out[{p}] = t[{q}]",
    "out[{p}] += sum(k in {r}, t[k])",
    "for i in {r}: out[i] = {i: }",
    "for i in {r}: out[i] += {i: }",
    "for i in {r}: out[i] *= {i: }",
    "for i in {r} if {ci}: out[i] += {i: }",
    "for i in {r}: out[i] = a",
    "for i in {r}: out[N-i+1] = {i: }",
    "for i in {r}: out[i] = t[i]",
    "for i in {r}: out[i] = t[N-i+1]",
    "for i in {r}: t[i] = {i: }",
    "for i in {r}: t[i] += {i: }",
    "t[{p}] = {p: }",
    "t[{p}] = b",
    "for i in {r}: w = {i: }; out[i] += w",
    "for i in {r}: v += {i: }; out[i] += v",
)


@st.composite
def values(draw: st.DrawFn, place: str) -> str:
    """A value that may be undefined, of the element at a place."""
    i = f"({place})" if place in PLACES and "-" in place else place
    cover = draw(st.sampled_from(COVERS))
    hidden = draw(st.sampled_from(HIDDEN))
    argument = draw(st.sampled_from((*ARGUMENTS, *ARGUMENTS, *ALWAYS)))
    condition = draw(st.sampled_from(CONDITIONS))
    return cover.format(
        i=i,
        d=hidden.format(u=argument.format(i=i)),
        k=hidden.format(u=argument.format(i="k")),
        c=condition.format(i=i),
        ck=condition.format(i="k"),
        r=draw(st.sampled_from(RANGES)),
        e=draw(st.sampled_from(EMPTY)),
    )


@st.composite
def statements(draw: st.DrawFn) -> str:
    p, q = draw(st.sampled_from(PLACES)), draw(st.sampled_from(PLACES))
    row = draw(st.sampled_from(ROWS))
    for place, mark in ((p, "{p: }"), ("i", "{i: }")):
        if mark in row:
            row = row.replace(mark, draw(values(place)))
    condition = draw(st.sampled_from(CONDITIONS)).format(i="i")
    rng = draw(st.sampled_from(RANGES))
    for mark, text in (("{p}", p), ("{q}", q), ("{r}", rng), ("{ci}", condition)):
        row = row.replace(mark, text)
    return row


@st.composite
def programs(draw: st.DrawFn) -> list[str]:
    """Every element of `out` and `t` starts with a value, then three to five statements."""
    start = draw(st.sampled_from(("a", "x[i]", "i", "0")))
    rows = draw(st.lists(statements(), min_size=2, max_size=4))
    return [f"for i in 1..N: out[i] = {start}", "for i in 1..N: t[i] = b", *rows]


@st.composite
def mistaken(draw: st.DrawFn, rows: list[str]) -> list[str]:
    """The statements with one change that may move where they are undefined."""
    n = draw(st.integers(2, len(rows) - 1))
    kind = draw(st.sampled_from(("swap", "drop", "again", "text", "text", "text")))
    if kind == "swap":
        return [*rows[:n], *rows[n + 1 :], rows[n]]
    if kind == "drop":
        return [*rows[:n], *rows[n + 1 :]]
    if kind == "again":
        return [*rows[: n + 1], *rows[n:]]
    old, new = draw(st.sampled_from(MISTAKES))
    places = [k for k in range(len(rows[n])) if rows[n].startswith(old, k)]
    if not places:
        return [*rows[:n], *rows[n + 1 :], rows[n]]
    k = draw(st.sampled_from(places))
    return [*rows[:n], rows[n][:k] + new + rows[n][k + len(old) :], *rows[n + 1 :]]


MISTAKES = (
    ("log", "sqrt"),
    ("log(", "log(-"),
    ("log(", "log(2*"),
    ("sqrt(", "sqrt(-"),
    (" > ", " < "),
    (" < ", " > "),
    (" != ", " == "),
    ("1..", "2.."),
    ("2..", "1.."),
    ("..N", "..N-1"),
    ("[1]", "[2]"),
    ("[2]", "[1]"),
    ("(a)", "(b)"),
    ("x[", "y["),
    ("0*", ""),
    ("+=", "="),
    ("*=", "+="),
    (" 0, ", " a, "),
    (": out[i] = ", ": out[i] += 0*"),
    ("sum(", "max("),
    ("N-i+1", "i"),
)


@settings(max_examples=25)
@tried(st.data())
def test_no_verdict_contradicts_where_elements_are_defined(data: st.DataObject) -> None:
    rows = data.draw(programs())
    other = data.draw(mistaken(rows))
    check(rows, other)


@settings(max_examples=8)
@tried(st.data())
def test_independent_statements_in_another_order_are_not_different(data: st.DataObject) -> None:
    first, second = (data.draw(values("i")) for _ in range(2))
    lower, upper = data.draw(
        st.sampled_from((("1..1", "2..N"), ("3..N", "1..2"), ("N..N", "1..N-1")))
    )
    rows = [f"for i in {lower}: out[i] = {first}", f"for i in {upper}: out[i] = {second}"]
    start = "for i in 1..N: out[i] = 0"
    verdict = check([start, *rows], [start, *rows[::-1]])
    assert verdict.status == "equal", (rows, verdict.unproved)


@pytest.mark.parametrize(
    ("left", "right", "status"),
    [
        (
            "out[1] = 0*log(a); out[2] = 0*log(b)",
            "out[1] = 0*log(b); out[2] = 0*log(a)",
            "different",
        ),
        ("out[1] = 0*log(a); out[2] = 0*log(b)", "out[2] = 0*log(b); out[1] = 0*log(a)", "equal"),
        ("for i: out[i] = 0*log(x[i])", "for i: out[i] = 0*log(x[N-i+1])", "different"),
        ("for i: out[i] = 0*log(x[i])", "for i: out[N-i+1] = 0*log(x[N-i+1])", "equal"),
        ("for i: out[i] = 0*log(x[1])", "for i: out[i] = 0*log(x[i])", "different"),
        ("for i: out[i] = sum(k in 1..N, 0*log(x[k]))", "for i: out[i] = 0*log(x[i])", "different"),
        ("for i: out[i] = 0*log(a)", "out[1] = 0*log(a)\nfor i in 2..N: out[i] = 0", "different"),
        (
            "for i: out[i] = 0*log(a)",
            "out[1] = 0*log(a)\nfor i in 2..N: out[i] = 0*log(a)",
            "equal",
        ),
        ("for i: t[i] = 0*log(x[i])\nfor i: out[i] = t[1]", "for i: out[i] = 0*log(x[1])", "equal"),
        (
            "for i: t[i] = 0*log(x[i])\nfor i: out[i] = t[1]",
            "for i: out[i] = 0*log(x[i])",
            "different",
        ),
        ("for i: t[i] = log(x[i])\nfor i: out[i] = y[i]", "for i: out[i] = y[i]", "equal"),
        ("for i: out[i] = log(x[i])\nfor i: out[i] = y[i]", "for i: out[i] = y[i]", "equal"),
        ("for i: out[i] = 0*log(x[i])\nout[1] = 0", "for i in 2..N: out[i] = 0*log(x[i])", "equal"),
        ("for i: out[i] = 0*log(x[i])\nout[1] = 0", "for i: out[i] = 0*log(x[i])", "different"),
        ("for i: out[i] = 0*log(x[i])\nout[1] *= 0", "for i: out[i] = 0*log(x[i])", "equal"),
        ("for i: out[i] = [i > 1]*0*log(x[i])", "for i in 2..N: out[i] = 0*log(x[i])", "equal"),
        ("for i: out[i] = [i > 1]*0*log(x[i])", "for i: out[i] = [i > 2]*0*log(x[i])", "different"),
        (
            "for i if x[i] > 0: out[i] = 0*log(a)",
            "for i if y[i] > 0: out[i] = 0*log(a)",
            "different",
        ),
        ("for i: out[i] = [x[i] > 0]*log(x[i])", "for i if x[i] > 0: out[i] = log(x[i])", "equal"),
        (
            "for i: out[i] = sum(k in 1..i, 0*log(x[k]))",
            "for i: out[i] = sum(k in i..N, 0*log(x[k]))",
            "different",
        ),
        (
            "for i: out[i] = sum(k in 1..i, 0*log(x[k]))",
            "for i: v += 0*log(x[i]); out[i] = v",
            "equal",
        ),
        (
            "for i: out[i] = sum(k in 1..i, 0*log(x[k]))",
            "for i: v = 0*log(x[i]); out[i] = v",
            "different",
        ),
        ("for i: out[i] = 0*max(k in 2..i, x[k])", "for i: out[i] = 0", "different"),
        ("for i: out[i] = 0*max(k in 1..i, x[k])", "for i: out[i] = 0", "equal"),
        ("for i: out[i] = 0/(x[i] - x[i])", "for i: out[i] = 0", "different"),
        ("for i: out[i] = 0/(x[i] - y[i])", "for i: out[i] = 0", "equal"),
    ],
)
def test_the_place_decides(left: str, right: str, status: str) -> None:
    start = "for i in 1..N: out[i] = 0"
    sides = ([start, text.replace("for i", "for i in 1..N")] for text in (left, right))
    verdict = check(*([row.replace("1..N in ", "") for row in rows] for rows in sides))
    assert verdict.status == status, verdict


def check(rows: list[str], other: list[str]) -> Verdict:
    """The verdict, which the oracle does not contradict."""
    left, right = (side("\n".join(text)) for text in (rows, other))
    verdict = equivalent(left, right, given=GIVEN, targets=["out"])
    if verdict.status == "equal":
        found = first_difference(left, right, str(rows))
        assert found is None, ("wrongly equal", rows, other, found)
    if verdict.witness is not None:
        assert_witness(verdict, left, right)
    return verdict


def side(text: str) -> Program:
    found = read(text, given=GIVEN)
    return found if found.given else Program(found.declarations, found.nests, GIVEN)


def assert_witness(verdict: Verdict, left: Program, right: Program) -> None:
    """What a witness states is what the oracle computes at its inputs."""
    witness = verdict.witness
    assert witness is not None and witness.element is not None, witness
    inputs = {name: cells(nested) for name, nested in witness.inputs.items()}
    for program, text in ((left, witness.left), (right, witness.right)):
        value = run(program, witness.extents["N"], inputs).get(witness.element, mpmath.mpf(0))
        stated = NAN if text == "undefined" else precise(text)
        assert alike(value, stated, mpmath.mpf(10) ** -8), (witness, value)
    assert witness.left != witness.right


def cells(nested: Nested) -> dict[tuple[int, ...], Any]:
    if isinstance(nested, str):
        return {(): precise(nested)}
    return {(n, *rest): v for n, part in enumerate(nested, 1) for rest, v in cells(part).items()}


def first_difference(left: Program, right: Program, seed: str) -> object:
    """A point, drawn here, where one side has a value that the other one has not."""
    random = Random(seed)
    for size, n in product(SIZES, range(POINTS)):
        up = (Fraction(1, 2), Fraction(1, 5), Fraction(4, 5))[n % 3]

        def number(up: Fraction = up) -> Any:
            drawn = Fraction(random.randint(1, 400_000), 100_003)
            return precise(drawn if random.random() < up else -drawn)

        inputs: Arrays = {name: {(): number()} for name in "ab"}
        inputs |= {name: {(k,): number() for k in range(1, size + 1)} for name in "xy"}
        both = [run(program, size, inputs) for program in (left, right)]
        for place in both[0].keys() | both[1].keys():
            one, other = (found.get(place, mpmath.mpf(0)) for found in both)
            if not alike(one, other, mpmath.mpf(10) ** -30):
                return size, inputs, place, one, other
    return None


def run(program: Program, size: int, inputs: Arrays) -> dict[tuple[int, ...], Any]:
    with mpmath.workdps(50):
        loops = Loops({"N": size})
        loops.arrays = {name: dict(found) for name, found in inputs.items()}
        loops.strict = set(inputs)
        loops.run(program)
        return loops.arrays["out"]


def alike(a: Any, b: Any, error: Any) -> bool:
    if mpmath.isnan(a) or mpmath.isnan(b):
        return bool(mpmath.isnan(a) and mpmath.isnan(b))
    return bool(abs(a - b) <= error * (1 + abs(b)))
