"""Two sides and their forward passes, run in step: the differences that are to be zero."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from symgrad.program import Axis
from symgrad.proof.beginning import forked, known_of, run_to, theory_of
from symgrad.proof.definedness import Sides
from symgrad.proof.demanded import Elements
from symgrad.proof.normalize import Run
from symgrad.proof.scope import Scope
from symgrad.proof.terms import OutOfReach, Poly, subtract
from symgrad.proof.theory import Definition, instance, number
from symgrad.separation.recurrence import Recurrence
from symgrad.separation.separate import Separated
from symgrad.sets.affine import Affine, Variable, constant, variable
from symgrad.sets.integers import Integers
from symgrad.sets.straying import straying


@dataclass(frozen=True)
class Question:
    """Two sides and their forward passes, all separated, and the arrays to compare.

    For whoever tells the proof: what stands as the left side was asked as the right (`turned`), and
    the loops that leave what the sides hold as unknowns (`loops`).
    """

    left: Separated
    right: Separated
    given: tuple[Separated, ...]
    targets: tuple[str, ...]
    loops: tuple[Recurrence, ...] = ()
    turned: bool = False


class Comparison:
    """Both sides of a question, run in step.

    An array that both sides compute on their way, under one name and over the same axes, and that
    is proved to hold the same on both, joins the forward pass: what the sides do with it is
    compared with its elements as they stand.

        e.grad = ... on the left,  e.grad = ... on the right,  equal      e.grad[b] is e.grad[b]
    """

    def __init__(self, question: Question, anew: bool = False) -> None:
        """Begin with what is kept of the programs or, if asked to, with nothing."""
        if any(item.final for item in question.given):
            raise OutOfReach("a forward pass that overwrites")
        self.question = question
        given = tuple(item.program for item in question.given)
        self._base = theory_of(given) if anew else known_of(*given)
        self.known = forked(self._base)
        self.known.straying |= self._straying()
        self.left = Run(self.known, question.left.program, "left ")
        self.right = Run(self.known, question.right.program, "right ")

    def _straying(self) -> set[str]:
        """What either side leaves, or has other axes for: its elements are all places, on both."""
        left, right = self.question.left, self.question.right
        found = set(straying(left.program) | straying(right.program))
        for target in self.question.targets:
            names = {side.final.get(target, target) for side in (left, right)}
            if names & found or not self._over_the_same_axes(target):
                found |= names
        return found

    def finals(self, target: str) -> tuple[Definition, Definition]:
        """What an array holds in the end, on the left and on the right.

        Where one side alone holds an index, it is compared as a number.
        """
        question = self.question
        names = question.left.final.get(target, target), question.right.final.get(target, target)
        left, right = (
            run_to(side, last, self._base)
            for side, last in zip((self.left, self.right), names, strict=True)
        )
        if len(left.formals) > len(right.formals):
            left = number(self.known, left, question.left.program.arrays[names[0]])
        elif len(left.formals) < len(right.formals):
            right = number(self.known, right, question.right.program.arrays[names[1]])
        return left, right

    def difference(self, name: str) -> Poly:
        """left[$] - right[$] at the same free indices; an axis of one place has that place."""
        one, other = self._axes(name)
        if len(one) != len(other):
            raise OutOfReach("the ranks of the sides differ")
        left, right = self.finals(name)
        places = tuple(map(variable, left.formals))
        poly = subtract(left.poly, instance(self.known, right, places))
        single = self._of_one_place(name, left.formals)
        return self.known.algebra.substitute(poly, single) if single else poly

    def elements(self, target: str) -> Sides:
        """An array's elements on the left and on the right, at the same free indices."""
        left, right = self.finals(target)
        places = {name: variable(name) for name in left.formals}
        places.update(self._of_one_place(target, left.formals))
        formals = zip(right.formals, places.values(), strict=True)
        return Elements(left, places, Scope()), Elements(right, dict(formals), Scope())

    def _axes(self, name: str) -> tuple[tuple[Axis, ...], tuple[Axis, ...]]:
        """The axes of what an array is in the end, on the left and on the right."""
        left, right = self.question.left, self.question.right
        one, other = (side.program.arrays[side.final.get(name, name)] for side in (left, right))
        return one.axes, other.axes

    def _over_the_same_axes(self, name: str) -> bool:
        """Has an array the same axes on both sides, for all extents?"""
        one, other = self._axes(name)
        if one == other or len(one) != len(other):
            return one == other
        assumed = (part for item in self.question.given for part in item.program.assumptions)
        known = Integers(assumptions=assumed)
        return all(
            known.implies((), sympy.Eq(mine, theirs, evaluate=False))
            for left, right in zip(one, other, strict=True)
            for mine, theirs in ((left.lower, right.lower), (left.upper, right.upper))
        )

    def _of_one_place(self, name: str, formals: tuple[Variable, ...]) -> dict[Variable, Affine]:
        """The indices of axes such as 1..1, with their only value."""
        question = self.question
        last = question.left.final.get(name, name)
        axes = question.left.program.arrays[last].axes
        known = zip(formals, axes if last not in self.known.straying else (), strict=False)
        return {
            formal: constant(int(axis.lower))
            for formal, axis in known
            if axis.lower.is_Integer and axis.lower == axis.upper
        }

    def agreed(self, name: str) -> None:
        """Both sides hold the same there (which the caller has proved)."""
        if name in self.left.complete | self.right.complete:
            self.left.complete.add(name)  # what the forward pass holds, on one side at sight
            self.right.complete.add(name)
        if not self._can_be_shared(name):
            return
        self.known.definitions[name] = self.left.current[name]
        self.known.arrays[name] = self.left.program.arrays[name]
        self.known.order.append(name)
        self.left.complete.add(name)
        self.right.complete.add(name)

    def _can_be_shared(self, name: str) -> bool:
        """Is it the same array on both sides, of numbers, and new?"""
        question = self.question
        arrays = [side.program.arrays[name] for side in (question.left, question.right)]
        renamed = {*question.left.final, *question.right.final}
        return (
            name not in renamed
            and name not in self.known.arrays
            and name not in self.known.definitions
            and arrays[0] == arrays[1]
            and arrays[0].values is None
            and arrays[0].role != "input"
        )
