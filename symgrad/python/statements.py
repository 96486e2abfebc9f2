"""Python's statements, followed as Python would run them, without running anything.

text --one row for each kind--> steps of the trace
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from symgrad.errors import StudentError
from symgrad.python.entry import is_main
from symgrad.python.flow import appended, assigned, leaves
from symgrad.python.functions import BUILTINS, FUNCTION_ROWS
from symgrad.python.inlining import Inlining
from symgrad.python.names import LIBRARIES
from symgrad.python.scope import Unset
from symgrad.python.values import Callee, Library

HARMLESS = {"print", "assert_allclose", "display", "seterr", "manual_seed", "requires_grad_"}
"""Calls that compute nothing of an answer."""

REFUSED: dict[type[ast.AST], tuple[str, str]] = {
    ast.Break: ("`break` is not read", "write a condition, `if …:`, around the statements"),
    ast.Try: ("`try` is not read", "write the statements alone"),
    ast.Raise: ("`raise` is not read", "write the statements alone"),
    ast.Delete: ("`del` is not read", "leave it out"),
    ast.Global: ("`global` is not read", "hand the array in as a parameter"),
    ast.Nonlocal: ("`nonlocal` is not read", "hand the array in as a parameter"),
    ast.AsyncFor: ("`async` is not read", ""),
    ast.AsyncFunctionDef: ("`async` is not read", ""),
    ast.Match: ("`match` is not read", "write `if`"),
}
"""What to say of statements that are not read."""


class Statements(Inlining):
    """Follows statements."""

    def block(self, statements: Sequence[ast.stmt], last: bool = True) -> None:
        """Statements in their order; `last`: after them the round of the loop ends."""
        for n, statement in enumerate(statements):
            rest = statements[n + 1 :]
            if isinstance(statement, ast.If) and not is_main(statement):
                if leaves([statement]):
                    self._split(statement, rest, last)
                    return
                self.trace.node = statement
                self._if(statement, last and not rest)
            elif isinstance(statement, ast.With):
                self.statement(statement)
                self.block([*statement.body, *rest], last)
                return
            else:
                self.statement(statement)
            if isinstance(statement, (ast.Return, ast.Continue)):
                return

    def surroundings(self, statements: Sequence[ast.stmt]) -> None:
        """What stands beside the function that is read: what it does not use need not be read."""
        for statement in statements:
            try:
                self.statement(statement)
            except StudentError as error:
                if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                    raise
                names = {part.asname or part.name for part in getattr(statement, "names", ())}
                for name in assigned([statement]) | names:
                    self.frame.names[name] = Unset(f"is not read: {error.message}")

    def statement(self, node: ast.stmt) -> None:
        self.trace.node = node
        self.trace.spend()
        if is_main(node):
            return
        row = STATEMENTS.get(type(node))
        if row is None:
            what, hint = REFUSED.get(type(node), ("this statement is not read", ""))
            raise self.trace.error(what, hint=hint)
        row(self, node)

    def _expression(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Constant):
            return
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            name = call.func.id if isinstance(call.func, ast.Name) else name
            if name in HARMLESS:
                return
            name_of_list = appended(node)
            if name_of_list is not None:
                self.append(name_of_list, self.read(call.args[0]), node)
                return
            if isinstance(call.func, ast.Attribute) and self._effect(call.func, call):
                return
        self.read(call)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            name = (alias.asname or alias.name).split(".")[0]
            root = alias.name if isinstance(node, ast.Import) else (node.module or "")
            library = root.split(".")[0]
            if library not in LIBRARIES and library not in ("typing", "__future__", "symgrad"):
                self.frame.names[name] = Unset(f"comes from {library}, which is not read")
                continue
            if alias.name == "*":
                self.frame.names.update(
                    (shadowed, Callee(shadowed, library == "torch"))
                    for shadowed in BUILTINS.keys() & FUNCTION_ROWS.keys()
                )
            elif isinstance(node, ast.Import) or alias.name in LIBRARIES:
                whole = alias.name if alias.asname else name
                self.frame.names[name] = Library(whole.split(".")[-1], library == "torch")
            elif alias.name in FUNCTION_ROWS:
                module = Library(root.split(".")[-1], library == "torch")
                self.frame.names[name] = module.function(alias.name)

    def _with(self, node: ast.With) -> None:
        """`with torch.no_grad():`; its statements are those of the block around it."""
        if any("no_grad" not in ast.unparse(item.context_expr) for item in node.items):
            raise self.trace.error("`with` is not read", hint="write the statements alone")

    def _nothing(self, node: ast.stmt) -> None:
        """`pass`, `assert`, and `continue` at the end of a round."""


STATEMENTS: dict[type[ast.stmt], Callable[[Any, Any], None]] = {
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._annotated,
    ast.AugAssign: Statements._augmented,
    ast.For: Statements._for,
    ast.While: Statements._while,
    ast.FunctionDef: Statements._define,
    ast.ClassDef: Statements._class,
    ast.Return: Statements._return,
    ast.Expr: Statements._expression,
    ast.Import: Statements._import,
    ast.ImportFrom: Statements._import,
    ast.With: Statements._with,
    ast.Pass: Statements._nothing,
    ast.Assert: Statements._nothing,
    ast.Continue: Statements._nothing,
}
"""How each kind of statement is followed."""
