"""What an object keeps of its forward pass, for its backward pass to use.

class ReLU:
    def forward(self, x):
        self.mask = x > 0              run first, on the exercise's arrays
        return x * self.mask
    def backward(self, dy):
        return dy * self.mask
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from symgrad.python.names import NAMESPACES

FORWARD = ("forward", "fwd", "__call__")

_OUTPUT = {"value", "grad"}
"""Attributes that stand for the output itself."""


def forward_of(tree: ast.Module, function: ast.FunctionDef | None) -> ast.FunctionDef | None:
    """The forward method beside a method, if it keeps more than its arguments under their names."""
    for holder in tree.body:
        if not isinstance(holder, ast.ClassDef) or function not in holder.body:
            continue
        for method in holder.body:
            if isinstance(method, ast.FunctionDef) and method.name in FORWARD:
                return method if object_of(method) and _keeps(method) else None
    return None


def object_of(method: ast.FunctionDef) -> str:
    """The parameter that is the object: self, or ctx."""
    first = method.args.args[:1]
    return first[0].arg if first and first[0].arg in NAMESPACES else ""


def _keeps(method: ast.FunctionDef) -> bool:
    return bool(_own(method)) and not any(name in _OUTPUT for name, _ in _stored(method))


def needs(function: ast.FunctionDef, forward: ast.FunctionDef) -> bool:
    """Does a method read what the forward pass keeps, other than arrays under their names?"""
    return any(
        isinstance(part, ast.Attribute) and part.attr in _own(forward)
        for part in ast.walk(function)
    )


def _own(method: ast.FunctionDef) -> set[str]:
    """The attributes under which a method keeps what it computes."""
    found = {name for name, v in _stored(method) if not (isinstance(v, ast.Name) and v.id == name)}
    given = {part.arg for part in method.args.args}
    for part in ast.walk(method):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            plain = all(isinstance(one, ast.Name) and one.id in given for one in part.args)
            if part.func.attr == "save_for_backward" and not plain:
                found.add("saved_tensors")
    return found


def _stored(method: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """The attributes of the object that a method assigns, with their values."""
    for part in ast.walk(method):
        if not isinstance(part, ast.Assign):
            continue
        for target in part.targets:
            for item in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name):
                    yield item.attr, part.value if item is target else item
