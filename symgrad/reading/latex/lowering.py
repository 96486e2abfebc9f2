r"""Expressions of LaTeX as the trees of the notation.

    \frac{a}{b} c             (a/b) c          \sum_{j \ne i} s_j    sum(j if j != i, s[j])
    W^\top x                  W .T x           \mathbb{1}_{x > 0}    [x > 0]
    \partial L/\partial x_i   ∂L / ∂x [i]      e^{-x}                exp(-x)

One row of `ATOMS` for each kind of sign. What the notation reads in one way is written that way;
what LaTeX leaves open, as in \log a b, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lark import Token, Tree

from symgrad.reading.latex.calls import FUNCTIONS
from symgrad.reading.latex.pieces import (
    Item,
    Row,
    called,
    factor,
    is_tree,
    items,
    sole_piece,
    wrapped,
)
from symgrad.reading.latex.shapes import Shapes
from symgrad.reading.latex.spellings import ACCENTS
from symgrad.reading.syntax.trees import Node, Part, as_node, as_token, made, tokens

PREFIXES = {"delta": "δ", "d": "d"}
"""What stands before the name of an array in the name of its gradient."""


def data_of(script: Part) -> str:
    return str(script.data) if isinstance(script, Tree) else script.type


class Lowering(Shapes):
    """Lowers the expressions of one text."""

    def value(self, tree: Part) -> Node:
        """A value, a condition, or what stands between commas."""
        if isinstance(tree, Token):
            raise self.source.error(f"'{tree}' does not fit here", tree)
        lower = TREES.get(tree.data)
        if lower is not None:
            return lower(self, tree)
        return self.generic(tree)

    def choice(self, tree: Node) -> Node:
        then, sign, condition, other, otherwise = tree.children
        sides = [self.value(as_node(side)) for side in (then, condition, otherwise)]
        return made("choice", [sides[0], sign, sides[1], other, sides[2]])

    def sum(self, tree: Node) -> Node:
        """The terms of a sum; in \\sum_j -x_j the sign belongs to the body."""
        rows: list[tuple[Token | None, list[Item]]] = []
        sign: Token | None = None
        for child in tree.children:
            if isinstance(child, Token):
                sign = child
                continue
            row = items(as_node(child))
            if rows and sign is not None and self._awaits_body(rows[-1][1]):
                row[0].signs.insert(0, sign)
                rows[-1][1].extend(row)
            else:
                rows.append((sign, row))
        children: list[Part] = []
        for before, row in rows:
            children += [before] if before is not None else []
            children.append(self.term(row))
        return made("sum", children)

    def _awaits_body(self, row: Sequence[Item]) -> bool:
        last = row[-1]
        return self.big(last) is not None and any(isinstance(one, Tree) for one in last.scripts)

    def term(self, row: list[Item]) -> Node:
        """The factors of a term."""
        for n, item in enumerate(row):
            if item.operator is not None and item.operator in ("⊗", "mod"):
                return self._binary(row[:n], item, row[n + 1 :])
        work = Row(row)
        while work.n < len(work.items):
            item = work.take()
            work.out += [] if item.operator is None else [item.operator]
            work.out += item.signs
            work.out += self.factors(item, work)
        return made("term", work.out)

    def _binary(self, left: list[Item], item: Item, right: list[Item]) -> Node:
        """u ⊗ v is outer(u, v), and i mod 2 is mod(i, 2): all that stands left and right."""
        assert item.operator is not None
        if any(one.operator is not None and one.operator in ("⊗", "mod") for one in right):
            raise self.source.error(f"a second {item.operator} in one product", item.operator)
        name = "outer" if item.operator == "⊗" else "mod"
        first = Item(None, item.signs, item.atom, item.scripts)
        sides = [made("sum", [self.term(side)]) for side in (left, [first, *right])]
        head = Token.new_borrow_pos("NAME", name, item.operator)
        return made("term", [*called(head, sides)])

    def factors(self, item: Item, row: Row) -> list[Part]:
        """The factors of the notation that a piece is, those behind it that it takes included."""
        big = self.big(item)
        if big is not None:
            return self.reduction(item, big, row)
        atom = item.atom
        kind = atom.type if isinstance(atom, Token) else str(atom.data)
        return ATOMS[kind](self, item, row)

    def _number(self, item: Item, row: Row) -> list[Part]:
        """A number; 1_{x > 0} and 1\\{x > 0\\} are conditions."""
        following = row.peek()
        below = [one for one in item.scripts if is_tree(one, "sub")]
        conditional = following is not None and following.is_tree("set") and not item.scripts
        if item.atom == "1" and (below or conditional):
            return self._indicator(item, row)
        return self._scripted([factor(item.atom)], item.scripts)

    def _pass(self, item: Item, row: Row) -> list[Part]:
        assert isinstance(item.atom, Token)
        if item.scripts:
            raise self.source.error(f"an index or exponent behind {item.atom}", item.atom)
        return [factor(item.atom)]

    def _name(self, item: Item, row: Row) -> list[Part]:
        """A word or a letter: a name, a function, or a product of letters."""
        token = as_token(item.atom)
        if token in FUNCTIONS and not self.names.known(token):
            token = Token.new_borrow_pos("BOXED", FUNCTIONS[token], token)
        prefix = PREFIXES.get(str(token))
        if prefix and self._may_prefix(token, item):
            merged = self._prefixed(prefix, token, item, row)
            if merged is not None:
                return merged
        following = row.peek()
        indexed = following is not None and following.is_tree("bracket")
        found = self.names.spelled(token, item.scripts, indexed)
        self._check_e(token, item, indexed)
        if self._is_exponential(token, item, indexed):
            return self._exponential(token, item)
        if not found.known and token.type == "WORD" and len(token) > 1:
            letters = self.names.letters(token)
            if letters is not None:
                return self._letters(letters, item, row)
        if self.names.function(found.token) and self.names.array(found.token) is None:
            return self._function(found.token, found.scripts, row)
        return self._element(found, row)

    def _may_prefix(self, token: Token, item: Item) -> bool:
        """May this letter begin the name of a gradient? An array delta itself has its indices."""
        if self.names.array(str(token)) is None:
            return True
        return token == "delta" and not item.scripts and bool(self.names.rank(str(token)))

    def _check_e(self, token: Token, item: Item, indexed: bool) -> None:
        """e^2 of an array whose indices are missing, or e^a of a number called e: which e is it?"""
        rank = self.names.rank("e")
        unclear = _is_raised(item, named=False) if rank else _is_raised(item, named=True)
        if token == "e" and rank is not None and unclear and not indexed:
            raise self.source.error(
                "e is the name of an array here", token, "name", r"write \exp(x) for e^x"
            )

    def _letters(self, letters: Sequence[Token], item: Item, row: Row) -> list[Part]:
        out: list[Part] = []
        for n, letter in enumerate(letters):
            last = n == len(letters) - 1
            scripts = item.scripts if last else []
            kind = self._number if letter.type == "NUMBER" else self._name
            out += kind(Item(None, [], letter, scripts), row if last else Row([]))
        return out

    def _is_exponential(self, token: Token, item: Item, indexed: bool) -> bool:
        """Is it the number e? Beside an array e_b, e^{s_b} still is."""
        if token != "e" or indexed:
            return False
        if self.names.known("e"):
            return bool(self.names.rank("e")) and _is_raised(item, named=True)
        return not item.scripts or _is_raised(item)

    def _exponential(self, token: Token, item: Item) -> list[Part]:
        """e^x is exp(x), and e is exp(1)."""
        head = Token.new_borrow_pos("NAME", "exp", token)
        if not item.scripts:
            return called(head, [wrapped(Token.new_borrow_pos("NUMBER", "1", token))])
        (script,) = item.scripts
        return called(head, [self._raised(as_node(script))])

    def _accent(self, item: Item, row: Row) -> list[Part]:
        r"""\hat x is the name xhat; \bar x the gradient of x, where x is known and xbar is not."""
        head, braced = as_node(item.atom).children
        piece = sole_piece(as_node(braced).children[0])
        if piece is None or not isinstance(piece[0], Token):
            raise self.source.error("an accent stands over one letter", as_token(head))
        accented = self.accented(as_token(head), piece[0], item.scripts)
        return self._name(Item(None, [], accented, [*piece[1], *item.scripts]), row)

    def accented(self, head: Token, letter: Token, scripts: Sequence[Part]) -> Token:
        ending = ACCENTS[str(head)]
        name = f"{letter}{ending}"
        gradient = ending == "bar" and not self.names.known(name)
        if gradient and self.names.array(letter) is not None:
            count = sum(len(self.names.split(as_node(one), self.names.rank(letter)))
                        for one in scripts if is_tree(one, "sub"))  # fmt: skip
            if not count or count == self.names.rank(letter):
                return Token.new_borrow_pos("BOXED", f"\u0304{letter}", head)
        return Token.new_borrow_pos("BOXED", name, head)


ATOMS: dict[str, Callable[[Lowering, Item, Row], list[Part]]] = {
    "WORD": Lowering._name,
    "LETTER": Lowering._name,
    "BOXED": Lowering._name,
    "NUMBER": Lowering._number,
    "ATTRIBUTE": Lowering._pass,
    "ROOT": Lowering._pass,
    "FUNCTION": Lowering._command,
    "PARTIAL": Lowering._partial,
    "NABLA": Lowering._nabla,
    "INDICATOR": Lowering._indicator,
    "group": Lowering._group,
    "bracket": Lowering._square,
    "set": Lowering.set_value,
    "braced": Lowering._braced,
    "frac": Lowering._fraction,
    "sqrt": Lowering._root,
    "accent": Lowering._accent,
    "floor": Lowering._surrounded,
    "ceil": Lowering._surrounded,
    "bars": Lowering._surrounded,
    "norm": Lowering._norm,
    "angle": Lowering._angle,
    "evaluated": Lowering.evaluated,
    "cases": Lowering._cases,
    "matrix": Lowering._matrix,
}
"""How each kind of sign is lowered."""

TREES: dict[str, Callable[[Lowering, Node], Node]] = {
    "sum": Lowering.sum,
    "choice": Lowering.choice,
    "bound": Lowering.bound,
}
"""Trees of expressions that the notation has otherwise."""


def _is_raised(item: Item, named: bool | None = None) -> bool:
    """Is a power all that a letter bears, and (if asked) are there names in it or none?"""
    if [*map(data_of, item.scripts)] != ["sup"]:
        return False
    names = [word for word in list(tokens(item.scripts[0]))[1:] if word.type != "NUMBER"]
    return named is None or named == bool(names)
