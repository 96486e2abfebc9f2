r"""Steps in time: an input and what becomes of it.

    \theta_{t+1} = \theta_t - \gamma \nabla_{\theta_t} J        theta = theta - gamma * theta.grad
    w^{(k)} = w^{(k-1)} - \eta \frac{\partial L}{\partial w}       w = w - eta * w.grad
    w_i^{new} = w_i^{old} - \delta w_i                          w_new[i] = w[i] - w.grad[i]

The letter of the time is an index of nothing: it stands behind the input alone, next to its other
indices, and no loop runs over it. An element x_{t+1} of x would lie outside of x at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token, Tree

from symgrad.program import Input
from symgrad.reading.latex.marks import arguments, paired
from symgrad.reading.latex.pieces import is_tree, items, sole_letter, sole_piece
from symgrad.reading.latex.spellings import Spellings
from symgrad.reading.syntax.trees import Node, Part, as_node, as_token, made, tokens

NEW, OLD = "new", "old"
"""Words that stand beside an input for a time; nobody has an index n, one e and one w."""


@dataclass(frozen=True)
class Mark:
    """A letter, and one more or less, as the first index behind an input."""

    piece: Node
    script: Node
    letter: str
    shift: int


def with_times_named(line: Node, names: Spellings) -> None:
    """Make w^{new} and w_{new} the name w_new, and the old value of an input its value."""
    for piece in line.find_data("piece"):
        scripts = piece.children[1:]
        name = str(_name(piece) or "")
        for script in scripts:
            word = _word(script) if isinstance(script, Tree) else None
            if word == NEW:
                label = made("sum", [made("term", [made("piece", [_boxed(word)])])])
                piece.children[piece.children.index(script)] = made(
                    "sub", [as_token(as_node(script).children[0]), label]
                )
            elif word == OLD and name and _is_input(name, names):
                piece.children = [one for one in piece.children if one is not script]


def _name(piece: Node) -> Token | None:
    """The name that a piece begins with, in braces of its own or not: {\\theta}_t."""
    atom = piece.children[0]
    inner = sole_piece(as_node(atom).children[0]) if is_tree(atom, "braced") else None
    if inner is not None and not inner[1]:
        atom = inner[0]
    return atom if isinstance(atom, Token) else None


def _word(script: Node) -> Token | None:
    """The only word of a mark, in brackets or not."""
    words = [word for word in tokens(script) if word.type in ("WORD", "BOXED")]
    others = {str(word) for word in tokens(script)} - {*words, "_", "^", "(", ")"}
    return words[0] if len(words) == 1 and not others else None


def _boxed(word: Token) -> Token:
    return Token.new_borrow_pos("BOXED", str(word), word)


def without_time(line: Node, names: Spellings) -> None:
    """Take the time off the inputs that a line updates."""
    for statement in line.find_data("statement"):
        first = items(as_node(statement.children[0]))[0].atom
        name = str(first) if isinstance(first, Token) else ""
        if name and _is_input(name, names):
            _untime(line, statement, name, names)


def _is_input(name: str, names: Spellings) -> bool:
    given = names.vocabulary.given
    array = names.array(name) if names.is_declared(name) else None
    inputs = () if given is None else given.declared(Input)
    return any(one.name == array for one in inputs)


def _untime(line: Node, statement: Node, name: str, names: Spellings) -> None:
    marks = [*_marks(line, name, names)]
    own = {id(piece) for piece in as_node(statement.children[0]).find_data("piece")}
    target = next((mark for mark in marks if id(mark.piece) in own), None)
    others = [mark for mark in marks if mark is not target]
    if target is None or not others:
        return
    later = {(mark.letter, mark.shift) for mark in others}
    if later != {(target.letter, target.shift - 1)} or target.shift not in (0, 1):
        return
    words = [str(word) for word in tokens(line)]
    if words.count(target.letter) == len(marks) and not names.known(target.letter):
        for mark in marks:
            _strip(mark)


def _marks(line: Node, name: str, names: Spellings) -> Iterator[Mark]:
    """Every t, t+1, t-1 that stands first behind a name."""
    for piece in line.find_data("piece"):
        scripts = piece.children[1:]
        atom = _name(piece)
        if atom is None or atom != name:
            continue
        kept = names.spelled(atom, [one for one in scripts if one is not None]).scripts
        for script in kept:
            if not isinstance(script, Tree):
                continue
            if script.data == "sup" and len(arguments(script)) != 1:
                continue
            found = _time(arguments(script)[0])
            if found is not None:
                yield Mark(piece, script, *found)
                break


def _time(part: Part) -> tuple[str, int] | None:
    """The letter and the shift of t, t+1, t-1."""
    if not isinstance(part, Tree) or part.data != "sum":
        return None
    words = [str(word) for word in tokens(part)]
    if len(words) == 1 and sole_letter(part) is not None and len(words[0]) == 1:
        return (words[0], 0) if words[0].isalpha() else None
    shifts = {"+": 1, "-": -1, "−": -1}
    if len(words) == 3 and words[1] in shifts and words[2] == "1" and words[0].isalpha():
        return words[0], shifts[words[1]]
    return None


def _strip(mark: Mark) -> None:
    """Leave the time out of a mark, or the mark where it holds nothing else."""
    first, *others = arguments(mark.script)
    if others and paired(mark.script) is None:
        mark.script.children = [one for one in mark.script.children if one is not first]
    else:
        mark.piece.children = [one for one in mark.piece.children if one is not mark.script]
