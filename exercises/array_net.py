"""A network of two layers with softmax and the log loss of a label."""

from sympy import Sum, exp, log

from symgrad.course.author import (
    add,
    arrays,
    as_written,
    extents,
    forward,
    idx,
    label,
    let,
    scalars,
)
from symgrad.course.exercise import Exercise, Part
from symgrad.heads import sigma

N, J, K = extents("I J K")
i, j, k, l = idx("i", N), idx("j", J), idx("k", K), idx("l", K)
x, W0, B0, W1, B1 = arrays("x W0 B0 W1 B1")
htilde, h, stilde, s, P = arrays("htilde h stilde s P")
y, L = scalars("y L")

with as_written():
    network = forward(
        inputs=[x[N], W0[J, N], B0[J], W1[K, J], B1[K], label(y, K)],
        updates=[
            add(htilde[j], W0[j, i] * x[i]),
            let(h[j], sigma(htilde[j] - B0[j])),
            add(stilde[k], W1[k, j] * h[j]),
            let(s[k], sigma(stilde[k] - B1[k])),
            let(P[k], exp(s[k]) / Sum(exp(s[l]), l)),
            let(L, -log(P[y])),
        ],
        loss=L,
    )

EXERCISE = Exercise(
    id="array-net",
    title="Handling arrays",
    document="TTIC 31230, Backpropagation with Arrays and Tensors (winter 2020)",
    problem="Handling arrays",
    question=(
        "A network of two layers, `h = sigma(W0 x - B0)` and `s = sigma(W1 h - B1)`, whose scores "
        "`s` become probabilities `P` by softmax. The loss is `-ln P[y]` for the label `y`."
    ),
    parts=(
        Part(
            "a",
            "Give the backward pass down to the gradients of `W0`, `B0`, `W1` and `B1`. You may "
            "write `[k == y]` for the number that is 1 where `k` is the label.",
            network,
            ("W0.grad", "B0.grad", "W1.grad", "B1.grad"),
            points=5,
        ),
    ),
    aliases={"W^0": "W0", "B^0": "B0", "W^1": "W1", "B^1": "B1", r"\mathcal{L}": "L"},
)
