"""Whole ranges over padded and reversed copies: δI = pad(δJ) * flip(K) and its relatives."""

from __future__ import annotations

from random import Random

import pytest
import scatters
from test_gather import CONVOLUTION, gradients

from symgrad import derive, read
from symgrad.forms.gather import gather, pad


def test_the_notes_padded_form() -> None:
    """Size of pad(δJ): H+h-1 by W+w-1; flip reverses both axes."""
    backward = read(
        "for i in 1..H-h+1, j in 1..W-w+1, l, m: I.grad[i+l-1, j+m-1] += K[l, m] * J.grad[i, j]",
        given=CONVOLUTION,
    )
    assert str(pad(backward)).splitlines() == [
        "for l in 1..h, m in 1..w: F[l, m] = K[h - l + 1, w - m + 1]",
        "for i, j: P[i + h - 1, j + w - 1] = J.grad[i, j]",
        "for p, q: I.grad[p, q] = sum(l, m, F[l, m] * P[l + p - 1, m + q - 1])",
    ]
    axes = pad(backward).arrays["P"].axes
    assert [str(axis.extent) for axis in axes] == ["H + h - 1", "W + w - 1"]


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (4, 3, 2, 3), (5, 4, 5, 1), (3, 6, 1, 2)])
def test_padding_keeps_the_gradients(sizes: tuple[int, ...]) -> None:
    extents = dict(zip("HWhw", sizes, strict=True))
    backward = derive(CONVOLUTION)
    assert gradients(pad(backward), extents) == gradients(backward, extents)


def test_channels_are_carried_along() -> None:
    forward = read(
        "input I[C, H]\ninput K[D, C, h]\nassume H >= h\noutput J\n"
        "for d, i in 1..H-h+1, c, l: J[d, i] += I[c, i+l-1] * K[d, c, l]"
    )
    padded = str(pad(derive(forward, wrt=["I"]))).splitlines()
    assert "for d, i: P[d, i + h - 1] = J.grad[d, i]" in padded
    assert padded[-1].startswith("for c, p: I.grad[c, p] = sum(d, l, ")
    assert "P[d, l + p - 1]" in padded[-1]


def test_dilation_pads_by_the_dilated_width() -> None:
    forward = read(
        "input I[H]\ninput K[h]\nassume H >= 2*h-1\noutput J\n"
        "for i in 1..H-2*h+2, l: J[i] += I[i+2*l-2] * K[l]"
    )
    assert str(pad(derive(forward, wrt=["I"]))).splitlines() == [
        "for i: P[i + 2 * h - 2] = J.grad[i]",
        "for l in 1..h: F[l] = K[h - l + 1]",
        "for p: I.grad[p] = sum(l, P[2 * l + p - 2] * F[l])",
    ]


def test_copies_avoid_the_names_of_the_program() -> None:
    forward = read(
        "input P[H]\ninput F[h]\nassume H >= h\noutput J\n"
        "for i in 1..H-h+1, l: J[i] += P[i+l-1] * F[l]"
    )
    padded = pad(derive(forward, wrt=["P"]))
    assert {"P2", "F2"} <= padded.arrays.keys()
    assert read(str(padded), given=forward) == padded


@pytest.mark.parametrize(
    "text",
    [
        "for i, l: x.grad[i+l-1] += y.grad[i] + w[l]",  # not a product: zeros would not vanish
        "for i, l: x.grad[i+l-1] += exp(y.grad[i]) * w[l]",
        "for i, l if i <= l: x.grad[i+l-1] += y.grad[i] * w[l]",
        "for i, l if v[i] > 0: x.grad[i+l-1] += y.grad[i] * w[l]",
        "for i, l: x.grad[i+l-1] += y.grad[i] * v[i] * w[l]",  # an input is not padded
    ],
)
def test_what_zeros_cannot_stand_for_keeps_its_bounds(text: str) -> None:
    forward = read(
        "input x[N+M-1]\ninput v[N]\ninput w[M]\noutput y\nfor i in 1..N: y[i] = x[i] * v[i]"
    )
    backward = read(text, given=forward)
    assert pad(backward) == gather(backward)


@pytest.mark.parametrize("seed", range(40))
def test_a_padded_sum_agrees_with_the_literal_run(seed: int) -> None:
    program = scatters.scatter(Random(seed), convolutions=True)
    padded = pad(program)
    for sizes in ((1, 1), (1, 3), (3, 2), (3, 4)):
        assert scatters.results(padded, sizes) == scatters.results(program, sizes), f"{padded}"
