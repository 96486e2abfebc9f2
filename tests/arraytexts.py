"""Random statements on whole arrays, written so that NumPy reads them too.

    t = (A @ u)[:, None] * X + np.sum(tanh(X), axis=0)

The shape is known while an expression is drawn, so that nothing is thrown away; where axes are
repeated by broadcasting, that is drawn as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

EXTENTS = {"N": 2, "M": 3, "K": 4}

ARRAYS: dict[str, tuple[str, ...]] = {
    "a": (), "u": ("N",), "v": ("M",), "w": ("K",), "X": ("N", "M"), "Y": ("M", "N"),
    "A": ("N", "N"), "B": ("M", "M"), "C": ("M", "K"), "D": ("N", "K"), "Q": ("K", "N", "M"),
}  # fmt: skip

INPUTS = "\n".join(
    [
        *(f"input {name}[{', '.join(axes)}]" for name, axes in ARRAYS.items() if axes),
        "input a",
        *(f"assume {axis} >= {extent}" for axis, extent in EXTENTS.items()),
    ]
)

DIMS = tuple(EXTENTS)
Shape = tuple[str, ...]

UNARY = ("-({})", "tanh({})", "sin({})", "abs({})", "relu({})", "({})**2", "np.exp(tanh({}))")
BINARY = (
    "({} + {})",
    "({} - {})",
    "({} * {})",
    "({} / (2 + ({})**2))",
    "maximum({}, {})",
    "np.minimum({}, {})",
    "where({0} > {1}, {0}, 2*{1})",
)


def conv(image: Any, kernel: Any) -> Any:
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.tensordot(windows, kernel, kernel.ndim)


def pad(x: Any, rows: int, columns: int) -> Any:
    return np.pad(x, ((rows, rows), (columns, columns)))


def softmax(x: Any) -> Any:
    e = np.exp(x)
    return e / e.sum(axis=-1, keepdims=True)


NUMPY: dict[str, Any] = {
    "np": np, "conv": conv, "pad": pad, "softmax": softmax, "norm2": np.linalg.norm,
    "relu": lambda x: np.maximum(0, x),
    **{name: getattr(np, name) for name in (
        "tanh", "sin", "abs", "exp", "maximum", "minimum", "where", "sum", "dot", "outer", "diag",
        "eye", "ones", "zeros", "einsum", "flip", "mean", "transpose", "matmul", "max", "min",
    )},
    **EXTENTS,
}  # fmt: skip


VECTORS = [(n,) for n in DIMS]
MATRICES = [(n, m) for n in DIMS for m in DIMS]
SHAPES: list[Shape] = [(), *VECTORS, *MATRICES]


@st.composite
def expressions(draw: DrawFn, shape: Shape, depth: int = 3) -> str:
    """An expression of a shape; its axes may be the extents' names or "1"."""
    if "1" in shape:
        return draw(kept(shape, depth))
    makers = [leaf]
    if depth:
        makers = [unary, binary, binary, product, summed, summed, broadcast]
        makers += [rearranged] if shape else [scalar]
        makers += [matrix] if len(shape) == 2 else []
    return draw(draw(st.sampled_from(makers))(shape, depth - 1))


@st.composite
def leaf(draw: DrawFn, shape: Shape, depth: int) -> str:
    named = [name for name, axes in ARRAYS.items() if axes == shape]
    turned = [f"{name}.T" for name, axes in ARRAYS.items() if axes[::-1] == shape != axes]
    if not shape:
        return draw(st.sampled_from([*named, "2", "N", "0.5"]))
    filled = [f"ones(({', '.join(shape)},))"] if len(shape) < 3 else []
    return draw(st.sampled_from([*named, *turned, *filled] or [f"ones(({', '.join(shape)},))"]))


@st.composite
def unary(draw: DrawFn, shape: Shape, depth: int) -> str:
    return draw(st.sampled_from(UNARY)).format(draw(expressions(shape, depth)))


@st.composite
def binary(draw: DrawFn, shape: Shape, depth: int) -> str:
    parts = [draw(expressions(shape, depth)) for _ in range(2)]
    return draw(st.sampled_from(BINARY)).format(*parts)


@st.composite
def broadcast(draw: DrawFn, shape: Shape, depth: int) -> str:
    """One operand lacks leading axes, or has some of extent 1."""
    full = draw(expressions(shape, depth))
    cut = draw(st.integers(0, len(shape)))
    repeated = tuple(draw(st.sampled_from([axis, axis, "1"])) for axis in shape[cut:])
    other = draw(expressions(repeated, depth))
    pair = draw(st.sampled_from([(full, other), (other, full)]))
    return draw(st.sampled_from(BINARY)).format(*pair)


