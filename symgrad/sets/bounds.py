"""Linear constraints on indices, and the ranges that they leave to each index.

A range or an affine condition is a conjunction of constraints `form >= 0` and `form == 0` with
integer coefficients. Where an index has coefficient c, a constraint bounds it:

    c*l + e >= 0     l >= ceil(-e/c)   for c > 0,     l <= floor(e/-c)   for c < 0

Nested ranges `l in lower..upper, m in lower(l)..upper(l)` are read off by giving every constraint
to the innermost index that it mentions. isl drops what the assumptions and the outer ranges imply,
so that the convolution keeps exactly `l in max(1, p+h-H)..min(p, h)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, permutations

import sympy
from sympy import Expr, Integer, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from symgrad.sets.integers import Integers

MOST_ORDERS = 120


@dataclass(frozen=True)
class Constraint:
    """form >= 0, or form == 0."""

    form: Expr
    equality: bool = False

    @cached_property
    def symbols(self) -> frozenset[Symbol]:
        return frozenset(self.form.free_symbols)

    @cached_property
    def _terms(self) -> Mapping[Expr, Expr]:
        return dict(self.form.as_coefficients_dict())

    @cached_property
    def condition(self) -> Boolean:
        """The constraint as one writes it: negative terms on the other side."""
        left, right = _sides(self.form)
        head = sympy.Eq if self.equality else sympy.Ge
        return head(left, right, evaluate=False)

    def slope(self, symbol: Symbol) -> Expr | None:
        """The coefficient of an index; None where the index also stands in an integer part."""
        if symbol not in self.symbols:
            return Integer(0)
        terms = self._terms
        alone = symbol in terms and not any(
            symbol in term.free_symbols for term in terms if term != symbol
        )
        return terms[symbol] if alone else None

    def put(self, symbol: Symbol, value: Expr) -> Iterator[Constraint]:
        if symbol not in self.symbols:
            yield self
            return
        form = sympy.expand(self.form.xreplace({symbol: value}))
        yield from _without_integer_parts(form, self.equality)


@dataclass(frozen=True)
class Range:
    """An index between the largest of its lower and the smallest of its upper bounds."""

    index: Symbol
    lower: Expr
    upper: Expr


def constraints_of(condition: Boolean, integers: Integers) -> tuple[Constraint, ...] | None:
    """A condition as constraints; None if it is no conjunction, about data, or not affine."""
    if condition == sympy.true:
        return ()
    if isinstance(condition, sympy.And):
        parts = [constraints_of(part, integers) for part in condition.args]
        if any(part is None for part in parts):
            return None
        return tuple(found for part in parts if part is not None for found in part)
    if not isinstance(condition, Relational) or isinstance(condition, sympy.Ne):
        return None
    if not integers.expresses(condition):
        return None
    left, right = condition.args
    if isinstance(left, sympy.Tuple):
        return None
    if isinstance(condition, (sympy.StrictLessThan, sympy.LessThan)):
        left, right = right, left
    equality = isinstance(condition, sympy.Eq)
    strict = isinstance(condition, (sympy.StrictLessThan, sympy.StrictGreaterThan))
    found: list[Constraint] = []
    for low in left.args if isinstance(left, sympy.Min) and not equality else (left,):
        for high in right.args if isinstance(right, sympy.Max) and not equality else (right,):
            form = sympy.expand(low - high - int(strict))
            if form.has(sympy.Max, sympy.Min):
                return None
            found += _without_integer_parts(form, equality)
    return tuple(found)


def needed(
    constraints: Sequence[Constraint],
    known: Sequence[Boolean],
    integers: Integers,
) -> list[Constraint]:
    """The constraints without those that the others and the known conditions imply, last first."""
    kept = list(dict.fromkeys(constraints))
    for constraint in reversed(list(kept)):
        others = [other.condition for other in kept if other != constraint]
        if integers.implies([*known, *others], constraint.condition):
            kept.remove(constraint)
    return kept


def nested(
    indices: Sequence[Symbol],
    constraints: Sequence[Constraint],
    known: Sequence[Boolean],
    integers: Integers,
) -> tuple[list[Range], list[Constraint], list[Constraint]] | None:
    """Ranges for the indices in some order, with what the outer ranges do not need dropped.

    Returns the ranges, the constraints on no index (to hold outside) and those that are no bounds
    (to be conditions). Where no order gives every index both ends (l in j..M under j <= p-j-l),
    what follows from the constraints on inner indices bounds the outer. None if nothing bounds one.
    """
    for order in islice(permutations(indices), MOST_ORDERS):
        found = _nested(order, constraints, known, integers)
        if found is not None:
            return found
    level, implied = list(constraints), list(constraints)
    for symbol in reversed(indices[1:]):
        level = list(_shadow(level, symbol))
        implied += level
    return _nested(indices, implied, known, integers)


def _nested(
    order: Sequence[Symbol],
    constraints: Sequence[Constraint],
    known: Sequence[Boolean],
    integers: Integers,
) -> tuple[list[Range], list[Constraint], list[Constraint]] | None:
    left = list(constraints)
    outside = [part for part in left if not part.symbols & set(order)]
    outside = needed(outside, known, integers)
    known = [*known, *(part.condition for part in outside)]
    ranges, conditions = [], []
    inner = set(order)
    for symbol in order:
        inner.discard(symbol)
        own = [part for part in left if symbol in part.symbols and not part.symbols & inner]
        own = needed(own, known, integers)
        bounding = [part for part in own if part.slope(symbol)]
        lower = [bound for part in bounding for bound in lower_bounds(part, symbol)]
        upper = [bound for part in bounding for bound in upper_bounds(part, symbol)]
        if not lower or not upper:
            return None
        ranges.append(Range(symbol, sympy.Max(*lower), sympy.Min(*upper)))
        conditions += [part for part in own if part not in bounding]
        known = [*known, *(part.condition for part in own)]
    return ranges, outside, conditions


def _shadow(constraints: Sequence[Constraint], symbol: Symbol) -> Iterator[Constraint]:
    """What constraints on an index imply for the others (Fourier and Motzkin).

    a*l + e >= 0 and -b*l + f >= 0  give  b*e + a*f >= 0
    """
    below, above = [], []
    for part in constraints:
        slope = part.slope(symbol)
        for sign in (1, -1) if part.equality else (1,):
            if slope is None:
                continue
            if slope * sign > 0:
                below.append((slope * sign, sign * part.form))
            elif slope * sign < 0:
                above.append((-slope * sign, sign * part.form))
        if slope == 0:
            yield part
    for a, low in below:
        for b, high in above:
            yield Constraint(sympy.expand(b * low + a * high))


def lower_bounds(constraint: Constraint, symbol: Symbol) -> Iterator[Expr]:
    slope = constraint.slope(symbol)
    if slope and (slope > 0 or constraint.equality):
        bound = -(constraint.form - slope * symbol) / slope
        # A label is whole too, which SymPy does not know.
        yield bound if abs(slope) == 1 else sympy.ceiling(bound)


def upper_bounds(constraint: Constraint, symbol: Symbol) -> Iterator[Expr]:
    slope = constraint.slope(symbol)
    if slope and (slope < 0 or constraint.equality):
        bound = -(constraint.form - slope * symbol) / slope
        yield bound if abs(slope) == 1 else sympy.floor(bound)


def single_value(
    symbol: Symbol,
    constraints: Sequence[Constraint],
    known: Sequence[Boolean],
    integers: Integers,
) -> Expr | None:
    """The value of an index that the constraints leave no choice, as one of its bounds."""
    given = [*known, *(part.condition for part in constraints)]
    lower = [bound for part in constraints for bound in lower_bounds(part, symbol)]
    upper = [bound for part in constraints for bound in upper_bounds(part, symbol)]
    for bound in dict.fromkeys((*lower, *upper)):
        if integers.implies(given, sympy.Eq(symbol, bound, evaluate=False)):
            return bound
    return None


def _without_integer_parts(form: Expr, equality: bool) -> Iterator[Constraint]:
    """Linear constraints in the place of an integer part that stands alone.

    floor(n/d) + e >= 0  is  n + d*e >= 0,         -ceil(n/d) + e >= 0  is  -n + d*e >= 0
    ceil(n/d) + e >= 0   is  n + d*e + d-1 >= 0,  -floor(n/d) + e >= 0  is  -n + d*e + d-1 >= 0
    floor(n/d) == e      is  0 <= n - d*e <= d-1
    """
    for part, slope in form.as_coefficients_dict().items():
        if not isinstance(part, (sympy.floor, sympy.ceiling)) or abs(slope) != 1:
            continue
        numerator, denominator = part.args[0].as_numer_denom()
        rest = form - slope * part
        rounds = 1 if isinstance(part, sympy.floor) else -1
        if not denominator.is_Integer:
            continue
        distance = sympy.expand(slope * numerator + denominator * rest)
        if not equality:
            slack = 0 if slope == rounds else denominator - 1
            yield from _without_integer_parts(distance + slack, False)
        else:  # floor: 0 <= n - d*value <= d-1; ceil: 0 <= d*value - n <= d-1
            distance = sympy.expand(rounds * slope * distance)
            yield from _without_integer_parts(distance, False)
            yield from _without_integer_parts(sympy.expand(denominator - 1 - distance), False)
        return
    yield Constraint(form, equality)


def _sides(form: Expr) -> tuple[Expr, Expr]:
    terms = sympy.Add.make_args(form)
    negative = [term for term in terms if term.could_extract_minus_sign()]
    positive = [term for term in terms if term not in negative]
    return sympy.Add(*positive), -sympy.Add(*negative)
