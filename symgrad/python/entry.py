"""Which function of a text is the answer.

def a(dp, p), def part_a(…), class PartA          named after the part
ds = p * dp                                       else the statements outside of functions
def softmax_backward(dp, p)                       else the only function that nothing calls
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from symgrad.python.syntax import Text

BACKWARD = ("backward", "backprop", "bwd", "grad")
"""What a function of the backward pass is called, where a forward pass stands beside it."""

METHODS = ("backward", "bwd", "backprop")

_HEADS = "part|problem|exercise|question|task|answer|solution|backward|bwd|grad"

Entry = ast.FunctionDef


def parts_named(name: str, parts: Sequence[str]) -> list[str]:
    """The parts that a function is named after: `part_a`, `a_backward`, `a`, `PartA`."""
    bare = re.sub(rf"(?i)(?:^|_)(?:{_HEADS})(?=_|$|[A-Z0-9]|[a-z]$)", "_", name).strip("_")
    exact = [part for part in parts if part in (bare, name)]
    return exact or [part for part in parts if part.lower() == bare.lower()]


def entry(tree: ast.Module, part: str, parts: Sequence[str], text: Text) -> Entry | None:
    """The function that answers a part; None where the statements outside of functions do."""
    found = list(_functions(tree))
    named = [node for name, node in found if part and part in parts_named(name, parts)]
    if named:
        return _only(named, text)
    if any(_acts(node) for node in tree.body):
        return None
    others = [name for name in parts if name != part]
    free = [
        (name, node)
        for name, node in found
        if not parts_named(name, others) and not _is_called(node.name, tree, node)
    ]
    backward = [node for name, node in free if any(word in name.lower() for word in BACKWARD)]
    candidates = backward or [node for name, node in free if "forward" not in name.lower()]
    return _only(candidates or [node for _, node in free], text) if free else None


def _only(found: Sequence[Entry], text: Text) -> Entry:
    if len(found) > 1:
        names = " or ".join(node.name for node in found)
        raise text.error(
            f"which function is the answer, {names}?",
            found[1],
            "name",
            "name it after the part, as in `def part_a(…):`",
        )
    return found[0]


def _functions(tree: ast.Module) -> Iterator[tuple[str, Entry]]:
    """Functions by their names; of a class its backward method, by the name of the class."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name in METHODS:
                    yield node.name, method


def _acts(node: ast.stmt) -> bool:
    """Does a statement outside of functions compute something?"""
    if isinstance(node, ast.Assign):
        return not all(
            isinstance(part, (ast.Constant, ast.UnaryOp, ast.Name, ast.operator, ast.unaryop,
                              ast.expr_context, ast.BinOp, ast.Lambda, ast.arguments, ast.arg,
                              ast.Call, ast.Attribute))
            and not (isinstance(part, ast.Call) and not _in_lambda(node.value))
            for part in ast.walk(node.value)
        )  # fmt: skip
    return isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For, ast.Return))


def _in_lambda(node: ast.expr) -> bool:
    return isinstance(node, ast.Lambda)


def _is_called(name: str, tree: ast.Module, own: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
        for node in tree.body
        if node is not own
        for part in ast.walk(node)
    )
