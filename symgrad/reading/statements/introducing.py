"""Left sides, before anything is read: the auxiliaries of a text.

    for b: e[b] += …        e has one axis
    k = argmax(j, x[j])     k holds an index

So every name is known before any expression is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token, Tree

from symgrad.reading.names.factors import Piece, pieces
from symgrad.reading.names.unknown import unknown
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.syntax.trees import INNER, Node, Part, as_node, entries, sole_name, tokens
from symgrad.writing.names import canonical, gradient_spellings, quotient_spelling, split_suffix


def introduce(vocabulary: Vocabulary, nests: Sequence[Node]) -> None:
    """Note the auxiliaries: the names on left sides that are not known yet."""
    new: dict[str, tuple[Token, int]] = {}
    bare: set[str] = set()
    for nest in nests:
        for statement, loops in _statements(nest, frozenset()):
            row = pieces(as_node(statement.children[0]))
            token = row[0].atom
            if isinstance(token, Token) and token.type == "NAME" and not _is_quotient(row):
                base, suffix = split_suffix(token)
                name = canonical(base)
                if not suffix and not _is_known(vocabulary, name, base):
                    if name not in new and not row[1:]:
                        bare.add(name)
                    if name not in new or not new[name][1]:
                        new[name] = token, _rank(row[1:], loops)
                    if _first_name(statement.children[-1]) == "argmax":
                        vocabulary.labels.add(name)
    for name, (token, rank) in new.items():
        if not any(base in new for _, base in gradient_spellings(str(token))):
            _introduce(vocabulary, name, token, rank)
    vocabulary.open.update(bare)


def _is_known(vocabulary: Vocabulary, name: str, spelled: str) -> bool:
    """Is it an array, or the gradient of one, in any spelling?"""
    named = vocabulary.named
    return named(name) is not None or any(
        named(base) is not None for _, base in gradient_spellings(spelled)
    )


def _introduce(vocabulary: Vocabulary, name: str, token: Token, rank: int) -> None:
    if "∂" in token or "∇" in token:
        return
    vocabulary.check_new(token)
    if vocabulary.given is not None and vocabulary.unmarked_gradient(name):
        raise unknown(vocabulary, token)
    if name in vocabulary.extents:
        raise vocabulary.source.error(f"{token} is an extent and has a fixed value", token, "name")
    if name in vocabulary.functions:
        raise vocabulary.source.error(f"{token} is a function of the forward pass", token, "name")
    vocabulary.write(name, rank)


def spoken(tree: Node) -> Iterator[str]:
    """The names in a tree, as often as they stand there."""
    return (canonical(split_suffix(token)[0]) for token in tokens(tree) if token.type == "NAME")


def _statements(nest: Node, around: frozenset[str]) -> Iterator[tuple[Node, set[str]]]:
    """The statements of a nest and of the loops within it, with the names of their loops."""
    header, *items = nest.children
    loops = around | set(_loop_names(header))
    for item in map(as_node, items):
        if item.data in INNER:
            yield from _statements(item, loops)
        else:
            yield item, set(loops)


def _loop_names(header: Part | None) -> Iterator[str]:
    if isinstance(header, Tree):
        for loop in header.find_data("loop"):
            yield canonical(str(loop.children[0]))


def _is_quotient(row: Sequence[Piece]) -> bool:
    """Does a left side begin with dL/dx?"""
    if len(row) < 2 or row[1].operator != "/" or not row[1].is_token("NAME"):
        return False
    return quotient_spelling(str(row[0].atom), str(row[1].atom)) is not None


def _rank(row: Sequence[Piece], loops: set[str]) -> int:
    """How many indices stand behind the name on a left side."""
    if not row:
        return 0
    parts = entries(row[0].atom)
    name = sole_name(parts[0]) if len(parts) == 1 and row[0].is_tree("subscript") else None
    if name is not None and name.isalpha() and canonical(name) not in loops:
        return len(name)
    return len(parts)


def _first_name(tree: object) -> str:
    while isinstance(tree, Tree) and tree.children:
        tree = tree.children[0]
    return str(tree)
