"""Batch normalisation as three loops."""

from sympy import sqrt

from symgrad.course.author import add, arrays, as_written, extents, forward, idx
from symgrad.course.exercise import Exercise, Part

B, J = extents("B J")
b, j = idx("b", B), idx("j", J)
x, mu, s, normalised = arrays("x mu s x'")

with as_written():
    batchnorm = forward(
        inputs=[x[B, J]],
        assume=[B >= 2],
        updates=[
            add(mu[j], 1 / B * x[b, j], loops=[b, j]),
            add(s[j], 1 / (B - 1) * (x[b, j] - mu[j]) ** 2, loops=[b, j]),
            add(normalised[b, j], (x[b, j] - mu[j]) / sqrt(s[j])),
        ],
        outputs=[normalised],
    )

EXERCISE = Exercise(
    id="batchnorm",
    title="Batch normalisation",
    document="TTIC 31230, Backpropagation Problems (winter 2019)",
    problem="problem 3",
    question=(
        "Batch normalisation shifts and scales every feature `j` so that it has mean 0 and "
        "variance 1 over the `B` examples of a batch. The loops compute the mean `mu`, the "
        "variance `s` and the normalised `x'`; all three start at zero. (The printed problem reads "
        "`mu[b]` in the last loop where `mu[j]` is meant.)"
    ),
    parts=(
        Part(
            "a",
            "Give += updates for `x.grad[b, j]`, `mu.grad[j]` and `s.grad[j]`, starting from "
            "`x'.grad[b, j]`. Keep in mind that `mu` is also used to compute `s`, and `x` three "
            "times.",
            batchnorm,
            ("x.grad", "mu.grad", "s.grad"),
            points=3,
        ),
        Part(
            "b",
            "Eliminate `mu.grad` and `s.grad`: give `x.grad[b, j]` in one statement that reads no "
            "other gradient than `x'.grad`. (The normalised `x'` may be used, which makes it "
            "short.)",
            batchnorm,
            ("x.grad",),
            points=2,
            form="closed",
            reference="closed",
        ),
    ),
    spellings=dict.fromkeys(("xhat", "x_hat", "xnorm", "x_norm"), "x'") | {"var": "s"},
)
