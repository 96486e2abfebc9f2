"""A residual block: z = Conv(ReLU(Conv(x, w1)), w2) + x, with zeros around the images."""

from sympy import And, IndexedBase, Max

from symgrad.course.author import Update, add, arrays, as_written, extents, forward, idx, let
from symgrad.course.exercise import Exercise, Part

H, V = extents("H V")
i, j = idx("i", H), idx("j", V)
l, m = idx("l", 3), idx("m", 3)
x, w1, w2, x1, x2, z1, z2, z3, z = arrays("x w1 w2 x1 x2 z1 z2 z3 z")


def same(result: IndexedBase, image: IndexedBase, kernel: IndexedBase) -> Update:
    """A convolution that keeps the size: outside the image there are zeros."""
    inside = And(1 <= i + l - 2, i + l - 2 <= H, 1 <= j + m - 2, j + m - 2 <= V)
    return add(result[i, j], image[i + l - 2, j + m - 2] * kernel[l, m], where=inside)


with as_written():
    block = forward(
        inputs=[x[H, V], w1[3, 3], w2[3, 3]],
        updates=[
            let(x1[i, j], x[i, j]),
            let(x2[i, j], x[i, j]),
            same(z1, x1, w1),
            let(z2[i, j], Max(0, z1[i, j])),
            same(z3, z2, w2),
            let(z[i, j], z3[i, j] + x2[i, j]),
        ],
        outputs=[z],
    )

EXERCISE = Exercise(
    id="residual",
    title="A residual block",
    document="All the BPs (CMPUT 328)",
    problem="BP in residual connection",
    question=(
        "A residual block adds its input to what two convolutions with a rectifier between them "
        "make of it. The kernels have 3 by 3 numbers, and the images are taken to be 0 outside, so "
        "that every image has `H` by `V` numbers. `x1` and `x2` are the two ways that `x` goes."
    ),
    parts=(
        Part(
            "a",
            "Give the backward pass from `z.grad` to the gradients of `x`, `w1` and `w2`.",
            block,
            ("x.grad", "w1.grad", "w2.grad"),
            points=5,
        ),
    ),
    aliases={
        **{f"x_{n}": f"x{n}" for n in (1, 2)},
        **{f"w_{n}": f"w{n}" for n in (1, 2)},
        **{f"z_{n}": f"z{n}" for n in (1, 2, 3)},
    },
)
