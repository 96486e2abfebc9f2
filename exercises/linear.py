"""A linear layer."""

from symgrad.course.author import add, arrays, as_written, extents, forward, idx
from symgrad.course.exercise import Exercise, Part

m, n = extents("m n")
j, k = idx("j", m), idx("k", n)
z, omega, u = arrays("z omega u")

with as_written():
    linear = forward(
        inputs=[z[m], omega[m, n]], updates=[add(u[k], omega[j, k] * z[j])], outputs=[u]
    )

EXERCISE = Exercise(
    id="linear",
    title="The linear layer",
    document="Lecture 21 (4/5/17)",
    problem="linear layer",
    question="A linear layer takes the vector `z` to `u = omega^T z`.",
    parts=(
        Part(
            "a",
            "Give the gradients of the weights `omega` and of the input `z` from `u.grad`.",
            linear,
            ("omega.grad", "z.grad"),
            points=2,
        ),
    ),
)
