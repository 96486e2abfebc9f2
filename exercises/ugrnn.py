"""One step of an update-gate recurrent network, first with sums, then as += loops."""

from sympy import Sum, tanh

from symgrad.course.author import add, arrays, as_written, extents, forward, idx, let, subtract
from symgrad.course.exercise import Exercise, Part
from symgrad.heads import sigma

B, J, K = extents("B J K")
b, i, j, k = idx("b", B), idx("i", J), idx("j", J), idx("k", K)
h, x, R, G, hn = arrays("h x R G hn")
WhR, WxR, BR, WhG, WxG, BG = arrays("WhR WxR BR WhG WxG BG")
Rin, Gin = arrays("Rin Gin")

INPUTS = [h[B, J], x[B, K], WhR[J, J], WxR[K, J], BR[J], WhG[J, J], WxG[K, J], BG[J]]

with as_written():
    with_sums = forward(
        inputs=INPUTS,
        updates=[
            let(R[b, j], tanh(Sum(WhR[i, j] * h[b, i], i) + Sum(WxR[k, j] * x[b, k], k) - BR[j])),
            let(G[b, j], sigma(Sum(WhG[i, j] * h[b, i], i) + Sum(WxG[k, j] * x[b, k], k) - BG[j])),
            let(hn[b, j], G[b, j] * h[b, j] + (1 - G[b, j]) * R[b, j]),
        ],
        outputs=[hn],
    )
    LOOPS = [
        add(Rin[b, j], WhR[i, j] * h[b, i], loops=[b, i, j]),
        add(Rin[b, j], WxR[k, j] * x[b, k], loops=[b, k, j]),
        subtract(Rin[b, j], BR[j]),
        add(R[b, j], tanh(Rin[b, j])),
        add(Gin[b, j], WhG[i, j] * h[b, i], loops=[b, i, j]),
        add(Gin[b, j], WxG[k, j] * x[b, k], loops=[b, k, j]),
        subtract(Gin[b, j], BG[j]),
        add(G[b, j], sigma(Gin[b, j])),
        add(hn[b, j], G[b, j] * h[b, j] + (1 - G[b, j]) * R[b, j]),
    ]
    with_loops = forward(inputs=INPUTS, updates=LOOPS, outputs=[hn])
    rewriting = forward(inputs=[], updates=LOOPS, given=with_sums)

EXERCISE = Exercise(
    id="ugrnn",
    title="A step of a UGRNN",
    document="TTIC 31230, Backpropagation Problems (winter 2019)",
    problem="problem 4",
    question=(
        "One step of an update-gate recurrent network takes the state `h` and the input `x` to the "
        "next state `hn`, by a candidate `R` and a gate `G`."
    ),
    parts=(
        Part(
            "a",
            "Rewrite the equations for `R`, `G` and `hn` with loops of += updates instead of sums; "
            "all tensors start at zero. You need two more tensors, for the inputs of `tanh` and "
            "`sigma`.",
            with_sums,
            ("R", "G", "hn"),
            points=3,
            form="loops",
            reference="forward",
            rewriting=rewriting,
        ),
        Part(
            "b",
            "Give the loops of += updates of the whole backward pass, from `hn.grad` to the "
            "gradients of `h`, `x` and all six parameters. Write `tanh'` and `sigma'` for the "
            "derivatives of the activation functions.",
            with_loops,
            (
                "h.grad",
                "x.grad",
                "WhR.grad",
                "WxR.grad",
                "BR.grad",
                "WhG.grad",
                "WxG.grad",
                "BG.grad",
            ),
            points=8,
        ),
    ),
    aliases={
        "h_{t+1}": "hn",
        "h_t": "h",
        "x_t": "x",
        "R_t": "R",
        "G_t": "G",
        "W^{h,R}": "WhR",
        "W^{x,R}": "WxR",
        "B^R": "BR",
        "W^{h,G}": "WhG",
        "W^{x,G}": "WxG",
        "B^G": "BG",
    },
)
