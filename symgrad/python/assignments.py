"""Assignments: to names, to parts of arrays, to entries of dictionaries, and changes in place."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from sympy import Integer

from symgrad.expressions import array_of, elements
from symgrad.program import Operator
from symgrad.python.iteration import LOOPS
from symgrad.python.names import NAMESPACES
from symgrad.python.scope import Scope
from symgrad.python.values import Anything, Named, Several, Value, Words, single, view
from symgrad.python.views import numeric

IN_PLACE: dict[type[ast.operator], Operator] = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*="}

EFFECTS: dict[str, Operator] = {
    "add_": "+=",
    "sub_": "-=",
    "mul_": "*=",
    "copy_": "=",
    "fill": "=",
    "fill_": "=",
}
"""Methods that change their array."""


GRADIENT_EFFECTS = {"addgrad", "add_grad", "accumulate_grad", "accum_grad"}
"""Methods that add to the gradient of their array."""


class Assignments(Scope):
    """Follows what writes to names and arrays."""

    def _assign(self, node: ast.Assign) -> None:
        first = node.targets[0]
        self.wanted = first.id if isinstance(first, ast.Name) else ""
        added = _added(node)
        if added is not None and self._grows(added):
            self._augmented(added)
            return
        value = self.read(node.value)
        if len(node.targets) > 1 and isinstance(value, Value):
            value = self._kept(self.wanted, value)
        for target in node.targets:
            self.trace.node = node
            self.put(target, value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.put(node.target, self.read(node.value))

    def put(self, target: ast.expr, value: Anything) -> None:
        """Assign a value to a name, to part of an array, or to several of them."""
        if isinstance(target, ast.Name):
            if isinstance(value, Named) and value.open and target.id not in NAMESPACES:
                value = self.names.find(target.id, target) or value
            if isinstance(value, Several):
                value = self._listed(value, [""] * len(value.items))
            elif isinstance(value, Named):
                self._keep_entries(value)
            self.bind(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, value)
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            self._put_part(target, value)
        else:
            raise self.trace.error("this cannot be assigned", at=target)

    def _listed(self, value: Several, names: Sequence[str]) -> Several:
        """The entries with the values of now."""
        return Several(
            tuple(
                self._kept(name, item) if isinstance(item, Value) else item
                for name, item in zip(names, value.items, strict=True)
            )
        )

    def _keep_entries(self, value: Named) -> None:
        for key, item in value.items.items():
            if isinstance(item, Value):
                value.items[key] = self._kept(key, item)

    def _unpack(self, target: ast.Tuple | ast.List, value: Anything) -> None:
        names = target.elts
        if isinstance(value, Named) and value.open:
            for part in names:
                if not isinstance(part, ast.Name):
                    raise self.trace.error("a name is expected here", at=part)
                if part.id != "_":
                    self.frame.names[part.id] = self.item(value, part.id, part)
            return
        if isinstance(value, Value) and value.rank:
            count = value.shape[0]
            if not count.is_Integer:
                raise self.trace.error("an array is not taken apart row by row", hint=LOOPS)
            rows = [[single(Integer(n), "integer")] for n in range(int(count))]
            value = Several(tuple(self.subscripts.subscripted(value, row) for row in rows))
        starred = [n for n, part in enumerate(names) if isinstance(part, ast.Starred)]
        if len(starred) == 1 and isinstance(value, Several) and len(value.items) >= len(names) - 1:
            names, value = _without_star(names, value, starred[0])
        if not isinstance(value, Several) or len(value.items) != len(names):
            has = len(value.items) if isinstance(value, Several) else 1
            raise self.trace.error(f"{len(names)} names for {has} values", "shape")
        words = [part.id if isinstance(part, ast.Name) else "" for part in names]
        kept = self._listed(value, words) if len(names) > 1 else value
        for part, word, item in zip(names, words, kept.items, strict=True):
            if len(names) > 1 and word and word not in self.frame.fixed and isinstance(item, Value):
                self.frame.names[word] = item
            elif word != "_":
                self.put(part, item)

    def _put_part(self, target: ast.Subscript | ast.Attribute, value: Anything) -> None:
        """`x[i] = …` and `x.grad = …` change the array itself."""
        holder = self.read(target.value)
        if isinstance(holder, Named):
            self._put_item(holder, target, value)
            return
        self.change(self.target(target), "=", self.as_array(value, target))

    def _put_item(self, holder: Named, target: ast.expr, value: Anything) -> None:
        key = target.attr if isinstance(target, ast.Attribute) else ""
        if isinstance(target, ast.Subscript):
            word = self.read(target.slice)
            if not isinstance(word, Words):
                raise self.trace.error("a dictionary is read by words", hint='as in grads["x"]')
            key = word.text
        if self.trace.loops or self.trace.guards:
            raise self.trace.error("a dictionary is filled outside of loops", at=target)
        holder.items[key] = self._kept(key, value) if isinstance(value, Value) else value

    def as_array(self, value: Anything, node: ast.AST) -> Value:
        """A number or array; of a list, the array that it spells out."""
        if isinstance(value, Value):
            return value
        if isinstance(value, Several):
            return self._call("array", [], {}).as_value(value)
        raise self._no_value(value, node)

    def target(self, node: ast.expr) -> Value:
        """Where an assignment writes: part of an array."""
        found = self.value(node)
        if found.storage is None:
            raise self.trace.error(
                "this cannot be changed", hint="only part of an array can be", at=node
            )
        return found

    def change(self, target: Value, operator: Operator, value: Value) -> None:
        """`x[…] op value`, the shapes held against each other."""
        assert target.storage is not None
        if target.storage in self.detached:
            raise self._shared(target.storage.wanted, self.trace.node)
        if target.storage.empty and operator != "=":
            raise self.trace.error(
                f"{target.storage.wanted} starts with what happens to be in memory",
                hint="start with np.zeros",
            )
        if target.storage.integral and value.sort == "number" and not value.integral:
            raise self.trace.error(
                f"{target.storage.wanted} holds whole numbers, others would be rounded",
                hint="write 0.0 or np.zeros(…)",
            )
        if target.mask is not None and value.mask is None and value.rank:
            raise self.trace.error("x[mask] is assigned numbers or y[mask]")
        if target.repeats and operator != "=":
            raise self.trace.error(
                "an element that is chosen twice is changed once", hint="write a loop, or np.add.at"
            )
        self.algebra.fits(value, target.shape, "the left side")
        self.changed.add(target.storage)
        self.trace.assign(target, operator, replace(value, mask=None))

    def _augmented(self, node: ast.AugAssign) -> None:
        value = self.value(node.value)
        if isinstance(node.target, ast.Name):
            current = self.value(node.target)
            if current.storage is None or not (current.rank or self._is_own(current)):
                found = self.operated(type(node.op), current, value, node)
                self.bind(node.target.id, found)
                return
            target = self._widened(node.target.id, current, value)
        else:
            target = self.target(node.target)
        self.trace.node = node
        operator = IN_PLACE.get(type(node.op))
        if operator is None:
            value, operator = self.operated(type(node.op), target, value, node), "="
        self.change(target, operator, value)

    def _grows(self, node: ast.AugAssign) -> bool:
        """Does `dW = dW + d` make an array of the number 0?"""
        name = node.target.id if isinstance(node.target, ast.Name) else ""
        current = self.frame.names.get(name)
        if not (name in self.frame.fixed and isinstance(current, Value) and not current.rank):
            return False
        return self._is_own(current) and self.value(node.value).rank > 0

    def _widened(self, name: str, number: Value, value: Value) -> Value:
        """`dW = 0` before a loop that adds arrays to it: zeros, if nothing has read the number."""
        storage = number.storage
        if number.rank or not value.rank or storage is None or self.trace.guards:
            return number
        at = self.trace.somewhere(value.shape)
        read = {array_of(found) for found in elements(numeric(value).at(at))}
        if storage.name in read or not self.trace.forget(storage):
            return number
        storage.shape, storage.lowers = value.shape, (Integer(1),) * value.rank
        self.trace.check_shape(value.shape)
        self.frame.names[name] = view(storage)
        return view(storage)

    def _is_own(self, number: Value) -> bool:
        """May a number be changed where it stands? Names do not share numbers."""
        return number.storage is not None and number.whole and number.sort == "number"

    def _save(self, owner: ast.expr, saved: Sequence[Anything]) -> None:
        """`ctx.save_for_backward(x, mask)`"""
        holder = self.read(owner)
        if isinstance(holder, Named):
            holder.items["saved_tensors"] = self._listed(Several(tuple(saved)), [""] * len(saved))

    def _effect(self, function: ast.Attribute, call: ast.Call) -> bool:
        """`x.fill(0)`, `x.add_(y)`, `x.zero_()`, `np.add.at(x, i, v)`"""
        if function.attr == "zero_":
            self.change(self.target(function.value), "=", single(Integer(0)))
        elif function.attr in EFFECTS and len(call.args) == 1:
            value = self.value(call.args[0])
            self.change(self.target(function.value), EFFECTS[function.attr], value)
        elif function.attr == "save_for_backward":
            self._save(function.value, [self.read(part) for part in call.args])
        elif function.attr in GRADIENT_EFFECTS and len(call.args) == 1:
            part = ast.Attribute(function.value, "grad", ast.Store())
            value = self.value(call.args[0])
            self.change(self.target(ast.copy_location(part, call)), "+=", value)
        elif ast.unparse(function) in ("np.add.at", "numpy.add.at") and len(call.args) == 3:
            chosen = ast.Subscript(call.args[0], call.args[1], ast.Store())
            target = replace(self.target(ast.copy_location(chosen, call)), repeats=False)
            self.change(target, "+=", self.value(call.args[2]))
        else:
            return False
        return True


def _without_star(
    names: Sequence[ast.expr], value: Several, at: int
) -> tuple[list[ast.expr], Several]:
    """`B, *rest = shape` as names for single values and one for a list."""
    part, items = names[at], value.items
    assert isinstance(part, ast.Starred)
    end = len(items) - (len(names) - at - 1)
    rest = Several(items[at:end])
    return [*names[:at], part.value, *names[at + 1 :]], Several((*items[:at], rest, *items[end:]))


def _added(node: ast.Assign) -> ast.AugAssign | None:
    """`x = x + e`, `x = e + x` or `x = x - e` as `x += e` or `x -= e`."""
    target, value = node.targets[0], node.value
    if len(node.targets) > 1 or not isinstance(target, ast.Name):
        return None
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, (ast.Add, ast.Sub)):
        return None
    pairs = [(value.left, value.right)]
    if isinstance(value.op, ast.Add):
        pairs.append((value.right, value.left))
    for same, other in pairs:
        if isinstance(same, ast.Name) and same.id == target.id:
            return ast.copy_location(ast.AugAssign(target, value.op, other), node)
    return None
