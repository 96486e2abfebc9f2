"""Index expressions of a program as affine forms.

    H - h + 1    is affine as it is        floor(e / 2)  is q with 2 q <= e <= 2 q + 1
    mod(e, 2)    is e - 2 floor(e / 2)     max(a, b)     is m with m = a >= b or m = b > a
    abs(a)       is max(a, -a)

Such a q or m is bound besides, and takes exactly one value. The indices of loops and sums are bound
within ranges whose ends are such forms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sympy
from sympy import Expr, Symbol

from symgrad.expressions import is_extent
from symgrad.heads import FUNCTION_NAMES
from symgrad.proof.rational import Algebra
from symgrad.proof.scope import Extra, Scope, note
from symgrad.proof.terms import UNIT, OutOfReach, Poly, add, constant
from symgrad.sets.affine import Affine, Constraint, atleast, equal, plus, scaled, variable
from symgrad.sets.affine import constant as number_form


class IndexForms:
    """Index expressions under an algebra that makes fresh indices."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def form(self, expr: Expr, scope: Scope, extra: Extra) -> Affine:
        """An index expression as an affine form; integer parts become bound indices."""
        if expr.is_Integer:
            return number_form(int(expr))
        if expr in scope.variables:
            return variable(scope.variables[expr])
        if is_extent(expr):
            return variable(expr.name)
        if isinstance(expr, sympy.Add):
            total = number_form(0)
            for part in expr.args:
                total = plus(total, self.form(part, scope, extra))
            return total
        if isinstance(expr, sympy.Mul):
            return self._product_form(expr, scope, extra)
        if isinstance(expr, (sympy.floor, sympy.ceiling)):
            return self._quotient(expr.args[0], scope, extra, up=isinstance(expr, sympy.ceiling))
        if isinstance(expr, sympy.Mod):
            dividend, divisor = expr.args
            if divisor.is_Integer and divisor > 0:
                part = self._quotient(dividend / divisor, scope, extra)
                return plus(self.form(dividend, scope, extra), part, -int(divisor))
        if isinstance(expr, (sympy.Max, sympy.Min)):
            return self._chosen(expr, scope, extra)
        if FUNCTION_NAMES.get(type(expr)) == "abs":
            (inner,) = expr.args
            return self._chosen(sympy.Max(inner, -inner, evaluate=False), scope, extra)
        if isinstance(expr, sympy.Pow):
            return self._extents(expr)
        raise OutOfReach(f"no index form for {type(expr).__name__}")

    def _product_form(self, expr: Expr, scope: Scope, extra: Extra) -> Affine:
        factor, rest = expr.as_coeff_Mul()
        if factor.is_Integer and factor != 1:
            return scaled(self.form(rest, scope, extra), int(factor))
        expanded = sympy.expand(expr)
        if expanded != expr:
            return self.form(expanded, scope, extra)
        return self._extents(expr)

    def _extents(self, expr: Expr) -> Affine:
        """A product of extents, as an extent of its own."""
        names = []
        for base, power in expr.as_powers_dict().items():
            if not is_extent(base) or not power.is_Integer or not 1 <= power <= 8:
                raise OutOfReach("an index form that is not affine")
            names += [base.name] * int(power)
        return variable("*".join(sorted(names)))

    def _quotient(self, expr: Expr, scope: Scope, extra: Extra, up: bool = False) -> Affine:
        """floor(e / d) as the bound index q with d q <= e <= d q + d - 1.

        ceil(e / d) = floor((e + d - 1) / d); floor((d f + e) / d) = f + floor(e / d)
        """
        numerator, denominator = sympy.together(expr).as_numer_denom()
        if not denominator.is_Integer:
            raise OutOfReach("a division by an extent in an index")
        divisor = int(denominator)
        form = self.form(sympy.expand(numerator), scope, extra)
        if divisor == 1:
            return form
        if up:
            form = plus(form, number_form(divisor - 1))
        whole, form = _parted(form, divisor)
        known = scope.quotients.get((form, divisor)) or extra.quotients.get((form, divisor))
        if known is None:
            known = extra.quotients[form, divisor] = self.algebra.fresh()
            rest = plus(form, variable(known), -divisor)
            note(extra.constraints, atleast(rest))
            note(extra.constraints, atleast(plus(number_form(divisor - 1), rest, -1)))
            extra.bounds.append(known)
        return plus(whole, variable(known))

    def _chosen(self, expr: Expr, scope: Scope, extra: Extra) -> Affine:
        """max(a, b) as the bound index that is a where a >= b and b where b > a."""
        sign = 1 if isinstance(expr, sympy.Max) else -1
        best, *others = (scaled(self.form(part, scope, extra), sign) for part in expr.args)
        for other in others:
            place = variable(name := self.algebra.fresh())
            cases: list[Poly] = []
            for chosen, condition in (
                (best, atleast(plus(best, other, -1))),
                (other, atleast(plus(plus(other, best, -1), number_form(-1)))),
            ):
                found: list[Constraint] = []
                note(found, condition)
                note(found, equal(plus(place, chosen, -1)))
                cases.append(self.algebra.bind(constant(UNIT), (), found))
            extra.conditions.append(add(*cases))
            extra.bounds.append(name)
            best = place
        return scaled(best, sign)

    # --- what is bound ---

    def ranges(
        self, limits: Iterable[tuple[Symbol, Expr, Expr]], scope: Scope
    ) -> tuple[Scope, Extra]:
        """The scope inside loops or limits, and the indices that bind there."""
        extra = Extra()
        start = len(scope.bounds)
        for bound, lower, upper in limits:
            own = Extra()
            name = self.algebra.fresh()
            place = variable(name)
            for part in lower.args if isinstance(lower, sympy.Max) else (lower,):
                note(own.constraints, atleast(plus(place, self.form(part, scope, own), -1)))
            for part in upper.args if isinstance(upper, sympy.Min) else (upper,):
                note(own.constraints, atleast(plus(self.form(part, scope, own), place, -1)))
            own.bounds.append(name)
            variables = {
                known: value
                for known, value in scope.variables.items()
                if bound not in known.free_symbols
            }
            scope = replace(
                scope.under(own.bounds, own.constraints), variables={**variables, bound: name}
            )
            extra.add(own)
        assert len(scope.bounds) >= start
        return scope, extra

    def bound(self, body: Poly, extra: Extra) -> Poly:
        if extra.conditions:
            body = self.algebra.multiply(*extra.conditions, body)
        if not extra.bounds and not extra.constraints:
            return body
        return self.algebra.bind(body, extra.bounds, extra.constraints)


def _parted(form: Affine, divisor: int) -> tuple[Affine, Affine]:
    """f and e with form = d f + e, where every number in e is less than d."""
    whole = (form[0] // divisor, tuple((n, k // divisor) for n, k in form[1] if k // divisor))
    return whole, plus(form, whole, -divisor)
