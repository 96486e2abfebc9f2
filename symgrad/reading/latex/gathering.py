r"""What the names of a LaTeX text are, told before it is lowered: indices, and auxiliary arrays.

\text{for } b, j       b and j are indices
e_b = \sum_j s_{bj}    e is an auxiliary of one index
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lark import Token, Tree

from symgrad.reading.latex.lowering import Lowering
from symgrad.reading.latex.marks import arguments, paired
from symgrad.reading.latex.pieces import Item, is_tree, items, sole_letter, sole_piece
from symgrad.reading.latex.spellings import Spellings
from symgrad.reading.syntax.trees import Node, Part, as_node, as_token
from symgrad.writing.names import canonical


def gather(lines: Sequence[Node], names: Spellings) -> None:
    """Note what the text runs over, then the auxiliaries that it writes."""
    for line in lines:
        for tree in line.iter_subtrees():
            note = INDEXING.get(str(tree.data))
            if note is not None:
                note(tree, names)
    for line in lines:
        for tree in line.find_data("statement"):
            _note_target(items(as_node(tree.children[0])), names)


def _note_loop(tree: Node, names: Spellings) -> None:
    for index in tree.find_data("index"):
        token, *scripts = index.children
        _note_index(as_token(token), [one for one in scripts if one is not None], names)


def _note_piece(tree: Node, names: Spellings) -> None:
    """What a sum runs over, and the letters at which a known array is read."""
    atom, *scripts = tree.children
    if not isinstance(atom, Token):
        return
    for script in scripts:
        if not isinstance(script, Tree):
            continue
        if atom.type == "BIG" or str(atom) in ("sum", "max", "min", "argmax"):
            for part in names.split(script, None) if script.data == "sub" else []:
                _note_first(part, names)
        elif names.array(str(atom)) is not None and (script.data == "sub" or paired(script)):
            for part in names.split(script, names.rank(str(atom))):
                _note_letter(part, names)


def _note_first(part: Part, names: Spellings) -> None:
    """The index that a limit of a sum begins with."""
    while isinstance(part, Tree) and part.data not in ("sum", "piece"):
        part = part.children[0]
    piece = sole_piece(part)
    if piece is not None and isinstance(piece[0], Token):
        _note_index(piece[0], piece[1], names)


def _note_bracket(tree: Node, names: Spellings) -> None:
    for part in tree.children:
        if isinstance(part, Tree):
            _note_letter(part, names)


def _note_letter(part: Part, names: Spellings) -> None:
    word = sole_letter(part)
    letter = word is not None and word.type in ("WORD", "LETTER", "BOXED") and len(word) == 1
    if letter and names.array(str(word)) is None:
        names.indices.add(canonical(str(word)))


def _note_index(token: Token, scripts: Sequence[Part], names: Spellings) -> None:
    name, rank = names.new_name(token, scripts)
    if rank == 0 and names.array(name) is None and name not in names.vocabulary.extents:
        names.indices.add(name)


INDEXING: dict[str, Callable[[Node, Spellings], None]] = {
    "loops": _note_loop,
    "piece": _note_piece,
    "bracket": _note_bracket,
}
"""Trees that name indices."""


def _note_target(row: Sequence[Item], names: Spellings) -> None:
    """The auxiliary that a statement writes, unless its name is known."""
    first, *rest = row
    atom, scripts = first.atom, first.scripts
    if is_tree(atom, "accent"):
        head, braced = as_node(atom).children
        piece = sole_piece(as_node(braced).children[0])
        if piece is None or not isinstance(piece[0], Token):
            return
        accented = Lowering(names, names.vocabulary.source).accented(
            as_token(head), piece[0], scripts
        )
        atom, scripts = accented, [*piece[1], *scripts]
    if not isinstance(atom, Token) or atom.type not in ("WORD", "LETTER", "BOXED"):
        return
    if rest and rest[0].beside and rest[0].is_token("WORD", "LETTER", "BOXED"):
        return  # δ x, d x
    if rest and rest[0].beside and rest[0].is_tree("accent") and str(atom) in ("delta", "d"):
        return  # δ \tilde s
    found = names.spelled(atom, scripts)
    if _is_gradient(atom, scripts, names):
        return
    if names.array(found.token) is None or names.is_beyond(found):
        name, rank = names.new_name(atom, scripts)
        behind = rest[0] if rest and rest[0].beside and rest[0].is_tree("bracket") else None
        if behind is not None:
            rank += len([one for one in as_node(behind.atom).children if one is not None])
        if name not in names.indices and name not in names.vocabulary.extents:
            names.new.setdefault(name, rank)


def _is_gradient(atom: Token, scripts: Sequence[Part], names: Spellings) -> bool:
    """Is this δ_x or d_x of a known x?"""
    if str(atom) not in ("delta", "d") or not scripts or not is_tree(scripts[0], "sub"):
        return False
    inside = arguments(as_node(scripts[0]))
    piece = sole_piece(inside[0]) if len(inside) == 1 else None
    if piece is None or not isinstance(piece[0], Token):
        return False
    return names.array(names.spelled(piece[0], piece[1]).token) is not None
