"""What is found wrong in a text, before anybody says anything about it.

    Unknown("pgrad", gradient="p.grad")      WrongRank("omega", axes=2, indices=1)

A stage that cannot go on states the facts; which sentence fits them is for the rules of
`messages` to say. Nothing here knows where in the text it is.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


class Finding:
    """Something that is wrong."""


@dataclass(frozen=True)
class Strange(Finding):
    """A character that begins no token."""

    character: str

    @property
    def decomposed(self) -> str:
        """What Unicode says that it is made of."""
        return unicodedata.decomposition(self.character) if self.character else ""

    @property
    def code(self) -> str:
        return f"U+{ord(self.character):04X}" if self.character else "at the end"


@dataclass(frozen=True)
class Surprise(Finding):
    """What was found instead of what was expected; `kind` names the token, if it is one."""

    found: str
    kind: str
    expected: frozenset[str]
    before: str
    after: str = ""

    @property
    def last(self) -> str:
        return f"'{self.before[-1]}'" if self.before else "the beginning of the line"

    def within(self, *keywords: str) -> bool:
        """Does the line begin with one of these words, its `:` still to come?"""
        return self.before.lstrip().startswith(keywords) and ":" not in self.before

    @property
    def in_loops(self) -> bool:
        """Is this the head of a loop, no range or condition in it yet?"""
        words = self.before.replace(",", " ").split()
        return self.within("for ") and not {"in", "∈", "if"} & {*words}

    @property
    def names_range(self) -> bool:
        """Do two ends of a range stand here, 1..N or 1 to N?"""
        return ".." in self.before + self.after or " to " in self.after

    @property
    def lists_letters(self) -> bool:
        """Do only letters that may be indices stand before it?"""
        return all(1 <= len(word.strip()) <= 2 for word in self.before.split(","))

    @property
    def heads_loop(self) -> bool:
        """Is this the head of a loop, or what would be one with its `:` in the place of `in`?"""
        return self.before.lstrip().startswith("for ") and "=" not in self.before

    @property
    def assigns(self) -> bool:
        return self.kind in ("ASSIGN", "UPDATE")


@dataclass(frozen=True)
class Unbalanced(Finding):
    """A bracket without its counterpart: `opened` and never closed, or `closed` and never opened.

    With both, the one closes the other, which is of another kind; `wanted` is what would close it.
    """

    opened: str = ""
    closed: str = ""
    wanted: str = ""


@dataclass(frozen=True)
class Unknown(Finding):
    """A name that is neither declared nor written.

    calls     is it the name of a function?
    spelled   what to write instead of a name that other notations know
    element   the array, and the indices that stand in the name: `p`, `b, j` of p_bj
    gradient  the gradient that the name runs together
    close     a known name that is nearly this one
    arrays    what is known, if there is a forward pass; None in a forward pass
    """

    name: str
    calls: bool = False
    spelled: str = ""
    element: tuple[str, str] | None = None
    gradient: str = ""
    close: str = ""
    arrays: str | None = None

    @property
    def array(self) -> str:
        """The array of a gradient; of another name, the name itself."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class WrongRank(Finding):
    """An array with more or fewer indices than it has axes."""

    name: str
    axes: int
    indices: int

    @property
    def has(self) -> str:
        return counted(self.axes, "axis", "axes")

    @property
    def row(self) -> str:
        """`p[b, :]`"""
        places = [*"ijklmn"[: self.indices], *":" * (self.axes - self.indices)]
        return f"{self.name}[{', '.join(places)}]"

    @property
    def here(self) -> str:
        return counted(self.indices, "index", "indices")


@dataclass(frozen=True)
class OneSided(Finding):
    """An index that only the right side of `operator` has, where nothing runs over it."""

    index: str
    operator: str


@dataclass(frozen=True)
class Unbound(Finding):
    """An index that nothing runs over; `extents` are those of the forward pass."""

    index: str
    extents: str = ""


@dataclass(frozen=True)
class OtherAxis(Finding):
    """An index on two axes: `clash` says over what it runs as an index of the one and the other."""

    index: str
    clash: str


@dataclass(frozen=True)
class NoTarget(Finding):
    """A left side that is no array and no element; `turned` is what the right side assigns to."""

    turned: str = ""


@dataclass(frozen=True)
class Glued(Finding):
    """A member of a chain that ends with what the chain assigns to, beside a factor."""

    target: str


@dataclass(frozen=True)
class NoArgument(Finding):
    """A function beside what it may be applied to, or with an index in the place of it."""

    function: str
    indexed: bool = False


@dataclass(frozen=True)
class Command(Finding):
    """A command of LaTeX that is no sign of mathematics.

    macro     does it define or run something?
    known     what is said of a command that others know, and what to write
    close     a command that is read and is nearly this one
    """

    command: str
    macro: bool = False
    known: tuple[str, str] | None = None
    close: str = ""


@dataclass(frozen=True)
class Prose(Finding):
    """Words that mean nothing in a formula; `symbol` is a sign in them that no word has."""

    symbol: bool = False


def counted(count: int, one: str, many: str) -> str:
    return f"{count or 'no'} {one if count == 1 else many}"
