"""A LaTeX document becomes a page: what is no answer is blanked out, headings are known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.grading.answers import KINDS, Submission
from symgrad.grading.texfile import tex_page

PARTS = ("a", "b")


def submission(text: str, parts: tuple[str, ...] = PARTS) -> Submission:
    return KINDS[".tex"].split(text, parts)


def answers(text: str, parts: tuple[str, ...] = PARTS) -> dict[str, str]:
    return {part: answer.text.strip() for part, answer in submission(text, parts).answers.items()}


@pytest.mark.parametrize(
    "heading",
    [
        r"\section{a}",
        r"\section*{Part a}",
        r"\subsection*{(a)}",
        r"\subsection*{(a)\hfill\normalfont 1 point}",
        r"\subsubsection{Problem 1 (a): the loop}",
        r"\section[short]{Part a}",
        r"\paragraph{a)}",
        r"\subparagraph*{Part a.}",
        r"\textbf{a)}",
        r"\textbf{(a)}",
        r"\noindent\textbf{Part a:}",
        r"{\bf (a)}",
        r"{\bfseries a)}",
        r"\textit{Part a}",
        r"\underline{Part a}",
        r"\item[(a)]",
        r"\item[a)]",
        r"\item[\textbf{a.}]",
        r"\item (a)",
        r"\item a)",
        r"(a)",
        r"a)",
        r"Part a",
    ],
)
def test_every_form_of_heading_starts_a_part(heading: str) -> None:
    assert answers(f"{heading}\n$x = 1$\n\\section*{{b}}\n$y = 2$") == {
        "a": "$x = 1$",
        "b": "$y = 2$",
    }


@pytest.mark.parametrize(
    "heading",
    [r"\section*{Introduction}", r"\textbf{Answer.}", r"\item[Note]", r"\paragraph{Proof}"],
)
def test_other_headings_start_none(heading: str) -> None:
    assert answers(f"\\section*{{a}}\n{heading}\n$x = 1$")["a"] == "$x = 1$"


def test_bold_mathematics_is_no_heading() -> None:
    assert answers("\\section*{a}\n\\textbf{$x = 1$}")["a"] == "$x = 1$"


def test_the_entries_of_a_list_answer_the_parts_in_order() -> None:
    text = r"""
    \begin{enumerate}[label=(\alph*)]
    \item We have $x = 1$.
        \begin{itemize}
        \item inside: \[ z = 3 \]
        \end{itemize}
    \item
        $y = 2$
    \end{enumerate}"""
    assert answers(text) == {"a": r"\[ z = 3 \]", "b": "$y = 2$"}


@pytest.mark.parametrize(
    "text",
    [
        "\\begin{enumerate}\n\\item $x = 1$\n\\end{enumerate}",
        "\\section{b}\n\\begin{enumerate}\n\\item $x = 1$\n\\item $y = 1$\n\\end{enumerate}",
    ],
)
def test_any_other_list_is_a_list(text: str) -> None:
    assert answers(text)["a"] == ""


def test_an_answer_may_stand_on_the_line_of_its_heading() -> None:
    line = r"\item[(a)] \[ x = 1 \]"
    assert submission(line).answers["a"].text == " " * line.index(r"\[") + r"\[ x = 1 \]"


@pytest.mark.parametrize(
    "hidden",
    [
        "% $x = 1$",
        "\\begin{quote}\n$x = 1$\n\\end{quote}",
        "\\begin{quotation}$x = 1$\\end{quotation}",
        "\\begin{comment}\n$x = 1$\n\\end{comment}",
        "\\iffalse $x = 1$ \\fi",
        "\\end{document}\n$x = 1$",
    ],
)
def test_what_is_not_shown_or_quoted_is_no_answer(hidden: str) -> None:
    assert answers(f"\\section{{a}}\n{hidden}")["a"] == ""


def test_the_preamble_is_no_answer() -> None:
    text = "\\newcommand{\\x}{s = 1}\nx = 2\n\\begin{document}\n$y = 2$\n\\end{document}\n"
    assert answers(text, ("a",)) == {"a": "$y = 2$"}


def test_a_percent_sign_that_is_written_is_no_comment() -> None:
    assert answers("$x = 1$ 5\\% of it, $y = 2$ % z", ("a",))["a"] == "$x = 1$            $y = 2$"
    assert answers("\\[ x = 1 \\\\% z\n\\]", ("a",))["a"] == "\\[ x = 1 \\\\\n\\]"


@pytest.mark.parametrize("block", ["verbatim", "lstlisting", "Verbatim", "minted", "verbatim*"])
def test_a_verbatim_block_is_code(block: str) -> None:
    text = f"\\section{{a}}\n$q = 1$\n\\begin{{{block}}}\n% kept\nZ = 1\n\\end{{{block}}}\n$r = 1$"
    assert answers(text)["a"] == "% kept\nZ = 1"
    assert submission(text).answers["a"].remarks == (
        "line 2: mathematics was not graded",
        "line 7: mathematics was not graded",
    )


def test_a_formula_that_a_sentence_calls_a_definition_belongs_to_the_answer() -> None:
    """Where another formula uses what it defines; what only says what something is does not."""
    text = "\\section{a}\n{} $e = 2$ we get\n\\[ x = e \\]"
    for word in ("With", "Let", "Define"):
        assert answers(text.replace("{}", word))["a"].strip() == "$e = 2$\n\\[ x = e \\]"
    behind = "\\section{a}\n\\[ x = e \\]\nwhere $e = 2$ as above"
    assert answers(behind)["a"] == "\\[ x = e \\]\nwhere $e = 2$"
    masked = "\\section{a}\nLet $e = \\mathbb{1}[y > 0]$.\n\\[ x = e \\]"
    assert "mathbb" in answers(masked)["a"]
    for idle in ("Let $f = 2$", "Let $e = 1, \\dots, 3$", "Let $e \\in A = 2$"):
        assert answers(f"\\section{{a}}\n{idle}.\n\\[ x = e \\]")["a"] == "\\[ x = e \\]"


def test_a_range_in_a_sentence_is_no_formula_that_was_left_out() -> None:
    text = "\\section{a}\n\\[ x_i = 1 \\]\nfor $i = 1, \\dots, n$."
    assert submission(text).answers["a"].remarks == ()
    alone = "\\section{a}\nSo $x_i = 1$ for all $i \\in A$."
    assert answers(alone)["a"].strip().startswith("$x_i = 1$")


def test_a_display_beside_formulas_in_sentences_is_the_answer() -> None:
    text = "\\section{a}\nAs $e = 2$ we get\n\\begin{align*}\nx &= e \\\\\n&= 2\n\\end{align*}"
    assert answers(text)["a"] == "\\begin{align*}\nx &= e \\\\\n&= 2\n\\end{align*}"
    assert submission(text).answers["a"].remarks == (
        "line 2: a formula within a sentence was not graded; give it a line",
    )


def test_a_line_in_plain_notation_is_never_dropped() -> None:
    assert answers("\\section{a}\nfor b: Z[b] += 1")["a"] == "for b: Z[b] += 1"


@given(st.lists(st.sampled_from(
    ["\\begin{quote}", "\\end{quote}", "\\section{a}", "\\item", "{", "}", "%", "\n", "$", "x", "=",
     "\\begin{verbatim}", "\\end{verbatim}", "\\iffalse", "\\fi", "[", "]", "\\", " "]
)).map("".join))  # fmt: skip
def test_every_line_keeps_its_place(text: str) -> None:
    page = tex_page(text)
    rows = text.split("\n")
    assert [line.number for line in page.lines] == list(range(1, len(rows) + 1))
    for line, row in zip(page.lines, rows, strict=True):
        assert all(sign in (" ", kept) for sign, kept in zip(line.text, row, strict=False))
