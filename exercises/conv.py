"""A convolution without padding, and flipping a kernel."""

from symgrad.course.author import add, arrays, as_written, extents, fixed, forward, idx, let
from symgrad.course.exercise import Exercise, Part
from symgrad.reading.names.star import Star

H, W, h, w = extents("H W h w")
i, j = idx("i", H - h + 1), idx("j", W - w + 1)
l, m = idx("l", h), idx("m", w)
row, column = idx("l", 2), idx("m", 3)
I, J, K, flipK = arrays("I J K flipK")

with as_written():
    convolution = forward(
        inputs=[I[H, W], K[h, w]],
        assume=[H >= h, W >= w],
        updates=[add(J[i, j], I[i + l - 1, j + m - 1] * K[l, m])],
        outputs=[J],
    )
    kernel = forward(inputs=[fixed(K[2, 3], [[1, 3, 5], [2, 4, 6]])])
    flipped = forward(
        inputs=[],
        updates=[let(flipK[row, column], K[3 - row, 4 - column])],
        given=kernel,
    )

EXERCISE = Exercise(
    id="conv",
    title="The convolution layer",
    document="All the BPs (CMPUT 328)",
    problem="Backpropagation for a conv layer",
    question=(
        "A convolution layer lays the kernel `K`, of `h` by `w` numbers, on every place of the "
        "image `I`, of `H` by `W` numbers, where it fits, and adds up the products; `J` has "
        "`H-h+1` by `W-w+1` numbers. In an answer `I * K` means `conv(I, K)`, and `pad(x)` puts "
        "`h-1` rows and `w-1` columns of zeros on every side of `x`."
    ),
    parts=(
        Part(
            "a",
            "Give the gradient of the kernel, `K.grad`, from `J.grad`.",
            convolution,
            ("K.grad",),
            reference="sums",
        ),
        Part(
            "b",
            "Give the gradient of the image, `I.grad[p, q]`, as one sum over exactly those terms "
            "that exist: work out the first and the last value of each summation index.",
            convolution,
            ("I.grad",),
            points=2,
            form="sums",
            reference="sums",
        ),
        Part(
            "c",
            "Give `I.grad` again, without bounds that depend on `p` and `q`: put `h-1` rows and "
            "`w-1` columns of zeros on every side of `J.grad`, reverse the kernel along both axes, "
            "and sum over the whole kernel.",
            convolution,
            ("I.grad",),
            points=2,
            form="padded",
            reference="padded",
        ),
        Part(
            "d",
            "Reverse this kernel along both axes; call the result `flipK`.",
            kernel,
            ("flipK",),
            reference="forward",
            rewriting=flipped,
        ),
    ),
    star=Star("convolution", kernel="K"),
)
