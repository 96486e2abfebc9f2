"""Expressions of a program as polynomials in normal form.

    sum(l in 1..h if i > l, A[i-l] exp(s[l]))  is  {(@l, @a | constraints | A[@a], exp(s[@l])): 1}

Conditions on indices become constraints, all other conditions brackets. What an expression asks of
its arguments (log: positive, division: not zero, roots: not negative) is noted as a *demand*, for
two programs that agree where both are defined differ if one is undefined where the other is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import sympy
from flint import fmpq
from sympy import Expr, Mul, Pow, Symbol
from sympy.core.function import AppliedUndef

from symgrad.expressions import array_of, indices_of, is_element
from symgrad.heads import (
    FUNCTION_NAMES,
    Bracket,
    MaxOver,
    MinOver,
    Partial,
    Reduction,
    SumOver,
    Where,
)
from symgrad.program import Array
from symgrad.proof.content import known_here, taken_out
from symgrad.proof.holes import has_places
from symgrad.proof.labels import Lookup
from symgrad.proof.laws import Laws
from symgrad.proof.powers import Powers
from symgrad.proof.rational import Algebra
from symgrad.proof.scope import NONZERO, POSITIVE, Demand, Extra, Scope
from symgrad.proof.terms import (
    BODY,
    LABEL,
    UNIT,
    Atom,
    OutOfReach,
    Poly,
    add,
    atom_poly,
    constant,
    scale,
    subtract,
)
from symgrad.sets.affine import Variable, atleast, plus, slope_of, variable


class Translation(Powers):
    """The polynomials of expressions, with what elements stand for given by `lookup`."""

    def __init__(
        self,
        algebra: Algebra,
        laws: Laws,
        arrays: Mapping[str, Array],
        lookup: Lookup,
        label: Lookup = lambda name, forms: atom_poly((LABEL, name, forms, ())),
        demanding: Callable[[str], bool] = lambda _: False,
    ) -> None:
        super().__init__(algebra, laws, arrays, label, demanding)
        self.lookup = lookup
        self._depth = 0

    # --- values ---

    def value(self, expr: Expr, scope: Scope) -> Poly:
        self._depth += 1
        if self._depth > 150:
            raise OutOfReach("nested too deeply")
        try:
            return _rule(expr.__class__)(self, expr, scope)
        finally:
            self._depth -= 1

    def elementary(self, expr: Expr, scope: Scope) -> Poly:
        name = FUNCTION_NAMES[type(expr)]
        argument = self.value(expr.args[0], scope)
        if name in ("log", "abs"):
            self._note_squares(expr.args[0], argument, scope)
        if name == "log":
            self.demand(POSITIVE, argument, scope)
        return self.laws.function(self.algebra, name, argument)

    def symbol(self, expr: Symbol, scope: Scope) -> Poly:
        if is_element(expr) and expr not in scope.variables:
            return self.element(expr, scope)
        return self.integer(expr, scope)

    def integer(self, expr: Expr, scope: Scope) -> Poly:
        extra = Extra()
        form = self.form(expr, scope, extra)
        return self.bound(self.algebra.form_poly(form), extra)

    def element(self, expr: Expr, scope: Scope) -> Poly:
        if expr in scope.variables:
            return self.integer(expr, scope)
        if isinstance(expr, Symbol):
            self.note_read(expr.name, (), scope)
            return self.lookup(expr.name, ())
        extra = Extra()
        places = tuple(self.form(place, scope, extra) for place in indices_of(expr))
        self.note_read(array_of(expr), places, scope.within(extra))
        return self.bound(self.lookup(array_of(expr), places), extra)

    def opaque(self, expr: Expr, scope: Scope) -> Poly:
        arguments = tuple(self.value(part, scope) for part in expr.args)
        return self.laws.partial(self.algebra, expr.func.__name__, (0,) * len(arguments), arguments)

    def partial(self, expr: Partial, scope: Scope) -> Poly:
        arguments = tuple(self.value(part, scope) for part in expr.arguments)
        if expr.function == "log":
            self.demand(POSITIVE, arguments[0], scope)
        return self.laws.partial(self.algebra, expr.function, expr.orders, arguments)

    def where(self, expr: Where, scope: Scope) -> Poly:
        """where(c, a, b) = b + [c] (a - b)."""
        condition, then, otherwise = expr.args
        held = self.condition(condition, scope)
        low = self.value(otherwise, scope.guarded(subtract(constant(UNIT), held)))
        gap = subtract(self.value(then, scope.guarded(held)), low)
        return add(low, self.algebra.multiply(held, gap))

    def larger(self, expr: Expr, scope: Scope) -> Poly:
        if self.integral(expr, scope):
            return self.integer(expr, scope)
        name = "max" if isinstance(expr, sympy.Max) else "min"
        values = [self.value(part, scope) for part in expr.args]
        with self.algebra.inside(scope.constraints):
            return self.laws.function(self.algebra, name, *values)

    def sum(self, expr: SumOver, scope: Scope) -> Poly:
        inner, extra = self.ranges(expr.limits, scope)
        body = self.labelled([expr.body, expr.condition], inner, lambda at: self._guarded(expr, at))
        return self.bound(body, extra)

    def _guarded(self, expr: Reduction, scope: Scope) -> Poly:
        held = self.condition(expr.condition, scope)
        return self.algebra.multiply(held, self.value(expr.body, scope.guarded(held)))

    def extremum(self, expr: Reduction, scope: Scope) -> Poly:
        """max(k, u) as an atom; min(k, u) = -max(k, -u)."""
        sign = -1 if isinstance(expr, MinOver) else 1
        body = self.reduction(expr, scope, sign, ordered=False)
        return scale(self.laws.reduction(self.algebra, "max", body), sign)

    def reduction(self, expr: Reduction, scope: Scope, sign: int, ordered: bool) -> Poly:
        """The terms whose bound indices are reduced over and whose atoms hold the body.

        The body of an argmax names its indices, for their order decides between ties; so does one
        over a set with holes, for it stands at several places.
        """
        inner, extra = self.ranges(expr.limits, scope)
        held = self.condition(expr.condition, inner)
        body = scale(self.value(expr.body, inner.guarded(held)), sign)
        names = [inner.variables[bound] for bound, _, _ in expr.limits]
        places = tuple(variable(name) for name in names) if ordered or len(held) > 1 else ()
        with self.algebra.inside(inner.constraints):
            frozen = self.algebra.freeze(known_here(self.algebra, body))
        if not self._never_empty(extra, held, scope):
            self.demand(POSITIVE, self.bound(held, extra), scope)
        if not ordered:
            self._leave_out({*names} - frozen.free - self.algebra.freeze(held).free, extra)
        atom: Atom = (BODY, "", places, (frozen,))
        return self.bound(self.algebra.multiply(held, atom_poly(atom)), extra)

    def _never_empty(self, extra: Extra, held: Poly, scope: Scope) -> bool:
        """Is there something to take a maximum of, wherever it is looked at?"""
        with self.algebra.inside(scope.constraints):
            return has_places(self.algebra, (tuple(extra.bounds), tuple(extra.constraints), held))

    def _leave_out(self, names: set[Variable], extra: Extra) -> None:
        """Take from a maximum the indices that nothing in it uses, if it takes a value for each."""
        for name in names:
            about = [item for item in extra.constraints if slope_of(item[1], name)]
            low, high = ([f for _, f in about if slope_of(f, name) == slope] for slope in (1, -1))
            gaps = (atleast(plus(least, most)) for least in low for most in high)
            extra.bounds.remove(name)
            extra.constraints = [item for item in extra.constraints if item not in about]
            with self.algebra.inside(extra.constraints):
                never_empty = all(gap is None or self.algebra.holds(gap) for gap in gaps)
            if not never_empty or len(low) + len(high) < len(about):
                raise OutOfReach("a maximum over an index that its body does not use")

    # --- demands ---

    def demand(self, kind: str, inner: Poly, scope: Scope) -> None:
        inner = known_here(self.algebra, inner)
        out = taken_out(self.algebra, inner)
        if out is not None:
            self.demand(kind, out.inner, scope.under((out.index,), out.within))
            return
        facts = self.laws.facts
        with self.algebra.inside(scope.constraints):
            if kind == NONZERO:
                met = facts.nonvanishing(self.algebra, inner)
            else:
                met = facts.positive(self.algebra, inner, strict=kind == POSITIVE)
        if not met:
            self.demands.append(Demand(kind, scope, self.algebra.freeze(inner)))


def _rational(_: Translation, expr: Expr, __: Scope) -> Poly:
    return constant(fmpq(int(expr.p), int(expr.q)))


def _added(translation: Translation, expr: Expr, scope: Scope) -> Poly:
    return add({}, *(translation.value(part, scope) for part in expr.args))


def _multiplied(translation: Translation, expr: Expr, scope: Scope) -> Poly:
    """A false bracket guards the other factors."""
    brackets = [part for part in expr.args if isinstance(part, Bracket)]
    held = translation.conditions((part.condition for part in brackets), scope)
    known = dict(zip(brackets, held, strict=True))
    within = scope.guarded(*held)
    parts = (
        known[part] if part in known else translation.value(part, within) for part in expr.args
    )
    return translation.algebra.multiply(*parts)


VALUES: list[tuple[Any, Callable[[Translation, Any, Scope], Poly]]] = [
    (sympy.Rational, _rational),
    (Symbol, Translation.symbol),
    (sympy.Indexed, Translation.element),
    (sympy.Add, _added),
    (Mul, _multiplied),
    (Pow, Translation.power),
    (SumOver, Translation.sum),
    ((MaxOver, MinOver), Translation.extremum),
    (Bracket, lambda translation, expr, scope: translation.condition(expr.condition, scope)),
    (Where, Translation.where),
    (Partial, Translation.partial),
    (AppliedUndef, Translation.opaque),
    ((sympy.Max, sympy.Min), Translation.larger),
    ((sympy.floor, sympy.ceiling, sympy.Mod), Translation.integer),
    (tuple(FUNCTION_NAMES), Translation.elementary),
]


@lru_cache(maxsize=256)
def _rule(head: type) -> Callable[[Translation, Any, Scope], Poly]:
    """The first row for expressions of a type."""
    for known, rule in VALUES:
        if issubclass(head, known):
            return rule
    raise OutOfReach(f"no normal form for {head.__name__}")
