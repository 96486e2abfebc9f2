"""l = f(g(x), h(x)): backpropagation is the chain rule."""

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
    id="feedforward",
    title="Backpropagation in a small graph",
    document="TTIC 31230, Problem set 1 (2017)",
    problem="problem 1a",
    question=(
        "The value `x` goes two ways to the loss: `l = f(g(x), h(x))`, with `f`, `g` and `h` any "
        "smooth functions. Write `g'(x)` for the derivative of `g`, and `f_y(y, z)` and "
        "`f_z(y, z)` for those of `f`."
    ),
    parts=(
        Part(
            "a",
            "Give the steps of backpropagation from `u.grad` to `x.grad`, which show that it finds "
            "the derivative of `l` with respect to `x`.",
            graph,
            ("x.grad",),
            points=2,
        ),
    ),
    aliases={r"\ell": "l"},
)
