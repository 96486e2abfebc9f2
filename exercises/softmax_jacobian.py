"""The Jacobian of softmax, and the backward method that follows from it."""

from sympy import Sum, exp

from symgrad.course.author import arrays, as_written, extents, forward, idx, let, scalars
from symgrad.course.exercise import Exercise, Part

(N,) = extents("N")
i, j = idx("i", N), idx("j", N)
x, y = arrays("x y")
(Z,) = scalars("Z")

with as_written():
    softmax = forward(
        inputs=[x[N]],
        updates=[let(Z, Sum(exp(x[j]), j)), let(y[i], 1 / Z * exp(x[i]))],
        outputs=[y],
    )

EXERCISE = Exercise(
    id="softmax-jacobian",
    title="The backward method of softmax",
    document="TTIC 31230, Problem set 1 (2017)",
    problem="problem 2",
    question="The vector `y` is the softmax of the vector `x` of `N` numbers.",
    parts=(
        Part(
            "a",
            "Give the Jacobian: `Jac[i, j]` is the derivative of `y[i]` with respect to `x[j]`. "
            "You may write `[i == j]` for the number that is 1 if `i = j` and 0 otherwise.",
            softmax,
            ("Jac",),
            points=2,
            reference="jacobian",
            of=("y", "x"),
            alternatives=(("Jac", "dy_dx"),),
        ),
        Part(
            "b",
            "Give the update of `x.grad` that the backward method performs, in terms of `y.grad` "
            "and `y`.",
            softmax,
            ("x.grad",),
            reference="closed",
        ),
    ),
)
