"""What holds where something is made, names that nothing else has, and how much work is left.

    sum(i if i > 1, floor(1 / i) u[i])        within the sum i > 1 may be relied on

Work is counted in steps: beyond the budget `OutOfReach` is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count

from symgrad.proof.terms import OutOfReach, Poly, Sum
from symgrad.sets.affine import ATLEAST, Affine, Constraint, Variable, is_index_variable, plus
from symgrad.sets.indexsets import IndexSets


class Surroundings:
    """Constraints in force at a place, under what is assumed everywhere.

    `sets` decides about integers under what is assumed of them; `known` holds constraints on free
    indices that always hold, `context` those of the sums around.
    """

    def __init__(self, sets: IndexSets, budget: int, owner: str = "") -> None:
        """The owner is part of the names that are made."""
        self.sets = sets
        self.budget = budget
        self._owner = owner
        self.known: set[Constraint] = set()
        self.context: tuple[Constraint, ...] = ()
        self._numbers = count()
        self._sums: dict[Sum, Sum] = {}

    @contextmanager
    def inside(self, constraints: Iterable[Constraint]) -> Iterator[None]:
        """What is made here stands under these constraints, and may rely on them."""
        outer = self.context
        self.context = (*outer, *constraints)
        try:
            yield
        finally:
            self.context = outer

    def implied(self, condition: Constraint, constraints: Iterable[Constraint]) -> bool:
        """Do constraints, and what is assumed, imply a condition?"""
        return self.sets.implied(condition, constraints)

    def surroundings(self) -> tuple[Constraint, ...]:
        """What holds where something is made."""
        return (*self.known, *self.context)

    def holds(self, condition: Constraint) -> bool:
        """Is a condition known here?"""
        return (
            condition in self.known
            or condition in self.context
            or self.implied(condition, self.surroundings())
        )

    def spend(self, steps: int = 1) -> None:
        """Count steps; there is an end to them."""
        self.budget -= steps
        if self.budget < 0:
            raise OutOfReach("the budget of steps is spent")

    def fresh(self) -> Variable:
        """A bound name that nothing else has."""
        return f"@f{self._owner}{next(self._numbers)}"

    def freeze(self, poly: Poly) -> Sum:
        """A polynomial as what an atom can hold; equal ones are one."""
        self.spend(len(poly))
        made = Sum(poly)
        return self._sums.setdefault(made, made)

    def needed(
        self, constraints: Iterable[Constraint], bounds: Sequence[Variable]
    ) -> tuple[Constraint, ...] | None:
        """The constraints that do not always hold; None where they never do."""
        needed = []
        for item in sorted(strictest(constraints)):
            if item in self.known:
                continue
            if not any(name in bounds for name, _ in item[1][1]):
                free_ = [name for name, _ in item[1][1] if is_index_variable(name)]
                if all(name[0] == "$" for name in free_):
                    if item[0] == ATLEAST and self.implied(item, self.known):
                        continue
                    if item[0] == ATLEAST:
                        never = self.implied((ATLEAST, plus((-1, ()), item[1], -1)), self.known)
                    else:
                        never = self.implied(
                            (ATLEAST, plus((-1, ()), item[1], -1)), self.known
                        ) or self.implied((ATLEAST, plus((-1, ()), item[1])), self.known)
                    if never:
                        return None
            needed.append(item)
        return tuple(needed)


def strictest(constraints: Iterable[Constraint]) -> set[Constraint]:
    """Of j >= 0 and j >= 1 the second."""
    least: dict[Affine, int] = {}
    found = set(constraints)
    for kind, (number, parts) in found:
        if kind == ATLEAST:
            least[0, parts] = min(number, least.get((0, parts), number))
    return {
        (kind, (number, parts))
        for kind, (number, parts) in found
        if kind != ATLEAST or number == least[0, parts]
    }
