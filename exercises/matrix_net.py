"""A neural net of two layers over a batch."""

from sympy import Rational, Sum

from symgrad.course.author import add, arrays, as_written, extents, forward, idx, let, scalars
from symgrad.course.exercise import Exercise, Part
from symgrad.heads import sigma

N, D, M, C = extents("N D M C")
n, d, m, c = idx("n", N), idx("d", D), idx("m", M), idx("c", C)
X, W1, b1, W2, b2, Y = arrays("X W1 b1 W2 b2 Y")
Z1, Z2, Z3, Z4, Yp = arrays("Z1 Z2 Z3 Z4 Yp")
(L,) = scalars("L")

with as_written():
    network = forward(
        inputs=[X[N, D], W1[D, M], b1[M], W2[M, C], b2[C], Y[N, C]],
        updates=[
            add(Z1[n, m], X[n, d] * W1[d, m]),
            let(Z2[n, m], Z1[n, m] + b1[m]),
            let(Z3[n, m], sigma(Z2[n, m])),
            add(Z4[n, c], Z3[n, m] * W2[m, c]),
            let(Yp[n, c], Z4[n, c] + b2[c]),
            let(L, Rational(1, 2) * Sum((Yp[n, c] - Y[n, c]) ** 2, n, c)),
        ],
        loss=L,
    )

ASKED = {
    "1": ("Yp", "the predictions `Yp`"),
    "2": ("Z4", "`Z4`"),
    "3": ("Z3", "`Z3`"),
    "4": ("Z2", "`Z2`"),
    "5": ("Z1", "`Z1`"),
    "W1": ("W1", "the weights `W1`"),
    "b1": ("b1", "the bias `b1`, which every example of the batch uses"),
    "W2": ("W2", "the weights `W2`"),
    "b2": ("b2", "the bias `b2`, which every example of the batch uses"),
}

EXERCISE = Exercise(
    id="matrix-net",
    title="The chain rule for a neural net over a batch",
    document="All the BPs (CMPUT 328)",
    problem="general neural net",
    question=(
        "A net of two layers predicts `Yp = sigma(X W1 + b1) W2 + b2` for `N` examples at once, "
        "one a row; the loss `L` is half the squared distance to `Y`. Go back step by step; the "
        "gradients of later steps may be used. The notes write `δZ` for `Z.grad`."
    ),
    parts=tuple(
        Part(
            name,
            f"Give the gradient of `L` with respect to {words}.",
            network,
            (f"{array}.grad",),
            reference="step",
        )
        for name, (array, words) in ASKED.items()
    ),
    aliases={
        "Y^p": "Yp",
        **{f"{v}_{n}": f"{v}{n}" for v in "Wb" for n in (1, 2)},
        **{f"Z_{n}": f"Z{n}" for n in (1, 2, 3, 4)},
    },
)
