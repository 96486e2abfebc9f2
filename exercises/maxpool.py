"""Max pooling: one window, windows of 2 by 2, and numbers."""

from symgrad.course.author import (
    arrays,
    as_written,
    extents,
    fixed,
    forward,
    idx,
    let,
    maximum,
    scalars,
)
from symgrad.course.exercise import Exercise, Part

n, P, Q = extents("n P Q")
i, j, k = idx("i", P), idx("j", Q), idx("k", n)
a, b = idx("a", 1, 0), idx("b", 1, 0)
row, column = idx("i", 2), idx("j", 2)
x, pooled = arrays("x y")
(y,) = scalars("y")

NUMBERS = [[1, 2, 9, 3], [0, 7, 4, 5], [8, 1, 2, 6], [3, 5, 4, 7]]

with as_written():
    window = forward(inputs=[x[n]], updates=[let(y, maximum(x[k], k))], outputs=[y])
    pooling = forward(
        inputs=[x[2 * P, 2 * Q]],
        updates=[let(pooled[i, j], maximum(x[2 * i - a, 2 * j - b], a, b))],
        outputs=[pooled],
    )
    example = forward(
        inputs=[fixed(x[4, 4], NUMBERS)],
        updates=[let(pooled[row, column], maximum(x[2 * row - a, 2 * column - b], a, b))],
        outputs=[pooled],
    )

EXERCISE = Exercise(
    id="maxpool",
    title="The max pooling layer",
    document="All the BPs (CMPUT 328)",
    problem="Backpropagation for a max pooling layer",
    question=(
        "Max pooling keeps the largest number of each window. In case of a tie only the first of "
        "the largest counts: `argmax(k, x[k])` is the first `k` at which `x[k]` is largest."
    ),
    parts=(
        Part("a", "One window, the vector `x`: give `x.grad` from `y.grad`.", window, ("x.grad",)),
        Part(
            "b",
            "Windows of 2 by 2, side by side (stride 2): give `x.grad` from `y.grad`.",
            pooling,
            ("x.grad",),
            points=2,
        ),
        Part(
            "c",
            "The same for these 4 by 4 numbers: give `x.grad` in terms of the four numbers "
            "`y.grad`. (The figure is missing in the notes; these numbers have their largest ones "
            "where the printed answer needs them.)",
            example,
            ("x.grad",),
        ),
    ),
)
