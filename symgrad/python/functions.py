"""The functions of NumPy and torch that are read: one row each, as function and as method.

np.exp(x)  x.exp()  torch.exp(x)       np.sum(x, axis=1, keepdims=True)  x.sum(1)  x.sum(dim=1)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy import Expr, Integer, Rational

from symgrad.errors import Kind, StudentError
from symgrad.expressions import add, call, divide, mul, negate, power, reciprocal, root
from symgrad.heads import FUNCTIONS, Bracket, MaxOver, MinOver, Reduction, SumOver, Where
from symgrad.python.algebra import Algebra
from symgrad.python.trace import Trace, aligned, both, numeric
from symgrad.python.values import (
    Anything,
    Flat,
    Nothing,
    Positions,
    Several,
    Shape,
    Value,
    Words,
    single,
    view,
    whole_number,
)
from symgrad.reading.sizes import is_too_large

IGNORED = {
    "dtype", "out", "where", "initial", "order", "subok", "device", "requires_grad", "copy",
    "optimize", "like", "casting", "memory_format",
}  # fmt: skip
"""Arguments that change no value."""

HINT = "whole arrays, slices, loops over range and the usual functions of NumPy are read"


@dataclass
class Call:
    """One call: where it stands, its arguments, and what to work with."""

    name: str
    arguments: list[Anything]
    keywords: dict[str, Anything]
    trace: Trace
    algebra: Algebra
    torch: bool = False
    wanted: str = ""

    def error(self, message: str, kind: Kind = "syntax", hint: str = "") -> StudentError:
        return self.trace.error(message, kind, hint)

    # --- arguments ---------------------------------------------------------------------------

    def take(self, position: int, *names: str) -> Anything | None:
        """An argument by its place or by one of its names; each counts as read."""
        for name in names:
            if name in self.keywords:
                return self.keywords.pop(name)
        if position < len(self.arguments):
            found, self.arguments[position] = self.arguments[position], Nothing()
            return found
        return None

    def value(self, position: int, *names: str) -> Value:
        found = self.take(position, *names)
        if found is None or isinstance(found, Nothing):
            raise self.error(f"{self.name} has too few arguments")
        return self.as_value(found)

    def as_value(self, found: Anything) -> Value:
        """A number or array; a list of them is an array with one axis more."""
        if isinstance(found, Value):
            return found
        if isinstance(found, Several) and found.items:
            return self._stacked([self.as_value(item) for item in found.items])
        raise self.error(f"{self.name} needs numbers or arrays here")

    def _stacked(self, items: Sequence[Value]) -> Value:
        shape = self.algebra.broadcast(*(item.shape for item in items))
        if any(item.rank != len(shape) for item in items):
            raise self.error("rows of different shapes", "shape")

        def at(positions: Positions) -> Any:
            place, rest = positions[0], positions[1:]
            if place.is_Integer:
                return numeric(items[int(place)]).at(rest)
            terms = [
                mul(Bracket(sympy.Eq(place, n, evaluate=False)), numeric(item).at(rest))
                for n, item in enumerate(items)
            ]
            return add(*terms)

        return Value((Integer(len(items)), *shape), at)

    def number(self, found: Anything | None, what: str) -> int:
        """A literal whole number, such as an axis."""
        if isinstance(found, Value) and found.sort == "integer" and not found.rank:
            number = found.at(())
            if number.is_Integer and abs(number) < 100:
                return int(number)
        raise self.error(f"{what} must be a whole number", hint="as in axis=1")

    def axes(self, position: int) -> list[int] | None:
        """`axis=1`, `dim=-1`, `axis=(0, 1)`, or none at all."""
        found = self.take(position, "axis", "dim")
        if found is None or isinstance(found, Nothing):
            return None
        if isinstance(found, Several):
            return [self.number(item, "an axis") for item in found.items]
        return [self.number(found, "an axis")]

    def keeps(self, position: int) -> bool:
        found = self.take(position, "keepdims", "keepdim")
        if found is None or isinstance(found, Nothing):
            return False
        if isinstance(found, Value) and found.sort == "truth" and not found.rank:
            return bool(found.at(()) == sympy.true)
        raise self.error("keepdims is True or False")

    def shape(self, position: int, rest: bool = True) -> Shape:
        """`(B, J)`, `s.shape`, `B`, and where `rest` also `B, J`."""
        found = self.take(position, "shape", "size", "newshape")
        parts = [found]
        while rest and position + 1 < len(self.arguments):
            position += 1
            parts.append(self.take(position))
        parts = [item for part in parts for item in _flat(part)]
        shape = tuple(self.extent(item) for item in parts)
        if any(extent.is_Integer and extent < 1 and extent != -1 for extent in shape):
            raise self.error("an axis without elements", "shape")
        return shape

    def extent(self, found: Anything | None) -> Expr:
        if isinstance(found, Value) and found.sort == "integer" and not found.rank:
            return found.at(())
        raise self.error("an extent must be a whole number", hint="as in np.zeros((B, J))")

    def done(self) -> None:
        """Every argument must have been read, or change nothing."""
        for name in self.keywords:
            if name not in IGNORED:
                raise self.error(f"{self.name} with {name}= is not read")
        if any(not isinstance(item, (Nothing, Words)) for item in self.arguments):
            raise self.error(f"{self.name} has more arguments than are read")


def _flat(found: Anything | None) -> tuple[Anything | None, ...]:
    return found.items if isinstance(found, Several) else (found,)


Row = Callable[[Call], Anything]

# --- elementwise -------------------------------------------------------------------------------


def _function(name: str) -> Row:
    def read(it: Call) -> Value:
        return it.algebra.elementwise(lambda x: call(name, x), numeric(it.value(0, "input")))

    return read


def _each(operate: Callable[..., Expr], count: int = 1) -> Row:
    """An operation on numbers, element by element."""

    def read(it: Call) -> Value:
        values = [numeric(it.value(n)) for n in range(count)]
        return it.algebra.elementwise(operate, *values)

    return read


def powered(algebra: Algebra, base: Value, exponent: Value) -> Value:
    """`x ** n`, as far as no number grows too long."""

    def operate(x: Expr, n: Expr) -> Expr:
        if is_too_large(x, n):
            raise algebra.trace.error("a power beyond what is read", "limit")
        return reciprocal(x) if n == -1 else power(x, n)

    return algebra.elementwise(operate, numeric(base), numeric(exponent))


def _power(it: Call) -> Value:
    return powered(it.algebra, it.value(0), it.value(1, "exponent"))


def _sign(it: Call) -> Value:
    zero = Integer(0)
    return it.algebra.elementwise(
        lambda x: add(
            Bracket(sympy.Gt(x, zero, evaluate=False)),
            negate(Bracket(sympy.Lt(x, zero, evaluate=False))),
        ),
        numeric(it.value(0)),
    )


def _compared(head: type[sympy.Rel]) -> Row:
    def read(it: Call) -> Value:
        return it.algebra.elementwise(
            lambda a, b: relation(head, a, b), it.value(0), it.value(1), sort="truth"
        )

    return read


def relation(head: type[sympy.Rel], left: Expr, right: Expr, whole: bool = False) -> Any:
    """A comparison as it is written; of two literal numbers, its truth.

    Of whole numbers, i - 1 == j - 1 is i == j.
    """
    if left.is_Rational and right.is_Rational:
        return head(left, right)
    if whole:
        shift = _constant(left)
        if right.is_Integer or shift == _constant(right):
            left, right = left - shift, right - shift
    return head(left, right, evaluate=False)


def _constant(place: Expr) -> Expr:
    """The number in an index expression: the -1 of i - 1."""
    return place.as_coeff_Add()[0] if place.is_Add else Integer(0)


def joined(head: type[Any]) -> Callable[..., Any]:
    """`and`, `or` of conditions as they are written."""
    if head is sympy.And:
        return both

    def join(*conditions: Any) -> Any:
        parts = [part for part in conditions if part is not sympy.false]
        if any(part is sympy.true for part in parts) or len(parts) < 2:
            return parts[0] if len(parts) == 1 else (sympy.true if parts else sympy.false)
        return sympy.Or(*parts, evaluate=False)

    return join


def opposite(condition: Any) -> Any:
    if condition in (sympy.true, sympy.false):
        return sympy.Not(condition)
    return sympy.Not(condition, evaluate=False)


def truth(trace: Trace, value: Value) -> Value:
    """A condition; a number counts as one where it is not zero."""
    if value.sort == "truth":
        return value
    return Value(
        value.shape,
        lambda at: relation(sympy.Ne, value.at(at), Integer(0)),
        "truth",
        mask=value.mask,
    )


def _connected(head: type[Any]) -> Row:
    def read(it: Call) -> Value:
        sides = [truth(it.trace, it.value(n)) for n in range(2)]
        return it.algebra.elementwise(joined(head), *sides, sort="truth")

    return read


def _negated(it: Call) -> Value:
    return it.algebra.elementwise(opposite, truth(it.trace, it.value(0)), sort="truth")


def _where(it: Call) -> Value:
    condition = truth(it.trace, it.value(0, "condition"))
    if len(it.arguments) < 3:
        raise it.error("where with a condition alone is not read", hint="np.where(x > 0, a, b)")
    return chosen(it.algebra, condition, it.value(1), it.value(2))


def chosen(algebra: Algebra, condition: Value, then: Value, otherwise: Value) -> Value:
    """`where(c, a, b)`"""

    def operate(c: Any, a: Expr, b: Expr) -> Expr:
        if c in (sympy.true, sympy.false):
            return a if c == sympy.true else b
        return Where(c, a, b)

    return algebra.elementwise(operate, condition, numeric(then), numeric(otherwise))


def _clip(it: Call) -> Value:
    value = numeric(it.value(0))
    low, high = it.take(1, "a_min", "min"), it.take(2, "a_max", "max")
    for bound, name in ((low, "max"), (high, "min")):
        if bound is not None and not isinstance(bound, Nothing):
            value = it.algebra.elementwise(
                lambda b, x, name=name: call(name, b, x), numeric(it.as_value(bound)), value
            )
    return value


# --- reductions and products -------------------------------------------------------------------


def _reduced(head: type[Reduction]) -> Row:
    def read(it: Call) -> Value:
        value = it.value(0, "a", "input")
        if it.torch and head is not SumOver and len(it.arguments) > 1:
            raise it.error(f"{it.name} with an axis gives two things", hint="write amax(x, dim=1)")
        axes = it.axes(1)
        if len(it.arguments) > 3:
            it.take(2)
        keep = it.keeps(2 if it.torch else 3)
        return it.algebra.reduced(head, value, axes, keep)

    return read


def _mean(it: Call) -> Value:
    value, axes = it.value(0, "a", "input"), it.axes(1)
    return it.algebra.mean(value, axes, it.keeps(2 if it.torch else 3))


def _variance(it: Call) -> Value:
    """mean((x - mean(x))^2), divided by n - ddof instead of n."""
    value, axes = it.value(0, "a", "input"), it.axes(1)
    keep = it.keeps(4)
    ddof = it.take(9, "ddof")
    less = 0 if ddof is None else it.number(ddof, "ddof")
    if it.torch and ddof is None:
        raise it.error(f"torch's {it.name} divides by n - 1", hint="write the variance out")
    centred = it.algebra.elementwise(
        lambda x, m: power(add(x, negate(m)), Integer(2)),
        numeric(value),
        it.algebra.mean(value, axes, True),
    )
    if not less:
        found = it.algebra.mean(centred, axes, keep)
    else:
        over = range(value.rank) if axes is None else axes
        count = mul(*(value.shape[n] for n in over)) - less
        total = it.algebra.reduced(SumOver, centred, axes, keep)
        found = it.algebra.elementwise(lambda x: divide(x, count), total)
    return it.algebra.elementwise(root, found) if it.name == "std" else found


def _argmax(it: Call) -> Anything:
    value = it.value(0, "a", "input")
    if it.name == "argmin":
        value = it.algebra.elementwise(negate, numeric(value))
    axes = it.axes(1)
    if axes is None and value.rank > 1:
        return Flat(numeric(value))
    return it.algebra.first_largest(value, axes[0] if axes else None, it.wanted or it.name)


def _unravelled(it: Call) -> Several:
    """The row and column of the first largest number: of the first largest row, its first largest.

    i = argmax(k, max(l, x[k, l])),  j = argmax(l, x[i, l])
    """
    flat = it.take(0)
    shape = it.shape(1, rest=False)
    if not isinstance(flat, Flat) or not (
        len(shape) == flat.value.rank and all(map(it.trace.same, shape, flat.value.shape))
    ):
        raise it.error(
            "unravel_index is read for the argmax of an array and its shape",
            hint="np.unravel_index(np.argmax(x), x.shape)",
        )
    found: list[Value] = []
    rest = flat.value
    for _ in shape:
        others = list(range(1, rest.rank))
        largest = it.algebra.reduced(MaxOver, rest, others, False) if others else rest
        place = it.algebra.first_largest(largest, None, "place")
        found.append(place)
        rest = _row(rest, place)
    return Several(tuple(found))


def _row(value: Value, place: Value) -> Value:
    """The part of an array at a place on its first axis."""
    return Value(value.shape[1:], lambda at: value.at((place.at(()), *at)))


def _norm(it: Call) -> Value:
    value, order = numeric(it.value(0)), it.take(1, "ord")
    if order is not None and it.number(order, "ord") != 2:
        raise it.error("only the Euclidean norm is read")
    squares = it.algebra.elementwise(lambda x: power(x, Integer(2)), value)
    axes = it.axes(2)
    return it.algebra.elementwise(root, it.algebra.reduced(SumOver, squares, axes, it.keeps(3)))


def _softmax(it: Call) -> Value:
    value, axes = it.value(0, "x", "input"), it.axes(1)
    if axes is None:
        if value.rank != 1:
            raise it.error("softmax over which axis?", hint="write softmax(x, axis=1)")
        axes = [0]
    raised = it.algebra.elementwise(lambda x: call("exp", x), numeric(value))
    return it.algebra.elementwise(divide, raised, it.algebra.reduced(SumOver, raised, axes, True))


def _matmul(it: Call) -> Value:
    return it.algebra.matrix_product(it.value(0), it.value(1, "other"))


def _dot(it: Call) -> Value:
    """`np.dot`: a product of numbers, else `@`, as far as both mean the same."""
    left, right = it.value(0), it.value(1)
    if not (left.rank and right.rank):
        return it.algebra.elementwise(mul, numeric(left), numeric(right))
    if max(left.rank, right.rank) > 2:
        raise it.error("dot of more than two axes is not read", hint="write np.einsum")
    return it.algebra.matrix_product(left, right)


def _outer(it: Call) -> Value:
    left, right = numeric(it.value(0)), numeric(it.value(1))
    if (left.rank, right.rank) != (1, 1):
        raise it.error("outer takes two vectors", "shape")
    return Value((left.shape[0], right.shape[0]), lambda at: mul(left.at(at[:1]), right.at(at[1:])))


def _einsum(it: Call) -> Value:
    pattern = it.take(0)
    if not isinstance(pattern, Words):
        raise it.error("einsum starts with its pattern", hint='np.einsum("bj,jk->bk", a, b)')
    return it.algebra.contracted(pattern.text, [it.value(n) for n in range(1, len(it.arguments))])


# --- new arrays --------------------------------------------------------------------------------


def constant(shape: Shape, number: Expr) -> Value:
    return Value(shape, lambda at: number)


def _filled(number: int) -> Row:
    return lambda it: constant(it.shape(0, rest=it.torch), Integer(number))


def _like(number: int) -> Row:
    return lambda it: constant(it.value(0, "a", "input").shape, Integer(number))


def _full(it: Call) -> Value:
    shape = it.shape(0, rest=False)
    number = numeric(it.value(1, "fill_value"))
    return Value(shape, lambda at: number.at(aligned(number, at)))


def _full_like(it: Call) -> Value:
    shape, number = it.value(0).shape, numeric(it.value(1, "fill_value"))
    return Value(shape, lambda at: number.at(aligned(number, at)))


def _empty(it: Call) -> Value:
    shape = it.value(0).shape if it.name.endswith("like") else it.shape(0, rest=it.torch)
    storage = it.trace.storage(it.wanted, shape, empty=True)
    return view(storage)


def _eye(it: Call) -> Value:
    rows = it.extent(it.take(0))
    second = it.take(1, "M")
    columns = rows if second is None else it.extent(second)
    return Value((rows, columns), lambda at: Bracket(relation(sympy.Eq, at[0], at[1], whole=True)))


def _diag(it: Call) -> Value:
    """A vector on the diagonal, or the diagonal of a matrix."""
    value = numeric(it.value(0))
    if value.rank == 1:
        return Value(
            value.shape * 2,
            lambda at: mul(Bracket(relation(sympy.Eq, at[0], at[1], whole=True)), value.at(at[:1])),
        )
    if value.rank != 2 or not it.trace.same(*value.shape):
        raise it.error("diag takes a vector or a square matrix", "shape")
    return Value(value.shape[:1], lambda at: value.at((at[0], at[0])))


def _arange(it: Call) -> Value:
    found = [it.extent(it.take(n)) for n in range(len(it.arguments))]
    if len(found) > 2:
        raise it.error("arange with a step is not read")
    start, stop = (Integer(0), found[0]) if len(found) == 1 else found
    return Value((sympy.expand(stop - start),), lambda at: start + at[0], "integer")


def _array(it: Call) -> Value:
    """A copy; of a list, the array that it spells out."""
    value = it.as_value(it.take(0) or Nothing())
    if it.name in ("asarray", "as_tensor", "ascontiguousarray"):
        return value
    return _copied(value)


def _copied(value: Value) -> Value:
    return replace(value, storage=None, place=None, repeats=False)


def _copy(it: Call) -> Value:
    value = it.value(0, "a", "input")
    it.arguments = []
    return _copied(value)


def _same(it: Call) -> Value:
    value = it.value(0, "a", "input")
    it.arguments = []
    return value


# --- rearranging -------------------------------------------------------------------------------


def _transposed(it: Call) -> Value:
    value = it.value(0, "a", "input")
    found = it.take(1, "axes")
    parts = [item for item in _flat(found) if item is not None]
    more = [it.take(n) for n in range(2, len(it.arguments))]
    order = [it.number(item, "an axis") for item in (*parts, *more)]
    if len(order) == 2 and (it.torch or it.name == "swapaxes" or value.rank > 2):
        axes = list(range(value.rank))
        first, second = (it.algebra.axis(number, value.rank) for number in order)
        axes[first], axes[second] = axes[second], axes[first]
        return it.algebra.transposed(value, axes)
    return it.algebra.transposed(value, order or list(reversed(range(value.rank))))


def _reshape(it: Call) -> Value:
    value = it.value(0, "a")
    shape = list(it.shape(1))
    unknown = [n for n, extent in enumerate(shape) if extent == -1]
    if len(unknown) > 1:
        raise it.error("only one extent can be left open", "shape")
    for n in unknown:
        left = [extent for extent in value.shape if extent != 1]
        for extent in (*shape[:n], *shape[n + 1 :]):
            match = next((one for one in left if it.trace.same(one, extent)), None)
            if match is not None:
                left.remove(match)
        if len(left) > 1:
            raise it.error(
                f"{it.trace.shown(value.shape)} cannot be made one axis",
                "shape",
                "axes are not merged; keep them apart",
            )
        shape[n] = left[0] if left else Integer(1)
    return it.algebra.reshaped(value, tuple(shape))


def _flat_vector(it: Call) -> Value:
    value = it.value(0)
    if sum(extent != 1 for extent in value.shape) > 1:
        raise it.error(
            f"{it.trace.shown(value.shape)} cannot be made one axis", hint="axes are not merged"
        )
    wide = [extent for extent in value.shape if extent != 1] or [Integer(1)]
    return it.algebra.reshaped(value, tuple(wide))


def _wider(it: Call) -> Value:
    value = it.value(0, "a", "input")
    axes = it.axes(1)
    if not axes or len(axes) > 1:
        raise it.error(f"{it.name} needs an axis")
    at = it.algebra.axis(axes[0], value.rank + 1)
    return it.algebra.reshaped(value, (*value.shape[:at], Integer(1), *value.shape[at:]))


def _narrower(it: Call) -> Value:
    value = it.value(0, "a", "input")
    axes = it.axes(1)
    gone = {
        it.algebra.axis(n, value.rank)
        for n in (range(value.rank) if axes is None else axes)
        if axes is not None or value.shape[n] == 1
    }
    if any(value.shape[n] != 1 for n in gone):
        raise it.error("only an axis of extent 1 can be dropped", "shape")
    return it.algebra.reshaped(
        value, tuple(extent for n, extent in enumerate(value.shape) if n not in gone)
    )


def _flipped(it: Call) -> Value:
    value = it.value(0, "m", "input")
    if it.name == "rot90":
        turns = it.take(1, "k")
        if turns is None or it.number(turns, "k") != 2:
            raise it.error("only half a turn is read", hint="np.rot90(K, 2)")
    found = it.take(1, "axis", "dims") if it.name == "flip" else None
    named = [it.number(item, "an axis") for item in _flat(found) if item is not None]
    axes = FLIPS.get(it.name) or (named or range(value.rank))
    over = {it.algebra.axis(number, value.rank) for number in axes}
    return it.algebra.rearranged(
        value,
        value.shape,
        lambda at: tuple(
            value.shape[n] - 1 - place if n in over else place for n, place in enumerate(at)
        ),
    )


FLIPS = {"flipud": (0,), "fliplr": (1,), "rot90": (0, 1)}


def _stretched(it: Call) -> Value:
    value = it.value(0)
    shape = it.shape(1)
    if len(shape) < value.rank:
        raise it.error("an array cannot be stretched to fewer axes", "shape")
    own = shape[len(shape) - value.rank :] if value.rank else ()
    pairs = zip(own, value.shape, strict=True)
    full = (
        *shape[: len(shape) - value.rank],
        *(have if want == -1 else want for want, have in pairs),
    )
    it.algebra.fits(value, full, "the new shape")
    return Value(full, lambda at: value.at(aligned(value, at)), value.sort)


def _padded(it: Call) -> Value:
    """Zeros around: `np.pad(x, ((h-1, h-1), (w-1, w-1)))`, or one width for all."""
    value = numeric(it.value(0, "array"))
    widths, mode = it.take(1, "pad_width"), it.take(2, "mode")
    it.keywords.pop("constant_values", None)
    if mode is not None and not (isinstance(mode, Words) and mode.text == "constant"):
        raise it.error("only padding by zeros is read")
    pairs = _widths(it, widths, value.rank)
    shape = tuple(
        sympy.expand(extent + before + after)
        for extent, (before, after) in zip(value.shape, pairs, strict=True)
    )

    def at(positions: Positions) -> Expr:
        own = tuple(place - pair[0] for place, pair in zip(positions, pairs, strict=True))
        inside = [
            condition
            for place, extent, pair in zip(own, value.shape, pairs, strict=True)
            if pair != (0, 0)
            for condition in (
                sympy.Ge(place, 0, evaluate=False),
                sympy.Lt(place, extent, evaluate=False),
            )
        ]
        return Where(both(*inside), value.at(own), Integer(0)) if inside else value.at(own)

    return Value(shape, at)


def _widths(it: Call, found: Anything | None, rank: int) -> list[tuple[Expr, Expr]]:
    if not isinstance(found, Several):
        width = it.extent(found)
        return [(width, width)] * rank
    items = found.items
    if not any(isinstance(item, Several) for item in items):
        before, after = (it.extent(item) for item in (items if len(items) == 2 else items * 2))
        return [(before, after)] * rank
    pairs = []
    for item in items:
        ends = _flat(item)
        pairs.append((it.extent(ends[0]), it.extent(ends[-1])))
    pairs = pairs * rank if len(pairs) == 1 else pairs
    if len(pairs) != rank:
        raise it.error(f"{len(pairs)} pairs of widths for {rank} axes", "shape")
    return pairs


# --- Python's own ------------------------------------------------------------------------------


def _extreme(head: str) -> Row:
    """max(a, b); of whole numbers again one."""

    def read(it: Call) -> Value:
        values = [it.value(n) for n in range(len(it.arguments))]
        if len(values) == 1:
            return it.algebra.reduced(MaxOver if head == "max" else MinOver, values[0], None, False)
        if any(value.rank for value in values):
            raise it.error(f"{head} of whole arrays", hint=f"write np.{head}imum(a, b)")
        if all(value.sort == "integer" for value in values):
            least = sympy.Max if head == "max" else sympy.Min
            return single(least(*(value.at(()) for value in values)), "integer")
        return it.algebra.elementwise(lambda *x: call(head, *x), *map(numeric, values))

    return read


def _length(it: Call) -> Value:
    found = it.take(0)
    if isinstance(found, Several):
        return whole_number(len(found.items))
    value = it.as_value(found or Nothing())
    if not value.rank:
        raise it.error("len of a number", "shape")
    return single(value.shape[0], "integer")


def _size(it: Call) -> Anything:
    """torch: `x.size(0)`, `x.size()`"""
    value, axes = it.value(0), it.axes(1)
    if axes is None:
        return shape_of(value)
    return single(value.shape[it.algebra.axis(axes[0], value.rank)], "integer")


def shape_of(value: Value) -> Several:
    return Several(tuple(single(extent, "integer") for extent in value.shape))


def _refused(why: str, hint: str) -> Row:
    def read(it: Call) -> Value:
        raise it.error(why.format(it.name), hint=hint)

    return read


ROWS: Mapping[tuple[str, ...], Row] = {
    **{(name,): _function(name) for name in FUNCTIONS},
    ("absolute", "fabs"): _function("abs"),
    ("sigmoid", "expit", "logistic"): _function("sigma"),
    ("ln",): _function("log"),
    ("sqrt",): _each(root),
    ("square",): _each(lambda x: power(x, Integer(2))),
    ("negative", "neg"): _each(negate),
    ("reciprocal",): _each(reciprocal),
    ("rsqrt",): _each(lambda x: power(x, Rational(-1, 2))),
    ("log1p",): _each(lambda x: call("log", add(Integer(1), x))),
    ("expm1",): _each(lambda x: add(call("exp", x), Integer(-1))),
    ("sign",): _sign,
    ("add",): _each(add, 2),
    ("subtract", "sub"): _each(lambda a, b: add(a, negate(b)), 2),
    ("multiply", "mul"): _each(mul, 2),
    ("divide", "true_divide", "div"): _each(divide, 2),
    ("maximum",): _each(lambda a, b: call("max", a, b), 2),
    ("minimum",): _each(lambda a, b: call("min", a, b), 2),
    ("power", "pow", "float_power"): _power,
    ("greater", "gt"): _compared(sympy.Gt),
    ("greater_equal", "ge"): _compared(sympy.Ge),
    ("less", "lt"): _compared(sympy.Lt),
    ("less_equal", "le"): _compared(sympy.Le),
    ("equal", "eq"): _compared(sympy.Eq),
    ("not_equal", "ne"): _compared(sympy.Ne),
    ("logical_and", "bitwise_and"): _connected(sympy.And),
    ("logical_or", "bitwise_or"): _connected(sympy.Or),
    ("logical_not", "invert", "bitwise_not"): _negated,
    ("where",): _where,
    ("clip", "clamp"): _clip,
    ("sum", "nansum"): _reduced(SumOver),
    ("max", "amax"): _reduced(MaxOver),
    ("min", "amin"): _reduced(MinOver),
    ("mean", "average"): _mean,
    ("var", "std"): _variance,
    ("argmax", "argmin"): _argmax,
    ("unravel_index",): _unravelled,
    ("norm",): _norm,
    ("softmax",): _softmax,
    ("matmul", "mm", "mv", "bmm"): _matmul,
    ("dot", "vdot"): _dot,
    ("outer", "ger"): _outer,
    ("einsum",): _einsum,
    ("zeros",): _filled(0),
    ("ones",): _filled(1),
    ("zeros_like", "new_zeros"): _like(0),
    ("ones_like",): _like(1),
    ("full",): _full,
    ("full_like",): _full_like,
    ("empty", "empty_like"): _empty,
    ("eye", "identity"): _eye,
    ("diag", "diagonal"): _diag,
    ("arange",): _arange,
    ("array", "asarray", "tensor", "as_tensor", "ascontiguousarray"): _array,
    ("copy", "clone", "astype", "float", "double", "float64", "float32"): _copy,
    ("detach", "cpu", "numpy", "contiguous", "item", "atleast_1d"): _same,
    ("transpose", "permute", "swapaxes", "t"): _transposed,
    ("reshape", "view"): _reshape,
    ("ravel", "flatten"): _flat_vector,
    ("expand_dims", "unsqueeze"): _wider,
    ("squeeze",): _narrower,
    ("flip", "flipud", "fliplr", "rot90"): _flipped,
    ("broadcast_to", "expand"): _stretched,
    ("pad",): _padded,
    ("size",): _size,
    ("prod", "cumsum", "cumprod", "product"): _refused("{} is not read", "write a loop"),
    ("concatenate", "stack", "vstack", "hstack", "cat", "tile", "repeat"): _refused(
        "{} is not read", "write into slices of np.zeros(…)"
    ),
    ("random", "rand", "randn"): _refused("{} is not read", "an answer has no random numbers"),
    ("convolve", "correlate", "convolve2d", "correlate2d", "conv2d"): _refused(
        "{} is not read", "write the loops over the window"
    ),
    ("backward", "grad"): _refused("{} is not read", "write the gradient out, do not ask for it"),
    ("eval", "exec", "compile", "open", "getattr", "setattr", "globals", "__import__"): _refused(
        "{} is not read", "answers are read, never run"
    ),
}
"""What each function does; a new function is a row."""

FUNCTION_ROWS: Mapping[str, Row] = {name: row for names, row in ROWS.items() for name in names}

BUILTINS: Mapping[str, Row] = {
    "abs": FUNCTION_ROWS["abs"],
    "max": _extreme("max"),
    "min": _extreme("min"),
    "sum": _reduced(SumOver),
    "len": _length,
    "range": _arange,
    "list": _same,
    "float": _copy,
    "pow": _power,
    **{
        name: FUNCTION_ROWS[name]
        for name in ("eval", "exec", "compile", "open", "getattr", "setattr", "globals",
                     "__import__")
    },
}  # fmt: skip
"""Functions that Python has without a library."""

IMPORTED = {
    "exp", "log", "sqrt", "tanh", "sigmoid", "expit", "softmax", "relu", "where", "maximum",
    "einsum", "outer", "dot", "matmul", "zeros", "ones", "zeros_like", "ones_like", "eye", "diag",
    "sin", "cos", "softplus", "erf", "sigma", "mean", "arange", "minimum", "norm", "array",
    "flip", "pad", "argmax", "transpose",
}  # fmt: skip
"""Functions that may stand without a library's name before them, as after `from numpy import *`."""
