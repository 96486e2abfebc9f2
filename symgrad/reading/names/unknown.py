"""What is said of a name that nothing has: another spelling, what is meant, the names there are.

s_bj    indices stand in brackets: s[b, j]
sgrad   did you mean s.grad?
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from lark import Token

from symgrad.errors import StudentError
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.names.words import ARRAY_FUNCTIONS, PREFIXES, RESERVED, SPELLINGS, WORDS
from symgrad.reading.slips.findings import Unknown
from symgrad.writing.names import canonical, split_suffix


def unknown(vocabulary: Vocabulary, token: Token, bound: Iterable[str] = ()) -> StudentError:
    """The error of a name; `bound` are the indices bound where it stands."""
    name = canonical(token)
    base, _, index = name.rpartition("_")
    spelled, suffix = split_suffix(name)
    close = _nearest(spelled, {*vocabulary.names, *bound})
    indexed = index and vocabulary.rank(vocabulary.named(base) or "") == len(index)
    finding = Unknown(
        name,
        calls=name in ARRAY_FUNCTIONS | PREFIXES | {"where"},
        spelled=SPELLINGS.get(name) or SPELLINGS.get(base, ""),
        element=(base, ", ".join(index)) if indexed else None,
        gradient=vocabulary.unmarked_gradient(name) or "",
        close=close + suffix if close else "",
        arrays=None if vocabulary.given is None else _listed(vocabulary),
    )
    return vocabulary.source.wrong(finding, token)


def _listed(vocabulary: Vocabulary) -> str:
    """The arrays, if these are not too many to be listed."""
    arrays = sorted({*vocabulary.ranks, *vocabulary.written})
    return ", ".join(arrays[:12]) + (", …" if len(arrays) > 12 else "")


def _nearest(name: str, known: set[str]) -> str | None:
    """A known name that is nearly this one, whatever its capitals."""
    other_case = sorted(one for one in known if one.lower() == name.lower())
    if other_case:
        return other_case[0]
    words = RESERVED - WORDS
    for choices, likeness in ((known, 0.6), (words, 0.75)):
        found = get_close_matches(name, sorted(choices), 1, likeness)
        if found:
            return found[0]
    return next((word for word in sorted(words) if word == name.lower()), None)
