"""A contraction of two tensors of rank three, and a nonlinearity."""

from symgrad.course.author import add, arrays, as_written, extents, forward, idx, let
from symgrad.course.exercise import Exercise, Part
from symgrad.heads import sigma

NH, NI, NJ, NK = extents("NH NI NJ NK")
h, i, j, k = idx("h", NH), idx("i", NI), idx("j", NJ), idx("k", NK)
A, B, Ytilde, Y = arrays("A B Ytilde Y")

with as_written():
    contraction = forward(
        inputs=[A[NH, NI, NK], B[NH, NJ, NK]],
        updates=[
            add(Ytilde[h, i, j], A[h, i, k] * B[h, j, k]),
            let(Y[h, i, j], sigma(Ytilde[h, i, j])),
        ],
        outputs=[Y],
    )

EXERCISE = Exercise(
    id="batched-contraction",
    title="General tensor operations",
    document="TTIC 31230, Backpropagation with Arrays and Tensors (winter 2020)",
    problem="General tensor operations",
    question="For every `h`, a matrix `A` is multiplied with a transposed matrix `B`.",
    parts=(
        Part(
            "a",
            "Give the loops of updates for `Ytilde.grad`, `A.grad` and `B.grad`. Write `sigma'` "
            "for the derivative of `sigma`.",
            contraction,
            ("Ytilde.grad", "A.grad", "B.grad"),
            points=3,
        ),
    ),
    aliases={r"\tilde{Y}": "Ytilde"},
)
