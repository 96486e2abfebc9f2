"""Characters that look like one of the notation and can mean nothing else, as that one.

    s．grad［b］ –= a ∗ x    s.grad[b] -= a * x

Word processors, PDFs and keyboards make them. One stands for one, so that places stay; what has no
width is left out. What could mean two things is not here: it is named in a message instead.
"""

from __future__ import annotations

import re

FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}

SIGNS = {
    **dict.fromkeys("‐‑‒–﹣", "-"),
    **dict.fromkeys("∗⁎﹡", "*"),
    **dict.fromkeys("∙‧・", "·"),
    **dict.fromkeys("∕⁄", "/"),
    **dict.fromkeys("‘ʼ´ˈ＇", "’"),
    "⟵": "←",
    "∊": "∈",
    "µ": "μ",
}

SPACES = dict.fromkeys(
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
)

_WIDTHLESS = "[\u00ad\u200b\u200c\u200d\u2060\ufeff]+"
_BESIDE_SIGNS = re.compile(rf"(?<!\w){_WIDTHLESS}|{_WIDTHLESS}(?!\w)")
"""Inside a word, or between two, what has no width may be a space or nothing: it stays."""

RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))

LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
"""`W₁` is W1."""

_TABLE = str.maketrans({**FULL_WIDTH, **SIGNS, **SPACES, **LOWERED})


def plain(text: str) -> str:
    """The text with each look-alike as the character that it stands for."""
    return text if text.isascii() else _BESIDE_SIGNS.sub("", text.translate(_TABLE))


def figures(raised: str) -> str:
    """The number that raised figures are."""
    return "".join(RAISED.get(figure, "") for figure in raised)
