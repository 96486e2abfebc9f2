"""Softmax followed by the Euclidean loss."""

from sympy import Eq, Rational, Sum, exp

from symgrad.course.author import arrays, as_written, extents, forward, idx, let, scalars
from symgrad.course.exercise import Exercise, Part

(K,) = extents("K")
i, k = idx("i", K), idx("k", K)
logits, y, yp = arrays("logits y yp")
(Loss,) = scalars("Loss")

with as_written():
    euclidean = forward(
        inputs=[logits[K], y[K]],
        assume=[y >= 0, Eq(Sum(y[k], k), 1)],
        updates=[
            let(yp[i], exp(logits[i]) / Sum(exp(logits[k]), k)),
            let(Loss, Rational(1, 2) * Sum((yp[k] - y[k]) ** 2, k)),
        ],
        loss=Loss,
    )

EXERCISE = Exercise(
    id="softmax-l2",
    title="Softmax and the Euclidean loss",
    document="All the BPs (CMPUT 328)",
    problem="Softmax and cross-entropy loss, the question at the end",
    question=(
        "Instead of the cross-entropy, somebody uses half the squared distance between the softmax "
        "`yp` of the logits and the ideal probabilities `y`."
    ),
    parts=(
        Part(
            "a",
            "Give the gradient of this loss with respect to the logits.",
            euclidean,
            ("logits.grad",),
            points=2,
            reference="closed",
        ),
    ),
)
