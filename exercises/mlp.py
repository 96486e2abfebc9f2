"""A network of three layers with a cross-entropy, layer by layer."""

from sympy import log

from symgrad.course.author import add, arrays, as_written, extents, forward, idx, let, scalars
from symgrad.course.exercise import Exercise, Part
from symgrad.heads import sigma

n0, n1, n2 = extents("n0 n1 n2")
i, j, k, m = idx("i", n0), idx("j", n1), idx("k", n2), idx("m", 1)
x, z0, z1, z2, z3, u1, u2, u3 = arrays("x z0 z1 z2 z3 u1 u2 u3")
alpha1, alpha2, alpha3 = arrays("alpha1 alpha2 alpha3")
y, ystar, J = scalars("y ystar J")

with as_written():
    network = forward(
        inputs=[x[n0], alpha1[n0, n1], alpha2[n1, n2], alpha3[n2, 1], ystar],
        assume=[ystar > 0, ystar < 1],
        updates=[
            let(z0[i], x[i]),
            add(u1[j], alpha1[i, j] * z0[i]),
            let(z1[j], sigma(u1[j])),
            add(u2[k], alpha2[j, k] * z1[j]),
            let(z2[k], sigma(u2[k])),
            add(u3[m], alpha3[k, m] * z2[k]),
            let(z3[m], sigma(u3[m])),
            let(y, z3[1]),
            let(J, ystar * log(y) + (1 - ystar) * log(1 - y)),
        ],
        loss=J,
    )

QUESTIONS = {
    "y": "Give the derivative of `J` with respect to the prediction `y`.",
    "u3": "Give `u3.grad` from `z3.grad`. (Remember: `sigma' = sigma (1 - sigma)`.)",
    "z2": "Give `z2.grad` from `u3.grad`.",
    "alpha3": "Give the gradient of the weights `alpha3` from `u3.grad`. Mind the indices.",
    "u2": "Give `u2.grad` from `z2.grad`.",
    "z1": "Give `z1.grad` from `u2.grad`.",
    "alpha2": "Give the gradient of the weights `alpha2` from `u2.grad`.",
    "u1": "Give `u1.grad` from `z1.grad`.",
    "alpha1": "Give the gradient of the weights `alpha1` from `u1.grad`.",
    "x": "Give the gradient of the input `x`.",
}

EXERCISE = Exercise(
    id="mlp",
    title="A network of three layers",
    document="Lecture 21 (4/5/17)",
    problem="Backprop Ex#2",
    question=(
        "A vector `x` goes through three layers `u = alpha^T z`, `z = sigma(u)`, the last of which "
        "has one number, the prediction `y`. `J` compares it with the label `ystar`; it is taken "
        "as printed in the notes, without the minus sign that a loss has."
    ),
    parts=tuple(
        Part(name, words, network, (f"{name}.grad",), reference="step")
        for name, words in QUESTIONS.items()
    ),
    aliases={
        "y^*": "ystar",
        **{rf"\alpha^{{({n})}}": f"alpha{n}" for n in (1, 2, 3)},
        **{f"u^{{({n})}}": f"u{n}" for n in (1, 2, 3)},
        **{f"z^{{({n})}}": f"z{n}" for n in (0, 1, 2, 3)},
    },
)
