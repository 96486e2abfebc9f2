"""l = f(g(x), h(x)): why backpropagation with second derivatives in its place is wrong."""

from sympy import Function

from symgrad.course.author import as_written, forward, let, scalars
from symgrad.course.exercise import Exercise, Part

x, y, z, u, loss = scalars("x y z u l")
f, g, h = Function("f"), Function("g"), Function("h")

with as_written():
    graph = forward(
        inputs=[x],
        functions=[f(y, z), g(x), h(x)],
        updates=[let(y, g(x)), let(z, h(x)), let(u, f(y, z)), let(loss, u)],
        loss=loss,
    )

EXERCISE = Exercise(
    id="second-derivative",
    title="Naive backpropagation of second derivatives",
    document="TTIC 31230, Problem set 1 (2017)",
    problem="problem 1b",
    question=(
        "The same graph as in problem 1a: `l = f(g(x), h(x))`. Somebody runs backpropagation with "
        "every first derivative replaced by the second one and hopes to get the second derivative "
        "of `l`. Write `g''(x)`, `f_yy(y, z)`, `f_yz(y, z)` and so on for the derivatives."
    ),
    parts=(
        Part(
            "a",
            "What does this naive method compute for `x`, starting from 1 at `u`? Call it `l_xx`.",
            graph,
            ("l_xx",),
            reference="naive",
            of=("x",),
        ),
        Part(
            "b",
            "The derivative of `l` with respect to `y` is itself a function of `x`. Give its "
            "derivative with respect to `x`; call it `l_yx`.",
            graph,
            ("l_yx",),
            reference="mixed",
            of=("y", "x"),
            alternatives=(("l_yx", "l_xy"),),
        ),
        Part(
            "c",
            "Give the correct second derivative of `l` with respect to `x`; call it `l_xx`. "
            "Compare it with a.",
            graph,
            ("l_xx",),
            points=2,
            reference="second",
            of=("x",),
        ),
    ),
    aliases={r"\ell": "l"},
)
