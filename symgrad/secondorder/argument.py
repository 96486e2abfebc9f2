"""The notes' argument against the naive rule, equation by equation, each one checked.

TTIC 31230, problem set 1 (2017), problem 1b: l = f(g(x), h(x)), equations 13 to 28. A side of an
equation is an expression over the forward pass, what the naive rule computes, a true second
derivative, or the change of an expression with x; all but the first are derived, never typed in.
What the notes write `y.grad'` is what the naive rule computes for y.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sympy import Expr

from symgrad.derivation.backward import derive
from symgrad.equivalence import Verdict, equivalent
from symgrad.expressions import add, array_of, element, mul
from symgrad.program import Input, Loss, Nest, Program, Statement
from symgrad.reading.text import read
from symgrad.secondorder.closed import closed
from symgrad.secondorder.graph import graph
from symgrad.secondorder.rules import naive, twice


@dataclass(frozen=True)
class Side:
    """One side of an equation: how it is written, and what it is over a forward pass."""

    text: str
    expression: Callable[[Program], Expr]


@dataclass(frozen=True)
class Claim:
    """An equation of the notes by its number, or what they say between two of them.

    Equations that fix how the sweep starts claim nothing: they have no sides.
    """

    number: str
    says: str
    left: Side | None = None
    right: Side | None = None
    equal: bool = True
    slip: str = ""


@dataclass(frozen=True)
class Step:
    """A claim with both sides and the verdict on them; nothing to check where it has no sides."""

    claim: Claim
    left: Expr | None
    right: Expr | None
    verdict: Verdict | None

    @property
    def holds(self) -> bool:
        """Proved where the notes say `=`, refuted with a witness where they say `≠`."""
        if self.verdict is None:
            return True
        return self.verdict.status == ("equal" if self.claim.equal else "different")


def argument(forward: Program) -> Iterator[Step]:
    """Every step of the notes on their graph, checked."""
    for claim in CLAIMS:
        if claim.left is None or claim.right is None:
            yield Step(claim, None, None, None)
            continue
        left, right = claim.left.expression(forward), claim.right.expression(forward)
        one, other = _assigned(forward, left), _assigned(forward, right)
        yield Step(claim, left, right, equivalent(one, other, given=forward, targets=[SIDE]))


SIDE = "side"


def _assigned(forward: Program, side: Expr) -> Program:
    return Program((), (Nest((), (Statement(element(SIDE), "=", side),)),), forward)


# --- sides ---------------------------------------------------------------------------------------


def value(text: str) -> Side:
    """An expression of the notation."""

    def expression(forward: Program) -> Expr:
        (nest,) = read(f"{SIDE} = {text}", forward).nests
        return nest.body[0].value

    return Side(text, expression)


def naively(name: str) -> Side:
    """What the naive rule computes for a name of the graph."""

    def expression(forward: Program) -> Expr:
        one = graph(forward)
        return closed(naive(one), one.second(name, name))

    return Side(f"{name}.grad'", expression)


def second(name: str) -> Side:
    """The true second derivative of the loss by a name, taken as an input of what follows it."""

    def expression(forward: Program) -> Expr:
        one = graph(_from(forward, name), [name])
        return closed(twice(one), one.second(name, name))

    return Side(f"d2l/d{name}2", expression)


def change(of: Side) -> Side:
    """The derivative of an expression by x: the gradient of the graph whose loss it is."""

    def expression(forward: Program) -> Expr:
        kept = tuple(item for item in forward.declarations if not isinstance(item, Loss))
        nests = (*forward.nests, *_assigned(forward, of.expression(forward)).nests)
        inner = Program((*kept, Loss(SIDE)), nests)
        return closed(derive(inner, ["x"]), "x.grad")

    return Side(f"d/dx ({of.text})", expression)


def plus(*parts: Side) -> Side:
    text = " + ".join(part.text for part in parts)
    return Side(text, lambda forward: add(*(part.expression(forward) for part in parts)))


def times(*parts: Side) -> Side:
    text = " * ".join(part.text for part in parts)
    return Side(text, lambda forward: mul(*(part.expression(forward) for part in parts)))


def _from(forward: Program, name: str) -> Program:
    """The forward pass with a name as an input, in the place of what computes it."""
    if any(item.name == name for item in forward.declared(Input)):
        return forward
    nests = (nest for nest in forward.nests if array_of(nest.body[0].target) != name)
    declarations = (*forward.declarations, Input(name))
    return replace(forward, declarations=declarations, nests=tuple(nests))


# --- what the notes say --------------------------------------------------------------------------

FIRST = [value("f_y(y, z) * g'(x)"), value("f_z(y, z) * h'(x)")]
NAIVE = value("f_yy(y, z) * g''(x) + f_zz(y, z) * h''(x)")

CLAIMS = (
    Claim(
        "13",
        "the sweep starts from 1 at u, as if it were the second derivative of l by u",
        second("u"),
        value("1"),
        slip="wrong seed: l = u is a straight line, so its second derivative by u is 0, not 1",
    ),
    Claim("14", "all else starts from 0"),
    Claim("15", "z gets the seed times f_zz", naively("z"), value("1 * f_zz(y, z)")),
    Claim("16", "y gets the seed times f_yy", naively("y"), value("1 * f_yy(y, z)")),
    Claim(
        "17",
        "x gets what y has, times g''",
        times(naively("y"), value("g''(x)")),
        value("f_yy(y, z) * g''(x)"),
    ),
    Claim(
        "18",
        "x gets what z has, times h''",
        times(naively("z"), value("h''(x)")),
        value("f_zz(y, z) * h''(x)"),
    ),
    Claim(
        "19",
        "both added",
        naively("x"),
        plus(times(naively("y"), value("g''(x)")), times(naively("z"), value("h''(x)"))),
    ),
    Claim(
        "20",
        "what y and z have put in, the seed still in front",
        naively("x"),
        value("1 * f_yy(y, z) * g''(x) + 1 * f_zz(y, z) * h''(x)"),
    ),
    Claim("21", "the naive value", naively("x"), NAIVE),
    Claim(
        "22",
        "the second derivative is how the first one changes",
        second("x"),
        change(plus(*FIRST)),
    ),
    Claim(
        "23",
        "a sum changes term by term",
        change(plus(*FIRST)),
        plus(change(FIRST[0]), change(FIRST[1])),
    ),
    Claim(
        "24",
        "the product rule",
        change(FIRST[0]),
        plus(
            times(change(value("f_y(y, z)")), value("g'(x)")),
            value("f_y(y, z) * g''(x)"),
        ),
    ),
    Claim(
        "25",
        "f_y changes as a function of x, through y and z",
        change(value("f_y(y, z)")),
        change(value("f_y(g(x), h(x))")),
    ),
    Claim(
        "26",
        "the chain rule",
        change(value("f_y(y, z)")),
        value("f_yy(y, z) * g'(x) + f_yz(y, z) * h'(x)"),
    ),
    Claim(
        "after 26",
        "the left term in full",
        change(FIRST[0]),
        value("f_yy(y, z) * g'(x)^2 + f_yz(y, z) * h'(x) * g'(x) + f_y(y, z) * g''(x)"),
    ),
    Claim(
        "28",
        "with the right term, by symmetry",
        second("x"),
        value(
            "f_yy(y, z) * g'(x)^2 + f_y(y, z) * g''(x) + f_zz(y, z) * h'(x)^2 "
            "+ f_z(y, z) * h''(x) + 2 * f_yz(y, z) * h'(x) * g'(x)"
        ),
    ),
    Claim("28, ≠", "which is not the naive value", second("x"), naively("x"), equal=False),
)
"""Equation 27 is empty in the notes."""
