r"""Proofs, told as text or as LaTeX.

    s.grad[b, j]
      1. put in the definition of p: p[b, j] = exp(s[b, j]) / Z[b]
         left - right = 0

What is told is decided in `narrate`; here it gets its looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Expr

from symgrad.equivalence import Verdict
from symgrad.program import Statement
from symgrad.proof.comparison import Question
from symgrad.proof.narrate import Account, Equation, Line, Story, narrate, story
from symgrad.proof.prove import attempt
from symgrad.proof.terms import OutOfReach
from symgrad.typesetting.latex import Typesetter, align
from symgrad.writing.spelling import Speller
from symgrad.writing.write import nest_text

REFUTED = {
    "value": "the values differ",
    "undefined": "one side has a value and the other one has none",
    "outside": "one side stays within the axes and the other one does not",
    "shape": "the axes of the target differ",
    "missing": "one side never writes the target",
}
"""What a kind of witness shows."""

RUN = "both sides were run as they are written, in exact numbers or proved bounds"
ENOUGH = "equal texts agree at all sizes and inputs, so one point is enough"


def explanation(verdict: Verdict, layout: str = "text") -> str:
    """Why a verdict is as it is: the steps of its proof, what its witness shows, what was tried."""
    try:
        return _explanation(verdict, layout)
    except OutOfReach as reason:
        return _remark(f"the steps cannot be written out: {reason}", layout)


def _explanation(verdict: Verdict, layout: str) -> str:
    if verdict.proof is not None:
        return LAYOUTS[layout](narrate(verdict.proof))
    if verdict.witness is not None:
        shows = REFUTED[verdict.witness.kind]
        return _remark(f"{RUN}, and {shows}; {ENOUGH}", layout)
    if not isinstance(verdict.unproved, Question):
        return _remark(f"no proof was tried: {verdict.unproved}", layout)
    tried = attempt(verdict.unproved)
    reason = _remark(f"no proof was found: {tried.reason}", layout)
    if tried.target is None:
        return reason
    told = LAYOUTS[layout](story(verdict.unproved, {tried.target: tried.steps}))
    return f"{told}\n\n{reason}"


def _remark(sentence: str, layout: str) -> str:
    return f"% {sentence}" if layout == "latex" else sentence


def text(story: Story) -> str:
    """Each target with its numbered steps."""
    speller = Speller(story.axes, story.axes, story.parameters)

    def equation(item: Equation) -> str:
        return " = ".join(map(speller.value, item))

    blocks = []
    for account in story.accounts:
        lines = [speller.value(account.target)]
        for n, line in enumerate(account.lines, 1):
            mark = f"{n}."
            sentence = _sentence(line, speller.value)
            colon = ": " if line.used else ":" if line.loops else ""
            lines.append(f"  {mark:3} {sentence}{colon}{', '.join(map(equation, line.used))}")
            if line.after is not None:
                lines.append(f"      {equation(line.after)}")
            lines += (
                f"      {nest_text(nest, story.axes, story.parameters)}" for nest in line.loops
            )
        lines.append(f"  {_conclusion(account)}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def latex(story: Story) -> str:
    """Each target as an `align*`: words, then what they are about."""
    setter = Typesetter(story.axes, parameters=story.parameters)
    return "\n\n".join(
        align(
            [
                *(line for item in account.lines for line in _lines(item, setter)),
                _words(_conclusion(account)),
            ]
        )
        for account in story.accounts
    )


def _lines(line: Line, setter: Typesetter) -> Iterator[str]:
    parts = [
        _words(part) if isinstance(part, str) else setter.expression(part) for part in line.words
    ]
    sentence = r"\ ".join(parts).replace(r"\ \text{,", r"\text{,")
    yield sentence + (r"\text{:}" if line.used or line.loops else "")
    yield from (rf"\quad {one}" for nest in line.loops for one in setter.nest(nest))
    for equation in (*line.used, *([line.after] if line.after is not None else [])):
        *first, target, value = equation
        front = "".join(f"{setter.expression(side)} = " for side in first)
        lines = setter.statement(Statement(target, "=", value))
        yield from (rf"\quad {one}" for one in (front + lines[0], *lines[1:]))


def _words(sentence: str) -> str:
    escaped = sentence.replace("_", r"\_")
    return rf"\text{{{escaped}}}"


def _sentence(line: Line, spell: Callable[[Expr], str]) -> str:
    written = " ".join(part if isinstance(part, str) else spell(part) for part in line.words)
    return written.replace(" ,", ",")


def _conclusion(account: Account) -> str:
    return "the difference is 0" if account.done else "the difference remains"


LAYOUTS: dict[str, Callable[[Story], str]] = {"text": text, "latex": latex}
