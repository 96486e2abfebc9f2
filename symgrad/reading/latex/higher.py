r"""Derivatives of functions that are not known, as LaTeX sets them.

\frac{\partial^2 f}{\partial y \partial z}, \frac{d^2 g}{dx^2}      f_yz, g'', where they are called
\frac{\partial f}{\partial y}(a, b), \left.\frac{dg}{dx}\right|_{x=a}      f_y(a, b), g'(a)
\frac{\partial^2 \ell}{\partial x^2}      the name l_xx

The arguments of a derivative that has none are those with which the forward pass calls the
function; `Phrases` finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token
from sympy.core.function import AppliedUndef

from symgrad.expressions import element
from symgrad.reading.latex.gradients import Gradients
from symgrad.reading.latex.marks import arguments
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
from symgrad.reading.syntax.trees import Node, Part, as_node, made, tokens
from symgrad.writing.names import canonical


@dataclass(frozen=True)
class Differentials:
    """What is differentiated, and by what: ∂²f/∂y∂z; `start` is where it stands."""

    start: Token
    above: str
    below: tuple[str, ...]


class Higher(Gradients):
    """Lowers derivatives of functions, and second derivatives."""

    def higher(self, item: Item, row: Row) -> list[Part] | None:
        """A fraction that is a derivative of a function, or a second derivative; else None."""
        found = self._differentials(item)
        if found is None:
            return None
        name = self._derivative_name(found)
        if name is not None and not item.scripts and self._is_applied(found, row.peek()):
            group = row.take()
            values = [self.value(part) for part in as_node(group.atom).children if part is not None]
            return self._scripted(called(name, values), group.scripts)
        spoken = len(found.below) > 1 or found.above in self.names.vocabulary.functions
        if name is not None and spoken:
            alone = made("group", [wrapped(name)])
            return self._scripted([factor(alone)], item.scripts)
        if len(found.below) < 2:
            return None
        if self.names.vocabulary.is_loss(found.above) or found.above in self.names.losses():
            return self._scripted([factor(self._of_loss_twice(found))], item.scripts)
        raise self.source.error(
            f"a second derivative of {found.above} is not read",
            found.start,
            "name",
            "write what it is, with the derivatives of the functions: g''(x), f_yz(y, z)",
        )

    def evaluated(self, item: Item, row: Row) -> list[Part]:
        r"""\left. e \right|_{x = a}: e with a in the place of x."""
        inner = as_node(as_node(item.atom).children[-1])
        below = [as_node(one) for one in item.scripts if is_tree(one, "sub")]
        start = next(tokens(as_node(item.atom)))
        if len(below) != 1:
            raise self.source.error("at which place?", start, hint=r"write \right|_{x = a}")
        others = [one for one in item.scripts if one is not below[0]]
        points = arguments(below[0])
        if len(points) == 1 and (piece := sole_piece(points[0])) and is_tree(piece[0], "group"):
            points = [one for one in as_node(piece[0]).children if one is not None]
        value = self._at_point(inner, points) or self._with(inner, points, start)
        return self._scripted([factor(made("group", [value]))], others)

    # --- what is differentiated ----------------------------------------------------------------

    def _differentials(self, item: Item) -> Differentials | None:
        """The names in ∂²f/∂y∂z and df/dx, without indices."""
        _, above, below = as_node(item.atom).children
        sides = [
            [*map(_simple, items(as_node(term)))]
            for side in (above, below)
            for term in _sole_terms(as_node(as_node(side).children[0]))
        ]
        if len(sides) != 2 or any(one is None for side in sides for one in side):
            return None
        numerator = _above([one for one in sides[0] if one is not None])
        by = _below([one for one in sides[1] if one is not None])
        if numerator is None or by is None or numerator[1] != len(by):
            return None
        return Differentials(next(tokens(as_node(above))), canonical(numerator[0]), by)

    def _derivative_name(self, found: Differentials) -> Token | None:
        """f_yz or g'' where f, or what computes the array, is a function that is not known."""
        vocabulary = self.names.vocabulary
        function, arguments = found.above, ()
        if function not in vocabulary.functions:
            calls = self._calls(vocabulary.named(found.above) or "")
            if len(calls) != 1:
                return None
            function, arguments = calls[0].func.__name__, calls[0].args
        parameters = vocabulary.functions[function]
        calls = [one for name in [function] for one in self._calls_of(name)]
        places = []
        for by in found.below:
            at = [n for n, name in enumerate(parameters) if name == by and not arguments]
            array = vocabulary.named(by)
            for call in calls if array is not None else []:
                at += [n for n, one in enumerate(call.args) if one == element(array or "")]
            if len(set(at)) != 1:
                return None
            places.append(at[0])
        letters = "".join(parameters[n] for n in sorted(places))
        name = function + "'" * len(places) if len(parameters) == 1 else f"{function}_{letters}"
        return Token.new_borrow_pos("NAME", name, found.start)

    def _calls(self, array: str) -> list[AppliedUndef]:
        """The call that computes a number, if that is all that does."""
        given = self.names.vocabulary.given
        if given is None or self.names.losses() & {array}:
            return []
        lines = [line for _, line in given.joined().statements if line.target == element(array)]
        values = [line.value for line in lines]
        return [one for one in values if isinstance(one, AppliedUndef)] if len(lines) == 1 else []

    def _calls_of(self, function: str) -> list[AppliedUndef]:
        """Every call of a function in the forward pass."""
        given = self.names.vocabulary.given
        lines = [] if given is None else [line for _, line in given.joined().statements]
        found = {one for line in lines for one in line.value.atoms(AppliedUndef)}
        return [one for one in sorted(found, key=str) if one.func.__name__ == function]

    def _of_loss_twice(self, found: Differentials) -> Token:
        """The name of a second derivative of the loss: by y, then by x, it is l_yx."""
        loss = next(iter(sorted(self.names.losses())), found.above)
        letters = "".join(reversed(found.below))
        return Token.new_borrow_pos("NAME", f"{loss}_{letters}", found.start)

    # --- places --------------------------------------------------------------------------------

    def _is_applied(self, found: Differentials, group: Item | None) -> bool:
        """Do the parentheses behind a derivative hold its arguments, rather than a factor?"""
        parameters = self.names.vocabulary.functions.get(found.above)
        if group is None or parameters is None or not group.is_tree("group"):
            return False
        values = [one for one in as_node(group.atom).children if one is not None]
        if len(values) != 1 or len(parameters) != 1:
            return len(values) == len(parameters)
        piece = sole_piece(values[0])
        if piece is None or group.scripts or not isinstance(piece[0], Token):
            return False
        if str(piece[0]) in found.below and not piece[1]:
            return True
        raise self.source.error(
            f"is this the argument of {found.above}', or a factor?",
            values[0],
            hint=rf"write {found.above}'(x), or \cdot",
        )

    def _at_point(self, inner: Node, points: Sequence[Part]) -> Node | None:
        """The derivative of a function at a point, which names or numbers all its arguments."""
        piece = sole_piece(inner)
        if piece is None or piece[1] or not is_tree(piece[0], "frac"):
            return None
        found = self._differentials(Item(None, [], piece[0], []))
        parameters = self.names.vocabulary.functions.get(found.above) if found else None
        name = self._derivative_name(found) if found else None
        if name is None or parameters is None or len(points) != len(parameters):
            return None
        sides = [_equation(point) for point in points]
        if all(side is None for side in sides):
            values = [self.value(point) for point in points]
            return made("sum", [made("term", called(name, values))])
        given = {str(side[0]): side[1] for side in sides if side is not None}
        if {*given} != {*parameters}:
            return None
        values = [self.value(given[one]) for one in parameters]
        return made("sum", [made("term", called(name, values))])

    def _with(self, inner: Node, points: Sequence[Part], start: Token) -> Node:
        """The value with a letter that means nothing else replaced."""
        for point in points:
            side = _equation(point)
            if side is None or self.names.known(str(side[0])):
                raise self.source.error(
                    "what is put in the place of what?", start, hint=r"as in \right|_{t = x_i}"
                )
            if str(side[0]) not in map(str, tokens(inner)):
                raise self.source.error(f"nothing depends on {side[0]} here", side[0])
            inner = _replaced(inner, *side)
        return self.value(inner)


def _sole_terms(side: Node) -> list[Part]:
    """The one term of a value; of a sum nothing."""
    return list(side.children) if side.data == "sum" and len(side.children) == 1 else []


def _simple(item: Item) -> tuple[str, int] | None:
    """A name or ∂, and its exponent: ∂² is ("∂", 2)."""
    if not item.beside or not isinstance(item.atom, Token) or len(item.scripts) > 1:
        return None
    name = "∂" if item.atom.type == "PARTIAL" else str(item.atom)
    if item.atom.type not in ("PARTIAL", "WORD", "LETTER", "BOXED"):
        return None
    if not item.scripts:
        return name, 1
    words = [str(word) for word in list(tokens(item.scripts[0]))[1:]]
    raised = is_tree(item.scripts[0], "sup") and words == ["2"]
    return (name, 2) if raised else None


def _above(parts: Sequence[tuple[str, int]]) -> tuple[str, int] | None:
    """∂²f, d²f, ∂f, df: the name and the order."""
    if len(parts) == 2 and parts[0][0] in ("∂", "d") and parts[1][1] == 1:
        return parts[1][0], parts[0][1]
    if len(parts) == 1 and parts[0][0][0] == "d" and len(parts[0][0]) > 1 and parts[0][1] == 1:
        return parts[0][0][1:], 1
    return None


def _below(parts: Sequence[tuple[str, int]]) -> tuple[str, ...] | None:
    """∂y∂z, ∂y², dx², dx: the names, each as often as it counts."""
    found: list[str] = []
    rest = list(parts)
    while rest:
        name, count = rest.pop(0)
        if name in ("∂", "d") and count == 1 and rest:
            name, count = rest.pop(0)
        elif name[0] == "d" and len(name) > 1:
            name = name[1:]
        else:
            return None
        found += [canonical(name)] * count
    return tuple(found)


def _equation(part: Part) -> tuple[Token, Node] | None:
    """The two sides of `t = x_i`."""
    if not is_tree(part, "comparison") or len(as_node(part).children) != 3:
        return None
    left, sign, right = as_node(part).children
    piece = sole_piece(left)
    if sign != "==" or piece is None or piece[1] or not isinstance(piece[0], Token):
        return None
    return piece[0], as_node(right)


def _replaced(tree: Node, name: Token, value: Node) -> Node:
    """The tree with a value in the place of a name."""
    children = [
        made("group", [value])
        if isinstance(child, Token) and tree.data == "piece" and child == str(name)
        else child if child is None or isinstance(child, Token) else _replaced(child, name, value)
        for child in tree.children
    ]  # fmt: skip
    return made(str(tree.data), children)
