"""Python's expressions: `ast` to values, one row of a table for each kind of node.

p * (dp - (p * dp).sum(axis=1, keepdims=True))        a value of shape B x J
x[i + 1], x.shape[0], [e for j in range(J)], a if c else b
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import sympy
from sympy import Integer, Rational

from symgrad.algebra.sizes import MAX_INDEX
from symgrad.expressions import partial
from symgrad.python.calls import HINT
from symgrad.python.comprehensions import Comprehensions
from symgrad.python.functions import BUILTINS, FUNCTION_ROWS, IMPORTED, OF_CHOSEN
from symgrad.python.names import LIBRARIES, NAMESPACES
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
)
from symgrad.python.views import numeric

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


class Expressions(Comprehensions):
    """Reads expressions; names and functions of the text itself are looked up by a subclass."""

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
            found = Callee(node.id, builtin=True)
        if found is None and node.id in LIBRARIES:
            found = Library(node.id, LIBRARIES[node.id] == "torch")
        if found is None and node.id in IMPORTED:
            found = Callee(node.id)
        if found is None and node.id in NAMESPACES:
            found = Named(node.id, open=True)
        if found is None:
            raise self.names.unknown(node.id, node)
        return found

    def _lambda(self, node: ast.Lambda) -> Defined:
        return self.defined(node)

    def _called(self, node: ast.Call) -> Anything:
        found = self.read(node.func)
        if isinstance(found, Defined):
            return self.inline(found, node)
        if not isinstance(found, Callee):
            raise self.trace.error("this is not a function", at=node.func)
        total = self.reduced_list(found, node)
        if total is not None:
            return total
        if found.name.startswith("opaque "):
            return self._opaque(found.name.split()[1], node)
        arguments = [found for part in node.args for found in self._spread(part)]
        keywords = {part.arg: self.read(part.value) for part in node.keywords if part.arg}
        if len(keywords) < len(node.keywords):
            raise self.trace.error("** before a name is not read")
        return self.library(found, arguments, keywords)

    def _spread(self, node: ast.expr) -> Sequence[Anything]:
        """An argument, or those of `*x.shape`."""
        if not isinstance(node, ast.Starred):
            return [self.read(node)]
        found = self.read(node.value)
        if not isinstance(found, Several):
            raise self.trace.error(
                "* before a name is not read", hint="write the arguments one by one"
            )
        return found.items

    def library(
        self,
        function: Callee,
        arguments: list[Anything],
        keywords: dict[str, Anything],
    ) -> Anything:
        row = (BUILTINS if function.builtin else FUNCTION_ROWS).get(function.name)
        if row is None:
            raise self.trace.error(f"{function.name} is not a function that is read", "name", HINT)
        if function.of is not None:
            arguments = [function.of, *arguments]
        if function.name not in OF_CHOSEN:
            self.algebra.unmasked(*(item for item in arguments if isinstance(item, Value)))
        method = function.of is not None and self.trace.text.torch
        torch = function.torch or method or bool({"dim", "keepdim"} & keywords.keys())
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
