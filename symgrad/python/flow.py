"""Which names a piece of Python assigns and reads, and in which order; nothing is followed.

_ = e; x = e      assigned     x read after that is this round's
x += e            read first: an earlier round's
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from symgrad.python.syntax import Text


def leaves(body: Sequence[ast.stmt]) -> bool:
    """May statements end the round of their loop, or the function?

    `continue` of an inner loop is that one's own.
    """
    return any(
        isinstance(part, (ast.Continue, ast.Return))
        or (
            isinstance(part, (ast.If, ast.With))
            and leaves([*part.body, *getattr(part, "orelse", ())])
        )
        for part in body
    )


def completed(branch: Sequence[ast.stmt], rest: Sequence[ast.stmt]) -> list[ast.stmt]:
    """A branch with what follows it, as far as it comes to that."""
    if branch and isinstance(branch[-1], ast.Continue):
        return list(branch[:-1])
    return list(branch) if branch and isinstance(branch[-1], ast.Return) else [*branch, *rest]


def refuses(branch: Sequence[ast.stmt]) -> bool:
    """Does a branch only say that something else was handed in?"""
    return len(branch) == 1 and isinstance(branch[0], ast.Raise)


def stored_names(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def assigned(body: Sequence[ast.stmt]) -> set[str]:
    """The names that statements assign, `x[i] = …` not among them."""
    return {name for statement in body for name in stored_names(statement)}


def is_bound(name: str, node: ast.AST) -> bool:
    """Is a name assigned anew, not only by += in place?"""
    for part in ast.walk(node):
        targets: Sequence[ast.expr] = ()
        if isinstance(part, ast.Assign):
            targets = part.targets
        elif isinstance(part, (ast.AnnAssign, ast.For)):
            targets = [part.target]
        if any(name in stored_names(target) for target in targets):
            return True
    return False


def appended(statement: ast.stmt) -> str | None:
    """`name.append(e)`: the name."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    function = call.func if isinstance(call, ast.Call) and len(call.args) == 1 else None
    if isinstance(function, ast.Attribute) and function.attr == "append":
        return function.value.id if isinstance(function.value, ast.Name) else None
    return None


def uses(name: str, node: ast.AST) -> int:
    """How often a name stands in a piece of Python."""
    return sum(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _loads(name: str, node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
        for part in ast.walk(node)
    )


def is_read_first(name: str, body: Sequence[ast.stmt]) -> bool:
    """May a round read what an earlier one left under a name, or leave it as it is?"""
    new = False
    for statement in body:
        if isinstance(statement, (ast.For, ast.While)):
            if _loads(name, statement.iter if isinstance(statement, ast.For) else statement.test):
                return True
            if isinstance(statement, ast.For) and name in stored_names(statement.target):
                return False
            inner = is_read_first(name, statement.body)
            if name in assigned(statement.body) and not inner:
                new = True
                continue
        if _loads(name, statement):
            return True
        if name in assigned([statement]):
            return isinstance(statement, (ast.If, ast.For, ast.While, ast.AugAssign, ast.With))
    return not new


def parameters_of(node: ast.FunctionDef | ast.Lambda, text: Text) -> dict[str, ast.expr | None]:
    """The parameters of a function with their defaults."""
    found = node.args
    if found.vararg or found.kwarg:
        raise text.error("* before a parameter is not read", node, hint="name the parameters")
    plain = [*found.posonlyargs, *found.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(found.defaults))
    pairs = dict(zip((part.arg for part in plain), [*defaults, *found.defaults], strict=True))
    pairs.update(zip((part.arg for part in found.kwonlyargs), found.kw_defaults, strict=True))
    return pairs
