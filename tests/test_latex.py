"""Programs in LaTeX."""

from __future__ import annotations

import pytest

from symgrad.derivation.backward import derive
from symgrad.reading.text import read
from symgrad.typesetting.latex import Typesetter, inline, latex

SOFTMAX = read(
    "input s[B, J]\noutput p\n"
    "for b, j: Z[b] += exp(s[b, j])\nfor b, j: p[b, j] += exp(s[b, j]) / Z[b]"
)


def lines(text: str, given: str = "") -> list[str]:
    program = read(text, given=read(given) if given else None)
    return Typesetter.of(program).nests(program)


def test_a_backward_pass_looks_like_the_notes() -> None:
    assert latex(derive(SOFTMAX)) == (
        "\\begin{align*}\n"
        "& \\text{for } b, j\\quad s.\\text{grad}[b, j] \\mathrel{+}= "
        "p.\\text{grad}[b, j] \\, \\frac{\\exp(s[b, j])}{Z[b]} \\\\\n"
        "& \\text{for } b, j\\quad Z.\\text{grad}[b] \\mathrel{-}= "
        "p.\\text{grad}[b, j] \\, \\frac{\\exp(s[b, j])}{Z[b]^{2}} \\\\\n"
        "& \\text{for } b, j\\quad s.\\text{grad}[b, j] \\mathrel{+}= "
        "Z.\\text{grad}[b] \\, \\exp(s[b, j])\n"
        "\\end{align*}"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "input x[N]\nfor i in 1..N-1: y[i] = x[i+1]",
            [r"\text{for } i = 1, \dots, N - 1\quad y[i] = x[i + 1]"],
        ),
        (
            "input x[2]\nfor i: y[i] = x[i]",
            [r"\text{for } i\quad y[i] = x[i]"],
        ),
        (
            "input x[N]\nfor i if 2 <= i <= 3: y[i] -= x[i]",
            [r"\text{for } i\text{ if } 2 \le i \le 3\quad y[i] \mathrel{-}= x[i]"],
        ),
        (
            "input x[4]\nfor i in 1..2, a in 0..1: y[i] += x[2i-a]",
            [r"\text{for } i \in \{1, 2\}, a \in \{0, 1\}\quad y[i] \mathrel{+}= x[2i - a]"],
        ),
        ("input x\ny *= x", [r"y \mathrel{*}= x"]),
        (
            "input x[N]\nfor i: y[i] = x[i]; z[i] = y[i]",
            [r"\text{for } i", r"\qquad y[i] = x[i]", r"\qquad z[i] = y[i]"],
        ),
    ],
)
def test_loops(text: str, expected: list[str]) -> None:
    assert lines(text) == expected


def test_long_sums_are_broken_before_their_terms() -> None:
    names = [f"alpha{n}[b, j]" for n in range(9)]
    text = "\n".join(f"input alpha{n}[B, J]" for n in range(9))
    text += f"\nfor b, j: y[b, j] = {' - '.join(' * '.join([name] * 3) for name in names)}"
    head, *rest = lines(text)
    assert head == r"\text{for } b, j"
    assert len(rest) > 2
    assert all(line.startswith(r"\qquad \qquad {} - ") for line in rest[1:])


def test_a_long_factor_is_broken_inside_parentheses() -> None:
    inner = " + ".join(f"x{n} * y{n} * z{n}" for n in range(12))
    text = "\n".join(f"input {v}{n}" for v in "xyz" for n in range(12))
    first, *rest = lines(f"{text}\nw = ({inner}) / sqrt(x0)")
    assert first.startswith(r"w = \frac{1}{\sqrt{x_{0}}} \Bigl(x_{0} \, y_{0} \, z_{0} + ")
    assert rest[-1].endswith(r"\Bigr)")


def test_a_term_that_fits_on_a_line_is_not_broken() -> None:
    """The second term begins a line of its own, though its first factors had room above."""
    names = "\n".join(f"input alpha{n}[B, J]" for n in range(8))
    terms = [" * ".join(f"alpha{n}[b, j]" for n in range(m, m + 4)) for m in (0, 4)]
    *_, one, two = lines(f"{names}\nfor b, j: y[b, j] = {' - '.join(terms)}")
    assert one.endswith(r"\alpha_{3}[b, j]")
    assert two.startswith(r"\qquad \qquad {} - \alpha_{4}[b, j]")


def test_a_long_sum_under_a_condition_alone_has_no_parentheses() -> None:
    factors = " * ".join(f"alpha{n}[i]" for n in range(6))
    names = "\n".join(f"input alpha{n}[N]" for n in range(6))
    *_, line = lines(f"{names}\nfor j in 1..N: y[j] = sum(i if i != j, {factors})")
    assert r"\left(" not in line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input s[B, J]", ["s[B, J]"]),
        ("input s[0..B-1]", ["s[0..B - 1]"]),
        ("input y in 1..K", [r"y \in \{1, \dots, K\}"]),
        ("input x[2] = [1, -1/2]", ["x = (1, -0.5)"]),
        ("input x[2] = [1/3, 1.25]", [r"x = (\frac{1}{3}, 1.25)"]),
        ("input x[1, 2] = [[1, 2]]", [r"x = \begin{bmatrix} 1 & 2 \end{bmatrix}"]),
        ("input x = 2", ["x = 2"]),
        ("function f(y, z)", ["f(y, z)"]),
        ("input mu\nassume mu > 0", [r"\mu", r"\mu > 0"]),
        ("input x\nloss x", ["x", "x"]),
    ],
)
def test_declarations(text: str, expected: list[str]) -> None:
    program = read(text)
    typesetter = Typesetter.of(program)
    assert [typesetter.declaration(item) for item in program.declarations] == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x.grad[b, j]", r"x.\text{grad}[b, j]"),
        ("sigma'", r"\sigma'"),
        ("mu[j]", r"\mu[j]"),
        ("[i == j]", "[i = j]"),
        ("s[b, ·]", r"s[b, \cdot]"),
        ("δZ", r"\delta Z"),
        ("hn", "h_{t+1}"),
        ("l = f(g(x), h(x))", "l = f(g(x), h(x))"),
    ],
)
def test_formulas_in_a_sentence(code: str, expected: str) -> None:
    assert inline(code, {"hn": "h_{t+1}"}) == expected
