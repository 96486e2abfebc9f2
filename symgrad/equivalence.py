"""Are two answers the same? Refuted by a witness, proved for all extents, or left undecided.

    equal        a proof that the rules made: the same values for all extents and almost all inputs
    different    a witness: extents, inputs and an element at which the values differ
    undecided    neither: the shapes and points that were tried, and the digits that agreed

What takes least comes first, and nearly always decides: a point (most of what differs does so
there), both sides in normal form (most of what is equal has the same one), a few points more, the
search for a proof, and without one the search for a witness. A program is proved only after it has
been separated; one that cannot be is refuted or undecided.

Which side is called left must not matter. The search for a proof takes the difference as it stands,
so where nothing was found of left - right, right - left is tried before the pair is left undecided.

A chain `target = a = b` claims more than its last member: a step of it that does not hold makes a
side different from whatever it is compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Literal

from symgrad.chains import Step, conclusion, steps
from symgrad.derivation.completion import complete, only
from symgrad.program import Program, is_gradient, kept, primal
from symgrad.proof.comparison import Question
from symgrad.proof.prove import prove, proving
from symgrad.proof.rules import Proof
from symgrad.reading.text import read
from symgrad.refutation.counterparts import under_one_name
from symgrad.refutation.refute import AT_SIGHT, FIRST_TRIALS, Refuted, Search
from symgrad.refutation.witness import Agreement, Witness
from symgrad.separation.gathered import gathered
from symgrad.separation.multiplied import multiplied
from symgrad.separation.overwrite import Inseparable
from symgrad.separation.pairing import paired
from symgrad.separation.rebased import rebased
from symgrad.separation.recurrence import without_recurrences
from symgrad.separation.restored import restored
from symgrad.separation.rounds import rolled
from symgrad.separation.separate import Separated, separate

Status = Literal["equal", "different", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """The answer, with what it rests on: a proof, a witness, or what was tried.

    The witness is the smallest that is found; it is looked for when it is first asked for. Without
    either, `unproved` is what a proof was sought of, or the reason why none was sought. `step` is
    the step of a chain that the verdict is about, where it is not about the targets.
    """

    status: Status
    proof: Proof | None = None
    evidence: Agreement | None = None
    refuted: Refuted | None = field(default=None, repr=False)
    unproved: Question | str | None = field(default=None, repr=False)
    step: Step | None = field(default=None, repr=False)

    @property
    def witness(self) -> Witness | None:
        return self.refuted.witness if self.refuted else None

    def __bool__(self) -> bool:
        return self.status == "equal"


def equivalent(
    left: Program | str,
    right: Program | str,
    given: Program | str | None = None,
    targets: Iterable[str] | None = None,
) -> Verdict:
    """Do both sides give the targets the same values, for all extents and almost all inputs?

    A text that cannot be read raises `StudentError`. The default targets are the declared arrays
    and gradients that the right side writes; if it writes none, all that it writes.
    """
    forward = read(given) if isinstance(given, str) else given
    one, other = (_side(item, forward) for item in (left, right))
    names = (
        tuple(dict.fromkeys(targets))
        if targets is not None
        else _targets(other, forward or Program())
    )
    unproved = [found for side in (one, other) for found in unproved_steps(side, forward)]
    found = next((item for item in unproved if item.status == "different"), None)
    if found is not None:
        return found
    verdict = _decided(conclusion(one), conclusion(other), forward, names)
    return unproved[0] if unproved and verdict else verdict


def unproved_steps(program: Program, forward: Program | None) -> Iterator[Verdict]:
    """The verdicts on those steps of a program's chains that are false or not decided."""
    for step in steps(program):
        verdict = _decided(step.left, step.right, forward, (step.observed,))
        if not verdict:
            yield replace(verdict, step=step)


