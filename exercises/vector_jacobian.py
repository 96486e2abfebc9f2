"""The backward method of any vector function, by its Jacobian."""

from symgrad.course.author import add, arrays, as_written, extents, forward, idx
from symgrad.course.exercise import Exercise, Part

M, N = extents("M N")
i, j = idx("i", M), idx("j", N)
x, y, Jac = arrays("x y Jac")

with as_written():
    linearised = forward(
        inputs=[x[N], Jac[M, N]], updates=[add(y[i], Jac[i, j] * x[j])], outputs=[y]
    )

EXERCISE = Exercise(
    id="vector-jacobian",
    title="The backward method of a vector function",
    document="TTIC 31230, Problem set 1 (2017)",
    problem="problem 2",
    question=(
        "The vector `y` of `M` numbers is a function of the vector `x` of `N` numbers. All that "
        "matters to first order is its Jacobian `Jac[i, j]`, the derivative of `y[i]` with respect "
        "to `x[j]`: a small change of `x` changes `y` as the loop says."
    ),
    parts=(
        Part(
            "a",
            "Give the update that the backward method performs on `x.grad`, in terms of `y.grad` "
            "and `Jac`.",
            linearised,
            ("x.grad",),
        ),
    ),
)
