"""Forms: what an equal answer must look like besides."""

from __future__ import annotations

import pytest

from symgrad.course.exercise import Part, exercise
from symgrad.course.form import form_of
from symgrad.course.reference import reference
from symgrad.reading.text import read

SOFTMAX, BATCHNORM, CONV, UGRNN = (exercise(id) for id in ("softmax", "batchnorm", "conv", "ugrnn"))
PADDED = """
for i in 1..H-h+1, j in 1..W-w+1: P[i+h-1, j+w-1] = J.grad[i, j]
for l in 1..h, m in 1..w: F[l, m] = K[h-l+1, w-m+1]
for p in 1..H, q in 1..W: I.grad[p, q] = sum(l in 1..h, m in 1..w, P[p+l-1, q+m-1] * F[l, m])
"""
ZEROS = """
for a in 1..H+h-1, b in 1..W+w-1: P[a, b] = [h <= a <= H and w <= b <= W] * J.grad[a-h+1, b-w+1]
for p, q, l in 1..h, m in 1..w: I.grad[p, q] += P[p+l-1, q+m-1] * K[h-l+1, w-m+1]
"""
UNFOLDED = """
for p in 1..H, q in 1..W, l in 1..h, m in 1..w: T[p, q, l, m] = [l <= p and m <= q] * J[1, 1]
for p, q: I.grad[p, q] = sum(l in 1..h, m in 1..w, T[p, q, l, m] * K[h-l+1, w-m+1])
"""
SCATTER = "for i, j, l, m: I.grad[i+l-1, j+m-1] += J.grad[i, j] * K[l, m]"
BOUNDED = (
    "for p, q: I.grad[p, q] = sum(l in max(1, p+h-H)..min(p, h), m in max(1, q+w-W)..min(q, w), "
    "K[l, m] * J.grad[p-l+1, q-m+1])"
)

ADDED = (
    "for p, q, i in max(1, p-h+1)..min(p, H-h+1), j in max(1, q-w+1)..min(q, W-w+1): "
    "I.grad[p, q] += K[p-i+1, q-j+1] * J.grad[i, j]"
)


@pytest.mark.parametrize(
    ("part", "text", "holds"),
    [
        (SOFTMAX.part("d"), "for b, j: s.grad[b, j] += p.grad[b, j] * p[b, j]", True),
        (SOFTMAX.part("d"), "for b, j: s.grad[b, j] += p.grad[b, j] * exp(s[b, j]) / Z[b]", False),
        (SOFTMAX.part("d"), "for b, j: s.grad[b, j] += p.grad[b, j] * sigma(s[b, j])", False),
        (SOFTMAX.part("d"), "for b, j: s.grad[b, j] += p.grad[b, j] * 2^(p[b, j])", False),
        (SOFTMAX.part("d"), "for b, j: s.grad[b, j] += p.grad[b, j] * p[b, j]^2", True),
        (UGRNN.part("a"), "for b, i, j: R[b, j] += WhR[i, j] * h[b, i]", True),
        (UGRNN.part("a"), "for b, j: R[b, j] += sum(i, WhR[i, j] * h[b, i])", False),
        (CONV.part("b"), BOUNDED, True),
        (CONV.part("b"), SCATTER, False),
        (CONV.part("b"), ADDED, True),
        (CONV.part("b"), f"{BOUNDED}\nfor p, q: I.grad[p, q] += 0 * I[p, q]", False),
        (BATCHNORM.part("b"), "for b, j: x.grad[b, j] += x'.grad[b, j] / sqrt(s[j])", True),
        (
            BATCHNORM.part("b"),
            "for b, j: x.grad[b, j] += x'.grad[b, j] / sqrt(s[j]) + mu.grad[j] / B",
            False,
        ),
        (
            BATCHNORM.part("b"),
            "for b, j: x.grad[b, j] += x'.grad[b, j]\nfor b, j: x.grad[b, j] += x[b, j]",
            False,
        ),
        (CONV.part("c"), PADDED, True),
        (CONV.part("c"), BOUNDED, False),
        (CONV.part("c"), SCATTER, False),
        (CONV.part("c"), PADDED.replace("= J.grad[i, j]", "= 2 * J.grad[i, j]"), False),
        (CONV.part("c"), PADDED.replace("F[l, m])", "K[h-l+1, w-m+1])"), True),
        (CONV.part("c"), PADDED.replace("F[l, m])", "K[l, m])"), False),
        (CONV.part("c"), ZEROS, True),
        (CONV.part("c"), UNFOLDED, False),
        (CONV.part("c"), "I.grad = conv(pad(J.grad, h-1, w-1), flip(K))", True),
        (CONV.part("c"), "P = pad(J.grad, h-1, w-1)\nF = flip(K)\nI.grad = conv(P, F)", True),
        (CONV.part("c"), "I.grad = conv(pad(J.grad, h-1, w-1), K)", False),
        (CONV.part("a"), SCATTER, True),
        (SOFTMAX.part("e"), "Z.grad[b] = -sum(j, p[b, j]) = -sum(j, 1 * p[b, j])", True),
        (SOFTMAX.part("e"), "Z.grad[b] = -sum(j, p[b, j])", False),
        (SOFTMAX.part("d"), "s.grad[b, j] = exp(s[b, j]) / Z[b] = p[b, j]", True),
    ],
)
def test_forms(part: Part, text: str, holds: bool) -> None:
    """A form is a matter of the text, not of its value."""
    message = form_of(part)(read(text, given=part.forward))
    assert (message is None) == holds
    assert message is None or message.startswith("The question asks for ")


def test_every_reference_has_the_form_that_its_question_asks_for() -> None:
    for found in (SOFTMAX, BATCHNORM, CONV, UGRNN):
        for part in found.parts:
            assert form_of(part)(reference(part)) is None, f"{found.id} {part.name}"