def _decided(
    one: Program, other: Program, forward: Program | None, names: tuple[str, ...]
) -> Verdict:
    """The verdict on sides without chains."""
    if forward is not None:
        one, other = complete(one, forward), complete(other, forward)
    search = Search(one, other, names)
    found = search.glance(0, AT_SIGHT)
    if isinstance(found, Refuted):
        return Verdict("different", refuted=found)
    question = _asked_alike(search, one, other, names)
    proofs = proving(question) if isinstance(question, Question) else iter(())
    at_sight = list(islice(proofs, 1))
    proof = next(iter(at_sight), None)
    if proof is None and at_sight:
        found = search.glance(AT_SIGHT, FIRST_TRIALS)
        if isinstance(found, Refuted):
            return Verdict("different", refuted=found)
        proof = next(proofs, None)
    if proof is not None:
        return Verdict("equal", proof=proof)
    found = search.result(chain(search.plan(), search.further()))
    if isinstance(found, Refuted):
        return Verdict("different", refuted=found)
    if at_sight:  # there was a difference to search from: the other one may be simpler
        turned = _asked_alike(Search(other, one, names), other, one, names)
        proof = prove(replace(turned, turned=True)) if isinstance(turned, Question) else None
        if proof is not None:
            return Verdict("equal", proof=proof)
    return Verdict("undecided", evidence=found, unproved=question)


def _asked_alike(
    search: Search, one: Program, other: Program, names: tuple[str, ...]
) -> Question | str:
    """What is to be proved, once what holds the same on both sides has one name."""
    return asked(*under_one_name(search, one, other, names), names)


def _side(item: Program | str, forward: Program | None) -> Program:
    """A side as a program over the forward pass."""
    program = read(item, given=forward) if isinstance(item, str) else item
    return program if program.given or forward is None else replace(program, given=forward)


def proved(left: Program, right: Program, targets: tuple[str, ...]) -> Proof | None:
    """A proof that completed sides agree on the targets, if there is one to be found."""
    question = asked(left, right, targets)
    return prove(question) if isinstance(question, Question) else None


def proved_beside(search: Search) -> Proof | None:
    """A proof that the completed sides of a search agree on its targets, and nothing else."""
    question = _asked_alike(search, *search.whole, search.targets)
    return prove(question) if isinstance(question, Question) else None


def asked(left: Program, right: Program, targets: tuple[str, ...]) -> Question | str:
    """What is to be proved of completed sides, or why it cannot be put as definitions."""
    if any(not {*side.written} >= set(targets) for side in (left, right)) or not targets:
        return "a target is not written by both sides"
    if any(side.given is not None and side.declarations for side in (left, right)):
        return "a side that has declarations of its own"
    left, right = (_together(only(side, targets)) for side in (left, right))
    left, right, loops = without_recurrences(*paired(left, right))
    givens = dict.fromkeys(
        side.given.joined() if side.given else _declared(side) for side in (left, right)
    )
    separated: list[Separated] = []
    for place, item in enumerate((left, right, *givens)):
        found = separate(item, versions=place < 2)
        if isinstance(found, Inseparable):
            return f"statement {found.statement}: {found.reason}"
        separated.append(found)
    one, other, *forward = separated
    if (one.lost | other.lost) & set(targets):
        return "a target of which nothing tells what the last iteration leaves"
    return Question(one, other, tuple(forward), targets, loops)


@kept
def _declared(side: Program) -> Program:
    """What stands for the forward pass of a side that has none."""
    return Program(side.declarations)


def _together(program: Program) -> Program:
    """The program with what was taken apart in it put together."""
    whole = rolled(gathered(multiplied(restored(program))))
    placed = rebased(whole)
    return whole if placed is whole else rolled(gathered(placed))


def _targets(right: Program, forward: Program) -> tuple[str, ...]:
    """What a side writes of declared arrays and gradients; if nothing, whatever it writes."""
    known = forward.arrays
    asked = tuple(
        name
        for name in right.written
        if name in known or (is_gradient(name) and primal(name) in known)
    )
    return asked or right.written


__all__ = ["Verdict", "asked", "equivalent", "proved", "proved_beside", "unproved_steps"]
