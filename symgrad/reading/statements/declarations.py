"""Declarations of a forward pass: tree to `Input`, `Output`, `Loss`, `Opaque`, `Assume`.

    input x[2*P, 0..N-1]      input x[2] = [1, 0.5]      input y in 1..K      assume 0 < t < 1

The names in axes become extents. Assumptions come last, since they may name any array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lark import Token, Tree
from sympy import Integer

from symgrad.expressions import elements, index, indices_of
from symgrad.program import Assume, Axis, Data, Declaration, Input, Loss, Opaque, Output
from symgrad.reading.names.scope import Scope
from symgrad.reading.names.unknown import unknown
from symgrad.reading.names.words import INTEGER_PARTS, WORDS
from symgrad.reading.slips.findings import counted
from symgrad.reading.syntax.trees import Node, Part, sole_list, tokens
from symgrad.reading.values.phrases import Phrases
from symgrad.writing.names import canonical

KINDS = {"input", "output", "loss", "function", "assume"}


class Declarations:
    """Reads the declarations of one text and notes their names in its vocabulary."""

    def __init__(self, reader: Phrases) -> None:
        self.reader = reader
        self.vocabulary = reader.vocabulary
        self.source = reader.source

    def introduce(self, trees: Sequence[Node]) -> dict[int, Declaration]:
        """Inputs and functions, by their place: what other lines may name."""
        if trees and self.vocabulary.given is not None:
            raise self.source.error(
                "an answer declares nothing",
                trees[0],
                "name",
                "inputs, outputs and functions are those of the forward pass",
            )
        return {
            n: INTRODUCING[tree.data](self, tree)
            for n, tree in enumerate(trees)
            if tree.data in INTRODUCING
        }

    def complete(
        self, trees: Sequence[Node], introduced: dict[int, Declaration]
    ) -> tuple[Declaration, ...]:
        """All declarations in their order, once every left side is known."""
        return tuple(
            introduced[n] if n in introduced else NAMING[tree.data](self, tree)
            for n, tree in enumerate(trees)
        )

    # --- what introduces names ---------------------------------------------------------------

    def _input(self, tree: Node) -> Input:
        _, token, axes, values, _, data = tree.children
        assert isinstance(token, Token)
        name = self._new(token)
        parts = (
            [part for part in axes.children if part is not None] if isinstance(axes, Tree) else []
        )
        shape = tuple(self._axis(part) for part in parts)
        label = None
        if isinstance(values, Tree):
            lower, _, upper = values.children
            label = Axis(self._bound(upper), self._bound(lower))
            self.vocabulary.labels.add(name)
        self.vocabulary.ranks[name] = len(shape)
        return Input(name, shape, label, None if data is None else self._data(data, shape))

    def _axis(self, part: Part) -> Axis:
        if isinstance(part, Tree) and part.data == "range":
            lower, _, upper = part.children
            axis = Axis(self._bound(upper), self._bound(lower))
        else:
            axis = Axis(self._bound(part))
        if axis.extent.is_Integer and axis.extent < 1:
            raise self.source.error("an axis without elements", part, "shape")
        return axis

    def _bound(self, part: Part | None) -> Integer:
        assert part is not None
        for token in tokens(part):
            if token.type == "NAME" and canonical(token) not in INTEGER_PARTS | {"max", "min"}:
                self._extent(token)
        return self.reader.index(part, Scope())

    def _extent(self, token: Token) -> None:
        name = self.vocabulary.check_new(token)
        if name in self.vocabulary.ranks and name not in self.vocabulary.labels:
            raise self.source.error(
                f"{token} is an array and cannot be an extent", token, "name", "use another letter"
            )
        if name not in self.vocabulary.ranks:
            self.vocabulary.extents.add(name)

    def _data(self, tree: Part, shape: Sequence[Axis]) -> Data:
        """Nested lists, as deep as the array has axes and as long as its literal extents."""
        inside = sole_list(tree)
        if inside is None:
            if shape:
                raise self._misfit(tree, shape)
            value = self.reader.number(tree, Scope())
            if not value.is_Rational:
                raise self.source.error("data are numbers", tree)
            return value
        if not shape:
            raise self._misfit(tree, shape)
        rows = tuple(self._data(part, shape[1:]) for part in inside)
        extent = shape[0].extent
        if not rows or (extent.is_Integer and extent != len(rows)):
            raise self.source.error(
                f"{counted(len(rows), 'value', 'values')} on an axis of {extent}", tree, "shape"
            )
        if len({len(row) for row in rows if isinstance(row, tuple)}) > 1:
            raise self.source.error("rows of different lengths", tree, "shape")
        return rows

    def _misfit(self, tree: Part, shape: Sequence[Axis]) -> Exception:
        wanted = "a number" if not shape else "a list in brackets, one level for each axis"
        return self.source.error(f"{wanted} is expected here", tree, "shape")

    def _function(self, tree: Node) -> Opaque:
        _, token, *parameters = tree.children
        assert isinstance(token, Token)
        name = self._new(token)
        names = tuple(canonical(str(parameter)) for parameter in parameters)
        if len(set(names)) < len(names):
            raise self.source.error("a parameter is named twice", tree.children[-1], "name")
        self.vocabulary.functions[name] = names
        return Opaque(name, names)

    def _new(self, token: Token) -> str:
        name = canonical(token)
        vocabulary = self.vocabulary
        if name in WORDS:
            raise self.source.error(f"{name} is a word of the notation", token, "name")
        if name in vocabulary.ranks or name in vocabulary.functions:
            raise self.source.error(f"{token} is declared twice", token, "name")
        if name in vocabulary.extents:
            raise self.source.error(
                f"{token} is an extent already", token, "name", "use another letter"
            )
        return name

    # --- what uses names ---------------------------------------------------------------------

    def _output(self, tree: Node) -> Output:
        return Output(self._array(tree.children[1]))

    def _loss(self, tree: Node) -> Loss:
        name = self._array(tree.children[1])
        if self.vocabulary.rank(name):
            raise self.source.error(f"the loss {name} must be a scalar", tree.children[1], "shape")
        return Loss(name)

    def _array(self, token: object) -> str:
        assert isinstance(token, Token)
        name = self.vocabulary.array(token)
        if name is None:
            raise self.source.error(
                f"{token} is neither an input nor computed",
                token,
                "name",
                "it has no line of its own",
            )
        return name

    def _assume(self, tree: Node) -> Assume:
        condition = tree.children[1]
        assert condition is not None
        self._new_extents(condition)
        every: dict[str, Token] = {}
        found = self.reader.condition(condition, Scope(free=every, whole=True))
        places = {place for one in elements(found) for place in indices_of(one)}
        for name, token in every.items():
            if index(name) not in places:
                raise unknown(self.vocabulary, token)
            self.reader.new_index(token)
        return Assume(found)

    def _new_extents(self, condition: Part) -> None:
        """`assume H == 2*P` introduces P beside the extent H."""
        if isinstance(condition, Token):
            return
        found = [token for token in tokens(condition) if token.type == "NAME"]
        vocabulary = self.vocabulary
        simple = not any(
            node.data in ("bracket", "bound", "subscript") for node in condition.iter_subtrees()
        )
        if not simple or not any(canonical(token) in vocabulary.extents for token in found):
            return
        for token in found:
            known = vocabulary.array(token) or vocabulary.function(token)
            if not known and canonical(token) not in INTEGER_PARTS | {"max", "min"}:
                self._extent(token)


INTRODUCING: dict[str, Callable[[Declarations, Node], Declaration]] = {
    "input": Declarations._input,
    "function": Declarations._function,
}

NAMING: dict[str, Callable[[Declarations, Node], Declaration]] = {
    "output": Declarations._output,
    "loss": Declarations._loss,
    "assume": Declarations._assume,
}
