"""Python's expressions: `ast` to values, one row of a table for each kind of node.

    p * (dp - (p * dp).sum(axis=1, keepdims=True))        a value of shape B x J
    x[i + 1], x.shape[0], [e for j in range(J)], a if c else b

Nothing is evaluated but whole numbers that count: indices, extents, axes.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr, Integer, Rational

from symgrad.errors import StudentError
from symgrad.expressions import add, divide, mul, negate, partial, rename
from symgrad.program import GRADIENT, Loop
from symgrad.python.algebra import Algebra
from symgrad.python.calls import HINT, Call
from symgrad.python.elementwise import chosen, joined, opposite, powered, relation, truth
from symgrad.python.functions import BUILTINS, FUNCTION_ROWS, IMPORTED, shape_of
from symgrad.python.names import Names
from symgrad.python.subscripts import Cut, Item, NewAxis, Rest, Subscripts
from symgrad.python.trace import Trace, numeric
from symgrad.python.values import (
    Anything,
    Callee,
    Defined,
    Library,
    Named,
    Nothing,
    Several,
    Value,
    Words,
    single,
    whole_number,
)
from symgrad.reading.sizes import MAX_INDEX, is_too_large_index

LIBRARIES = {
    "np": "np", "numpy": "np", "jnp": "np", "math": "np", "scipy": "np", "special": "np",
    "torch": "torch", "F": "torch", "nn": "torch", "functional": "torch", "linalg": "np",
    "random": "random",
}  # fmt: skip
"""Modules by the names they usually have."""

NAMESPACES = {"cache", "ctx", "self", "params", "saved", "grads", "model", "parameters", "context"}
"""Parameters that hold arrays of the exercise under their own names."""

KEPT = {"saved_tensors", "cache", "saved", "saved_variables"}
"""Where an object keeps what its forward pass knows."""

COMPARISONS: dict[type[ast.cmpop], type[sympy.Rel]] = {
    ast.Eq: sympy.Eq,
    ast.NotEq: sympy.Ne,
    ast.Lt: sympy.Lt,
    ast.LtE: sympy.Le,
    ast.Gt: sympy.Gt,
    ast.GtE: sympy.Ge,
}

ADVICE: dict[type[ast.AST], tuple[str, str]] = {
    ast.Set: ("a set is not read", HINT),
    ast.Await: ("await is not read", HINT),
    ast.Yield: ("yield is not read", HINT),
    ast.JoinedStr: ("an f-string is not read", HINT),
    ast.NamedExpr: (":= is not read", "give the assignment a line of its own"),
    ast.Starred: ("* before a name is not read", "write the arguments one by one"),
    ast.DictComp: ("a dictionary built by a loop is not read", HINT),
    ast.SetComp: ("a set is not read", HINT),
}
"""What to say of expressions that are not read."""


class Expressions(ABC):
    """Reads expressions; names and functions of the text itself are looked up by a subclass."""

    def __init__(self, trace: Trace, names: Names) -> None:
        self.trace = trace
        self.names = names
        self.algebra = Algebra(trace)
        self.subscripts = Subscripts(trace, self.algebra)

    @abstractmethod
    def local(self, name: str, node: ast.AST) -> Anything | None:
        """What the text itself has put under a name."""

    @abstractmethod
    def inline(self, function: Defined, arguments: ast.Call) -> Anything:
        """The result of a function of the text."""

    @abstractmethod
    def with_local(self, name: str, value: Anything, read: Callable[[], Any]) -> Any:
        """What `read` gives while a name has a value."""

    # --- in general --------------------------------------------------------------------------

    def read(self, node: ast.expr) -> Anything:
        outer, self.trace.node = self.trace.node, node
        self.trace.spend()
        row = NODES.get(type(node))
        if row is None:
            what, hint = ADVICE.get(type(node), ("this is not read", HINT))
            raise self.trace.error(what, hint=hint)
        found = row(self, node)
        self.trace.node = outer
        return found

    def value(self, node: ast.expr) -> Value:
        """A number, an array or a condition; a list of numbers is an array."""
        found = self.read(node)
        if isinstance(found, Value):
            return found
        if isinstance(found, Several):
            with self._at(node):
                return self._call("array", [], {}).as_value(found)
        raise self._no_value(found, node)

    def _no_value(self, found: Anything, node: ast.AST) -> StudentError:
        if isinstance(found, (Callee, Defined)):
            what, hint = "a function without its argument", "write f(x)"
        elif isinstance(found, Library):
            what, hint = "a module where an array is expected", ""
        else:
            what, hint = "a number or an array is expected here", ""
        return self.trace.error(what, hint=hint, at=node)

    def _at(self, node: ast.AST) -> _Place:
        return _Place(self.trace, node)

    def _call(
        self,
        name: str,
        arguments: Sequence[Anything],
        keywords: dict[str, Anything],
        torch: bool = False,
    ) -> Call:
        return Call(name, list(arguments), keywords, self.trace, self.algebra, torch, self.wanted)

    wanted = ""
    """The name that the value being read is assigned to."""

    # --- leaves ------------------------------------------------------------------------------

    def _constant(self, node: ast.Constant) -> Anything:
        value = node.value
        if value is None:
            return Nothing()
        if value is Ellipsis:
            return Nothing()
        if isinstance(value, bool):
            return single(sympy.true if value else sympy.false, "truth")
        if isinstance(value, int):
            number = Integer(value)
            return single(number, "integer" if abs(value) <= MAX_INDEX else "number")
        if isinstance(value, float):
            return single(Rational(self.trace.text.written(node).replace("_", "")))
        if isinstance(value, str):
            return Words(value)
        raise self.trace.error("this is not a number of the notation")

    def _name(self, node: ast.Name) -> Anything:
        found = self.local(node.id, node)
        if found is None:
            found = self.names.find(node.id, node)
        if found is None and node.id in BUILTINS:
            found = Callee(node.id)
        if found is None and node.id in LIBRARIES:
            found = Library(node.id, LIBRARIES[node.id] == "torch")
        if found is None and node.id in IMPORTED:
            found = Callee(node.id)
        if found is None and node.id in NAMESPACES:
            found = Named(node.id, open=True)
        if found is None:
            raise self.names.unknown(node.id, node)
        return found

    # --- arithmetic --------------------------------------------------------------------------

    def _binary(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        return self.operated(type(node.op), left, right, node)

    def operated(
        self, operator: type[ast.operator], left: Value, right: Value, node: ast.AST
    ) -> Value:
        """`left op right`; whole numbers stay whole where the operation allows."""
        with self._at(node):
            if left.sort == right.sort == "integer" and operator in WHOLE:
                whole = WHOLE[operator]
                found = self.algebra.elementwise(
                    lambda a, b: self._whole(whole, a, b), left, right, sort="integer"
                )
                return found
            if operator is ast.MatMult:
                return self.algebra.matrix_product(left, right)
            if operator is ast.Pow:
                return powered(self.algebra, left, right)
            if left.sort == right.sort == "truth" and operator in CONNECTIVES:
                join = joined(CONNECTIVES[operator])
                return self.algebra.elementwise(join, left, right, sort="truth")
            if operator in NUMBERS:
                return self.algebra.elementwise(NUMBERS[operator], numeric(left), numeric(right))
            message, hint = SIGNS.get(operator, ("this sign is not read", ""))
            raise self.trace.error(message, hint=hint)

    def _whole(self, operate: Callable[[Expr, Expr], Expr | None], a: Expr, b: Expr) -> Expr:
        found = operate(a, b)
        if found is None:
            raise self.trace.error("// and % take a positive number on their right side")
        if is_too_large_index(found):
            raise self.trace.error("an index beyond what is read", "limit")
        return found

    def _unary(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        if isinstance(node.op, ast.UAdd):
            return value
        if isinstance(node.op, ast.USub):
            if value.sort == "integer":
                return self.algebra.elementwise(lambda x: -x, value, sort="integer")
            return self.algebra.elementwise(negate, numeric(value))
        if isinstance(node.op, ast.Not) and value.rank:
            raise self.trace.error("`not` of a whole array", hint="write ~(x > 0)")
        if isinstance(node.op, ast.Invert) and value.sort != "truth":
            raise self.trace.error("~ is read for conditions only")
        return self.algebra.elementwise(opposite, truth(self.trace, value), sort="truth")

    def _compared(self, node: ast.Compare) -> Value:
        sides = [node.left, *node.comparators]
        if any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            return self._identity(node)
        values = [self.value(side) for side in sides]
        links = []
        for sign, (left, right) in zip(node.ops, pairwise(values), strict=True):
            head = COMPARISONS.get(type(sign))
            if head is None:
                raise self.trace.error("`in` is not read", hint="write 0 <= i and i < N")
            if "truth" in (left.sort, right.sort):
                left, right = numeric(left), numeric(right)
            links.append(self._relation(head, left, right))
        if len(links) > 1 and any(link.rank for link in links):
            raise self.trace.error(
                "a chain of comparisons of arrays", hint="write (a < x) & (x < b)"
            )
        return self.algebra.elementwise(joined(sympy.And), *links, sort="truth")

    def _relation(self, head: type[sympy.Rel], left: Value, right: Value) -> Value:
        whole = left.sort == right.sort == "integer"
        if not whole:
            left, right = numeric(left), numeric(right)
        return self.algebra.elementwise(
            lambda a, b: relation(head, a, b, whole), left, right, sort="truth"
        )

    def _identity(self, node: ast.Compare) -> Value:
        """`x is None`"""
        sides = [self.read(side) for side in (node.left, *node.comparators)]
        if len(sides) != 2 or not isinstance(sides[1], Nothing):
            raise self.trace.error("`is` is not read", hint="compare with ==")
        same = isinstance(sides[0], Nothing) == isinstance(node.ops[0], ast.Is)
        return single(sympy.true if same else sympy.false, "truth")

    def _connected(self, node: ast.BoolOp) -> Value:
        values = [truth(self.trace, self.value(side)) for side in node.values]
        if any(value.rank for value in values):
            raise self.trace.error("`and` and `or` of arrays", hint="write (x > 0) & (y > 0)")
        head = sympy.And if isinstance(node.op, ast.And) else sympy.Or
        return self.algebra.elementwise(joined(head), *values, sort="truth")

    def _choice(self, node: ast.IfExp) -> Anything:
        condition = truth(self.trace, self.value(node.test))
        if condition.rank:
            raise self.trace.error("a choice by a whole array", hint="write np.where(c, a, b)")
        known = condition.at(())
        if known in (sympy.true, sympy.false):
            return self.read(node.body if known == sympy.true else node.orelse)
        with self.trace.guarded(known):
            then = self.value(node.body)
        with self.trace.guarded(opposite(known)):
            otherwise = self.value(node.orelse)
        return chosen(self.algebra, condition, then, otherwise)

    # --- parts -------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute) -> Anything:
        return self.attribute(self.read(node.value), node)

    def attribute(self, of: Anything, node: ast.Attribute) -> Anything:
        name = node.attr
        if isinstance(of, Library):
            if name == "newaxis":
                return Nothing()
            if name in LIBRARIES:
                return Library(name, of.torch or LIBRARIES[name] == "torch")
            return Callee(name, of.torch)
        if isinstance(of, Named):
            return self.item(of, name, node)
        if isinstance(of, Callee):
            return Callee(f"{of.name}.{name}", of.torch)
        if not isinstance(of, Value):
            if name in ("append", "items", "keys", "values", "copy"):
                return Callee(name, of=of)
            raise self.trace.error(f".{name} is not read", hint=HINT)
        if name == "shape":
            return shape_of(of)
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

    def _literal(self, node: ast.expr) -> int:
        call = self._call("an index", [], {})
        return call.number(self.read(node), "the number of an entry")

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

    # --- comprehensions ----------------------------------------------------------------------

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Value:
        """`[e for j in range(J)]` is an array with one axis more."""
        if len(node.generators) != 1 or node.generators[0].is_async:
            raise self.trace.error("a list built by two loops is not read", hint="write loops")
        over = node.generators[0]
        if not isinstance(over.target, ast.Name):
            raise self.trace.error("one index is read here", at=over.target)
        name, limits = over.target.id, self.range(over.iter)
        start, count, step = limits
        symbol = self.trace.fresh_index(name)
        within = Loop(symbol, Integer(1), count)

        def element() -> tuple[Value, Any]:
            masks = [truth(self.trace, self.value(condition)) for condition in over.ifs]
            return self.value(node.elt), joined(sympy.And)(*(mask.at(()) for mask in masks))

        counted = single(start + step * (symbol - 1), "integer")
        with self.trace.binding(within):
            value, kept = self.with_local(name, counted, element)
        value = numeric(value)

        def put(expr: Any, position: Expr) -> Any:
            return rename(expr, {symbol: position + 1})

        found = Value((count, *value.shape), lambda at: put(value.at(at[1:]), at[0]), value.sort)
        if kept is sympy.true:
            return found
        mask = Value(found.shape, lambda at: put(kept, at[0]), "truth")
        return replace(found, mask=mask)

    def range(self, node: ast.expr) -> tuple[Expr, Expr, int]:
        """`range(a, b, s)` as its first value, how many there are, and the step."""
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            raise self.trace.error("a loop runs over range(…)", hint=LOOPS, at=node)
        if node.func.id != "range" or not 1 <= len(node.args) <= 3 or node.keywords:
            raise self.trace.error(
                f"a loop over {node.func.id}(…) is not read", hint=LOOPS, at=node
            )
        ends = [self._bound(part) for part in node.args]
        start, stop = (Integer(0), ends[0]) if len(ends) == 1 else ends[:2]
        step = self._literal(node.args[2]) if len(ends) == 3 else 1
        if step == 0:
            raise self.trace.error("range with step 0", at=node)
        distance = sympy.expand(stop - start if step > 0 else start - stop)
        count = sympy.ceiling(distance / abs(step)) if abs(step) > 1 else distance
        return start, count, step

    def _bound(self, node: ast.expr) -> Expr:
        found = self.value(node)
        if found.sort != "integer" or found.rank:
            raise self.trace.error("range counts whole numbers", at=node)
        return found.at(())

    def _lambda(self, node: ast.Lambda) -> Defined:
        return Defined(node)

    # --- calls -------------------------------------------------------------------------------

    def _called(self, node: ast.Call) -> Anything:
        found = self.read(node.func)
        if isinstance(found, Defined):
            return self.inline(found, node)
        if not isinstance(found, Callee):
            raise self.trace.error("this is not a function", at=node.func)
        if found.name.startswith("opaque "):
            return self._opaque(found.name.split()[1], node)
        arguments = [self.read(part) for part in node.args]
        keywords = {part.arg: self.read(part.value) for part in node.keywords if part.arg}
        if len(keywords) < len(node.keywords):
            raise self.trace.error("** before a name is not read")
        return self.library(found, arguments, keywords, isinstance(node.func, ast.Name))

    def library(
        self,
        function: Callee,
        arguments: list[Anything],
        keywords: dict[str, Anything],
        bare: bool = False,
    ) -> Anything:
        rows = {**FUNCTION_ROWS, **BUILTINS} if bare else FUNCTION_ROWS
        row = rows.get(function.name)
        if row is None:
            raise self.trace.error(f"{function.name} is not a function that is read", "name", HINT)
        if function.of is not None:
            arguments = [function.of, *arguments]
        torch = function.torch or bool({"dim", "keepdim"} & keywords.keys())
        call = self._call(function.name, arguments, keywords, torch)
        found = row(call)
        call.done()
        return found

    def _opaque(self, name: str, node: ast.Call) -> Value:
        """A function that the forward pass declares: `f(y, z)`, `f_y(y, z)`."""
        function = self.names.vocabulary.function(self.names.token(name, node))
        assert function is not None
        arguments = [numeric(self.value(part)) for part in node.args]
        if len(arguments) != len(function.orders) or node.keywords:
            raise self.trace.error(f"{name} takes {len(function.orders)} arguments")
        return self.algebra.elementwise(
            lambda *x: partial(function.function, function.orders, *x), *arguments
        )


class _Place:
    """The trace stands at a node for a while."""

    def __init__(self, trace: Trace, node: ast.AST) -> None:
        self.trace, self.node = trace, node

    def __enter__(self) -> None:
        self.outer, self.trace.node = self.trace.node, self.node

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.trace.node = self.outer


LOOPS = "write `for b in range(B):` and index with b"


def _floored(a: Expr, b: Expr) -> Expr | None:
    return sympy.floor(a / b) if b.is_Integer and b > 0 else None


def _remainder(a: Expr, b: Expr) -> Expr | None:
    return sympy.Mod(a, b) if b.is_Integer and b > 0 else None


WHOLE: dict[type[ast.operator], Callable[[Expr, Expr], Expr | None]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: sympy.expand(a * b),
    ast.FloorDiv: _floored,
    ast.Mod: _remainder,
}
"""Operations under which whole numbers stay whole."""

NUMBERS: dict[type[ast.operator], Callable[[Expr, Expr], Expr]] = {
    ast.Add: add,
    ast.Sub: lambda a, b: add(a, negate(b)),
    ast.Mult: mul,
    ast.Div: divide,
}

CONNECTIVES: dict[type[ast.operator], type[Any]] = {ast.BitAnd: sympy.And, ast.BitOr: sympy.Or}

SIGNS: dict[type[ast.operator], tuple[str, str]] = {
    ast.BitXor: ("^ is not a power in Python", "write x**2"),
    ast.BitAnd: ("& joins conditions only", "write (x > 0) & (y > 0)"),
    ast.BitOr: ("| joins conditions only", "write (x > 0) | (y > 0)"),
    ast.FloorDiv: ("// of numbers that are not whole is not read", "indices may be divided so"),
    ast.Mod: ("% of numbers that are not whole is not read", "indices may be divided so"),
}

NODES: dict[type[ast.expr], Callable[[Any, Any], Anything]] = {
    ast.Constant: Expressions._constant,
    ast.Name: Expressions._name,
    ast.BinOp: Expressions._binary,
    ast.UnaryOp: Expressions._unary,
    ast.Compare: Expressions._compared,
    ast.BoolOp: Expressions._connected,
    ast.IfExp: Expressions._choice,
    ast.Attribute: Expressions._attribute,
    ast.Subscript: Expressions._subscript,
    ast.Tuple: Expressions._several,
    ast.List: Expressions._several,
    ast.Dict: Expressions._dictionary,
    ast.ListComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.Lambda: Expressions._lambda,
    ast.Call: Expressions._called,
}
"""How each kind of expression is read."""
