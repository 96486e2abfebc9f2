"""The Euclidean loss."""

from sympy import Rational, Sum

from symgrad.course.author import arrays, as_written, extents, forward, idx, let, scalars
from symgrad.course.exercise import Exercise, Part

(N,) = extents("N")
i = idx("i", N)
Yp, Y = arrays("Yp Y")
(Loss,) = scalars("Loss")

with as_written():
    euclidean = forward(
        inputs=[Yp[N], Y[N]],
        updates=[let(Loss, Rational(1, 2) * Sum((Yp[i] - Y[i]) ** 2, i))],
        loss=Loss,
    )

EXERCISE = Exercise(
    id="l2-loss",
    title="The Euclidean loss",
    document="All the BPs (CMPUT 328)",
    problem="Backprop derivation for loss function",
    question="The loss is half the squared distance between the prediction `Yp` and the label `Y`.",
    parts=(
        Part("a", "Give the gradient of the loss with respect to `Yp`.", euclidean, ("Yp.grad",)),
    ),
    aliases={"Y^p": "Yp"},
)
