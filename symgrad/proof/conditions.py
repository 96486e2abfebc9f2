"""Conditions as sums that are 1 where they hold and 0 elsewhere.

    i > l                     the constraint i - l - 1 >= 0
    x[i] > 0                  the bracket [x[i] > 0]
    a or b                    1 - (1 - a) (1 - b)
    i == argmax(k, u[k])      [u[i] = max(k, u[k])], or an atom where there may be ties

Where one condition of a conjunction is false, no other one need be defined.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence

import sympy
from sympy import Expr
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from symgrad.expressions import is_element, is_extent
from symgrad.heads import FUNCTION_NAMES, ArgmaxOver, Reduction
from symgrad.program import Array
from symgrad.proof.brackets import attained
from symgrad.proof.content import primitive
from symgrad.proof.labels import Labels, Lookup
from symgrad.proof.laws import Laws
from symgrad.proof.rational import Algebra
from symgrad.proof.relations import on_integers, on_reals, opposite, whole_sides
from symgrad.proof.scope import NONNEGATIVE, NONZERO, POSITIVE, Demand, Extra, Read, Scope, note
from symgrad.proof.terms import LABEL, UNIT, OutOfReach, Poly, atom_poly, constant, subtract
from symgrad.sets.affine import Affine, equal, plus, variable

RELATIONS: dict[str, type[Relational]] = {
    POSITIVE: sympy.StrictGreaterThan,
    NONNEGATIVE: sympy.GreaterThan,
    NONZERO: sympy.Ne,
}


class Conditions(Labels, ABC):
    """Reads conditions; `demands` notes what is asked of the values in them, and of all others."""

    def __init__(
        self,
        algebra: Algebra,
        laws: Laws,
        arrays: Mapping[str, Array],
        label: Lookup,
        demanding: Callable[[str], bool],
    ) -> None:
        super().__init__(algebra, arrays, label, demanding)
        self.laws = laws
        self.demands: list[Demand] = []

    @abstractmethod
    def value(self, expr: Expr, scope: Scope) -> Poly:
        """The sum that an expression is."""

    @abstractmethod
    def reduction(self, expr: Reduction, scope: Scope, sign: int, ordered: bool) -> Poly:
        """The one term that a maximum, or an argmax if it is `ordered`, is over."""

    def condition(self, condition: Boolean, scope: Scope) -> Poly:
        """1 where a condition holds, 0 elsewhere."""
        if condition == sympy.true:
            return constant(UNIT)
        if condition == sympy.false:
            return {}
        if isinstance(condition, And):
            return self.algebra.multiply(*self.conditions(condition.args, scope))
        if isinstance(condition, Not):
            return opposite(self.condition(condition.args[0], scope))
        if isinstance(condition, Or):
            none = [Not(part, evaluate=False) for part in condition.args]
            return opposite(self.algebra.multiply(*self.conditions(none, scope)))
        if not isinstance(condition, Relational):
            raise OutOfReach("no such condition")
        if isinstance(condition, sympy.Ne):
            same = sympy.Eq(*condition.args, evaluate=False)
            return opposite(self.condition(same, scope))
        return self._relation(condition, scope)

    def conditions(self, parts: Iterable[Boolean], scope: Scope) -> list[Poly]:
        """1 where each condition holds; where one is false, no other one need be defined."""
        held: list[Poly] = []
        asked: list[tuple[list[Demand], list[Read]]] = []
        for part in parts:
            outer, (self.demands, self.reads) = (self.demands, self.reads), ([], [])
            held.append(self.condition(part, scope))
            asked.append((self.demands, self.reads))
            self.demands, self.reads = outer
        for place, (demands, reads) in enumerate(asked):
            if demands or reads:
                others = [
                    self._not_false(held[other], *asked[other], scope)
                    for other in range(len(held))
                    if other != place
                ]
                self.demands += (item.under(others) for item in demands)
                self.reads += (item.under(others) for item in reads)
        return held

    def _not_false(
        self, held: Poly, demands: Sequence[Demand], reads: Sequence[Read], scope: Scope
    ) -> Poly:
        """1 where a condition is true or undefined: 1 - d (1 - held), with d = 1 where defined."""
        defined = constant(UNIT)
        for demand in demands:
            if demand.scope.bounds != scope.bounds or demand.scope.guards != scope.guards:
                raise OutOfReach("conditions that may be undefined beside each other")
            met = on_reals(
                self.laws.facts, self.algebra, RELATIONS[demand.kind], demand.inner.poly()
            )
            defined = self.algebra.multiply(defined, met)
        if reads:
            raise OutOfReach("conditions that may be undefined beside each other")
        return held if not demands else opposite(self.algebra.multiply(defined, opposite(held)))

    def _relation(self, condition: Relational, scope: Scope) -> Poly:
        left, right = condition.args
        for one, other in ((left, right), (right, left)):
            if isinstance(one, ArgmaxOver):
                return self._is_argmax(other, one, scope)
        if isinstance(left, sympy.Tuple) and isinstance(right, sympy.Tuple):
            pairs = zip(left.args, right.args, strict=True)
            return self.algebra.multiply(
                *(self.condition(sympy.Eq(*pair, evaluate=False), scope) for pair in pairs)
            )
        if all(self.integral(side, scope, fractions=True) for side in condition.args):
            return self._on_integers(type(condition), whole_sides(left, right), scope)
        gap = subtract(self.value(left, scope), self.value(right, scope))
        return on_reals(self.laws.facts, self.algebra, type(condition), gap)

    def _on_integers(self, kind: type, sides: tuple[Expr, Expr], scope: Scope) -> Poly:
        extra = Extra()
        left, right = (self.form(side, scope, extra) for side in sides)
        note(extra.constraints, on_integers(kind, left, right))
        return self.bound(constant(UNIT), extra)

    def _is_argmax(self, place: Expr, argmax: ArgmaxOver, scope: Scope) -> Poly:
        """[(a, b) == argmax(k, l, u)]: an atom, and the place is among the candidates."""
        places = place.args if isinstance(place, sympy.Tuple) else (place,)
        extra = Extra()
        forms = tuple(self.form(part, scope, extra) for part in places)
        inner, within = self.ranges(argmax.limits, scope)
        names = [inner.variables[bound] for bound, _, _ in argmax.limits]
        held = self.condition(argmax.condition, inner)
        atom = self._attained(argmax, scope, forms)
        for name, form in zip(names, forms, strict=True):
            note(within.constraints, equal(plus(variable(name), form, -1)))
        candidate = self.bound(held, within)
        return self.bound(self.algebra.multiply(candidate, atom), extra)

    def _attained(self, argmax: ArgmaxOver, scope: Scope, forms: tuple[Affine, ...]) -> Poly:
        """[forms == argmax], among the candidates: without ties, that u is the maximum there."""
        algebra = self.algebra
        inner, _ = self.ranges(argmax.limits, scope)
        names = [inner.variables[bound] for bound, _, _ in argmax.limits]
        body = self.value(argmax.body, inner)
        bare = primitive(self.laws.facts, algebra, body, True, names)[2] if body else body
        if argmax.condition == sympy.true and self.laws.facts.distinct(
            algebra, bare, names, inner.constraints
        ):
            top = self.laws.reduction(algebra, "max", self.reduction(argmax, scope, 1, False))
            here = algebra.substitute(body, dict(zip(names, forms, strict=True)))
            return attained(self.laws.facts, algebra, subtract(here, top))
        ordered = algebra.freeze(self.reduction(argmax, scope, 1, ordered=True))
        return atom_poly((LABEL, "argmax", forms, (ordered,)))

    def integral(self, expr: Expr, scope: Scope, fractions: bool = False) -> bool:
        """Is it made of indices, extents and whole numbers (or fractions) by what keeps them so?"""
        if (
            expr.is_Integer
            or (fractions and expr.is_Rational)
            or expr in scope.variables
            or is_extent(expr)
        ):
            return True
        if is_element(expr):
            return self.holds_index(expr)
        if isinstance(expr, (sympy.floor, sympy.ceiling, sympy.Mod)):
            return True
        if isinstance(expr, sympy.Pow):
            return bool(expr.exp.is_Integer and expr.exp > 0) and self.integral(expr.base, scope)
        whole = (sympy.Add, sympy.Mul, sympy.Max, sympy.Min)
        kept = isinstance(expr, whole) or FUNCTION_NAMES.get(type(expr)) == "abs"
        return kept and all(self.integral(part, scope, fractions) for part in expr.args)
