"""The rules of proof. Only this module can make a `Proof`.

What is proved is that a difference of two definitions is zero for all extents and almost all
inputs. A derivation starts at the difference and ends at the empty sum; each step applies one row
of `RULES`,

    unfold Z           Z[i] = its definition
    clear S            0 = t  if  0 = t * S^n, S not zero
    cancel             t lead(S) S^-n = t S^(1-n) - t (S - lead(S)) S^-n
    use equation       an assumed equation, in the same way
    exponentials       sigma(u) = E / (1 + E), tanh(u) = (E^2 - 1) / (E^2 + 1), E = exp(u)
    diagonals          a sum split into i < k, i > k and i = k, where atoms meet
    cases              every element of an array of constant size, fixed data put in
    regions            sums of the same atoms over sets of indices that cancel

and is written down with its outcome. `Proof.replay` reads the two programs again, runs the steps
again through the same rows, compares every outcome, and asks for the empty sum in the end.

What is trusted: this module, and the arithmetic in normal form that it calls (terms, laws, affine,
indexsets, translate, normalize), whose own rewritings (distribute, rename a bound index, merge,
contract a delta, count an index that nothing uses) are equalities that hold for every extent. What
is not: the search in prove.py, which only chooses steps. No number is ever put for an extent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symgrad.proof.cases import cases
from symgrad.proof.definedness import LEFT, RIGHT, defined_alike
from symgrad.proof.laws import Laws
from symgrad.proof.normalize import side, theory_of
from symgrad.proof.rational import Algebra
from symgrad.proof.regions import diagonals, regions
from symgrad.proof.rewriting import denominators, rewritten
from symgrad.proof.terms import (
    COMPOUND,
    FUNCTION,
    UNIT,
    Atom,
    Exponent,
    OutOfReach,
    Poly,
    Sum,
    add,
    constant,
    free,
    subtract,
)
from symgrad.proof.theory import Definition, Theory, instance, unfold
from symgrad.separation.separate import Separated
from symgrad.sets.affine import (
    variable,
)


@dataclass(frozen=True)
class Question:
    """Two sides and their forward passes, all separated, and the arrays to compare."""

    left: Separated
    right: Separated
    given: tuple[Separated, ...]
    targets: tuple[str, ...]

    def start(self) -> tuple[Theory, dict[str, Poly]]:
        """What is known, and the difference between both sides of each target."""
        if any(item.final for item in self.given):
            raise OutOfReach("a forward pass that overwrites")
        known = theory_of(item.program for item in self.given)
        left, right = (
            side(known, item.program, owner)
            for item, owner in ((self.left, LEFT), (self.right, RIGHT))
        )
        return known, {
            target: _difference(
                known,
                left[self.left.final.get(target, target)],
                right[self.right.final.get(target, target)],
            )
            for target in self.targets
        }


def _difference(known: Theory, left: Definition, right: Definition) -> Poly:
    """left[$] - right[$] at the same free indices."""
    formals = tuple(map(variable, left.formals))
    return subtract(left.poly, instance(known, right, formals))


def clear(known: Theory, poly: Poly, base: Sum) -> Poly:
    """Multiply by the least power of a sum that leaves it in no denominator."""
    atom: Atom = (COMPOUND, "", (), (base,))
    least: Exponent = 0
    for bounds, _, factors in poly:
        power = dict(factors).get(atom, 0)
        if power and not free(atom).isdisjoint(bounds):
            raise OutOfReach("a denominator that depends on a bound index")
        least = min(least, power)
    result: Poly = {}
    for (bounds, constraints, factors), coefficient in poly.items():
        raised = (*factors, (atom, -least)) if least else factors
        known.algebra.assemble(result, bounds, constraints, raised, coefficient)
    return result


def cancel(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Rewrite every product of a sum's leading term with a negative power of the sum."""
    return rewritten(known, poly, denominators)


def use(known: Theory, poly: Poly, place: int) -> Poly:
    """Rewrite the leading term of an assumed equation by the rest of it."""
    left, right = known.equations[place]
    zero = subtract(left, right)
    lead = max((key for key in zero if key != ((), (), ())), default=None)
    if lead is None:
        return poly
    rest = {key: -value / zero[lead] for key, value in zero.items() if key != lead}
    return rewritten(known, poly, lambda _: [(lead, rest, None)])


