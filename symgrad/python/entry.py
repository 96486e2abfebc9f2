"""Which function of a text is the answer.

def a(dp, p), def part_a(…), class PartA          named after the part
ds = p * dp                                       else the statements outside of functions
def softmax_backward(dp, p)                       else the only function that nothing calls
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

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


def entry(
    tree: ast.Module,
    part: str,
    parts: Sequence[str],
    text: Text,
    is_target: Callable[[str], bool],
) -> Entry | None:
    """The function that answers a part; None where the statements outside of functions do."""
    found = list(_functions(tree))
    named = [node for name, node in found if part and part in parts_named(name, parts)]
    if named:
        return _only(named, text)
    if any(_gives(node, is_target) for node in tree.body):
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


def is_main(node: ast.AST) -> bool:
    """`if __name__ == "__main__":` begins what only runs where the file is a program."""
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
    )


def _gives(node: ast.stmt, is_target: Callable[[str], bool]) -> bool:
    """Does a statement outside of functions write what is asked for?"""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)) or is_main(node):
        return False
    written = (
        part.value if isinstance(part, ast.Subscript) else part
        for part in ast.walk(node)
        if isinstance(part, (ast.Name, ast.Subscript, ast.Attribute))
        and isinstance(part.ctx, ast.Store)
    )
    return any(is_target(name_of(part)) for part in written)


def name_of(node: ast.expr | None) -> str:
    """`ds`, `s.grad`, `self.s.grad`, `ds[b]`: the name of an array; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript):
        return name_of(node.value)
    if isinstance(node, ast.Attribute) and node.attr == "grad":
        inner = node.value
        base = inner.attr if isinstance(inner, ast.Attribute) else name_of(inner)
        return f"{base}.grad" if base else ""
    return ""


def _is_called(name: str, tree: ast.Module, own: ast.AST) -> bool:
    """Does another function use it? What only tries it out does not count."""
    return any(
        isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
        for node in tree.body
        if node is not own and isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Assign))
        for part in ast.walk(node.value if isinstance(node, ast.Assign) else node)
        if not isinstance(node, ast.Assign) or isinstance(node.value, ast.Lambda)
    )
