"""Spellings of names."""

from __future__ import annotations

import pytest

from symgrad.writing.names import (
    GREEK,
    canonical,
    gradient_spellings,
    protect,
    quotient_spelling,
    split_suffix,
)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("mu", "mu"),
        ("μ", "mu"),
        ("θ_new", "theta_new"),
        ("αβ1", "alphabeta1"),
        ("ℓ", "ell"),
        ("x'", "x'"),
        ("Σ", "Sigma"),
    ],
)
def test_a_greek_letter_is_its_name(spelled: str, name: str) -> None:
    assert canonical(spelled) == name


def test_every_canonical_name_is_ascii_and_its_own_spelling() -> None:
    for letter in GREEK:
        assert canonical(letter).isascii()
        assert canonical(canonical(letter)) == canonical(letter)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("x", ("x", "")),
        ("x.grad", ("x", ".grad")),
        ("x'.grad.grad2", ("x'", ".grad.grad2")),
        ("x.value", ("x", "")),
        ("x.value.grad", ("x", ".grad")),
    ],
)
def test_gradients_are_suffixes_and_values_are_the_array(name: str, parts: tuple[str, str]) -> None:
    assert split_suffix(name) == parts


@pytest.mark.parametrize(
    ("spelled", "style"),
    [
        ("dx", "dx"),
        ("d_x", "d_x"),
        ("x_grad", "x_grad"),
        ("grad_x", "grad_x"),
        ("δx", "δx"),
        ("δ_x", "δ_x"),
        ("∇_x", "∇_x"),
        ("∂x", "∂x"),
    ],
)
def test_a_gradient_has_many_spellings(spelled: str, style: str) -> None:
    assert (style, "x") in gradient_spellings(spelled)


def test_the_array_of_a_gradient_may_be_greek() -> None:
    assert ("dx", "mu") in gradient_spellings("dμ")
    assert quotient_spelling("∂L", "∂μ") == ("∂L/∂x", "L", "mu")
    assert quotient_spelling("dL", "dx") == ("dL/dx", "L", "x")
    assert quotient_spelling("dL", "∂x") is None


@pytest.mark.parametrize(
    "text",
    ["W^{h,R}[i] += dW^{h, R}[i]", "∂L/∂W^{h,R}[i] = W^{h,R}.grad[i]", "∇_W^{h,R}[i] += a"],
)
def test_punctuation_in_a_declared_name_is_hidden_and_found_again(text: str) -> None:
    hidden = protect(text, {"W^{h,R}"})
    assert len(hidden) == len(text)
    assert "{" not in hidden
    assert canonical(hidden).replace(" ", "") == text.replace(" ", "")


def test_punctuation_elsewhere_stays() -> None:
    for text in ("x^{2}", "A_{ij}", "sum_{j=1}^{J} e"):
        assert protect(text, {"W^{h,R}", "x"}) == text


def test_a_text_may_declare_such_a_name_itself() -> None:
    hidden = protect("input h_{t+1}[N]\ny = h_{t+1}[1] + h_{t}", set())
    assert hidden.count("{") == 1
