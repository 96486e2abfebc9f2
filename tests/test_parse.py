"""The grammar and its limits."""

from __future__ import annotations

import subprocess
import sys

import pytest
from lark import Token, Tree

from symgrad.errors import StudentError
from symgrad.reading.syntax.parse import (
    MAX_CHARACTERS,
    MAX_COUNTS,
    MAX_DEPTH,
    MAX_LOOPS,
    normalised,
    parse,
)
from symgrad.reading.syntax.trees import tokens

TOO_LARGE = {
    "characters": "x = " + "a" * MAX_CHARACTERS,
    "tokens": "x = " + "a " * 9_900 + "\n" * 5_000,
    "parentheses": "x = " + "(" * 9_000,
    "closed parentheses": "x = " + "(" * 9_000 + "a" + ")" * 9_000,
    "brackets": "x = " + "a[" * 3_000,
    "powers": "x = " + "^".join("a" * 3_000),
    "negations": "x = [" + "not " * 3_000 + "a > 0]",
    "choices": "x = " + "a if a > 0 else " * 1_000 + "a",
    "loops": "for " + ", ".join(f"i{n}" for n in range(MAX_LOOPS + 1)) + ": x = a",
    "limits": "x = sum(" + ", ".join(f"i{n}" for n in range(MAX_LOOPS + 1)) + ", a)",
    "digits": "x = " + "9" * 10_000,
    "decimal exponent": "x = 1e99999999",
    "statements": "; ".join(["x = a"] * (MAX_COUNTS["statement"] + 1)),
    "comparisons": "x = [" + " and ".join(["a > 0"] * (MAX_COUNTS["comparison"] + 1)) + "]",
}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_what_is_too_large_is_refused_as_such(what: str) -> None:
    with pytest.raises(StudentError) as caught:
        parse(TOO_LARGE[what])
    assert caught.value.kind in ("limit", "syntax")
    assert caught.value.kind == "limit" or what == "brackets"


def test_what_is_just_small_enough_is_parsed() -> None:
    parse("x = " + "(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    parse("x = " + "-" * 5_000 + "a")
    parse("x = " + "+".join("a" * 5_000))
    parse("for " + ", ".join(f"i{n}" for n in range(MAX_LOOPS)) + ": x = a")


def kind(text: str) -> str:
    """What the first line of a text is."""
    line = parse(text).children[0]
    assert isinstance(line, Tree)
    return line.data


def test_a_word_that_declares_is_an_ordinary_name_elsewhere() -> None:
    for text in ("loss = input * output", "loss += a", "assume[1] = function(2)", "input = 1"):
        assert kind(text) == "nest"
    assert kind("loss L") == "loss"
    assert kind("input x") == "input"


def test_inside_brackets_an_equals_sign_compares_and_lines_go_on() -> None:
    found = [token for token in tokens(parse("x = I[i =\n j]")) if token.type == "COMPARE"]
    assert found == ["=="]
    assert len(parse("x = (a +\n b)\ny = c").children) == 2


def test_numbers_ranges_and_names_are_told_apart() -> None:
    text = "for i in 1..K, j in 0...N-1: x.grad[i] = 2e + 1e-5 + 2x + .5 + x.T"
    found = [str(token) for token in tokens(parse(text)) if token.type in ("NAME", "NUMBER")]
    assert found == [
        "i",
        "1",
        "K",
        "j",
        "0",
        "N",
        "1",
        "x.grad",
        "i",
        "2",
        "e",
        "1e-5",
        "2",
        "x",
        ".5",
        "x",
    ]


def test_every_token_knows_its_place() -> None:
    text = "x = a\nfor b: yy[b] += 1"
    place = {str(token): (token.line, token.column) for token in tokens(parse(text))}
    assert place["yy"] == (2, 8)
    assert all(isinstance(token, Token) for token in tokens(parse(text)))


def test_line_ends_are_brought_to_one() -> None:
    assert normalised("a\r\nb\rc\nd") == "a\nb\nc\nd"


@pytest.mark.parametrize("module", ["reading.syntax.parse", "writing.names"])
def test_syntax_and_spelling_do_without_sympy(module: str) -> None:
    code = f"import sys, symgrad.{module}; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
