"""Gradient descent: the step, and the gradient of a regularised loss."""

from sympy import Sum

from symgrad.course.author import arrays, as_written, extents, forward, idx, let, scalars
from symgrad.course.exercise import Exercise, Part

R, h, w = extents("R h w")
r = idx("r", R)
theta, K, ellgrad = arrays("theta K ellgrad")
gamma, lr, lam, ell, J = scalars("gamma lr lam ell J")

with as_written():
    vector = forward(inputs=[theta[R], gamma, J], assume=[gamma > 0], outputs=[theta])
    kernel = forward(inputs=[K[h, w], lr], assume=[lr > 0], outputs=[K])
    regularised = forward(
        inputs=[theta[R], ellgrad[R], lam],
        assume=[lam > 0],
        updates=[
            let(ell, Sum(ellgrad[r] * theta[r], r)),
            let(J, ell + lam * Sum(theta[r] ** 2, r)),
        ],
        loss=J,
    )

EXERCISE = Exercise(
    id="sgd",
    title="Gradient descent",
    document="Lecture 21 (4/5/17) and All the BPs (CMPUT 328)",
    problem="training",
    question="Training moves the parameters a little against the gradient of the loss.",
    parts=(
        Part(
            "a",
            "The parameters are `theta`, the loss for the chosen example is `J`, its gradient is "
            "`theta.grad`, the learning rate `gamma`. Give the parameters after one step: call "
            "them `theta_new`, or update `theta` in place.",
            vector,
            ("theta_new",),
            reference="descent",
            of=("theta", "gamma"),
            alternatives=(
                ("theta_new", "theta'"),
                ("theta_new", "theta_next"),
                ("theta_new", "theta"),
            ),
        ),
        Part(
            "b",
            "The parameter is the kernel `K` of a convolution, its gradient `K.grad`, the learning "
            "rate `lr`. Give the kernel after one step: call it `Knew`, or update `K` in place.",
            kernel,
            ("Knew",),
            reference="descent",
            of=("K", "lr"),
            alternatives=(("Knew", "K_new"), ("Knew", "K'"), ("Knew", "K")),
        ),
        Part(
            "c",
            "The loss is regularised: `J` is the loss `ell` of the network plus `lam` times the "
            "squared norm of `theta`. Let `ellgrad` be the gradient of `ell` at `theta`. (To first "
            "order, all that matters of `ell` is how it changes with `theta`, as the first line "
            "says.) Give the gradient of `J`, `theta.grad`.",
            regularised,
            ("theta.grad",),
            reference="closed",
        ),
    ),
    aliases={r"\lambda": "lam", r"\ell": "ell", r"\nabla\ell": "ellgrad"},
    spellings={"∂ell/∂theta": "ellgrad"},
)
