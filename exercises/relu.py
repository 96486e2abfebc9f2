"""The rectifier, element by element."""

from sympy import Max

from symgrad.course.author import arrays, as_written, extents, fixed, forward, idx, let
from symgrad.course.exercise import Exercise, Part

(k,) = extents("k")
i, row, column = idx("i", k), idx("i", 2), idx("j", 2)
x, y = arrays("x y")

with as_written():
    relu = forward(inputs=[x[k]], updates=[let(y[i], Max(0, x[i]))], outputs=[y])
    example = forward(
        inputs=[fixed(x[2, 2], [[-1.5, 2], [-0.3, 0.7]])],
        updates=[let(y[row, column], Max(0, x[row, column]))],
        outputs=[y],
    )

EXERCISE = Exercise(
    id="relu",
    title="The ReLU layer",
    document="Lecture 21 (4/5/17) and All the BPs (CMPUT 328)",
    problem="ReLU layer",
    question="A rectifier replaces every negative number of `x` by 0.",
    parts=(
        Part(
            "a",
            "Give `x.grad` from `y.grad`. (Where `x` is exactly 0 take the derivative to be 0.)",
            relu,
            ("x.grad",),
        ),
        Part(
            "b",
            "Now `x` is a matrix of 2 by 2 numbers. Give `x.grad` for these numbers in terms of "
            "`y.grad[1, 1]`, `y.grad[1, 2]`, `y.grad[2, 1]` and `y.grad[2, 2]`. (The figure with "
            "the numbers is missing in the notes; these have the signs that the printed answer "
            "needs.)",
            example,
            ("x.grad",),
        ),
    ),
)