@st.composite
def kept(draw: DrawFn, shape: Shape, depth: int) -> str:
    """Some axes of extent 1: by keepdims, or new ones."""
    if draw(st.booleans()):
        inner = tuple(axis for axis in shape if axis != "1")
        picks = ", ".join("None" if axis == "1" else ":" for axis in shape)
        if inner or depth < 0:
            base = (
                draw(expressions(inner, max(depth - 1, 0))) if inner else "u[None, :] @ u[:, None]"
            )
            if inner:
                return f"({base})[{picks}]"
    full = tuple(draw(st.sampled_from(DIMS)) if axis == "1" else axis for axis in shape)
    axes = ", ".join(str(n) for n, axis in enumerate(shape) if axis == "1")
    kind = draw(st.sampled_from(["sum", "mean", "max"]))
    base = draw(expressions(full, max(depth - 1, 0)))
    return f"({base}).{kind}(axis=({axes},), keepdims=True)"


@st.composite
def product(draw: DrawFn, shape: Shape, depth: int) -> str:
    inner = draw(st.sampled_from(DIMS))
    cut = draw(st.integers(max(0, len(shape) - 1), min(1, len(shape)))) if len(shape) < 3 else 2
    left = draw(expressions((*shape[:cut], inner), depth))
    right = draw(
        expressions((*shape[cut:-1], inner, *shape[-1:]) if shape[cut:] else (inner,), depth)
    )
    if len(shape) == 3:
        batch = draw(expressions((shape[0], shape[1], inner), depth))
        return f"({batch} @ {draw(expressions((inner, shape[2]), depth))})"
    if len(shape) == 2 and draw(st.booleans()):
        row = draw(expressions((shape[0], inner), depth))
        column = draw(expressions((inner, shape[1]), depth))
        pattern = draw(st.sampled_from(['einsum("ij,jk->ik", {}, {})', "matmul({}, {})"]))
        return pattern.format(row, column)
    if ".T" in right[-3:] or ".T" in left[-3:]:
        return f"dot({left}, {right})" if len(shape) < 2 else f"({left} @ ({right} + 0))"
    return f"({left} @ {right})"


@st.composite
def summed(draw: DrawFn, shape: Shape, depth: int) -> str:
    """One axis more, taken away again."""
    if len(shape) == 3:
        return draw(leaf(shape, depth))
    n = draw(st.integers(0, len(shape)))
    whole = (*shape[:n], draw(st.sampled_from(DIMS)), *shape[n:])
    axis = draw(st.sampled_from([n, n - len(whole)]))
    form = draw(
        st.sampled_from(
            ["({}).{}(axis={})", "{1}({0}, axis={2})", "np.{1}({0}, axis={2})", "({}).{}({})"]
        )
    )
    kind = draw(st.sampled_from(["sum", "sum", "mean", "max", "min"]))
    return form.format(draw(expressions(whole, depth)), kind, axis)


@st.composite
def scalar(draw: DrawFn, shape: Shape, depth: int) -> str:
    inside = draw(expressions(draw(st.sampled_from([*VECTORS, *MATRICES])), depth))
    return draw(
        st.sampled_from(["({}).sum()", "norm2({})", "np.max({})", "mean({})", "sum({})"])
    ).format(inside)


@st.composite
def rearranged(draw: DrawFn, shape: Shape, depth: int) -> str:
    if len(shape) == 1:
        return f"softmax({draw(expressions(shape, depth))})"
    form = draw(st.sampled_from(["({}).T", "np.transpose({})", "flip", "softmax"]))
    if "{}" in form:
        return form.format(draw(expressions(shape[::-1], depth)))
    return f"{form}({draw(expressions(shape, depth))})"


@st.composite
def matrix(draw: DrawFn, shape: Shape, depth: int) -> str:
    if shape[0] == shape[1] and draw(st.booleans()):
        vector = draw(expressions(shape[:1], depth))
        return draw(st.sampled_from([f"diag({vector})", f"(eye({shape[0]}) * {vector})"]))
    form = draw(st.sampled_from(["outer", "conv"]))
    if form == "conv":
        return f"conv(pad({draw(expressions(shape, depth))}, 1, 1), ones((3, 3)))"
    return f"outer({draw(expressions(shape[:1], depth))}, {draw(expressions(shape[1:], depth))})"
