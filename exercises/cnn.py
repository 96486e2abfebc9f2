"""A convolutional network: conv, max pooling, conv, relu, linear, softmax, cross-entropy."""

from sympy import Eq, Max, Sum, exp, log

from symgrad.course.author import (
    add,
    arrays,
    as_written,
    extents,
    forward,
    idx,
    let,
    maximum,
    scalars,
)
from symgrad.course.exercise import Exercise, Part

H, W, h, w, P, Q, r, s, K = extents("H W h w P Q r s K")
x, alpha, beta, omega, ystar = arrays("x alpha beta omega ystar")
z1, z2, z3, z4, z5, y = arrays("z1 z2 z3 z4 z5 y")
(J,) = scalars("J")

i1, j1 = idx("i", H - h + 1), idx("j", W - w + 1)
i2, j2 = idx("i", P), idx("j", Q)
i3, j3 = idx("i", P - r + 1), idx("j", Q - s + 1)
l1, m1 = idx("l", h), idx("m", w)
l3, m3 = idx("l", r), idx("m", s)
a, b = idx("a", 1, 0), idx("b", 1, 0)
k, n = idx("k", K), idx("n", K)

with as_written():
    network = forward(
        inputs=[x[H, W], alpha[h, w], beta[r, s], omega[P - r + 1, Q - s + 1, K], ystar[K]],
        assume=[
            H >= h,
            W >= w,
            Eq(H - h + 1, 2 * P),
            Eq(W - w + 1, 2 * Q),
            P >= r,
            Q >= s,
            ystar >= 0,
            Eq(Sum(ystar[k], k), 1),
        ],
        updates=[
            add(z1[i1, j1], x[i1 + l1 - 1, j1 + m1 - 1] * alpha[l1, m1]),
            let(z2[i2, j2], maximum(z1[2 * i2 - a, 2 * j2 - b], a, b)),
            add(z3[i3, j3], z2[i3 + l3 - 1, j3 + m3 - 1] * beta[l3, m3]),
            let(z4[i3, j3], Max(0, z3[i3, j3])),
            add(z5[k], omega[i3, j3, k] * z4[i3, j3], loops=[i3, j3, k]),
            let(y[k], exp(z5[k]) / Sum(exp(z5[n]), n)),
            let(J, -Sum(ystar[k] * log(y[k]), k)),
        ],
        loss=J,
    )

EXERCISE = Exercise(
    id="cnn",
    title="A convolutional network",
    document="Lecture 21 (4/5/17)",
    problem="SGD for CNNs, architecture",
    question=(
        "An image `x` goes through a convolution with `alpha`, max pooling over windows of 2 by 2, "
        "a convolution with `beta`, a rectifier, a linear layer `omega` and a softmax. The "
        "cross-entropy `J` compares the result with the label distribution `ystar`. The linear "
        "layer reads the image `z4` as it is, so `omega` has an index for each of its axes."
    ),
    parts=(
        Part(
            "a",
            "Give the whole backward pass, down to the gradients of the parameters `alpha`, `beta` "
            "and `omega`.",
            network,
            ("alpha.grad", "beta.grad", "omega.grad"),
            points=6,
        ),
    ),
    aliases={
        "y^*": "ystar",
        **{f"z^{{({n})}}": f"z{n}" for n in (1, 2, 3, 4, 5)},
    },
)
