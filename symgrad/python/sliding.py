"""Windows that slide over arrays, and what is summed over them.

sliding_window_view(x, (h, w))[i, j, l, m] = x[i + l, j + m]
correlate2d(x, k, "valid")[i, j]           = sum(l, m, x[i + l, j + m] * k[l, m])
convolve2d(x, k) = correlate2d(x, k turned around)        "full": zeros around x, h - 1 and w - 1
F.conv2d(x, k)[n, o, i, j]                 = sum(c, l, m, x[n, c, i + l, j + m] * k[o, c, l, m])
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import Expr, Integer

from symgrad.python.calls import Call, Row, entries_of
from symgrad.python.productaxes import plain
from symgrad.python.products import contracted
from symgrad.python.rearranging import surrounded, turned
from symgrad.python.values import Anything, Nothing, Positions, Shape, Value, Words
from symgrad.python.views import numeric

PLACES, WITHIN = "xyz", "uvw"
"""Letters for the axes along which a window slides, and for those within it."""


def windows(it: Call) -> Value:
    """`sliding_window_view(x, (h, w))`: [i, j, l, m] is x[i + l, j + m]."""
    value, found = it.value(0, "x"), it.take(1, "window_shape")
    widths = tuple(it.extent(item) for item in entries_of(found))
    if len(widths) != value.rank:
        raise it.error("a window has an extent for each axis", "shape")
    return _windows(it, value, widths)


def _windows(it: Call, value: Value, widths: Shape) -> Value:
    """The windows along the last axes: their places, then the axes within them."""
    kept = value.rank - len(widths)
    for extent, width in zip(value.shape[kept:], widths, strict=True):
        if not _fits(it, width, extent):
            shown = f"{it.trace.shown((width,))} in {it.trace.shown((extent,))}"
            raise it.error(f"a window may be wider than its axis, {shown}", "shape")
    counts = [
        sympy.expand(plain(extent) - plain(width) + 1)
        for extent, width in zip(value.shape[kept:], widths, strict=True)
    ]

    def source(at: Positions) -> Positions:
        pairs = zip(at[kept : value.rank], at[value.rank :], strict=True)
        return (*at[:kept], *(plain(start) + plain(place) for start, place in pairs))

    view = it.algebra.rearranged(value, (*value.shape[:kept], *counts, *widths), source)
    return Value(view.shape, view.at, view.sort)


def _fits(it: Call, width: Expr, extent: Expr) -> bool:
    return bool(it.trace.implied(sympy.Le(plain(width), plain(extent), evaluate=False)))


# --- NumPy and SciPy ---------------------------------------------------------------------------


def correlated(axes: int | None, usual: str, turns: bool) -> Row:
    """`correlate`, and `convolve`, which turns the kernel around; `usual` is the mode unless named.

    As many axes as the function has; None for as many as its arguments have.
    """

    def read(it: Call) -> Value:
        image, kernel = numeric(it.value(0, "in1", "a")), numeric(it.value(1, "in2", "v"))
        mode = _word(it, it.take(2, "mode"), usual)
        _leave_out(it, boundary="fill", method="auto", fillvalue="")
        if image.rank != kernel.rank or image.rank != (image.rank if axes is None else axes):
            raise it.error(f"{it.name} of {image.rank} and {kernel.rank} axes", "shape")
        pairs = zip(kernel.shape, image.shape, strict=True)
        if turns and mode == "valid" and not all(_fits(it, *pair) for pair in pairs):
            image, kernel = kernel, image
        ends = _ends(it, mode, kernel.shape)
        if mode == "same" and "." not in it.name and axes == 1:
            _windows(it, image, kernel.shape)
        if turns:
            kernel = turned(it, kernel, range(kernel.rank))
        return _slid(it, surrounded(image, ends), kernel, "", "", "")

    return read


def _ends(it: Call, mode: str, widths: Shape) -> list[tuple[Expr, Expr]]:
    """How many zeros stand around the image: none, all that a place can reach, or half of them."""
    if mode == "valid":
        return [(Integer(0), Integer(0)) for _ in widths]
    reach = [sympy.expand(plain(width) - 1) for width in widths]
    if mode == "same":
        if not all(one.is_Integer and one % 2 == 0 for one in reach):
            raise it.error(
                f"{it.name} with mode 'same' is read for kernels of 3, 5, … numbers each way",
                hint="pad by zeros yourself, with mode 'valid'",
            )
        reach = [one / 2 for one in reach]
    elif mode != "full":
        raise it.error(f"mode {mode!r} is not read", hint="valid, same or full")
    return [(one, one) for one in reach]


def _word(it: Call, found: Anything | None, usual: str) -> str:
    if found is None or isinstance(found, Nothing):
        return usual
    if not isinstance(found, Words):
        raise it.error(f"{it.name} is told its mode by a word", hint="mode='valid'")
    return found.text


def _leave_out(it: Call, **usual: str) -> None:
    """Arguments that may say what holds without them."""
    for name, word in usual.items():
        found = it.keywords.pop(name, None)
        is_usual = isinstance(found, Words) and found.text == word
        is_zero = isinstance(found, Value) and not found.rank and found.at(()) == 0
        if found is not None and not is_usual and not (name == "fillvalue" and is_zero):
            raise it.error(f"{it.name} with {name}= is not read")


# --- torch -------------------------------------------------------------------------------------


def convolved(axes: int, transposed: bool = False) -> Row:
    """`F.conv2d(x, k, padding=1)`: images n and channels c, kernels o; or what it does backward."""

    def read(it: Call) -> Value:
        image, kernel = numeric(it.value(0, "input")), numeric(it.value(1, "weight"))
        if not isinstance(it.take(2, "bias"), Nothing | None):
            raise it.error(f"{it.name} with a bias is not read", hint="add it behind")
        stride, padding = it.take(3, "stride"), it.take(4, "padding")
        _only(it, stride, "stride")
        for name in ("dilation", "groups"):
            _only(it, it.keywords.pop(name, None), name)
        if image.rank != axes + 2 or kernel.rank != axes + 2:
            hint = "images and kernels have two axes before their own, as in x[None, None]"
            raise it.error(f"{it.name} of {image.rank} and {kernel.rank} axes", "shape", hint)
        ends = _padding(it, padding, kernel.shape[2:])
        names = "co" if transposed else "oc"
        if transposed:
            kernel = turned(it, kernel, range(2, kernel.rank))
            ends = [
                (sympy.expand(plain(width) - 1 - before), sympy.expand(plain(width) - 1 - after))
                for width, (before, after) in zip(kernel.shape[2:], ends, strict=True)
            ]
            _not_negative(it, ends)
        none = (Integer(0), Integer(0))
        return _slid(it, surrounded(image, [none, none, *ends]), kernel, "nc", names, "no")

    return read


def _only(it: Call, found: Anything | None, what: str) -> None:
    """A step of 1, in each direction."""
    for item in entries_of(found):
        if not (item is None or isinstance(item, Nothing) or it.number(item, what) == 1):
            raise it.error(f"{it.name} with another {what} than 1 is not read")


def _padding(it: Call, found: Anything | None, widths: Shape) -> list[tuple[Expr, Expr]]:
    """`1`, `(h - 1, w - 1)` or a word."""
    if found is None or isinstance(found, Words | Nothing):
        return _ends(it, _word(it, found, "valid"), widths)
    ends = [it.extent(item) for item in entries_of(found)]
    ends = ends * len(widths) if len(ends) == 1 else ends
    if len(ends) != len(widths):
        raise it.error(f"{len(ends)} widths for {len(widths)} axes", "shape")
    pairs = [(plain(end), plain(end)) for end in ends]
    _not_negative(it, pairs)
    return pairs


def _not_negative(it: Call, pairs: Sequence[tuple[Expr, Expr]]) -> None:
    for pair in pairs:
        if not all(it.trace.implied(sympy.Ge(end, 0, evaluate=False)) for end in pair):
            raise it.error(f"the width {it.trace.shown(pair[:1])} may be negative", "shape")


def _slid(it: Call, image: Value, kernel: Value, before: str, first: str, result: str) -> Value:
    """The products of the kernel with each window, added up; letters name the other axes."""
    own = kernel.rank - len(first)
    places, within = PLACES[:own], WITHIN[:own]
    pattern = f"{before}{places}{within},{first}{within}->{result}{places}"
    found = _windows(it, image, kernel.shape[len(first) :])
    return contracted(it.algebra, pattern, [found, kernel])
