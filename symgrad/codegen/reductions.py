"""Sums, maxima and argmax over indices as code.

sum(k, x[b, k] * W[k, j])        x @ W
max(k, x[b, k])                  x.max(axis=1)
sum(l, I[i + l - 1] * K[l])      sum(I[l:l + P] * K[l] for l in range(h))
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence

import sympy
from sympy import Add, Expr, Mul, Symbol

from symgrad.codegen.code import ATOM, COMPARED, POWER, PRODUCT, SUM, Code
from symgrad.codegen.conditions import Conditions
from symgrad.codegen.places import Scope, first
from symgrad.errors import StudentError
from symgrad.expressions import denominator, is_negative, is_reciprocal, mul, negate
from symgrad.heads import ArgmaxOver, Bracket, MaxOver, Reduction, SumOver
from symgrad.program import Loop


class Reductions(Conditions):
    """Writes reductions."""

    looped: frozenset[Symbol]
    """The indices that need a loop of their own."""

    @abstractmethod
    def native(self, expr: Expr, scope: Scope) -> Code:
        """A value; an element with its axes in the order in which the array has them."""

    @abstractmethod
    def ordered(self, code: Code, scope: Scope) -> Code:
        """The value with its axes in the order of the scope."""

    @abstractmethod
    def summed(self, signs: Sequence[bool], codes: Sequence[Code], scope: Scope) -> Code:
        """a - b + c"""

    @abstractmethod
    def multiplied(self, above: Sequence[Code], below: Sequence[Code], scope: Scope) -> Code:
        """a * b / (c * d)"""

    @abstractmethod
    def chain(self, factors: Sequence[Code], axes: tuple[Symbol, ...]) -> Code:
        """a * b * c"""

    @abstractmethod
    def guarded(self, value: Code, conditions: Sequence[Bracket], scope: Scope) -> Code:
        """The value where the conditions hold, else 0."""

    def _apart(self, limits: Sequence[Loop]) -> tuple[list[Loop], list[Loop]]:
        """The limits that need a loop, and those that run along an axis."""
        own = [loop for loop in limits if loop.index in self.looped]
        return own, [loop for loop in limits if loop.index not in self.looped]

    def _counting(self, loops: Sequence[Loop], scope: Scope) -> tuple[Scope, list[tuple[str, str]]]:
        """The scope within generated loops, with the variable and the range of each."""
        heads = []
        for loop in loops:
            spelled = self.places.range(loop, scope)
            name = self.places.variable(loop.index)
            scope = scope.counting(loop, name)
            heads.append((name, spelled))
        return scope, heads

    def _total(self, expr: SumOver, scope: Scope) -> Code:
        own, along = self._apart([Loop(*limit) for limit in expr.limits])
        inner, heads = self._counting(own, scope)
        code = self.contracted(expr.body, along, inner)
        if not heads:
            return code
        clause = self._clause(expr, inner)
        return Code(f"sum({code.text}{_fors(heads)}{clause})", ATOM, code.axes)

    def contracted(self, body: Expr, bound: Sequence[Loop], scope: Scope) -> Code:
        """The sum of a body over indices that run along axes."""
        if not bound:
            return self.value(body, scope)
        if isinstance(body, Add):
            signs = [is_negative(term) for term in body.args]
            terms = [negate(t) if minus else t for minus, t in zip(signs, body.args, strict=True)]
            return self.summed(signs, [self.contracted(t, bound, scope) for t in terms], scope)
        if is_negative(body):
            inner = self.contracted(negate(body), bound, scope)
            return Code(f"-{inner.place(POWER)}", PRODUCT, inner.axes)
        wide = scope.spread(bound, body)
        factors = list(body.args) if isinstance(body, Mul) else [body]
        brackets = [part for part in factors if isinstance(part, Bracket)]
        if brackets:
            symbols = {loop.index for loop in bound}
            outer = [part for part in brackets if not part.free_symbols & symbols]
            rest = mul(*(part for part in factors if part not in outer))
            if outer:
                return self.guarded(self.contracted(rest, bound, scope), outer, scope)
            return self._reduced(self.value(body, wide), bound, scope)
        above = [self.native(part, wide) for part in factors if not is_reciprocal(part)]
        below = [self.native(denominator(part), wide) for part in factors if is_reciprocal(part)]
        return self._contraction(above, below, bound, scope, wide)

    def _contraction(
        self,
        above: Sequence[Code],
        below: Sequence[Code],
        bound: Sequence[Loop],
        scope: Scope,
        wide: Scope,
    ) -> Code:
        symbols = {loop.index for loop in bound}

        def touched(code: Code) -> bool:
            return bool(symbols & set(code.axes))

        outside = [code for code in above if not touched(code)]
        inside = [code for code in above if touched(code)]
        under = [code for code in below if touched(code)]
        used = {symbol for code in (*inside, *under) for symbol in code.axes}
        missing = [loop for loop in bound if loop.index not in used]
        counts = [self._count(loop, scope) for loop in missing]
        rest = [loop for loop in bound if loop.index in used]
        parts = [*counts, *outside]
        if rest:
            if not under and len({frozenset(code.axes) for code in inside}) > 1:
                parts.append(self._einsum(inside, rest, scope))
            else:
                inside, under = (
                    [self.ordered(code, wide) for code in codes] for codes in (inside, under)
                )
                product = self.multiplied(inside, under, wide)
                parts.append(self._reduced(product, rest, scope))
        parts = [self.ordered(code, scope) for code in parts]
        over = [self.ordered(code, scope) for code in below if not touched(code)]
        return self.multiplied(parts or [Code("1")], over, scope)

    def _reduced(
        self, code: Code, bound: Sequence[Loop], scope: Scope, method: str = "sum"
    ) -> Code:
        """The sum (or maximum) of a value over some of its axes."""
        missing = [loop for loop in bound if loop.index not in code.axes]
        bound = [loop for loop in bound if loop.index in code.axes]
        symbols = {loop.index for loop in bound}
        if bound:
            spots = [n for n, symbol in enumerate(code.axes) if symbol in symbols]
            left = tuple(symbol for symbol in code.axes if symbol not in symbols)
            template = self.dialect.operations.get(method, f"{{}}.{method}")
            where = str(spots[0]) if len(spots) == 1 else f"({', '.join(map(str, spots))})"
            inner = f"{self.dialect.axis}={where}" if left else ""
            code = Code(f"{template.format(code.place(ATOM))}({inner})", ATOM, left)
        if missing and method == "sum":
            counts = [self._count(loop, scope) for loop in missing]
            return self.multiplied([*counts, code], [], scope)
        return code

    def _count(self, loop: Loop, scope: Scope) -> Code:
        """How many values an index takes."""
        return Code(self.places.factor(loop.upper - loop.lower + 1, scope), POWER)

    def _einsum(self, factors: Sequence[Code], bound: Sequence[Loop], scope: Scope) -> Code:
        """`np.einsum("bj,jk->bk", x, W)`; two matrices are multiplied by `@`."""
        factors = self._merged(factors)
        axes = self.union(factors, scope)
        if len(factors) == 2 and len(bound) == 1:
            for left, right in (factors, factors[::-1]):
                if text := _matrix_product(left, right, bound[0].index, axes):
                    return Code(text, PRODUCT, axes)
        letters = _letters([*axes, *(loop.index for loop in bound)])
        spec = ",".join("".join(letters[s] for s in factor.axes) for factor in factors)
        result = "".join(letters[s] for s in axes)
        inner = ", ".join([f'"{spec}->{result}"', *(factor.text for factor in factors)])
        return Code(self.operation("einsum", inner), ATOM, axes)

    def _merged(self, factors: Sequence[Code]) -> list[Code]:
        """Factors along the same axes are multiplied first."""
        groups: dict[tuple[Symbol, ...], list[Code]] = {}
        for factor in factors:
            groups.setdefault(factor.axes, []).append(factor)
        return [self.chain(group, axes) for axes, group in groups.items()]

    def _extreme(self, expr: Reduction, scope: Scope) -> Code:
        """The largest or least value over all indices."""
        name = "max" if isinstance(expr, MaxOver) else "min"
        own, along = self._apart([Loop(*limit) for limit in expr.limits])
        inner, heads = self._counting(own, scope)
        wide = inner.spread(along, expr.body)
        body = self.value(expr.body, wide)
        method = "largest" if name == "max" else "least"
        code = self._reduced(body, along, inner, method) if along else body
        if not heads:
            return code
        clause = self._clause(expr, inner)
        if not code.axes:
            return Code(f"{name}({code.text}{_fors(heads)}{clause})")
        pair = self.dialect.operations[name].removesuffix("({})")
        return Code(f"reduce({pair}, ({code.text}{_fors(heads)}{clause}))", ATOM, code.axes)

    def _clause(self, expr: Reduction, scope: Scope) -> str:
        if expr.condition is sympy.true:
            return ""
        return f" if {self.condition(expr.condition, scope).text}"

    # --- argmax ------------------------------------------------------------------------------

    def _argmax(self, expr: ArgmaxOver, scope: Scope) -> Code:
        """The first index with the largest value; what holds it counts from 0."""
        limits = [Loop(*limit) for limit in expr.limits]
        position = self._position(expr, limits, scope)
        shift = self.places.bound(limits[0].lower, scope)
        text = position.text if shift == "0" else f"{position.place(SUM)} + {shift}"
        return Code(text, SUM, position.axes)

    def _position(self, expr: ArgmaxOver, limits: Sequence[Loop], scope: Scope) -> Code:
        """Where the largest value stands, counted through all indices from 0."""
        own, along = self._apart(limits)
        if not self.dialect.arrays:
            return self._searched(expr, limits, scope)
        if expr.condition is not sympy.true:
            raise StudentError("there is no array code for an argmax of some values", kind="limit")
        if not own and len(limits) == 1:
            body = self.value(expr.body, scope.spread(along, expr.body))
            return self._reduced(body, along, scope, "argmax")
        inner, heads = self._counting(limits, scope)
        body = self.value(expr.body, inner)
        stacked = self.operation("stack", f"{body.text}{_fors(heads)}")
        inner_text = f"{self.dialect.axis}=0" if body.axes else ""
        return Code(f"{stacked}.argmax({inner_text})", ATOM, body.axes)

    def _searched(self, expr: ArgmaxOver, limits: Sequence[Loop], scope: Scope) -> Code:
        """Plain Python: the first key of `max`."""
        if len(limits) == 1:
            name = self.places.variable(limits[0].index)
            inner = scope.counting(limits[0], name)
            body, clause = self.value(expr.body, inner), self._clause(expr, inner)
            spelled = self.places.range(limits[0], scope)
            if clause:
                spelled = f"({name} for {name} in {spelled}{clause})"
            return Code(f"max({spelled}, key=lambda {name}: {body.text})")
        inner, heads = self._counting(limits, scope)
        names = ", ".join(name for name, _ in heads)
        pairs = f"(({names}){_fors(heads)}{self._clause(expr, inner)})"
        bound = scope
        for n, loop in enumerate(limits):
            bound = bound.counting(loop, f"at[{n}]")
        body = self.value(expr.body, bound)
        return Code(f"max({pairs}, key=lambda at: {body.text})")

    def chosen(self, relation: str, argmax: ArgmaxOver, other: Expr, scope: Scope) -> Code:
        """`[(a, b) == argmax(…)]`, `[k == argmax(…)]`, `[y == argmax(…)]`."""
        limits = [Loop(*limit) for limit in argmax.limits]
        sides = list(other) if isinstance(other, sympy.Tuple) else [other]
        position = self._position(argmax, limits, scope)
        if not self.dialect.arrays and len(limits) > 1:
            texts = (
                self.places.text(self.places.counted(side, scope) - first(limit))
                for side, limit in zip(sides, limits, strict=True)
            )
            return Code(f"({', '.join(texts)}) {relation} {position.text}", COMPARED)
        place = self._flat(sides, limits, scope)
        axes = self.union((place, position), scope)
        texts = (code.aligned(axes).place(SUM) for code in (place, position))
        return Code(f" {relation} ".join(texts), COMPARED, axes)

    def _flat(self, sides: Sequence[Expr], limits: Sequence[Loop], scope: Scope) -> Code:
        """The place of an index tuple among all of them, from 0: a * h + b."""
        if len(sides) == 1 and (loop := scope.axis(sides[0])) is not None:
            start = self.places.counted(loop.lower - limits[0].lower, scope)
            return Code(self._along(loop.index, start, scope), ATOM, (loop.index,))
        place: Expr = sympy.Integer(0)
        for side, limit in zip(sides, limits, strict=True):
            if scope.axis(side) is not None:
                raise StudentError("there is no array code for this argmax", kind="limit")
            count = self.places.counted(limit.upper - limit.lower + 1, scope)
            place = place * count + self.places.counted(side - limit.lower, scope)
        return Code(self.places.text(place), SUM)


def _fors(heads: Iterable[tuple[str, str]]) -> str:
    return "".join(f" for {name} in {spelled}" for name, spelled in heads)


def _matrix_product(
    left: Code, right: Code, summed: Symbol, axes: tuple[Symbol, ...]
) -> str | None:
    """`x @ W`, `W.T @ x`, `x @ y.T`, where the value has just these axes."""
    rows = tuple(symbol for symbol in left.axes if symbol != summed)
    columns = tuple(symbol for symbol in right.axes if symbol != summed)
    if rows + columns != axes or max(len(left.axes), len(right.axes)) > 2 or {*rows} & {*columns}:
        return None
    turned = f"{left.place(ATOM)}.T" if left.axes[-1] != summed else left.place(POWER)
    other = f"{right.place(ATOM)}.T" if right.axes[0] != summed else right.place(POWER)
    return f"{turned} @ {other}"


def _letters(symbols: Sequence[Symbol]) -> dict[Symbol, str]:
    """A letter for each index: its own, where it is one and free."""
    free = iter("abcdefghijklmnopqrstuvwxyz")
    own = {s: s.name for s in symbols if len(s.name) == 1 and s.name.isascii()}
    taken = set(own.values())
    rest = (letter for letter in free if letter not in taken)
    return {symbol: own.get(symbol) or next(rest) for symbol in symbols}
