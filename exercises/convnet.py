"""A convolution, a rectifier, max pooling and the Euclidean loss, in symbols and in numbers."""

from sympy import Eq, Max, Rational, Sum

from symgrad.course.author import (
    add,
    arrays,
    as_written,
    extents,
    fixed,
    forward,
    idx,
    let,
    maximum,
    scalars,
)
from symgrad.course.exercise import Exercise, Part

H, V, h, w, P, Q = extents("H V h w P Q")
i1, j1 = idx("i", H - h + 1), idx("j", V - w + 1)
i2, j2 = idx("i", P), idx("j", Q)
l, m = idx("l", h), idx("m", w)
a, b = idx("a", 1, 0), idx("b", 1, 0)
x, K, q, y, z, p = arrays("x K q y z p")
(Loss,) = scalars("Loss")

I, W, IO, J, O = arrays("I W IO J O")
row, column = idx("i", 2), idx("j", 4)
out, across = idx("i", 1), idx("j", 2)
down, right = idx("l", 2), idx("m", 2)

with as_written():
    network = forward(
        inputs=[x[H, V], K[h, w], q[P, Q]],
        assume=[H >= h, V >= w, Eq(H - h + 1, 2 * P), Eq(V - w + 1, 2 * Q)],
        updates=[
            add(y[i1, j1], x[i1 + l - 1, j1 + m - 1] * K[l, m]),
            let(z[i1, j1], Max(0, y[i1, j1])),
            let(p[i2, j2], maximum(z[2 * i2 - a, 2 * j2 - b], a, b)),
            let(Loss, Rational(1, 2) * Sum((p[i2, j2] - q[i2, j2]) ** 2, i2, j2)),
        ],
        loss=Loss,
    )
    example = forward(
        inputs=[
            fixed(I[3, 5], [[1, 2, 0, 1, 3], [0, 1, 3, 2, 1], [2, 1, 0, 1, 2]]),
            fixed(W[2, 2], [[1, -1], [2, 1]]),
            fixed(IO[1, 2], [[7, 10]]),
        ],
        updates=[
            add(J[row, column], I[row + down - 1, column + right - 1] * W[down, right]),
            let(K[row, column], Max(0, J[row, column])),
            let(O[out, across], maximum(K[2 * out - a, 2 * across - b], a, b)),
            let(
                Loss,
                Rational(1, 2) * Sum((IO[out, across] - O[out, across]) ** 2, out, across),
            ),
        ],
        loss=Loss,
    )

EXERCISE = Exercise(
    id="convnet",
    title="Putting it all together",
    document="All the BPs (CMPUT 328)",
    problem="Putting it all together",
    question=(
        "A small network: a convolution, a rectifier, max pooling over windows of 2 by 2, and half "
        "the squared distance to the ideal output."
    ),
    parts=(
        Part(
            "a",
            "Give the gradients of the pooled output `p`, of the convolution's output `y` and of "
            "the kernel `K`. (The image `x` is the first layer, so its gradient is not needed.)",
            network,
            ("p.grad", "y.grad", "K.grad"),
            points=3,
        ),
        Part(
            "b",
            "The same in numbers, for the image `I`, the kernel `W` and the ideal output "
            "`IO = [7, 10]`: give the gradients of `O`, `K`, `J` and `W`, as formulas or as "
            "numbers. (The figure with the image and the kernel is missing in the notes; these "
            "numbers are ours.)",
            example,
            ("O.grad", "K.grad", "J.grad", "W.grad"),
            points=4,
        ),
    ),
)
