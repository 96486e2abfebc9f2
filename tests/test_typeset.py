"""Names in LaTeX."""

from __future__ import annotations

import pytest

from symgrad.typesetting.typeset import name_latex


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("mu", r"\mu"),
        ("alpha1", r"\alpha_{1}"),
        ("x'.grad", r"x'.\text{grad}"),
        ("x'", "x'"),
        ("lam", r"\lambda"),
        ("l_xx", "l_{xx}"),
        ("theta_new", r"\theta_{\text{new}}"),
        ("W1.grad", r"W_{1}.\text{grad}"),
        ("stilde", r"\tilde{s}"),
        ("Ytilde.grad", r"\tilde{Y}.\text{grad}"),
        ("logits", r"\mathit{logits}"),
        ("y_by_Z", r"y_{\text{by\_Z}}"),
        ("x.grad.grad2", r"x.\text{grad}.\text{grad2}"),
        ("tilde", r"\mathit{tilde}"),
    ],
)
def test_names(name: str, latex: str) -> None:
    assert name_latex(name) == latex


def test_an_exercise_may_typeset_a_name_in_its_own_way() -> None:
    assert name_latex("hn.grad", {"hn": "h_{t+1}"}) == r"h_{t+1}.\text{grad}"
