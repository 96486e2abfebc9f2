"""Syntax trees, typed: what a tree is made of, and what it consists of alone.

lark gives a tree's children no type; everything that looks into a tree without a rule of its own
does so here.

Every dialect is lowered to the trees of notation.lark, which one elaboration reads. What its rules
do not say by themselves:

    x.T             the pieces x and ATTRIBUTE `.T` of one term; an attribute belongs to the left
    x.sum(axis=0)   the pieces x, ATTRIBUTE `.sum` and a group; np.sum(x) begins with NAME `np`
    axis=0          a keyword argument: the comparison of the name `axis` by `==` with its value
    einsum("…", a)  a STRING among the arguments of a group
    X W             beside each other, without an operator: a matrix product of whole arrays
    x[i, :]         a slice without bounds: the whole axis
    x[2..N]         a range as an index: these places of the axis, both ends included; in a tree
                    that was not parsed, either end may be None, and a fourth child is the step
    x[None]         NAME `None`: a new axis of extent 1
    END             a token of this type in an index is the last place of its axis; no text has one
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, cast

from lark import Token, Tree

Node: TypeAlias = Tree[Token]
Part: TypeAlias = Token | Node
"""What a syntax tree is made of."""

INNER = {"inner", "tail"}
"""Loops in the body of another one: a block or behind its head, and behind a statement of it."""

CONDITIONS = {"comparison", "negation", "conjunction", "disjunction"}

WRAPPERS = ("sum", "term", "factor")
"""Trees that a single name or bracket is wrapped in."""


def made(data: str, parts: Iterable[Part | None]) -> Node:
    """A tree, whose parts may be missing: None, as the grammar puts it in their places."""
    # lark's own type of a tree's children leaves its placeholders out.
    return Tree(data, cast(list[Part], list(parts)))


def place(where: Part | None) -> tuple[int, int]:
    """Line and column, from 1, of a token or of the first token of a tree."""
    if isinstance(where, Tree) and not where.meta.empty:
        return where.meta.line, where.meta.column
    token = where if isinstance(where, Token) else next(tokens(where), None)
    if token is None or token.line is None or token.column is None:
        return 1, 1
    return token.line, token.column


def tokens(tree: Part | None) -> Iterator[Token]:
    """The tokens of a tree from the left."""
    stack: list[Part | None] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Token):
            yield node
        elif node is not None:
            stack.extend(reversed(node.children))


def first(tree: Node) -> Token:
    """The first token of a tree, which has one."""
    return next(tokens(tree))


def entries(tree: Part | None) -> list[Part]:
    """What stands inside brackets."""
    if tree is None or isinstance(tree, Token):
        return []
    return [
        child
        for child in tree.children
        if child is not None and not (isinstance(child, Token) and child.type == "SUBSCRIPT")
    ]


def nodes(tree: Node) -> list[Node]:
    """The children that are trees."""
    return [child for child in tree.children if isinstance(child, Tree)]


def as_node(part: object) -> Node:
    """A child that the grammar makes a tree."""
    assert isinstance(part, Tree)
    return part


def as_token(part: object) -> Token:
    """A child that the grammar makes a token."""
    assert isinstance(part, Token)
    return part


def optional(part: object) -> Node | None:
    """A child that the grammar makes a tree or leaves out."""
    return None if part is None else as_node(part)


def core(tree: Part) -> Part | None:
    """What a sum of one term of one factor consists of: `(((x)))` is a group; else None."""
    while isinstance(tree, Tree) and tree.data in WRAPPERS:
        if len(tree.children) != 1:
            return None
        tree = tree.children[0]
    return tree


def alone(tree: Part) -> Node | None:
    """The parentheses that this tree is, if it is nothing else."""
    inner = core(tree)
    return inner if isinstance(inner, Tree) and inner.data == "group" else None


def sole_name(tree: Part) -> Token | None:
    """The name that an expression consists of, if it is nothing else."""
    inner = core(tree)
    return inner if isinstance(inner, Token) and inner.type == "NAME" else None


def sole_list(tree: Part) -> list[Part] | None:
    """The entries of a bracket, where the tree is nothing else."""
    inner = core(tree)
    return entries(inner) if isinstance(inner, Tree) and inner.data == "bracket" else None


def is_list(inside: Sequence[Part]) -> bool:
    """Do brackets with these entries hold several values, or lists of them?"""
    return len(inside) > 1 or (len(inside) == 1 and sole_list(inside[0]) is not None)


def is_compound(bracket: Node) -> bool:
    """Do brackets hold one value with several operands, as parentheses do?"""
    inside = entries(bracket)
    one = inside[0] if len(inside) == 1 else None
    return isinstance(one, Tree) and one.data in WRAPPERS and core(one) is None


def is_condition(tree: Part) -> bool:
    if isinstance(tree, Token):
        return False
    if tree.data in CONDITIONS:
        return True
    inner = alone(tree)
    return inner is not None and len(inner.children) == 1 and is_condition(inner.children[0])


def is_comparison(tree: Part) -> bool:
    return isinstance(tree, Tree) and tree.data == "comparison"


KEYWORDS = {"axis", "keepdims", "dim", "keepdim"}
"""Arguments that are given by name."""


def keyword_argument(tree: Part) -> tuple[Token, Part] | None:
    """The name and the value of `axis=0`, if this is an argument by name."""
    if not is_comparison(tree) or len(entries(tree)) != 3:
        return None
    left, sign, right = entries(tree)
    name = sole_name(left)
    return (name, right) if name in KEYWORDS and sign == "==" and name is not None else None


def holds_condition(tree: Part) -> bool:
    """Is this bracket a condition rather than indices?"""
    inside = entries(tree)
    return len(inside) == 1 and is_condition(inside[0])
