"""s = sigma(W h - B) as loops."""

from symgrad.course.author import add, arrays, as_written, extents, forward, idx, let
from symgrad.course.exercise import Exercise, Part
from symgrad.heads import sigma

J, N = extents("J I")
j, i = idx("j", J), idx("i", N)
W, h, B, stilde, s = arrays("W h B stilde s")

with as_written():
    layer = forward(
        inputs=[W[J, N], h[N], B[J]],
        updates=[
            add(stilde[j], W[j, i] * h[i]),
            let(s[j], sigma(stilde[j] - B[j])),
        ],
        outputs=[s],
    )

EXERCISE = Exercise(
    id="affine-loops",
    title="Backpropagation on loops",
    document="TTIC 31230, Backpropagation with Arrays and Tensors (winter 2020)",
    problem="Backpropagation on loops",
    question="The layer `s = sigma(W h - B)` as loops; `stilde` starts at zero.",
    parts=(
        Part(
            "a",
            "Give the loops of updates for `stilde.grad`, `B.grad`, `W.grad` and `h.grad`. Write "
            "`sigma'` for the derivative of `sigma`.",
            layer,
            ("stilde.grad", "B.grad", "W.grad", "h.grad"),
            points=4,
        ),
    ),
    aliases={r"\tilde{s}": "stilde"},
)
