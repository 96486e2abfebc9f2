"""Parts of things, and things made of several: `x.T`, `x[i, 1:]`, `cache["x"]`, `shape[0]`."""

from __future__ import annotations

import ast

from sympy import Expr

from symgrad.program import GRADIENT
from symgrad.python.arithmetic import Arithmetic
from symgrad.python.calls import HINT
from symgrad.python.functions import FUNCTION_ROWS, shape_of
from symgrad.python.names import LIBRARIES
from symgrad.python.subscripts import Cut, Item, NewAxis, Rest
from symgrad.python.values import (
    Anything,
    Callee,
    Infinity,
    Library,
    Named,
    Nothing,
    Several,
    Value,
    Words,
    whole_number,
)

KEPT = {"saved_tensors", "cache", "saved", "saved_variables"}
"""Where an object keeps what its forward pass knows."""


VALUES: dict[str, Anything] = {
    "newaxis": Nothing(),
    "inf": Infinity(),
    "Inf": Infinity(),
    "NINF": Infinity(negative=True),
}
"""What a library has under a name, other than functions."""


class Parts(Arithmetic):
    """Reads attributes, subscripts and what is made of several values."""

    def _attribute(self, node: ast.Attribute) -> Anything:
        return self.attribute(self.read(node.value), node)

    def attribute(self, of: Anything, node: ast.Attribute) -> Anything:
        name = node.attr
        if isinstance(of, Library):
            if name in VALUES:
                return VALUES[name]
            if name in LIBRARIES:
                return Library(name, of.torch or LIBRARIES[name] == "torch")
            return of.function(name)
        if isinstance(of, Named):
            return self.item(of, name, node)
        if isinstance(of, Callee):
            return Callee(f"{of.name}.{name}", of.torch)
        if not isinstance(of, Value):
            if name in ("append", "items", "keys", "values", "copy"):
                return Callee(name, of=of)
            raise self.trace.error(f".{name} is not read", hint=HINT)
        if name in ("shape", "T", "mT", "size"):
            self.algebra.unmasked(of)
        if name == "shape":
            return shape_of(of)
        if name == "dtype":
            return Words({"number": "float64", "integer": "int64", "truth": "bool"}[of.sort])
        if name == "ndim":
            return whole_number(of.rank)
        if name in ("T", "mT"):
            order = list(range(of.rank))
            return self.algebra.transposed(
                of, order[:-2] + order[-2:][::-1] if name == "mT" else order[::-1]
            )
        if name in ("value", "data"):
            return of
        if name == "grad":
            return self._gradient(of, node)
        if name not in FUNCTION_ROWS:
            raise self.trace.error(f".{name} is not read", hint=HINT)
        return Callee(name, of=of)

    def _gradient(self, of: Value, node: ast.Attribute) -> Value:
        """`x.grad` of an array of the exercise."""
        array = of.storage.given if of.storage is not None and of.whole else None
        if array is None:
            raise self.trace.error("only an array of the exercise has a gradient", "name")
        found = self.names.find(array + GRADIENT, node)
        assert isinstance(found, Value)
        return found

    def item(self, of: Named, name: str, node: ast.AST) -> Anything:
        """`cache["x"]`, `self.x`: what was put there, else the exercise's array of that name."""
        if name in of.items:
            return of.items[name]
        if of.open and name in KEPT:
            return of
        if of.open and name == "grad":
            name = "grad_output"
        if of.open:
            found = self.names.find(name, node)
            if found is not None:
                return found
            raise self.names.unknown(name, node)
        raise self.trace.error(f"there is no {name!r} in it", "name")

    def _subscript(self, node: ast.Subscript) -> Anything:
        return self.part(self.read(node.value), node)

    def part(self, of: Anything, node: ast.Subscript) -> Anything:
        if isinstance(of, (Several, Named)):
            return self._entry(of, node)
        if not isinstance(of, Value):
            raise self._no_value(of, node.value)
        written = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        items = [self._item(part) for part in written]
        return self.subscripts.subscripted(of, items)

    def _entry(self, of: Several | Named, node: ast.Subscript) -> Anything:
        """`shape[0]`, `shape[1:]`, `cache["x"]`"""
        if isinstance(of, Several) and isinstance(node.slice, ast.Slice):
            ends = (node.slice.lower, node.slice.upper, node.slice.step)
            return Several(
                of.items[slice(*(None if e is None else self._literal(e) for e in ends))]
            )
        if isinstance(of, Named):
            key = self.read(node.slice)
            if not isinstance(key, Words):
                raise self.trace.error("a dictionary is read by words", hint='as in cache["x"]')
            return self.item(of, key.text, node)
        number = self._literal(node.slice)
        if not -len(of.items) <= number < len(of.items):
            raise self.trace.error(f"there is no entry {number} of {len(of.items)}", "shape")
        return of.items[number]

    def _item(self, node: ast.expr) -> Item:
        if isinstance(node, ast.Slice):
            step = 1 if node.step is None else self._literal(node.step)
            if step == 0:
                raise self.trace.error("a slice of step 0", at=node)
            return Cut(self._end(node.lower), self._end(node.upper), step)
        if isinstance(node, ast.Constant) and node.value is Ellipsis:
            return Rest()
        found = self.read(node)
        if isinstance(found, Nothing):
            return NewAxis()
        if isinstance(found, Value):
            return found
        return self.value(node)

    def _end(self, node: ast.expr | None) -> Expr | None:
        if node is None:
            return None
        found = self.read(node)
        if isinstance(found, Nothing):
            return None
        if isinstance(found, Value) and found.sort == "integer" and not found.rank:
            return found.at(())
        raise self.trace.error("a slice ends at whole numbers", at=node)

    def _several(self, node: ast.Tuple | ast.List) -> Several:
        return Several(tuple(self.read(item) for item in node.elts))

    def _dictionary(self, node: ast.Dict) -> Named:
        found = Named()
        for key, value in zip(node.keys, node.values, strict=True):
            word = self.read(key) if key is not None else None
            if not isinstance(word, Words):
                raise self.trace.error("a dictionary has words as its keys", hint='{"ds": ds}')
            found.items[word.text] = self.read(value)
        return found
