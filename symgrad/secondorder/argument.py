"""The notes' argument against the naive rule, equation by equation, each one checked.

TTIC 31230, problem set 1 (2017), problem 1b: l = f(g(x), h(x)), equations 13 to 28. What the notes
write `y.grad'` is what the naive rule computes for y.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from sympy import Expr

from symgrad.equivalence import Verdict, equivalent
from symgrad.errors import AuthorError
from symgrad.program import Program
from symgrad.reading.text import read
from symgrad.secondorder.sides import (
    SIDE,
    Change,
    First,
    Naive,
    Passed,
    Relation,
    Second,
    Side,
    Start,
    Value,
    assigned,
    expression,
    plus,
    times,
)

GRAPH = (
    "input x\nfunction f(y, z)\nfunction g(x)\nfunction h(x)\nloss l\n"
    "y = g(x)\nz = h(x)\nu = f(y, z)\nl = u"
)


@cache
def notes_graph() -> Program:
    """The forward pass that the argument is about."""
    return read(GRAPH)


@dataclass(frozen=True)
class Slip:
    """What the notes take a right side for, and what that is instead."""

    says: str
    taken_for: Side
    true: Side


@dataclass(frozen=True)
class Claim:
    """An equation of the notes by its number, and why it holds; names stand in backticks.

    A claim with a slip holds of the naive rule, but not of what it is taken for.
    """

    number: str
    says: str
    left: Side
    relation: Relation
    right: Side
    slip: Slip | None = None


@dataclass(frozen=True)
class Check:
    """Two sides over the forward pass, whether they should agree, and the verdict on them."""

    left: Expr
    right: Expr
    agree: bool
    verdict: Verdict

    @property
    def verified(self) -> bool:
        """Proved where the sides should agree, refuted with a witness where they should not."""
        return self.verdict.status == ("equal" if self.agree else "different")


@dataclass(frozen=True)
class Step:
    """A claim with what was checked of it: the claim itself, then what its slip says."""

    claim: Claim
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Is everything as the notes say?"""
        return self.claim.slip is None


def argument(claims: Iterable[Claim] | None = None) -> Iterator[Step]:
    """Every step of the notes, checked; AuthorError for one that is not as it is told here."""
    for claim in CLAIMS if claims is None else claims:
        checks = [_checked(claim.left, claim.right, agree=claim.relation != "≠")]
        if claim.slip is not None:
            checks.append(_checked(claim.slip.taken_for, claim.right, agree=False))
            checks.append(_checked(claim.slip.taken_for, claim.slip.true, agree=True))
        if not all(check.verified for check in checks):
            statuses = ", ".join(check.verdict.status for check in checks)
            raise AuthorError(f"equation {claim.number} is {statuses}", key=claim.says)
        yield Step(claim, tuple(checks))


def _checked(left: Side, right: Side, *, agree: bool) -> Check:
    forward = notes_graph()
    values = expression(left, forward), expression(right, forward)
    one, other = (Program((), (assigned(value),), forward) for value in values)
    verdict = equivalent(one, other, given=forward, targets=[SIDE])
    return Check(*values, agree, verdict)


def plain(says: str) -> str:
    """A sentence without the backticks around its names."""
    return says.replace("`", "")


# --- what the notes say --------------------------------------------------------------------------

G2, H2 = Value("g''(x)"), Value("h''(x)")
F_YY, F_ZZ = Value("f_yy(y, z)"), Value("f_zz(y, z)")
BY_Y, BY_Z = times(First("y"), Value("g'(x)")), times(First("z"), Value("h'(x)"))
FULL = (
    "f_yy(y, z) * g'(x)^2 + f_y(y, z) * g''(x) + f_zz(y, z) * h'(x)^2 + f_z(y, z) * h''(x) "
    "+ 2 * f_yz(y, z) * h'(x) * g'(x)"
)

NAIVE = (
    Claim(
        "13",
        "the sweep starts from 1 at `u`, taken for the second derivative of `l` by `u`",
        Naive("u"),
        "=",
        Value("1"),
        Slip(
            "wrong seed: `l = u` is a straight line, so its second derivative by `u` is 0, not 1",
            Second("u"),
            Value("0"),
        ),
    ),
    Claim("14", "everything else starts from 0", Start(("z", "y", "x")), "=", Value("0")),
    Claim(
        "15", "`z` gets what `u` has, times `f_zz`", Passed("u", "z"), "+=", times(Naive("u"), F_ZZ)
    ),
    Claim(
        "16", "`y` gets what `u` has, times `f_yy`", Passed("u", "y"), "+=", times(Naive("u"), F_YY)
    ),
    Claim(
        "17", "`x` gets what `y` has, times `g''`", Passed("y", "x"), "+=", times(Naive("y"), G2)
    ),
    Claim(
        "18", "`x` gets what `z` has, times `h''`", Passed("z", "x"), "+=", times(Naive("z"), H2)
    ),
    Claim(
        "19",
        "both updates of `x`, added to the 0 from which it started",
        Naive("x"),
        "=",
        plus(times(Naive("y"), G2), times(Naive("z"), H2)),
    ),
    Claim(
        "20",
        "what `y` and `z` have, by (16) and (15)",
        Naive("x"),
        "=",
        plus(times(Naive("u"), F_YY, G2), times(Naive("u"), F_ZZ, H2)),
    ),
    Claim(
        "21",
        "the seed 1 put in: this is the naive value",
        Naive("x"),
        "=",
        Value("f_yy(y, z) * g''(x) + f_zz(y, z) * h''(x)"),
    ),
)
"""What the naive rule computes."""

TRUE = (
    Claim(
        "22",
        "the second derivative is how the first one changes",
        Second("x"),
        "=",
        Change(plus(BY_Y, BY_Z)),
    ),
    Claim(
        "23",
        "a sum changes term by term",
        Change(plus(BY_Y, BY_Z)),
        "=",
        plus(Change(BY_Y), Change(BY_Z)),
    ),
    Claim(
        "24",
        "the product rule for the left term",
        Change(BY_Y),
        "=",
        plus(times(Change(First("y")), Value("g'(x)")), times(First("y"), G2)),
    ),
    Claim(
        "25",
        "the slope by `y` is itself a function of `x`, through `y` and through `z`",
        Change(First("y")),
        "=",
        Change(Value("f_y(g(x), h(x))")),
    ),
    Claim(
        "26",
        "the chain rule, for both arguments of `f_y`",
        Change(First("y")),
        "=",
        Value("f_yy(y, z) * g'(x) + f_yz(y, z) * h'(x)"),
    ),
    Claim(
        "27",
        "(26) put into (24), the left term in full; the notes print it below an empty line 27",
        Change(BY_Y),
        "=",
        Value("f_yy(y, z) * g'(x)^2 + f_yz(y, z) * h'(x) * g'(x) + f_y(y, z) * g''(x)"),
    ),
    Claim("28", "the right term likewise, and both added", Second("x"), "=", Value(FULL)),
    Claim("28", "in its second line: this is not the naive value", Second("x"), "≠", Naive("x")),
)
"""What is true."""

CLAIMS = (*NAIVE, *TRUE)
