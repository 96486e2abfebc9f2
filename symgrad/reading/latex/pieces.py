"""What the terms of LaTeX are made of, and the trees of the notation that are made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lark import Token, Tree

from symgrad.reading.syntax.trees import Node, Part, as_node, made, tokens


@dataclass
class Item:
    """A piece of a term: operator and signs before it, its atom, what is raised and lowered."""

    operator: Token | None
    signs: list[Token]
    atom: Part
    scripts: list[Part]

    @property
    def beside(self) -> bool:
        return self.operator is None and not self.signs

    def is_token(self, *kinds: str) -> bool:
        return isinstance(self.atom, Token) and self.atom.type in kinds

    def is_tree(self, *kinds: str) -> bool:
        return isinstance(self.atom, Tree) and self.atom.data in kinds


@dataclass
class Row:
    """A term while it is lowered: what is still to come, and what came of the rest."""

    items: list[Item]
    n: int = 0
    out: list[Part] = field(default_factory=list)

    def peek(self) -> Item | None:
        """The next piece, where it is directly beside."""
        if self.n < len(self.items) and self.items[self.n].beside:
            return self.items[self.n]
        return None

    def take(self) -> Item:
        self.n += 1
        return self.items[self.n - 1]


# --- trees of LaTeX -----------------------------------------------------------------------------


def items(term: Node) -> list[Item]:
    """The pieces of a term, each with what stands before it."""
    found: list[Item] = []
    operator: Token | None = None
    signs: list[Token] = []
    for child in term.children:
        if isinstance(child, Token) and child.type == "SIGN":
            signs.append(child)
        elif isinstance(child, Token):
            operator = child
        else:
            found.append(Item(operator, signs, *opened(as_node(child))))
            operator, signs = None, []
    return found


def split_scripts(item: Item) -> tuple[list[Node], list[Node]]:
    """What is lowered and what is raised."""
    lowered, raised = (
        [as_node(one) for one in item.scripts if is_tree(one, data)] for data in ("sub", "sup")
    )
    return lowered, raised


def sole_piece(part: Part | None) -> tuple[Part, list[Part]] | None:
    """The atom and the scripts of a value that is one piece."""
    while is_tree(part, "sum") or is_tree(part, "term"):
        children = as_node(part).children
        if len(children) != 1:
            return None
        part = children[0]
    return opened(as_node(part)) if is_tree(part, "piece") else None


def opened(piece: Node) -> tuple[Part, list[Part]]:
    """The atom and the scripts of a piece, out of braces that hold nothing else."""
    atom, *scripts = piece.children
    assert atom is not None
    found = [one for one in scripts if one is not None]
    inner = sole_piece(as_node(atom).children[0]) if is_tree(atom, "braced") else None
    return (inner[0], [*inner[1], *found]) if inner is not None else (atom, found)


def sole_letter(part: Part) -> Token | None:
    """The word that a value consists of."""
    piece = sole_piece(part)
    return piece[0] if piece and not piece[1] and isinstance(piece[0], Token) else None


def sole_bracket(part: Part) -> Node | None:
    """The brackets that a value consists of."""
    piece = sole_piece(part)
    if piece is None or piece[1] or not isinstance(piece[0], Tree):
        return None
    return piece[0] if piece[0].data in ("group", "bracket", "set") else None


def is_tree(part: Part | None, data: str) -> bool:
    return isinstance(part, Tree) and part.data == data


def is_token(part: Part | None, kind: str) -> bool:
    return isinstance(part, Token) and part.type == kind


# --- trees of the notation ----------------------------------------------------------------------


def factor(atom: Part) -> Node:
    return made("factor", [atom])


def wrapped(atom: Part) -> Node:
    """A value that consists of one name, number or bracket."""
    return made("sum", [made("term", [factor(atom)])])


def called(name: Token, arguments: Iterable[Part]) -> list[Part]:
    """name(a, b): the name and the brackets behind it."""
    return [factor(name), factor(made("group", [*arguments]))]


def located(tree: Node, like: Node) -> Node:
    """The tree at the place of another."""
    return Tree(tree.data, tree.children, like.meta)


def terms(side: Node) -> list[Part]:
    """The factors of a value of one term."""
    return list(as_node(side.children[0]).children)


def sole_token(part: Part) -> Token | None:
    """The token that a factor is, without an exponent."""
    children = part.children if isinstance(part, Tree) else [part]
    return children[0] if len(children) == 1 and isinstance(children[0], Token) else None


def first_name(tree: Node) -> Token:
    return next(word for word in tokens(tree) if word.type == "NAME")
