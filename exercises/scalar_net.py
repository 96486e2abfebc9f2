"""A neural net whose every variable is a scalar."""

from sympy import Rational

from symgrad.course.author import as_written, forward, let, scalars
from symgrad.course.exercise import Exercise, Part
from symgrad.heads import sigma

X, W1, b1, W2, b2, Y = scalars("X W1 b1 W2 b2 Y")
Z1, Z2, Z3, Z4, Yp, L = scalars("Z1 Z2 Z3 Z4 Yp L")

with as_written():
    network = forward(
        inputs=[X, W1, b1, W2, b2, Y],
        updates=[
            let(Z1, X * W1),
            let(Z2, Z1 + b1),
            let(Z3, sigma(Z2)),
            let(Z4, Z3 * W2),
            let(Yp, Z4 + b2),
            let(L, Rational(1, 2) * (Yp - Y) ** 2),
        ],
        loss=L,
    )

ASKED = {
    "1": ("Yp", "the prediction `Yp`"),
    "2": ("Z4", "`Z4`"),
    "3": ("Z3", "`Z3`"),
    "4": ("Z2", "`Z2`"),
    "5": ("Z1", "`Z1`"),
    "W1": ("W1", "the weight `W1`"),
    "b1": ("b1", "the bias `b1`"),
    "W2": ("W2", "the weight `W2`"),
    "b2": ("b2", "the bias `b2`"),
}

EXERCISE = Exercise(
    id="scalar-net",
    title="The chain rule for a scalar neural net",
    document="All the BPs (CMPUT 328)",
    problem="scalar neural net",
    question=(
        "A net of scalars predicts `Yp = sigma(X W1 + b1) W2 + b2`; the loss `L` is half the "
        "squared difference to `Y`. Go back step by step; the gradients of later steps may be "
        "used. The notes write `δZ` for `Z.grad`."
    ),
    parts=tuple(
        Part(
            name,
            f"Give the derivative of `L` with respect to {words}.",
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
