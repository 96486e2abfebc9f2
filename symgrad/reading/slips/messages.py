"""What is said of what is wrong in a text: one table.

    OneSided("j", "=")      j occurs on the right side only (did you forget a sum over j?)

The first rule of `RULES` that is about a finding and whose test holds says it; `{0.index}` in its
words is the finding's own. tests/answers/slips.toml has each rule at work in three exercises.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from symgrad.errors import Kind
from symgrad.reading.slips.findings import (
    Command,
    Finding,
    Glued,
    NoArgument,
    NoTarget,
    OneSided,
    OtherAxis,
    Prose,
    Strange,
    Surprise,
    Unbalanced,
    Unbound,
    Unknown,
    WrongRank,
)

Found = TypeVar("Found", bound=Finding)


@dataclass(frozen=True)
class Rule(Generic[Found]):
    """What is said of a finding of one kind, where its test holds."""

    name: str
    of: type[Found]
    holds: Callable[[Found], object]
    message: str
    hint: str = ""
    kind: Kind = "syntax"


def rule_of(finding: Finding) -> Rule[Any]:
    """The first rule that is about a finding: for each kind, the last one always holds."""
    return next(rule for rule in RULES if type(finding) is rule.of and rule.holds(finding))


def _always(_: Finding) -> bool:
    return True


# --- characters ----------------------------------------------------------------------------------

DASH = ("a dash is not a minus sign", "write -")

STAR = ("this sign is not the notation", "a product is written a * b, a·b or a b")

CHARACTERS: dict[str, tuple[str, str]] = {
    "\\": ("this '\\' begins no command", ""),
    "&": ("'&' is not the notation", "between conditions write `and`"),
    "|": ("'|' is not the notation", "write abs(x), or `or` between conditions"),
    "!": ("'!' is not the notation", "write != or `not`"),
    "?": ("'?' is not the notation", "a choice is written `a if c else b`"),
    "'": ("a prime belongs directly behind a name", "x' is a name, g'(x) a derivative"),
    '"': ("quotation marks are not the notation", ""),
    "~": ("'~' is not the notation", "write `not`"),
    "—": DASH,
    "•": STAR,
    "÷": ("'÷' is not the notation", "write a / b"),
    "∛": ("'∛' is not the notation", "write x^(1/3)"),
    "𝟙": ("'𝟙' is not the notation", "a condition as a number is written 1{x > 0} or [x > 0]"),
    "∧": ("'∧' is not the notation", "between conditions write `and`"),
    "∨": ("'∨' is not the notation", "between conditions write `or`"),
    "¬": ("'¬' is not the notation", "write `not`"),
    "∞": ("infinity is not a number of the notation", ""),
    "∏": ("products over a range are not read", ""),
}
"""What to say of a character that begins no token."""


def _literal(text: str) -> str:
    """Words in which no finding is put."""
    return text.replace("{", "{{").replace("}", "}}")


def _is(sign: str, it: Strange) -> bool:
    return it.character == sign


def named(character: str) -> str:
    """How a rule about one character is called: by its name, or its code where it has none."""
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()


def _is_accent(it: Strange) -> bool:
    kind = unicodedata.category(it.character or "\0")
    return kind.startswith("M") or " 03" in unicodedata.decomposition(it.character or "\0")


def _is_invisible(it: Strange) -> bool:
    return unicodedata.category(it.character or "\0").startswith(("C", "Z"))


# --- the table -----------------------------------------------------------------------------------

OPERANDS = {"NAME", "NUMBER", "LPAR"}
"""What is expected wherever an expression may begin."""

RULES: tuple[Rule[Any], ...] = (
    *(
        Rule(
            f"the character {named(sign)}",
            Strange,
            partial(_is, sign),
            _literal(message),
            _literal(hint),
        )
        for sign, (message, hint) in CHARACTERS.items()
    ),
    Rule(
        "an accent",
        Strange,
        _is_accent,
        "an accent on a letter is not read",
        "write it out, as in xhat or xbar",
    ),
    Rule(
        "a lowered letter",
        Strange,
        lambda it: it.decomposed.startswith("<sub>"),
        "a lowered letter is not read",
        "write x[i] or x_i",
    ),
    Rule(
        "a raised letter",
        Strange,
        lambda it: it.decomposed.startswith("<super>"),
        "a raised letter is not read",
        "write x^n",
    ),
    Rule(
        "an invisible character",
        Strange,
        _is_invisible,
        "an invisible character ({0.code}) is not the notation",
        "delete it",
    ),
    Rule(
        "another character", Strange, _always, "the character {0.character!r} is not the notation"
    ),
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
        _always,
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
        lambda it: it.kind == "ASSIGN" and it.in_loops and ".." in it.after + it.before,
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
    Rule("another surprise", Surprise, _always, "{0.found} does not fit here"),
    # names
    Rule(
        "a function of arrays alone",
        Unknown,
        lambda it: it.calls,
        "{0.name} is a function without its argument",
        "write {0.name}(…)",
    ),
    Rule(
        "a name of another notation",
        Unknown,
        lambda it: it.spelled,
        "{0.name} is not known",
        "{0.spelled}",
        "name",
    ),
    Rule(
        "indices in the name",
        Unknown,
        lambda it: it.element,
        "{0.name} is not known",
        "indices stand in brackets: {0.element[0]}[{0.element[1]}]",
        "name",
    ),
    Rule(
        "a gradient written in one word",
        Unknown,
        lambda it: it.gradient,
        "{0.name} is not known",
        "did you mean {0.gradient}?",
        "name",
    ),
    Rule(
        "another spelling of an array",
        Unknown,
        lambda it: it.close,
        "{0.name} is not known",
        "did you mean {0.close}?",
        "name",
    ),
    Rule(
        "the gradient of no array",
        Unknown,
        lambda it: it.arrays and it.array != it.name,
        "{0.name} is not known",
        "there is no array {0.array}; arrays are {0.arrays}",
        "name",
    ),
    Rule(
        "an input that is not declared",
        Unknown,
        lambda it: it.arrays is None,
        "{0.name} is not known",
        "a forward pass declares what it starts from: `input {0.name}[…]`",
        "name",
    ),
    Rule(
        "a name that nothing has",
        Unknown,
        _always,
        "{0.name} is not known",
        "arrays are {0.arrays}",
        "name",
    ),
    Rule(
        "an index in the place of an argument",
        NoArgument,
        lambda it: it.indexed,
        "{0.function} is a function",
        "write {0.function}(…)",
    ),
    Rule(
        "a function beside its argument",
        NoArgument,
        _always,
        "{0.function} is a function without its argument",
        "write {0.function}(…)",
    ),
    # indices
    Rule(
        "a row without its second index",
        WrongRank,
        lambda it: it.indices and it.indices < it.axes,
        "{0.name} has {0.has}, here it has {0.here}",
        "the whole of an axis is written {0.row}",
        kind="shape",
    ),
    Rule(
        "too few or too many indices",
        WrongRank,
        _always,
        "{0.name} has {0.has}, here it has {0.here}",
        kind="shape",
    ),
    Rule(
        "a forgotten sum",
        OneSided,
        lambda it: it.operator == "=",
        "{0.index} occurs on the right side only",
        "did you forget a sum over {0.index}?",
        "name",
    ),
    Rule(
        "a product without its loop",
        OneSided,
        _always,
        "{0.index} occurs on the right side only",
        "write its loop, as in `for {0.index}: …`, if every factor is meant",
        "name",
    ),
    Rule(
        "a forgotten loop",
        Unbound,
        lambda it: not it.index[0].isupper(),
        "no loop and no sum runs over {0.index}",
        "did you forget `for {0.index}`?",
        "name",
    ),
    Rule(
        "an extent that is not declared",
        Unbound,
        lambda it: it.extents,
        "no loop and no sum runs over {0.index}",
        "the extents are {0.extents}",
        "name",
    ),
    Rule(
        "an extent where there are none",
        Unbound,
        _always,
        "no loop and no sum runs over {0.index}",
        "extents are named as in `input x[N]`",
        "name",
    ),
    Rule(
        "an index of another axis",
        OtherAxis,
        _always,
        "{0.index} {0.clash}",
        "write the range of {0.index} if this is meant",
        "shape",
    ),
    # left sides
    Rule(
        "the value on the left",
        NoTarget,
        lambda it: it.turned,
        "the left side must be an array or one of its elements",
        "what is assigned stands on the left: {0.turned} = …",
    ),
    Rule(
        "a left side that is no array",
        NoTarget,
        _always,
        "the left side must be an array or one of its elements",
        "as in Z[b] += … ; prose is not read",
    ),
    Rule(
        "a statement that runs into another",
        Glued,
        _always,
        "{0.target} is assigned again",
        "did you forget a line break or ';' between two statements?",
    ),
    # LaTeX
    Rule(
        "a macro",
        Command,
        lambda it: it.macro,
        "{0.command} is not read: no macros are defined or run",
        "write the formula out",
    ),
    Rule(
        "a command of another notation",
        Command,
        lambda it: it.known,
        "{0.known[0]}",
        "{0.known[1]}",
    ),
    Rule(
        "another spelling of a command",
        Command,
        lambda it: it.close,
        "the command {0.command} is not read",
        "did you mean {0.close}?",
    ),
    Rule(
        "a command that is no mathematics", Command, _always, "the command {0.command} is not read"
    ),
    Rule("a sign in a text", Prose, lambda it: it.symbol, "this text is not read"),
    Rule("a sentence in a formula", Prose, _always, "prose is not read"),
)
"""Every rule, in the order in which they are tried."""
