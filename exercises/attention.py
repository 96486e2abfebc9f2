"""The core of attention: scores x · y and their softmax."""

from sympy import Sum, exp

from symgrad.course.author import add, arrays, as_written, extents, forward, idx, let
from symgrad.course.exercise import Exercise, Part

n, m, d = extents("n m d")
i, j, k, c = idx("i", n), idx("j", m), idx("k", m), idx("c", d)
x, y, z, s = arrays("x y z s")

with as_written():
    attention = forward(
        inputs=[x[n, d], y[m, d]],
        updates=[
            add(z[i, j], x[i, c] * y[j, c]),
            let(s[i, j], exp(z[i, j]) / Sum(exp(z[i, k]), k)),
        ],
        outputs=[s],
    )

EXERCISE = Exercise(
    id="attention",
    title="Attention weights",
    document="All the BPs (CMPUT 328)",
    problem="BP in transformer",
    question=(
        "Every one of `n` vectors `x[i, ·]` is compared with every one of `m` vectors `y[j, ·]`: "
        "`z[i, j]` is their inner product, and `s[i, ·]` the softmax of `z[i, ·]`. (The notes draw "
        "3 and 4 vectors; the figure itself is missing.) `s.grad` is given."
    ),
    parts=(
        Part(
            "a",
            "Give `z.grad` from `s.grad`.",
            attention,
            ("z.grad",),
            points=2,
            reference="closed",
        ),
        Part("b", "Give `x.grad` from `z.grad`.", attention, ("x.grad",), reference="step"),
        Part("c", "Give `y.grad` from `z.grad`.", attention, ("y.grad",), reference="step"),
    ),
)
