r"""Gradients as LaTeX spells them, and the elements of arrays.

\frac{\partial L}{\partial x_i}, \nabla_{x_i} L, \nabla_x L_i    ∂L/∂x[i]
\delta x_i, \mathrm{d}x_i, x_i.\text{grad}                      the gradient of x at i
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from lark import Token, Tree

from symgrad.reading.latex.limits import Limits
from symgrad.reading.latex.marks import arguments, paired
from symgrad.reading.latex.pieces import Item, Row, factor, is_tree, sole_piece, terms
from symgrad.reading.latex.spellings import Spelled
from symgrad.reading.syntax.trees import Node, Part, as_node, as_token, made, tokens


def _below_words(scripts: Sequence[Part]) -> list[str]:
    """The words of the one thing that stands below."""
    inside = arguments(as_node(scripts[0])) if is_tree(scripts[0], "sub") else []
    return [str(word) for word in tokens(inside[0])] if len(inside) == 1 else []


def _unwrapped(item: Item | None) -> Item | None:
    """(b_1)_m and [b_1]_m as b_1 with one more index."""
    if (
        item is None
        or not item.is_tree("group", "bracket")
        or len(as_node(item.atom).children) != 1
    ):
        return item
    piece = sole_piece(as_node(item.atom).children[0])
    if piece is None or not isinstance(piece[0], Token):
        return item
    return Item(item.operator, item.signs, piece[0], [*piece[1], *item.scripts])


def _words(item: Item) -> list[Token]:
    """What an item is made of, with its scripts."""
    return [word for part in (item.atom, *item.scripts) for word in (
        [part] if isinstance(part, Token) else tokens(part))]  # fmt: skip


class Gradients(Limits):
    """Lowers elements and gradients."""

    def _element(self, found: Spelled, row: Row) -> list[Part]:
        """A name with its indices and exponent; what makes it a gradient may stand behind them."""
        token, scripts = found.token, list(found.scripts)
        following = row.peek()
        if following is not None and following.is_token("ATTRIBUTE"):
            suffix = str(following.atom)
            if suffix[1:].rstrip("23456789") == "grad" or suffix == ".value":
                row.take()
                token = Token.new_borrow_pos("NAME", f"{token}{suffix}", token)
                scripts += following.scripts
                following = row.peek()
        self._check_power(token, scripts, following)
        return self._scripted(
            [factor(token)], scripts, self.names.rank(str(token).partition(".")[0])
        )

    def _check_power(self, token: Token, scripts: Sequence[Part], following: Item | None) -> None:
        """A power of a whole matrix is no power of its elements."""
        rank = self.names.rank(str(token).partition(".")[0]) or 0
        indexed = following is not None and following.is_tree("bracket", "group")
        if rank < 2 or indexed or len(scripts) != 1 or not is_tree(scripts[0], "sup"):
            return
        if self._transposes(as_node(scripts[0])) or paired(as_node(scripts[0])):
            return
        raise self.source.error(
            f"a power of the whole array {token}",
            scripts[0],
            "shape",
            f"write its elements, as in {token}_{{ij}}^2, or {token} {token}",
        )

    def _prefixed(self, prefix: str, token: Token, item: Item, row: Row) -> list[Part] | None:
        """δ x, d x: the gradient of x where x is known. Also δ_x, d_x; δ_{ij} is [i == j]."""
        if not item.scripts:
            following = self._plain(row.peek())
            if following is None or not following.is_token("WORD", "LETTER", "BOXED"):
                return None
            name = self.names.spelled(as_token(following.atom), following.scripts)
            if self.names.array(name.token) is None:
                return self._unknown_above(prefix, token, name, row)
            row.take()
            joined = Token.new_borrow_pos("NAME", f"{prefix}{name.token}", token)
            return self._element(Spelled(joined, name.scripts, True), row)
        return self._below(prefix, token, item.scripts, row)

    @abstractmethod
    def accented(self, head: Token, letter: Token, scripts: Sequence[Part]) -> Token:
        """The name of a letter with an accent."""

    def _plain(self, item: Item | None) -> Item | None:
        r"""A letter under an accent as the name that it makes: \tilde s."""
        if item is None or not item.is_tree("accent"):
            return item
        head, braced = as_node(item.atom).children
        piece = sole_piece(as_node(braced).children[0])
        if piece is None or not isinstance(piece[0], Token):
            return item
        name = self.accented(as_token(head), piece[0], item.scripts)
        return Item(item.operator, item.signs, name, [*piece[1], *item.scripts])

    def _unknown_above(
        self, prefix: str, token: Token, name: Spelled, row: Row
    ) -> list[Part] | None:
        """d L of a loss that has no name here: the numerator of a derivative."""
        if prefix != "d" or name.known or name.scripts:
            return None
        row.take()
        return [factor(Token.new_borrow_pos("NAME", f"d{name.token}", token))]

    def _below(
        self, prefix: str, token: Token, scripts: Sequence[Part], row: Row
    ) -> list[Part] | None:
        """∇_x, δ_{x}: the gradient of the array that stands below, with its indices."""
        (mark, *others) = scripts
        if not is_tree(mark, "sub"):
            return None
        inside = arguments(as_node(mark))
        piece = sole_piece(inside[0]) if len(inside) == 1 else None
        item = self._plain(Item(None, [], *piece)) if piece is not None else None
        if item is None or not isinstance(item.atom, Token):
            return None
        name = self.names.spelled(item.atom, item.scripts)
        if self.names.array(name.token) is None or str(name.token) in self.names.indices:
            return None
        text = f"{prefix}_{name.token}" if prefix != "∂" else f"∂{name.token}"
        joined = Token.new_borrow_pos("NAME", text, token)
        return self._element(Spelled(joined, [*name.scripts, *others], True), row)

    def _nabla(self, item: Item, row: Row) -> list[Part]:
        r"""\nabla_x L and \nabla_x: the gradient of x."""
        token = as_token(item.atom)
        if not item.scripts:
            return self._nabla_of_name(token, row)
        loss, indices = self._loss(row, _below_words(item.scripts)) or (None, [])
        merged = self._below("∇", token, [*item.scripts, *indices], row)
        if merged is not None and loss is None:
            self._check_operator(token, _below_words(item.scripts), row)
            return merged
        if merged is not None and loss is not None:
            return self._of_loss(loss, merged)
        raise self.source.error(
            "of what is this the gradient?", token, hint=r"write \nabla_x L or x.\text{grad}"
        )

    def _check_operator(self, token: Token, by: Sequence[str], row: Row) -> None:
        r"""\nabla_x (x^2 + 1): the gradient of what stands behind, or that of L times it?"""
        rest = row.items[row.n :]
        scales = 0
        while scales < len(rest) and rest[scales].beside and rest[scales].is_tree("frac"):
            scales += 1
        behind = rest[scales] if scales < len(rest) and rest[scales].beside else None
        if behind is None or not (behind.is_tree("group", "norm", "bracket", "bars") or
                                  behind.is_token("BIG")):  # fmt: skip
            return
        words = {str(word) for one in rest[scales:] for word in _words(one)}
        if by and by[0] in words:
            raise self.source.error(
                "is this the gradient of what stands behind it, or a factor?",
                token,
                hint=r"write what comes out, or \cdot",
            )

    def _nabla_of_name(self, token: Token, row: Row) -> list[Part]:
        r"""\nabla\ell where that is the name of an array; otherwise it does not say by what."""
        following = row.peek()
        if following is not None and following.is_token("WORD", "LETTER", "BOXED"):
            name = Token.new_borrow_pos("NAME", f"∇{following.atom}", token)
            found = self.names.spelled(name, following.scripts)
            if self.names.is_declared(found.token):
                row.take()
                if self._is_argument(row.peek(), found):
                    row.take()
                return self._element(found, row)
            merged = self._by_its_argument(token, row)
            if merged is not None:
                return merged
        raise self.source.error(
            "the gradient by what?", token, hint=r"write \nabla_x L or x.\text{grad}"
        )

    def _is_argument(self, behind: Item | None, of: Spelled) -> bool:
        r"""The θ of \nabla\ell(θ): a whole array, by which another whole one is not multiplied."""
        if behind is None or not behind.beside or not behind.is_tree("group") or of.scripts:
            return False
        parts = as_node(behind.atom).children
        piece = sole_piece(parts[0]) if len(parts) == 1 and not behind.scripts else None
        if piece is None or piece[1] or not isinstance(piece[0], Token):
            return False
        return self.names.rank(piece[0]) == self.names.rank(of.token) == 1

    def _by_its_argument(self, token: Token, row: Row) -> list[Part] | None:
        r"""\nabla J(\theta), the gradient by the only argument of the loss."""
        loss = row.items[row.n]
        group = row.items[row.n + 1] if row.n + 1 < len(row.items) else None
        name = self.names.spelled(as_token(loss.atom), loss.scripts)
        spoken = self.names.array(name.token) in self.names.losses() or (
            not name.known and self.names.vocabulary.is_loss(name.token)
        )
        if not spoken or group is None or not group.beside or not group.is_tree("group"):
            return None
        parts = as_node(group.atom).children
        piece = sole_piece(parts[0]) if len(parts) == 1 and not group.scripts else None
        if piece is None or not isinstance(piece[0], Token):
            return None
        mark = made("sub", [Token.new_borrow_pos("SUB", "_", token), parts[0]])
        merged = self._below("∇", token, [mark], Row([]))
        if merged is not None:
            row.n += 2
        return merged and self._of_loss(name.token, merged)

    def _loss(self, row: Row, by: Sequence[str]) -> tuple[Token, list[Part]] | None:
        """The loss behind ∇_x, with the indices of the gradient: no array that is multiplied."""
        following = row.peek()
        if following is None or not following.is_token("WORD", "LETTER", "BOXED"):
            return None
        name = self.names.spelled(as_token(following.atom), following.scripts)
        array = self.names.array(name.token)
        if array is not None and array not in self.names.losses():
            return None
        if array is None and (name.known or not self.names.vocabulary.is_loss(name.token)):
            return None
        row.take()
        self._check_arguments(name.token, row, by)
        return name.token, name.scripts

    def _check_arguments(self, loss: Token, row: Row, by: Sequence[str]) -> None:
        """L(x) behind a nabla: what L depends on where it is differentiated by x, or a factor?"""
        group = row.peek()
        if group is None or not group.is_tree("group"):
            return
        parts = [part for part in as_node(group.atom).children if part is not None]
        pieces = [sole_piece(part) for part in parts]
        same = [[str(word) for word in tokens(part)] == by for part in parts]
        if by and not group.scripts and any(same) and all(piece is not None for piece in pieces):
            row.take()
        elif all(piece is not None for piece in pieces):
            raise self.source.error(
                f"are these the arguments of {loss}, or a factor?",
                parts[0],
                hint=r"leave them out, or write \cdot",
            )

    def _of_loss(self, loss: Token, merged: list[Part]) -> list[Part]:
        """∇_x L as ∂L/∂x, which says of what it is the gradient."""
        first = as_node(merged[0])
        if isinstance(first.children[0], Tree):
            raise self.source.error(
                "what is transposed, the gradient?", loss, hint=r"write (\nabla_x L)^\top"
            )
        below = as_token(first.children[0])
        name = str(below).removeprefix("∇_")
        above = Token.new_borrow_pos("NAME", f"∂{self.names.array(loss) or loss}", below)
        by = Token.new_borrow_pos("NAME", f"∂{name}", below)
        return [
            factor(above),
            Token.new_borrow_pos("TIMES", "/", below),
            made("factor", [by, *first.children[1:]]),
            *merged[1:],
        ]

    def _partial(self, item: Item, row: Row) -> list[Part]:
        r"""\partial L: one name, of which a quotient with \partial x makes a gradient."""
        token = as_token(item.atom)
        if item.scripts:
            return self._nabla(item, row)
        following = self._plain(_unwrapped(row.peek()))
        if following is None or not following.is_token("WORD", "LETTER", "BOXED"):
            raise self.source.error(
                "of what is this the derivative?", token, hint="write what comes out of it"
            )
        row.take()
        return self._differential(token, following)

    def _differential(self, token: Token, item: Item) -> list[Part]:
        name = self.names.spelled(as_token(item.atom), item.scripts)
        array = self.names.array(name.token)
        joined = Token.new_borrow_pos("NAME", f"∂{array or name.token}", token)
        return self._scripted([factor(joined)], name.scripts, self.names.rank(name.token))

    def _is_differential(self, side: Node) -> bool:
        """Is this ∂x or dx, with its indices at most, and no array of that name?"""
        if side.data != "sum" or len(side.children) != 1:
            return False
        first, *rest = terms(side)
        name = as_node(first).children[0] if isinstance(first, Tree) else None
        if not isinstance(name, Token) or name.type != "NAME" or len(as_node(first).children) > 1:
            return False
        indexed = all(
            isinstance(one, Tree)
            and (
                is_tree(one.children[0], "bracket")
                or (one.data == "factor" and is_tree(one.children[0], "subscript"))
                or self._holds_indices(str(name)[1:], one)
            )
            for one in rest
        )
        return indexed and name[:1] in ("∂", "d") and self.names.is_differential(name)

    def _holds_indices(self, name: str, one: Node) -> bool:
        """J(i, j): the indices of an array in parentheses."""
        group = one.children[0]
        return (
            one.data == "factor"
            and is_tree(group, "group")
            and len(as_node(group).children) == self.names.rank(name)
        )
