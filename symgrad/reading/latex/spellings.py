r"""Names as LaTeX writes them, with what is raised and lowered, and the one name that they mean.

    W^{h,R}_{ij}    the name WhR or W^{h,R}, where one is declared; the indices ij remain
    \hat x          xhat      Z_1    Z1      \theta_{\text{new}}    theta_new      y^*    ystar

What is declared decides: `x_{1}` is the array x1 or the element x[1], and is refused where it may
be both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from lark import Token, Tree

from symgrad.program import GRADIENT, is_gradient
from symgrad.reading.latex.pieces import sole_letter
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.names.words import ELEMENTARY, REDUCTIONS, SYNONYMS
from symgrad.reading.syntax.trees import Node, Part, made, tokens
from symgrad.writing.names import canonical, gradient_spellings

Script = Node
"""A `sub` or a `sup`."""

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
        for part in _subsets(marks):
            names = [name + primes for name in _exact(base, part)]
            if part:
                names += [name + primes for name in _flat(base, part)]
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
            name = next((one + primes for one in _flat(base, [number]) if self.known(one)), None)
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
        if found not in _alike(base, part) or self.array(base) is None:
            return False
        raised = [mark for mark in part if mark.data == "sup" and not paired(mark)]
        if raised:
            return not any(map(self._names_nothing, raised))
        if any(_is_word(mark) for mark in part):
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
        flat = next(iter(_flat(base, named)), str(base)) if named else str(base)
        rank = sum(len(self.split(mark, None)) for mark in marks if mark not in named)
        return canonical(flat) + primes, rank

    def is_beyond(self, found: Spelled) -> bool:
        """Is what remains below a known array no index of it, as in theta_new and l_xx?"""
        lowered = [one for one in found.scripts if isinstance(one, Tree) and one.data == "sub"]
        rank = self.rank(found.token)
        if is_gradient(self.array(found.token) or "") or found.token in self.new:
            return False
        return any(rank == 0 or _is_word(one) for one in lowered)

    def _is_mark(self, mark: Script) -> bool:
        """Is this part of a new name rather than an index of it?"""
        words = list(tokens(mark))[1:]
        if mark.data == "sup" and not paired(mark):
            return True
        if _is_word(mark):
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
        marked = _marked_letters(found[0])
        if marked and rank in (None, len(marked)):
            return [*marked]
        letters = list(_letters(found[0]))
        if len(letters) < 2 or canonical("".join(letters)) in self.indices:
            return found
        if rank == len(letters) or (rank is None and all(one.isalpha() for one in letters)):
            return [_sum_of(letter) for letter in letters]
        return found

    def letters(self, word: Token) -> list[Token] | None:
        """The letters of a word that is a product: `xz` of two known names."""
        letters = list(_characters(word))
        if all(self.known(letter) or letter == "e" for letter in letters):
            return letters
        return None


def arguments(mark: Script) -> list[Part]:
    """What a mark holds; the brackets around all of it, as in x^{(i)}, are left out."""
    inside = paired(mark)
    if inside is not None:
        mark = inside
    return [part for part in mark.children if isinstance(part, Tree) or part_is_index(part)]


def part_is_index(part: Part | None) -> bool:
    return isinstance(part, Token) and part.type in ("TRANSPOSE", "STAR")


def paired(mark: Script) -> Node | None:
    """The brackets that a raised mark consists of: (b) of s^{(b)}."""
    inner: Part | None = mark.children[1] if len(mark.children) == 2 else None
    while isinstance(inner, Tree) and inner.data in ("sum", "term", "piece"):
        if len(inner.children) != 1:
            return None
        inner = inner.children[0]
    return inner if isinstance(inner, Tree) and inner.data in ("group", "bracket") else None


def _is_word(mark: Script) -> bool:
    r"""Does a mark hold a word, as in theta_{\text{new}}?"""
    return any(word.type == "BOXED" and len(word) > 1 for word in tokens(mark))


def _subsets(marks: Sequence[Script]) -> Iterator[tuple[Script, ...]]:
    """Which marks may belong to the name: all, then one, then none."""
    for count in range(len(marks), -1, -1):
        yield from combinations(marks, count)


def _text(mark: Script) -> str:
    """What a mark holds, as a declared name has it: t+1, h,R, (1)."""
    inside = paired(mark)
    parts = [part for part in (inside or mark).children if part is not None]
    text = ",".join(
        "".join("^" if word.type == "SUP" else str(word) for word in tokens(part))
        for part in (parts if inside else parts[1:])
    )
    return {"group": f"({text})", "bracket": f"[{text}]"}.get(
        str(inside.data) if inside else "", text
    )


def _exact(base: str, marks: Sequence[Script]) -> Iterator[str]:
    r"""The name as it is declared with its marks: W^{h,R}, h_{t+1}."""
    for order in {tuple(marks), tuple(reversed(marks))}:
        yield str(base) + "".join(
            f"{'^' if mark.data == 'sup' else '_'}{{{_text(mark)}}}" for mark in order
        )


def _flat(base: str, marks: Sequence[Script]) -> Iterator[str]:
    """The name with its marks as plain letters: alpha1, theta_new, WhR, ystar."""
    for order in {tuple(marks), tuple(reversed(marks))}:
        texts = [_letters_of(mark) for mark in order]
        if not all(text.replace("_", "").isalnum() for text in texts):
            continue
        below = "_".join(texts)
        if not texts[0][0].isdigit():
            yield f"{base}_{below}"
        yield str(base) + "".join(texts)
        if len(texts) > 1 and not texts[1][0].isdigit():
            yield f"{base}{texts[0]}_{texts[1]}"


def _letters_of(mark: Script) -> str:
    """A mark as plain letters: (1) is 1, h,R is hR, 2,total is 2_total."""
    text = "".join(c for c in _text(mark) if c not in "()[]_{} ").replace("*", "star")
    first, *more = text.split(",")
    return "_".join([first, *more]) if first.isdigit() else "".join([first, *more])


def _alike(base: str, marks: Sequence[Script]) -> set[str]:
    """Names that only look like the base with these marks."""
    bare = base.rstrip("'")
    return {name + base[len(bare) :] for name in _flat(bare, marks)}


def _characters(word: Token) -> Iterator[Token]:
    """The letters of a word, a number kept together."""
    for n, letter in enumerate(word):
        yield Token(
            "NUMBER" if letter.isdigit() else "WORD",
            letter,
            (word.start_pos or 0) + n,
            word.line,
            (word.column or 1) + n,
            end_pos=(word.start_pos or 0) + n + 1,
        )


def _letters(part: Part) -> Iterator[Token]:
    """The letters and figures beside each other that an index consists of; nothing else."""
    if isinstance(part, Tree) and part.data == "sum" and len(part.children) == 1:
        found: list[Token] = []
        (term,) = part.children
        assert isinstance(term, Tree)
        for piece in term.children:
            if not isinstance(piece, Tree) or len(piece.children) != 1:
                return
            (word,) = piece.children
            if not isinstance(word, Token) or word.type not in (
                "WORD",
                "LETTER",
                "NUMBER",
                "BOXED",
            ):
                return
            found += _characters(word) if word.type in ("WORD", "NUMBER") else [word]
        yield from found


def _marked_letters(part: Part) -> list[Node]:
    """i i^*: letters beside each other of which some have marks, each an index."""
    (term,) = part.children if isinstance(part, Tree) and len(part.children) == 1 else (None,)
    pieces = term.children if isinstance(term, Tree) and term.data == "term" else []
    letters = [
        one
        for one in pieces
        if isinstance(one, Tree)
        and isinstance(one.children[0], Token)
        and one.children[0].type in ("WORD", "LETTER", "BOXED")
        and len(one.children[0]) == 1
    ]
    if len(letters) < max(2, len(pieces)) or all(len(one.children) == 1 for one in letters):
        return []
    return [made("sum", [made("term", [one])]) for one in letters]


def _sum_of(letter: Token) -> Node:
    return made("sum", [made("term", [made("piece", [letter])])])


def _renamed(token: Token, name: str) -> Token:
    return Token.new_borrow_pos("NAME", name, token)
