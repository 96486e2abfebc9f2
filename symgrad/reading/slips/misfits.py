"""What is said of what does not fit where it stands: brackets, and what the parser did not expect.

for b j: Z[b] += 1    two names where a comma or a colon was expected
"""

from __future__ import annotations

from typing import Any

from symgrad.reading.slips.findings import Surprise, Unbalanced
from symgrad.reading.slips.rule import Rule, always

OPERANDS = {"NAME", "NUMBER", "LPAR"}
"""What is expected wherever an expression may begin."""

OF_MISFITS: tuple[Rule[Any], ...] = (
    # brackets
    Rule(
        "a bracket that is not closed",
        Unbalanced,
        lambda it: not it.closed,
        "this '{0.opened}' is never closed",
        "did you forget '{0.wanted}'?",
    ),
    Rule(
        "a bracket that is not opened",
        Unbalanced,
        lambda it: not it.opened,
        "this '{0.closed}' closes nothing",
    ),
    Rule(
        "a bracket closed by another",
        Unbalanced,
        always,
        "'{0.closed}' closes a '{0.opened}'",
        "did you mean '{0.wanted}'?",
    ),
    # what does not fit where it stands
    Rule(
        "a loop without statements",
        Surprise,
        lambda it: it.before.endswith(":") and it.found.startswith("the end"),
        "the loop has no statement",
        "write its statements behind it, separated by ';', or indented below it",
    ),
    Rule(
        "a range with =",
        Surprise,
        lambda it: it.kind == "ASSIGN" and it.in_loops and it.names_range,
        "{0.found} inside the head of a loop",
        "a range is written as in `for n in 1..N: …`",
    ),
    Rule(
        "a range with a colon",
        Surprise,
        lambda it: it.kind in ("COLON", "RANGE") and it.heads_loop,
        "{0.found} does not fit the head of this loop",
        "commas separate indices, and ranges are written 1..N: `for b, j in 1..J: …`",
    ),
    Rule(
        "two declarations on a line",
        Surprise,
        lambda it: it.found == "','" and it.before.startswith(("input ", "output ", "loss ")),
        "{0.found} does not fit here",
        "one name a line",
    ),
    Rule(
        "a decimal comma",
        Surprise,
        lambda it: it.found == "','" and it.before[-1:].isdigit() and it.after[1:2].isdigit(),
        "{0.found} inside a number",
        "decimals are written with a point, 0.5",
    ),
    Rule(
        "an arrow of two signs",
        Surprise,
        lambda it: it.found == "'<'" and it.after.startswith("<-"),
        "'<-' is not the notation",
        "assign with =, := or ←",
    ),
    Rule(
        "an assignment in the head of a loop",
        Surprise,
        lambda it: it.assigns and it.within("for "),
        "{0.found} inside the head of a loop",
        "after a range or a condition the head ends with ':', and conditions are written ==",
    ),
    Rule(
        "an assignment in a condition",
        Surprise,
        lambda it: it.kind == "ASSIGN" and it.within("assume ", "if "),
        "'=' inside a condition",
        "an equation is written ==",
    ),
    Rule(
        "a comparison in the place of an assignment",
        Surprise,
        lambda it: it.kind == "COMPARE" and "ASSIGN" in it.expected,
        "{0.found} where the statement should assign",
        "write = to assign; == compares",
    ),
    Rule(
        "a choice without else",
        Surprise,
        lambda it: "ELSE" in it.expected,
        "{0.found} where `else` is expected",
        "a choice is written `a if c else b`",
    ),
    Rule(
        "a loop without for",
        Surprise,
        lambda it: it.kind == "COLON" and it.lists_letters,
        "':' does not fit here",
        "a loop begins with `for`",
    ),
    Rule(
        "prose",
        Surprise,
        lambda it: it.expected >= {"ASSIGN", "UPDATE"},
        "{0.found} where a statement goes on with =, +=, -= or *=",
        "a statement looks like `Z[b] += exp(s[b, j])`; prose is not read",
    ),
    Rule(
        "a missing expression",
        Surprise,
        lambda it: it.expected >= OPERANDS and "TIMES" not in it.expected,
        "an expression is missing between {0.last} and {0.found}",
    ),
    Rule(
        "two statements beside each other",
        Surprise,
        lambda it: it.assigns,
        "{0.found} does not fit here",
        "did you forget a line break or ';' between two statements?",
    ),
    Rule(
        "a missing name",
        Surprise,
        lambda it: "NAME" in it.expected and it.expected <= {"NAME", "FOR", "_NEWLINE", "IF"},
        "a name is expected here, not {0.found}",
    ),
    Rule("another surprise", Surprise, always, "{0.found} does not fit here"),
)
