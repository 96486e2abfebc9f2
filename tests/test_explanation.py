"""What `equal --explain` prints: golden files, one per case and layout.

`python tests/test_explanation.py` writes the files anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from proofs import EQUAL, known_proof

from symgrad import equivalent, read
from symgrad.equivalence import Verdict
from symgrad.proof.narrate import TOLD, narrate
from symgrad.proof.rules import RULES
from symgrad.typesetting.explanation import explanation, latex, text

FOLDER = Path(__file__).parent / "explanations"
ENDINGS = {"text": ".txt", "latex": ".tex"}

SOFTMAX = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]
"""

CASES: dict[str, tuple[str, str, str, str]] = {
    "renamed": ("input x[N]", "y = sum(q, x[q]^2)", "for k: y += x[k]*x[k]", "y"),
    "softmax": (
        SOFTMAX,
        "for b, j: e[b] += p[b, j] * p.grad[b, j]\n"
        "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - e[b])",
        "for b, k: s.grad[b, k] += p.grad[b, k] * exp(s[b, k]) / Z[b] + Z.grad[b] * exp(s[b, k])",
        "s.grad",
    ),
    "cleared": (
        "input a\ninput b",
        "out = 1/(1+a^2) - 1/(1+b^2)",
        "out = (b^2 - a^2)/((1+a^2)*(1+b^2))",
        "out",
    ),
    "assumed": (
        "input y[K]\ninput a[N]\nassume sum(k, y[k]) == 1",
        "out = sum(i, k, a[i]*y[k])",
        "out = sum(i, a[i])",
        "out",
    ),
    "sigmoids": ("input a", "out = tanh(a)", "out = 2*sigma(2*a) - 1", "out"),
    "divided": (
        "input x[N, M]",
        "out = sum(i, j, x[i, 1]*exp(x[i, j])/sum(k, exp(x[i, k])))",
        "out = sum(i, x[i, 1])",
        "out",
    ),
    "label": (
        "input s[B, K]\ninput y[B] in 1..K",
        "for b: out[b] = sum(k if k == y[b], s[b, k])",
        "for b: out[b] = s[b, y[b]]",
        "out",
    ),
    "carried": (
        "input x[T]\ninput w",
        "h = 1\nfor t: h = tanh(w*h + x[t])\nout = w*h + w",
        "s = 1\nfor t: s = tanh(x[t] + s*w)\nout = w*(s + 1)",
        "out",
    ),
    "different": ("input x[N]", "for i: out[i] = x[i]", "for i: out[i] = x[i]^2", "out"),
    "undecided": (
        "input x",
        "out = sqrt(3 + 2*sqrt(2))*x",
        "out = (1 + sqrt(2))*x",
        "out",
    ),
}


def verdict(name: str) -> Verdict:
    given, left, right, target = CASES[name]
    return equivalent(left, right, given=given, targets=[target])


@pytest.mark.parametrize("layout", ENDINGS)
@pytest.mark.parametrize("name", CASES)
def test_an_explanation_is_the_golden_one(name: str, layout: str) -> None:
    golden = (FOLDER / f"{name}{ENDINGS[layout]}").read_text(encoding="utf-8")
    assert explanation(verdict(name), layout) + "\n" == golden


def test_every_golden_file_has_its_case() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    assert files == {f"{name}{ending}" for name in CASES for ending in ENDINGS.values()}


@pytest.mark.parametrize("name", EQUAL)
def test_every_known_proof_can_be_told(name: str) -> None:
    """As text without the marks of the prover, and as LaTeX whose braces and pairs match."""
    story = narrate(known_proof(name))
    told = text(story)
    assert told.endswith("the difference is 0") and not re.search(r"[@$]", told)
    set_ = latex(story)
    assert set_.count("{") == set_.count("}")
    assert set_.count(r"\left") - set_.count(r"\leftarrow") == set_.count(r"\right")
    assert "@" not in set_ and "$" not in set_


def test_what_is_too_long_to_be_shown_is_said_to_be() -> None:
    """Each step holds the one before twice: written out, the last has 2^20 terms."""
    left = "t = a\n" + 20 * "t = tanh(t) + sin(t)\n" + "out = 2*t"
    right = "u = a\n" + 20 * "v = sin(u)\nu = tanh(u) + v\n" + "out = u + u"
    told = explanation(equivalent(left, right, given="input a", targets=["out"]), "text")
    assert "multiplied out (2 terms)" in told and max(map(len, told.split("\n"))) < 10_000


def test_what_is_not_a_question_of_definitions_is_said() -> None:
    undecided = Verdict("undecided", unproved="statement 2: reads what it writes")
    assert explanation(undecided) == "no proof was tried: statement 2: reads what it writes"
    assert explanation(undecided, "latex").startswith("% no proof")


def test_every_rule_has_its_words() -> None:
    assert TOLD.keys() == RULES.keys()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        for layout_, ending in ENDINGS.items():
            written = explanation(verdict(case), layout_) + "\n"
            (FOLDER / f"{case}{ending}").write_text(written, encoding="utf-8")


def test_a_label_of_each_element_stays_in_the_sum_over_them() -> None:
    """tanh(sum(k, s[k, y[k]])) holds a label for each k, none of which can leave the function."""
    given = read("input s[B, K]\ninput y[B] in 1..K")
    one = "out = tanh(sum(k in 1..B, s[k, y[k]])^(3/2))"
    other = "out = tanh(sum(k in 1..B, s[k, y[k]]) * sqrt(sum(b, s[b, y[b]])))"
    text = explanation(equivalent(one, other, given=given, targets=["out"]))
    total = "sum(i, k, [y[k] == i] * s[k, i])"
    assert f"tanh(sqrt({total}) * {total})" in text
