"""Softmax as two loops, its backward pass, and the efficient form of it."""

from sympy import exp

from symgrad.course.author import add, arrays, as_written, extents, forward, idx
from symgrad.course.exercise import Exercise, Part

B, J = extents("B J")
b, j = idx("b", B), idx("j", J)
s, Z, p = arrays("s Z p")

with as_written():
    normaliser = add(Z[b], exp(s[b, j]))
    probabilities = add(p[b, j], exp(s[b, j]) / Z[b])
    softmax = forward(inputs=[s[B, J]], updates=[normaliser, probabilities], outputs=[p])
    first_loop = forward(inputs=[s[B, J]], updates=[normaliser, probabilities], outputs=[Z])
    second_loop = forward(
        inputs=[s[B, J], Z[B]], assume=[Z > 0], updates=[probabilities], outputs=[p]
    )

EXERCISE = Exercise(
    id="softmax",
    title="Softmax",
    document="TTIC 31230, Backpropagation Problems (winter 2019)",
    problem="problems 1 and 2",
    question=(
        "A batch of `B` score vectors `s[b, ·]` is turned into probabilities `p[b, ·]` by two "
        "loops over += updates; `Z` and `p` start at zero. Every += can be treated on its own in "
        "backpropagation. Write `x.grad` for the gradient of the loss with respect to `x`."
    ),
    parts=(
        Part(
            "a",
            "Look at the second loop alone, with `Z` held fixed. Give a loop of += updates that "
            "adds to `s.grad` what flows back from `p.grad`. You may use `s` and `Z`.",
            second_loop,
            ("s.grad",),
        ),
        Part(
            "b",
            "Again the second loop alone: give a loop of updates that adds to `Z.grad` what flows "
            "back from `p.grad`. You may use `s` and `Z`.",
            second_loop,
            ("Z.grad",),
        ),
        Part(
            "c",
            "Now the first loop alone: give a loop of += updates that adds to `s.grad` what flows "
            "back from `Z.grad`. You may use `s`.",
            first_loop,
            ("s.grad",),
        ),
        Part(
            "d",
            "The three loops together add to `s.grad`. Give updates that add the same to `s.grad` "
            "more cheaply: `p` is known from the forward pass, so no exponential has to be "
            "computed again. You may introduce an auxiliary array.",
            softmax,
            ("s.grad",),
            points=2,
            form="no exp",
            reference="closed",
        ),
        Part(
            "e",
            "Derive the cheaper updates, step by step in a chain of equalities: starting from the "
            "loops of a, b and c, show what `Z.grad[b]` is and what `s.grad[b, j]` is when both "
            "ways from `p` to `s` are added up.",
            softmax,
            ("Z.grad", "s.grad"),
            points=2,
            form="chain",
            reference="chain",
        ),
    ),
)