def exponentials(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Write sigma and tanh by exponential functions."""
    laws, algebra = known.laws, known.algebra

    def change(atom: Atom) -> Poly | None:
        if atom[0] != FUNCTION or atom[1] not in ("sigma", "tanh"):
            return None
        argument = algebra.mapped(atom[3][0].poly(), change)
        return EXPONENTIAL[atom[1]](laws, algebra, laws.exp(algebra, argument))

    return algebra.mapped(poly, change)


def _sigma(laws: Laws, algebra: Algebra, power: Poly) -> Poly:
    below = laws.power(algebra, add(constant(UNIT), power), -1)
    return algebra.multiply(power, below)


def _tanh(laws: Laws, algebra: Algebra, power: Poly) -> Poly:
    square = algebra.multiply(power, power)
    below = laws.power(algebra, add(square, constant(UNIT)), -1)
    return algebra.multiply(subtract(square, constant(UNIT)), below)


EXPONENTIAL: dict[str, Callable[[Laws, Algebra, Poly], Poly]] = {"sigma": _sigma, "tanh": _tanh}


Rule = Callable[[Theory, Poly, Any], Poly]


RULES: dict[str, Rule] = {
    "unfold": unfold,
    "clear": clear,
    "cancel": cancel,
    "use equation": use,
    "exponentials": exponentials,
    "regions": regions,
    "diagonals": diagonals,
    "cases": cases,
}


@dataclass(frozen=True)
class Step:
    """One application of a rule: its name, what it was applied with, what came out."""

    rule: str
    parameter: Any
    outcome: Sum


@dataclass(frozen=True)
class Derivation:
    """A difference on its way to zero; each step gives a new derivation."""

    known: Theory
    poly: Poly
    steps: tuple[Step, ...] = ()

    def apply(self, rule: str, parameter: Any = None) -> Derivation:
        poly = RULES[rule](self.known, self.poly, parameter)
        return Derivation(self.known, poly, (*self.steps, Step(rule, parameter, Sum(poly))))


_KERNEL = object()


class Proof:
    """That two programs agree on their targets, for all extents and almost all inputs."""

    def __init__(
        self, token: object, question: Question, derivations: Mapping[str, tuple[Step, ...]]
    ) -> None:
        if token is not _KERNEL:
            raise TypeError("a proof is made by the rules alone: see `concluded`")
        self.question = question
        self.derivations = dict(derivations)

    def replay(self) -> bool:
        """Run every step again through the rules: does each give what is written down, and zero?"""
        try:
            return _replayed(self.question, self.derivations)
        except (OutOfReach, KeyError, TypeError, ValueError, IndexError, AttributeError):
            return False

    def lines(self) -> list[str]:
        """The steps in words."""
        return [
            f"{target}: {step.rule}{_written(step.parameter)} "
            f"({len(step.outcome.terms)} terms left)"
            for target, steps in self.derivations.items()
            for step in steps
        ]


def concluded(question: Question, derivations: Mapping[str, Derivation]) -> Proof:
    """The proof that finished derivations give; one that did not reach zero is refused."""
    if set(derivations) != set(question.targets) or any(
        derivation.poly for derivation in derivations.values()
    ):
        raise OutOfReach("a derivation that does not end in zero")
    if not all(defined_alike(item.known) for item in list(derivations.values())[:1]):
        raise OutOfReach("the sides may be undefined in different places")
    return Proof(_KERNEL, question, {name: item.steps for name, item in derivations.items()})


def _replayed(question: Question, derivations: Mapping[str, tuple[Step, ...]]) -> bool:
    known, differences = question.start()
    if not differences or set(differences) != set(derivations) or not defined_alike(known):
        return False
    for target, steps in derivations.items():
        poly = differences[target]
        for step in steps:
            poly = RULES[step.rule](known, poly, step.parameter)
            if Sum(poly) != step.outcome:
                return False
        if poly:
            return False
    return True


def _written(parameter: Any) -> str:
    return f" {parameter}" if isinstance(parameter, str) else ""
