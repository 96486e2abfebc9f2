"""Softmax followed by the cross-entropy."""

from sympy import Eq, Sum, exp, log

from symgrad.course.author import arrays, as_written, extents, forward, idx, let, scalars
from symgrad.course.exercise import Exercise, Part

(K,) = extents("K")
i, k = idx("i", K), idx("k", K)
logits, y, yp = arrays("logits y yp")
(Loss,) = scalars("Loss")

with as_written():
    cross_entropy = forward(
        inputs=[logits[K], y[K]],
        assume=[y >= 0, Eq(Sum(y[k], k), 1)],
        updates=[
            let(yp[i], exp(logits[i]) / Sum(exp(logits[k]), k)),
            let(Loss, -Sum(y[k] * log(yp[k]), k)),
        ],
        loss=Loss,
    )

EXERCISE = Exercise(
    id="softmax-cross-entropy",
    title="Softmax and cross-entropy",
    document="All the BPs (CMPUT 328)",
    problem="Softmax and cross-entropy loss",
    question=(
        "A network ends in `K` scores, the logits. Softmax makes probabilities `yp` of them, and "
        "the loss is the cross-entropy with the ideal probabilities `y`, which sum to 1."
    ),
    parts=(
        Part(
            "a",
            "Give the gradient of the loss with respect to the logits, as simple as you can.",
            cross_entropy,
            ("logits.grad",),
            points=2,
            reference="closed",
        ),
    ),
)
