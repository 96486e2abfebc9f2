"""The argument of the notes as the steps of a derivation, each with how it was checked.

Claim --check--> Step(number, why and how it was checked, equation), or an AuthorError
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Eq, Expr

from symgrad.equivalence import Verdict
from symgrad.explaining.proving import listed
from symgrad.explaining.steps import Derivation, Equation, Step, Words
from symgrad.expressions import scalar
from symgrad.program import Input, Opaque, Program
from symgrad.refutation.witness import Witness
from symgrad.secondorder.argument import Claim, argument, notes_graph
from symgrad.secondorder.argument import Step as Checked
from symgrad.secondorder.sides import Relation, value


def told(claims: Iterable[Claim]) -> Derivation:
    """Claims of the notes, in order; one that does not check out is an AuthorError."""
    return Derivation(None, tuple(step for one in argument(claims) for step in _steps(one)))


def _steps(checked: Checked) -> Iterator[Step]:
    claim = checked.claim
    forward = notes_graph()
    equation = Equation(forward, claim.left, claim.relation, claim.right)
    check = _check(forward, claim.relation, checked.checks[0].verdict)
    yield Step((_sentence(claim.says), *check), (equation,), number=claim.number)
    if claim.slip is not None:
        true = Equation(forward, claim.slip.taken_for, "=", claim.slip.true)
        check = _check(forward, "=", checked.checks[-1].verdict)
        yield Step((_sentence(claim.slip.says), *check), (true,))


def _sentence(says: str) -> str:
    return f"{says[0].upper()}{says[1:]}."


def _check(forward: Program, relation: Relation, verdict: Verdict) -> Words:
    """Proved for all inputs; or a point at which the sides differ, with both values."""
    found = verdict.witness
    if found is None:
        return (PROVED[relation],)
    at = listed(_point(forward, found))
    return (
        "Checked: with",
        *at,
        f"the left side is {found.left} and the right side {found.right}:",
    )


PROVED: dict[Relation, str] = {
    "=": "Checked: proved for all `x`, `f`, `g`, `h`:",
    "+=": "Checked: proved to be what the naive sweep adds here:",
}


def _point(forward: Program, found: Witness) -> Iterator[Expr]:
    """f = y^2*z, g = x^2, x = 1"""
    parameters = {item.name: item.parameters for item in forward.declared(Opaque)}
    for name, text in found.functions.items():
        inner = Program(tuple(map(Input, parameters[name])))
        yield Eq(scalar(name), value(text, inner), evaluate=False)
    for name, number in found.inputs.items():
        yield Eq(scalar(name), value(str(number), forward), evaluate=False)
