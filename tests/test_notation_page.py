"""The page on the notation says what is so: each of its examples is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from symgrad import StudentError, read
from symgrad.program import Program

PAGE = (Path(__file__).parent.parent / "docs" / "notation.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.M | re.S)
FORWARD = read(next(text for kind, text in BLOCKS if kind == "forward"))
CODE = re.compile(r"`([^`]+)`")


def table(heading: str) -> list[tuple[str, str]]:
    """The rows below every table head that begins with a word, as two cells."""
    rows = []
    inside = False
    for line in PAGE.split("\n"):
        if not line.startswith("|"):
            inside = False
        elif line.startswith(f"| {heading} |"):
            inside = True
        elif inside and not line.startswith("|--"):
            left, right = line.strip("| ").split(" | ")
            rows.append((left, right))
    return rows


SAME = [
    (written, CODE.findall(right)[0])
    for left, right in table("written")
    for written in CODE.findall(left)
]


def meaning(text: str) -> Program:
    """A statement, or an expression for every i."""
    outside = re.sub(r"\{.*?\}|\[.*?\]|\(.*?\)", "", text)
    assigns = re.search(r"(?<![<>=!])(=|←)(?!=)", outside)
    return read(text if assigns else f"for i in 1..N: t[i] = {text}", FORWARD)


@pytest.mark.parametrize(("kind", "text"), BLOCKS)
def test_every_block_is_read_and_read_back(kind: str, text: str) -> None:
    given = None if kind == "forward" else FORWARD
    program = read(text, given)
    assert read(str(program), given) == program


@pytest.mark.parametrize(("written", "same"), SAME)
def test_what_is_said_to_be_the_same_is_the_same(written: str, same: str) -> None:
    assert meaning(written) == meaning(same)


@pytest.mark.parametrize("text", [CODE.findall(left)[0] for left, _ in table("refused")])
def test_what_is_said_to_be_refused_is_refused(text: str) -> None:
    with pytest.raises(StudentError):
        read(text, FORWARD)


@pytest.mark.parametrize(
    "line", [line for left, _ in table("declaration") for line in CODE.findall(left)]
)
def test_every_declaration_is_read(line: str) -> None:
    """Those that name something follow the lines that introduce it."""
    before = {
        "output": "input p[N]\n",
        "loss": "input L\n",
        "assume": "input x[H, h]\ninput q[B, K]\n",
    }
    program = read(before.get(line.split()[0], "") + line)
    assert line in str(program).replace(" - ", "-")
