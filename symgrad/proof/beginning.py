"""What a comparison starts from: the forward pass, and each side up to its first target.

Neither depends on what a side is compared with, so both are worked out once and kept beside the
programs: one forward pass and one reference serve all the answers to an exercise. What is kept does
not change; a comparison begins with a theory of its own that knows as much.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from weakref import WeakKeyDictionary

from symgrad.program import Array, Program, kept
from symgrad.proof.facts import Facts
from symgrad.proof.functions import FUNCTIONS, PRIMES
from symgrad.proof.laws import Laws
from symgrad.proof.maxima import REDUCERS
from symgrad.proof.normalize import Mark, Run
from symgrad.proof.rational import Algebra
from symgrad.proof.terms import OutOfReach, Poly
from symgrad.proof.theory import Definition, Theory, assume
from symgrad.proof.unions import united
from symgrad.separation.recurrence import CARRIED
from symgrad.sets.affine import Constraint
from symgrad.sets.indexsets import IndexSets

BUDGET = 40_000
"""Steps of work for one comparison."""


def theory_of(given: Iterable[Program], budget: int = BUDGET) -> Theory:
    """The definitions of forward passes (separated) that agree where they define the same array."""
    programs = tuple(given)
    if len({program.declarations for program in programs}) > 1:
        raise OutOfReach("forward passes with different declarations")
    arrays: dict[str, Array] = {}
    for program in programs:
        arrays.update(program.arrays)
    assumed = tuple(dict.fromkeys(c for program in programs for c in program.assumptions))
    result = _theory(arrays, {}, set(), IndexSets(), budget)
    result.tied.update(assume(result, assumed))
    for program in programs:
        Run(result, program, "", forward=True).finish()
    return result


@kept
def known_of(program: Program, *others: Program) -> Theory:
    """The theory of forward passes, to be left as it is; see `forked`."""
    return theory_of((program, *others))


def forked(theory: Theory, owner: str = "") -> Theory:
    """A theory that knows the same so far; what it learns from now on is its own.

    The owner tells the names that it makes from those of others.
    """
    arrays, definitions = dict(theory.arrays), dict(theory.definitions)
    budget = theory.algebra.budget
    found = _theory(arrays, definitions, theory.tied, theory.sets.anew(), budget, owner)
    found.algebra.known |= theory.algebra.known
    found.laws.facts.learn(theory.laws.facts)
    found.order += theory.order
    found.equations += theory.equations
    found.demands += theory.demands
    found.straying |= theory.straying
    return found


def _theory(
    arrays: dict[str, Array],
    definitions: dict[str, Definition],
    tied: set[str],
    sets: IndexSets,
    budget: int,
    owner: str = "",
) -> Theory:
    """The arithmetic over arrays, their definitions, and what equations tie."""

    def generic(name: str) -> bool:
        array = arrays.get(name.removesuffix("@0"))
        plain = array is None or (array.values is None and array.data is None)
        free = name not in definitions and name not in tied and CARRIED not in name
        return plain and free

    def definition(name: str) -> Poly | None:
        found = definitions.get(name)
        return None if found is None else found.poly

    facts = Facts({}, generic, definition, lambda name: definitions[name].formals, sets.determined)
    laws = Laws(facts, FUNCTIONS, PRIMES, REDUCERS, united)
    algebra = Algebra(laws.table(), sets, budget, owner)
    return Theory(algebra, laws, sets, arrays, definitions, tied=tied)


@dataclass(frozen=True)
class Opening:
    """What a side holds when an array of it is complete, and what was learned on the way."""

    mark: Mark
    complete: frozenset[str]
    known: frozenset[Constraint]
    noted: tuple[tuple[Poly, bool], ...]
    steps: int


Openings: TypeAlias = (
    "WeakKeyDictionary[Theory, dict[tuple[str, str, frozenset[str]], Opening | str]]"
)


def run_to(run: Run, name: str, base: Theory) -> Definition:
    """What an array of a side holds when it is complete.

    While the theory knows what its base does and no more, this is the same whatever the other side
    is, and found beside the program.
    """
    theory, facts = run.theory, run.theory.laws.facts
    if run.place < 0 and _knows_no_more(theory, base):
        opening = _opening(run, name, base)
        if isinstance(opening, str):
            raise OutOfReach(opening)
        theory.algebra.spend(opening.steps)
        theory.algebra.known |= opening.known
        facts.noted += opening.noted
        run.complete |= opening.complete
        run.back(opening.mark)
    return run.until(name)


def _knows_no_more(theory: Theory, base: Theory) -> bool:
    return (
        len(theory.laws.facts.noted) == len(base.laws.facts.noted)
        and theory.definitions.keys() == base.definitions.keys()
    )


def _opening(run: Run, name: str, base: Theory) -> Opening | str:
    """What a side holds when an array is complete, on its own, or why it does not get there."""
    openings = _openings(run.program).setdefault(base, {})
    key = name, run.owner, frozenset(run.theory.straying)
    if key not in openings:
        theory = forked(base, run.owner)
        theory.straying |= run.theory.straying
        openings[key] = _opened(Run(theory, run.program, run.owner), name, base)
    return openings[key]


@kept
def _openings(_: Program) -> Openings:
    """What is kept of a program, as long as the forward passes are."""
    return WeakKeyDictionary()


def _opened(run: Run, name: str, base: Theory) -> Opening | str:
    try:
        run.until(name)
    except OutOfReach as reason:
        return str(reason)
    algebra, noted = run.theory.algebra, run.theory.laws.facts.noted
    return Opening(
        run.mark(),
        frozenset(run.complete),
        frozenset(algebra.known - base.algebra.known),
        tuple(noted[len(base.laws.facts.noted) :]),
        base.algebra.budget - algebra.budget,
    )


__all__ = ["BUDGET", "forked", "known_of", "run_to", "theory_of"]
