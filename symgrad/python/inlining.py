"""Functions of the text: read where they are called, with their own names."""

from __future__ import annotations

import ast

from symgrad.python.branching import Branching
from symgrad.python.flow import parameters_of
from symgrad.python.scope import Frame, Unset
from symgrad.python.values import Anything, Defined, Named, Nothing, Value

MAX_CALLS = 40

MAX_CALL_DEPTH = 8

DECORATORS = ("staticmethod", "classmethod", "torch.no_grad", "njit", "jit", "numba.", "torch.jit")
"""What before a function changes nothing of what it computes."""


class Inlining(Branching):
    """Follows definitions, calls and `return`."""

    calls = 0

    def _define(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            if not ast.unparse(decorator).startswith(DECORATORS):
                raise self.trace.error("this decorator is not read", hint="leave it out")
        self.frame.names[node.name] = Defined(node)

    def _class(self, node: ast.ClassDef) -> None:
        methods: dict[str, Anything] = {
            part.name: Defined(part) for part in node.body if isinstance(part, ast.FunctionDef)
        }
        self.frame.names[node.name] = Named(node.name, methods)

    def inline(self, function: Defined, call: ast.Call) -> Anything:
        arguments = [self.read(part) for part in call.args]
        keywords = {part.arg: self.read(part.value) for part in call.keywords if part.arg}
        self.trace.node = call
        self.calls += 1
        if self.calls > MAX_CALLS or self.frame.depth > MAX_CALL_DEPTH:
            raise self.trace.error(f"more than {MAX_CALLS} calls of functions", "limit")
        parameters = parameters_of(function.node, self.trace.text)
        if len(arguments) > len(parameters) or not keywords.keys() <= {*parameters}:
            raise self.trace.error("these arguments do not fit the function")
        given = {**dict(zip(parameters, arguments, strict=False)), **keywords}
        top = self.frame
        while top.outer is not None:
            top = top.outer
        names: dict[str, Anything | Unset] = {}
        for name, default in parameters.items():
            if name not in given and default is None:
                raise self.trace.error(f"the argument {name} is missing")
            found = given[name] if name in given else self.read(default) if default else None
            assert found is not None
            names[name] = self._kept(name, found) if isinstance(found, Value) else found
        return self.entered(function, names, top)

    def entered(
        self, function: Defined, names: dict[str, Anything | Unset], outer: Frame | None
    ) -> Anything:
        """What the body of a function gives, its parameters being bound."""
        frame, lists = self.frame, self.lists
        self.lists = {}
        self.frame = Frame(
            names,
            outer=outer,
            caller=frame,
            depth=frame.depth + 1,
            loops=len(self.trace.loops),
        )
        if isinstance(function.node, ast.Lambda):
            found = self.read(function.node.body)
        else:
            self.block(function.node.body)
            found = self.frame.result or Nothing()
        self.ended = self.frame
        self.frame, self.lists = frame, lists
        return found

    ended: Frame
    """The names of the function that ended last."""

    def _return(self, node: ast.Return) -> None:
        if self.frame.depth == 0:
            raise self.trace.error("`return` outside of a function")
        if self.frame.unrolled or len(self.trace.loops) > self.frame.loops:
            raise self.trace.error("`return` within a loop", hint="return once, at the end")
        self.frame.result = Nothing()
        if node.value is not None:
            self.frame.result = self.read(node.value)
            self.frame.returned = node.value
