"""A graph of seven scalar operations, in symbols and at a point."""

from collections.abc import Sequence

from sympy import Expr, exp, log, sin

from symgrad.course.author import Fixed, as_written, fixed, forward, let, scalars
from symgrad.course.exercise import Exercise, Part
from symgrad.program import Program

x, z, a, b, c, d, e, f, y = scalars("x z a b c d e f y")

WORDS = {
    "f": "the last quotient `f`",
    "e": "the quotient `e`",
    "d": "the exponential `d`",
    "c": "the sine `c`",
    "b": "the logarithm `b`, which is used twice",
    "a": "the product `a`, which is used three times",
    "x": "the input `x`",
    "z": "the input `z`",
}


def graph(inputs: Sequence[Expr | Fixed]) -> Program:
    with as_written():
        return forward(
            inputs=inputs,
            assume=[] if any(isinstance(item, Fixed) for item in inputs) else [x > 1, z > 0],
            updates=[
                let(a, x * z),
                let(b, log(x)),
                let(c, sin(b)),
                let(d, exp(a)),
                let(e, a / b),
                let(f, c / a),
                let(y, d + e + f),
            ],
            loss=y,
        )


symbolic = graph([x, z])
at_a_point = graph([fixed(x, 2), fixed(z, 3)])

EXERCISE = Exercise(
    id="scalar-graph",
    title="Backpropagation by hand",
    document="Lecture 21 (4/5/17)",
    problem="Backprop Ex#1",
    question=(
        "The function `y = exp(x z) + x z / log(x) + sin(log(x)) / (x z)` is computed in seven "
        "steps. Go back through them: `a.grad` is the derivative of `y` with respect to `a`, and "
        "so on. The gradients of the later steps may be used."
    ),
    parts=(
        *(
            Part(
                name,
                f"Give the derivative of `y` with respect to {words}.",
                symbolic,
                (f"{name}.grad",),
                reference="step",
            )
            for name, words in WORDS.items()
        ),
        Part(
            "numbers",
            "Give the values of all eight derivatives at `x = 2`, `z = 3`, exactly or to 4 digits.",
            at_a_point,
            tuple(f"{name}.grad" for name in WORDS),
            points=4,
            digits=4,
        ),
    ),
)
