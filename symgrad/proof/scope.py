"""What surrounds an expression: the indices bound there, and what is to hold of its parts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sympy import Expr

from symgrad.proof.terms import (
    UNIT,
    Poly,
    Sum,
)
from symgrad.sets.affine import (
    Affine,
    Constraint,
    Variable,
)

POSITIVE, NONNEGATIVE, NONZERO = "positive", "not negative", "not zero"
DEFINED = "defined"
"""Of what a loop leaves of which nothing else is known."""


Quotient: TypeAlias = "tuple[Affine, int]"
"""e and d, for floor(e / d)."""


@dataclass(frozen=True)
class Scope:
    """The indices bound at a place: their variables and what is known of them there."""

    variables: Mapping[Expr, Variable] = field(default_factory=dict)
    bounds: tuple[Variable, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    labels: Mapping[Variable, Poly] = field(default_factory=dict)
    """The values of elements that hold an index, each with the 1 where the element holds it."""
    quotients: Mapping[Quotient, Variable] = field(default_factory=dict)
    guards: tuple[Poly, ...] = ()
    """Each is 1 where a condition holds and 0 where what stands here is not looked at."""

    def guarded(self, *guards: Poly) -> Scope:
        """The scope where conditions hold as well; those on indices alone are constraints."""
        within = self
        for guard in guards:
            constraints = on_indices(guard)
            if constraints is None:
                within = replace(within, guards=(*within.guards, guard))
            else:
                within = within.under((), constraints)
        return within

    def under(self, bounds: Collection[Variable], constraints: Collection[Constraint]) -> Scope:
        if not bounds and not constraints:
            return self
        return replace(
            self,
            bounds=(*self.bounds, *bounds),
            constraints=(*self.constraints, *constraints),
        )

    def within(self, extra: Extra) -> Scope:
        """The scope with what an index expression needs besides."""
        if not extra.bounds and not extra.constraints and not extra.conditions:
            return self
        return self.under(extra.bounds, extra.constraints).guarded(*extra.conditions)


def on_indices(guard: Poly) -> tuple[Constraint, ...] | None:
    """The constraints on indices in force that a condition consists of, if it does."""
    if len(guard) != 1:
        return None
    ((bounds, constraints, factors), number), *_ = guard.items()
    return constraints if not bounds and not factors and number == UNIT else None


@dataclass
class Extra:
    """What an index expression needs besides a form: bound indices and their conditions."""

    bounds: list[Variable] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    conditions: list[Poly] = field(default_factory=list)
    labels: list[Expr] = field(default_factory=list)
    quotients: dict[Quotient, Variable] = field(default_factory=dict)

    def add(self, other: Extra) -> None:
        self.bounds += other.bounds
        self.constraints += other.constraints
        self.conditions += other.conditions


@dataclass(frozen=True, eq=False)
class Demand:
    """Wherever the bound indices range, the sum must be positive, not negative or not zero.

    Where a guard of the scope is 0 nothing is demanded.
    """

    kind: str
    scope: Scope
    inner: Sum

    def under(self, guards: Iterable[Poly]) -> Demand:
        """The demand where conditions hold as well."""
        return replace(self, scope=self.scope.guarded(*guards))


@dataclass(frozen=True)
class Read:
    """An element that is read, and the scope where it is."""

    name: str
    places: tuple[Affine, ...]
    scope: Scope

    def under(self, guards: Iterable[Poly]) -> Read:
        """The element where conditions hold as well."""
        return replace(self, scope=self.scope.guarded(*guards))


def note(constraints: list[Constraint], item: Constraint | None) -> None:
    if item is not None:
        constraints.append(item)
