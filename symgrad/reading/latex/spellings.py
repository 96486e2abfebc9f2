r"""Names as LaTeX writes them, with what is raised and lowered, and the one name that they mean.

    W^{h,R}_{ij}    the name WhR or W^{h,R}, where one is declared; the indices ij remain
    \hat x          xhat      Z_1    Z1      \theta_{\text{new}}    theta_new      y^*    ystar

What is declared decides: `x_{1}` is the array x1 or the element x[1], and is refused where it may
be both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lark import Token, Tree

from symgrad.program import GRADIENT, is_gradient
from symgrad.reading.latex.marks import (
    Script,
    alike,
    arguments,
    characters,
    exact,
    flat,
    is_word,
    letters_of,
    marked_letters,
    paired,
    subsets,
    sum_of,
)
from symgrad.reading.latex.pieces import sole_letter
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.names.words import ELEMENTARY, REDUCTIONS, SYNONYMS
from symgrad.reading.syntax.trees import Part, tokens
from symgrad.writing.names import canonical, gradient_spellings

ACCENTS = {"hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar",
           "overline": "bar"}  # fmt: skip
"""Accents by the ending of the name that they make."""

CALLED = ELEMENTARY | SYNONYMS.keys() | REDUCTIONS | {"where", "floor", "ceil", "mod", "softmax"}
"""Names that call something by themselves."""


@dataclass
class Spelled:
    """A name, the primes behind it, and what is raised and lowered but no part of it."""

    token: Token
    scripts: list[Part]
    known: bool


@dataclass
class Spellings:
    """The names of one LaTeX text.

    new      auxiliary arrays, by their left sides
    indices  what a loop or a sum runs over, or stands as an index of a known array
    """

    vocabulary: Vocabulary
    ranks: dict[str, int] = field(default_factory=dict)
    functions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    extents: set[str] = field(default_factory=set)
    new: dict[str, int | None] = field(default_factory=dict)
    indices: set[str] = field(default_factory=set)

    # --- what is known -----------------------------------------------------------------------

    def array(self, name: str) -> str | None:
        """The array that a spelling stands for, a gradient's array included."""
        found = self._named(canonical(name))
        if found is not None or canonical(name) in self.extents:
            return found
        for _, base in gradient_spellings(name):
            found = self._named(base)
            if found is not None:
                return found
        return None

    def _named(self, name: str) -> str | None:
        if name in self.ranks or name in self.new:
            return name
        return self.vocabulary.named(name)

    def is_declared(self, name: str) -> bool:
        """Is there an array of this very name?"""
        return self._named(canonical(name)) is not None

    def _own(self, base: Token) -> Token:
        r"""A name by what the program calls it: \ell_{xx} is l_xx where \ell is l."""
        name = self.vocabulary.aliases.get(canonical(base), "")
        plain = name.isidentifier() and not self.is_declared_itself(base)
        return Token.new_borrow_pos(base.type, name, base) if plain else base

    def is_declared_itself(self, name: str) -> bool:
        return canonical(name) in self.ranks or self.vocabulary.known(canonical(name))

    def is_differential(self, name: str) -> bool:
        """Is `∂x` or `dx` no array of that name?"""
        return len(name) > 1 and not self.is_declared(name)

    def losses(self) -> set[str]:
        return self.vocabulary.losses()

    def rank(self, name: str) -> int | None:
        """How many axes the array behind a spelling has, if that is known."""
        array = self.array(name)
        if array is None:
            return None
        if array in self.ranks:
            return self.ranks[array]
        return self.vocabulary.rank(array) if self.vocabulary.known(array) else self.new.get(array)

    def is_row(self, name: str, mark: Sequence[Part]) -> bool:
        """Are these the first indices of an array, of which those that follow are all meant?

        `p_b` of p[B, J]: not `p_j`, where j is what the forward pass calls the second index.
        """
        array = (self.array(name) or name).partition(GRADIENT)[0]
        words = [sole_letter(part) for part in mark]
        letters = [canonical(str(word)) for word in words if word is not None and len(word) == 1]
        if len(letters) < len(words) or {*letters} & self.vocabulary.extents:
            return False
        used = self.vocabulary.letters.get(array, {})
        return all(
            letter in used.get(n, ()) or not any(letter in more for more in used.values())
            for n, letter in enumerate(letters)
        )

    def function(self, name: str) -> bool:
        """Does the name call something, itself or as a derivative?"""
        name = canonical(name)
        bare = name.rstrip("'")
        functions = self.functions.keys() | self.vocabulary.functions.keys()
        return bare in CALLED or bare in functions or self._is_partial(name)

    def _is_partial(self, name: str) -> bool:
        """`f_yz` of a function f(y, z)."""
        functions = {**self.vocabulary.functions, **self.functions}
        return any(
            name.startswith(f"{function}_")
            and not set(name[len(function) + 1 :]) - set("".join(parameters))
            for function, parameters in functions.items()
        )

    def known(self, name: str) -> bool:
        return (
            self.array(name) is not None
            or canonical(name) in self.indices | self.extents | self.vocabulary.extents
            or self.function(name)
        )

    # --- names with marks --------------------------------------------------------------------

    def spelled(self, base: Token, scripts: Sequence[Part], indexed: bool = False) -> Spelled:
        """What of the scripts belongs to the name, by what is known; indices may follow."""
        base = self._own(base)
        primes = "".join(str(part) for part in scripts if isinstance(part, Token))
        primes = "'" * len(primes)
        marks = [part for part in scripts if isinstance(part, Tree)]
        for part in subsets(marks):
            names = [name + primes for name in exact(base, part)]
            if part:
                names += [name + primes for name in flat(base, part)]
            found = next((name for name in names if self.known(name)), None)
            if found is None or (part and self._is_element(base + primes, part, found, indexed)):
                continue
            rest: list[Part] = [mark for mark in marks if not any(mark is one for one in part)]
            return Spelled(_renamed(base, found), rest, True)
        return self._numbered(base, primes, marks) or Spelled(
            _renamed(base, base + primes), [*marks], False
        )

    def _numbered(self, base: Token, primes: str, marks: Sequence[Script]) -> Spelled | None:
        """`b_{2,c}` is the element c of b2, where there is a b2 and no b."""
        for n, mark in enumerate(marks):
            first, *others = mark.children[1:]
            if mark.data != "sub" or not others or not isinstance(first, Tree):
                continue
            number = Tree("sub", [mark.children[0], first])
            name = next((one + primes for one in flat(base, [number]) if self.known(one)), None)
            if name is not None and self.array(name) is not None:
                rest: list[Part] = [
                    *marks[:n],
                    Tree("sub", [mark.children[0], *others]),
                    *marks[n + 1 :],
                ]
                return Spelled(_renamed(base, name), rest, True)
        return None

    def _is_element(
        self, base: str, part: Sequence[Script], found: str, indexed: bool = False
    ) -> bool:
        """Are these marks indices or an exponent of a known array, and the name only alike?"""
        if found not in alike(base, part) or self.array(base) is None:
            return False
        raised = [mark for mark in part if mark.data == "sup" and not paired(mark)]
        if raised:
            return not any(map(self._names_nothing, raised))
        if any(is_word(mark) for mark in part):
            return False
        count = sum(len(arguments(mark)) for mark in part)
        if self.rank(base) != count or (indexed and self.rank(found)):
            return False
        raise self.vocabulary.source.error(
            f"this is the array {found} or an element of {base}",
            part[0],
            "name",
            rf"write \text{{{found}}} or {base}[…]",
        )

    def _names_nothing(self, mark: Script) -> bool:
        """Is this a letter that nothing is called, hence no exponent? The p of y^p."""
        words = list(tokens(mark))[1:]
        letter = len(words) == 1 and words[0].type in ("WORD", "LETTER", "BOXED")
        return letter and not self.known(words[0]) and words[0] not in ("T", "e")

    def new_name(self, base: Token, scripts: Sequence[Part]) -> tuple[str, int]:
        """The name of an auxiliary and its number of indices; its letters are indices."""
        base = self._own(base)
        primes = "'" * len("".join(str(part) for part in scripts if isinstance(part, Token)))
        marks = [part for part in scripts if isinstance(part, Tree)]
        alone = self.rank(base) == 0
        named = [mark for mark in marks if alone or self._is_mark(mark)]
        plain = next(iter(flat(base, named)), str(base)) if named else str(base)
        rank = sum(len(self.split(mark, None)) for mark in marks if mark not in named)
        return canonical(plain) + primes, rank

    def is_beyond(self, found: Spelled) -> bool:
        """Is what remains below a known array no index of it, as in theta_new and l_xx?"""
        lowered = [one for one in found.scripts if isinstance(one, Tree) and one.data == "sub"]
        rank = self.rank(found.token)
        if is_gradient(self.array(found.token) or "") or found.token in self.new:
            return False
        return any(rank == 0 or is_word(one) for one in lowered)

    def _is_mark(self, mark: Script) -> bool:
        """Is this part of a new name rather than an index of it?"""
        words = list(tokens(mark))[1:]
        if mark.data == "sup" and not paired(mark):
            return True
        if is_word(mark):
            return True
        words = [word for word in words if word.type not in ("LPAR", "RPAR", "LSQB", "RSQB")]
        if all(word.type == "NUMBER" for word in words):
            return True
        sole = words[0] if len(words) == 1 else None
        return sole is not None and len(sole) > 3 and not set(sole) <= self.indices

    def split(self, mark: Script, rank: int | None) -> list[Part]:
        """The indices that a mark holds: `bj` is two where the array has two."""
        found = arguments(mark)
        if len(found) != 1:
            return found
        marked = marked_letters(found[0])
        if marked and rank in (None, len(marked)):
            return [*marked]
        letters = list(letters_of(found[0]))
        if len(letters) < 2 or canonical("".join(letters)) in self.indices:
            return found
        if rank == len(letters) or (rank is None and all(one.isalpha() for one in letters)):
            return [sum_of(letter) for letter in letters]
        return found

    def letters(self, word: Token) -> list[Token] | None:
        """The letters of a word that is a product: `xz` of two known names."""
        letters = list(characters(word))
        if all(self.known(letter) or letter == "e" for letter in letters):
            return letters
        return None


def _renamed(token: Token, name: str) -> Token:
    return Token.new_borrow_pos("NAME", name, token)
