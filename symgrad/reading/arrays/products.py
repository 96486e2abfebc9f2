"""Products of whole arrays.

(X @ W)[n, j] = sum(k, X[n, k] * W[k, j])      outer(a, b)[i, j] = a[i] * b[j]
einsum("bj,bj->b", p, q)[b] = sum(j, p[b, j] * q[b, j])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sympy import Expr, Symbol

from symgrad.expressions import mul
from symgrad.heads import SumOver
from symgrad.program import Axis
from symgrad.reading.arrays.whole import Fitting, Indices, Value, Whole, rank
from symgrad.reading.axes.productaxes import FittingAxis, finer
from symgrad.reading.syntax.trees import Part

AT = "@ sums the last axis of the left with the last but one of the right"

BESIDE = "side by side is the matrix product; element by element is ⊙ or *"

COLUMNS = "vectors are columns: x^T y is dot(x, y), every product of two elements is outer(x, y)"


def total(body: Expr, indices: Sequence[Symbol], axes: Sequence[Axis]) -> Expr:
    """sum(k in K, …, body); the body itself over no index."""
    if not indices:
        return body
    limits = [(k, axis.lower, axis.upper) for k, axis in zip(indices, axes, strict=True)]
    return SumOver.over(limits, body)


def contracted(
    fit: Fitting, left: Whole, right: Whole, where: Part | None, hint: str = AT
) -> Value:
    """`left @ right`: over the last axis of the left and the last but one of the right."""
    before, after = left.axes[:-2], right.axes[:-2]
    rows = left.axes[-2:-1] if left.rank > 1 else ()
    columns = right.axes[-1:] if right.rank > 1 else ()
    inner, other = left.axes[-1], right.axes[-2] if right.rank > 1 else right.axes[0]
    fitting = [isinstance(axis, FittingAxis) for axis in (inner, other)]
    if all(fitting):
        raise fit.source.error("how long is this vector of ones?", where, hint="write its length")
    if not any(fitting) and not fit.equal(inner, other):
        raise fit.clash(left, right, where, hint)
    stack = fit.broadcast([Whole(before, _nothing), Whole(after, _nothing)], where)
    over = (other if fitting[0] else inner) if any(fitting) else finer(inner, other)
    k, bound, parts = fit.running(over)

    def element(indices: Indices) -> Any:
        outer = indices[: len(stack)]
        row = indices[len(stack) : len(stack) + len(rows)]
        column = indices[len(stack) + len(rows) :]
        with fit.deeper(where):
            one = left.element([*_places(before, stack, outer), *row, k + inner.lower - over.lower])
            two = right.element(
                [*_places(after, stack, outer), k + other.lower - over.lower, *column]
            )
        return total(_times(one, two) if any(fitting) else mul(one, two), bound, parts)

    axes = (*stack, *rows, *columns)
    return Whole(axes, element) if axes else element([])


def beside(fit: Fitting, left: Whole, right: Whole, where: Part | None) -> Value:
    """`X W`, the product of matrices; vectors are columns unless they are transposed."""
    if left.rank == right.rank == 1:
        if left.turned and not right.turned:
            return contracted(fit, left, right, where, COLUMNS)
        if right.turned and not left.turned:
            return outer(left, right)
        if all(axis.extent == 1 for axis in (*left.axes, *right.axes)):
            return Whole(left.axes, lambda at: mul(left.element(at), right.element(at)))
        raise fit.source.error(
            "two vectors beside each other",
            where,
            hint="write dot(x, y), outer(x, y) or x * y",
        )
    found = contracted(fit, left, right, where, BESIDE if left.axes == right.axes else AT)
    row = left.rank == 1 and left.turned and isinstance(found, Whole)
    return replace(found, turned=True) if row else found


def outer(left: Whole, right: Whole) -> Whole:
    """Every product of an element of the one with one of the other."""
    fitting = any(isinstance(axis, FittingAxis) for axis in (*left.axes, *right.axes))
    times = _times if fitting else mul
    return Whole(
        left.axes + right.axes,
        lambda indices: times(
            left.element(indices[: left.rank]), right.element(indices[left.rank :])
        ),
    )


def _times(one: Expr, two: Expr) -> Expr:
    """The product, in which the elements of a vector of ones need not be seen."""
    if one == 1:
        return two
    return one if two == 1 else mul(one, two)


def einsum(fit: Fitting, pattern: str, values: Sequence[Value], where: Part | None) -> Value:
    """The sum over every letter that the result does not have."""
    inputs, arrow, result = pattern.replace(" ", "").partition("->")
    words = inputs.split(",")
    letters = _letters(fit, words, values, where)
    if not arrow:
        result = "".join(sorted(letter for letter in letters if inputs.count(letter) == 1))
    if len(set(result)) < len(result) or not set(result) <= letters.keys():
        raise fit.source.error('a pattern is written as in "bj,jk->bk"', where)
    hidden = [letter for letter in letters if letter not in result]
    running = {letter: fit.running(letters[letter]) for letter in hidden}
    bound = [symbol for _, symbols, _ in running.values() for symbol in symbols]
    ranges = [part for _, _, parts in running.values() for part in parts]

    def element(indices: Indices) -> Any:
        at = {letter: place for letter, (place, _, _) in running.items()}
        at.update(zip(result, indices, strict=True))
        factors = (factor(*pair, at) for pair in zip(words, values, strict=True))
        return total(mul(*factors), bound, ranges)

    def factor(word: str, value: Value, at: Mapping[str, Expr]) -> Any:
        if not isinstance(value, Whole):
            return value
        named = zip(word, value.axes, strict=True)
        return value.element([at[one] + own.lower - letters[one].lower for one, own in named])

    axes = tuple(letters[letter] for letter in result)
    return Whole(axes, element) if axes else element([])


def _letters(
    fit: Fitting, words: Sequence[str], values: Sequence[Value], where: Part | None
) -> dict[str, Axis]:
    """The axis of every letter of a pattern."""
    if len(words) != len(values):
        raise fit.source.error(
            f"the pattern has {len(words)} arrays, {len(values)} "
            f"{'is' if len(values) == 1 else 'are'} given",
            where,
            "shape",
        )
    letters: dict[str, Axis] = {}
    for word, value in zip(words, values, strict=True):
        _note(fit, letters, word, value, where)
    return letters


def _note(
    fit: Fitting, letters: dict[str, Axis], word: str, value: Value, where: Part | None
) -> None:
    if rank(value) != len(word) or not (word.isalpha() or not word):
        raise fit.source.error(
            f"'{word}' names {len(word)} axes, the array has {rank(value)}", where, "shape"
        )
    for letter, axis in zip(word, value.axes if isinstance(value, Whole) else (), strict=True):
        known = letters.setdefault(letter, axis)
        letters[letter] = finer(known, axis)
        if not fit.equal(known, axis):
            raise fit.source.error(
                f"{letter} stands for {known.extent} and for {axis.extent} elements", where, "shape"
            )


def _nothing(_: Indices) -> Any:
    return None


def _places(own: Sequence[Axis], axes: Sequence[Axis], indices: Indices) -> list[Expr]:
    """Indices of broadcast axes as those of an array that is repeated."""
    skipped = len(axes) - len(own)
    return [
        one.lower if one.extent == 1 else place + one.lower - axis.lower
        for one, axis, place in zip(own, axes[skipped:], indices[skipped:], strict=True)
    ]
