"""Functions of the text: read where they are called, with their own names."""

from __future__ import annotations

import ast
from contextlib import suppress

from symgrad.errors import StudentError
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
        self.frame.names[node.name] = self.defined(node)

    def defined(self, node: ast.FunctionDef | ast.Lambda) -> Defined:
        """A function; defaults that name something are what they are now."""
        found = node.args
        plain = [*found.posonlyargs, *found.args]
        pairs = [
            *zip(plain[len(plain) - len(found.defaults) :], found.defaults, strict=True),
            *zip(found.kwonlyargs, found.kw_defaults, strict=True),
        ]
        defaults: dict[str, Anything] = {}
        for parameter, default in pairs:
            if default is not None and any(isinstance(n, ast.Name) for n in ast.walk(default)):
                with suppress(StudentError):
                    value = self.read(default)
                    defaults[parameter.arg] = (
                        self._kept(parameter.arg, value) if isinstance(value, Value) else value
                    )
        return Defined(node, self.frame, defaults)

    def _class(self, node: ast.ClassDef) -> None:
        methods: dict[str, Anything] = {
            part.name: self.defined(part) for part in node.body if isinstance(part, ast.FunctionDef)
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
        defined = function.names if isinstance(function.names, Frame) else None
        names: dict[str, Anything | Unset] = {}
        for name, default in parameters.items():
            if name not in given and default is None:
                raise self.trace.error(f"the argument {name} is missing")
            found = given.get(name) or function.defaults.get(name)
            if found is None and default is not None:
                found = self.read(default)
            assert found is not None
            names[name] = self._kept(name, found) if isinstance(found, Value) else found
        return self.entered(function, names, defined)

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
