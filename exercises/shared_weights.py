"""Y = ReLU(X W) W: one matrix in two places."""

from sympy import Max, Rational, Sum

from symgrad.course.author import add, arrays, as_written, extents, forward, idx, let, scalars
from symgrad.course.exercise import Exercise, Part
from symgrad.reading.names.star import Star

N, D = extents("N D")
n, i, j = idx("n", N), idx("i", D), idx("j", D)
X, W, Z1, Z2, Y = arrays("X W Z1 Z2 Y")
(L,) = scalars("L")

with as_written():
    network = forward(
        inputs=[X[N, D], W[D, D]],
        updates=[
            add(Z1[n, j], X[n, i] * W[i, j], loops=[n, i, j]),
            let(Z2[n, j], Max(0, Z1[n, j])),
            add(Y[n, j], Z2[n, i] * W[i, j], loops=[n, i, j]),
            let(L, Rational(1, 2) * Sum((Y[n, j] - X[n, j]) ** 2, n, j)),
        ],
        loss=L,
    )

EXERCISE = Exercise(
    id="shared-weights",
    title="Shared weights",
    document="All the BPs (CMPUT 328)",
    problem="Example 2",
    question=(
        "A network that is to reproduce its input: `Y = ReLU(X W) W`, with the same matrix `W` in "
        "both layers; the loss `L` is half the squared distance between `Y` and `X`. "
        "In an answer `*` is the matrix product where the shapes fit so, else elementwise."
    ),
    parts=(
        Part(
            "a",
            "Give the gradients of `Y`, `Z2`, `Z1` and `W`. `W` is used twice.",
            network,
            ("Y.grad", "Z2.grad", "Z1.grad", "W.grad"),
            points=4,
        ),
    ),
    aliases={"Z_1": "Z1", "Z_2": "Z2"},
    star=Star("matrix"),
)
