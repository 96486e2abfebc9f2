"""What is said of characters that begin no token: a row for each that other notations have.

a × b — c    a dash is not a minus sign (write -)
"""

from __future__ import annotations

import unicodedata
from functools import partial
from typing import Any

from symgrad.reading.slips.findings import Strange
from symgrad.reading.slips.rule import Rule, always

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


OF_CHARACTERS: tuple[Rule[Any], ...] = (
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
    Rule("another character", Strange, always, "the character {0.character!r} is not the notation"),
)
