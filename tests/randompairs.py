"""Random right sides of `for i in 1..N: out[i] = …`, equal rewritings of them, and mutants.

A tree is `(head, …)`; `TEXTS` says how each head is written. `rewritten` changes a tree only by
identities (commuted, distributed, split, unfolded); `mutated` makes one change that is wrong nearly
always (sign, array, bound, dropped term, factor, function).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Tree = tuple[Any, ...]

GIVEN = """
input x[N]
input y[N]
input A[N, M]
input w[M]
input c
input s
assume s > 0
"""

TEXTS: dict[str, str] = {
    "c": "c",
    "s": "s",
    "number": "({1})",
    "x": "x[{1}]",
    "y": "y[{1}]",
    "w": "w[{1}]",
    "A": "A[{1}, {2}]",
    "same": "[{1} == {2}]",
    "other": "[{1} != {2}]",
    "upto": "[{1} <= {2}]",
    "above": "[x[{1}] > 0]",
    "least": "[x[{1}] >= 0]",
    "add": "({1} + {2})",
    "subtract": "({1} - {2})",
    "multiply": "({1} * {2})",
    "larger": "max({1}, {2})",
    "negate": "(-{1})",
    "square": "({1})^2",
    "bounded": "(1/(1 + ({1})^2))",
    "root": "sqrt(1 + ({1})^2)",
    "log": "log(1 + exp({1}))",
    "exp": "exp({1})",
    "sigma": "sigma({1})",
    "tanh": "tanh({1})",
    "relu": "relu({1})",
    "sum": "sum({1} in 1..{2}, {3})",
    "shifted": "sum({1} in 2..N, y[{1}-1] * {2})",
    "greatest": "max({1} in 1..N, x[{1}] + {2})",
}

UNARY = ["negate", "square", "bounded", "root", "log", "exp", "sigma", "tanh", "relu"]
BINARY = ["add", "add", "subtract", "multiply", "multiply", "multiply", "larger"]
BINDING = ["sum", "sum", "sum", "prefix", "shifted", "greatest"]


def program(tree: Tree, op: str = "=") -> str:
    return f"for i in 1..N: out[i] {op} {text(tree)}"


def text(tree: Tree) -> str:
    parts = [text(part) if isinstance(part, tuple) else part for part in tree]
    return TEXTS[tree[0]].format(*parts)


def tree(random: Random, depth: int, scope: dict[str, str] | None = None) -> Tree:
    """A random tree over the indices in scope, each with the extent of its axis."""
    scope = {"i": "N"} if scope is None else scope
    if depth == 0 or random.random() < 0.15:
        return random.choice(list(_leaves(random, scope)))
    head = random.choice(UNARY + BINARY + BINDING)
    if head in UNARY:
        return head, tree(random, depth - 1, scope)
    if head in BINARY:
        return head, tree(random, depth - 1, scope), tree(random, depth - 1, scope)
    bound = f"k{len(scope)}"
    rows = [index for index, extent in scope.items() if extent == "N"]
    extent = random.choice("NM") if head == "sum" else "N"
    inner = tree(random, depth - 1, {**scope, bound: extent})
    if head == "sum":
        return "sum", bound, extent, inner
    if head == "prefix":
        return "sum", bound, random.choice(rows), inner
    return head, bound, inner


def _leaves(random: Random, scope: dict[str, str]) -> Iterator[Tree]:
    rows = [index for index, extent in scope.items() if extent == "N"]
    columns = [index for index, extent in scope.items() if extent == "M"]
    yield from [("c",), ("s",), ("number", random.choice(["1", "2", "3", "1/2"]))]
    yield from [("x", random.choice(rows)), ("y", random.choice(rows))] * 2
    yield from [("above", random.choice(rows)), ("least", random.choice(rows))]
    if columns:
        yield from [("w", random.choice(columns)), ("A", random.choice(rows), columns[0])] * 2
    if len(rows) > 1:
        yield from [(head, rows[0], rows[1]) for head in ("same", "other", "upto")]


def rewritten(random: Random, tree: Tree) -> Tree:
    """An equal tree."""
    tree = tuple(rewritten(random, part) if isinstance(part, tuple) else part for part in tree)
    rules = [rule for rule in IDENTITIES if random.random() < 0.6]
    for rule in rules:
        tree = rule(tree) or tree
    return tree


def _distributed(tree: Tree) -> Tree | None:
    if tree[0] == "multiply" and tree[1][0] in ("add", "subtract"):
        head, left, right = tree[1]
        return head, ("multiply", left, tree[2]), ("multiply", right, tree[2])
    return None


def _split(tree: Tree) -> Tree | None:
    if tree[0] == "sum" and tree[3][0] in ("add", "subtract"):
        head, left, right = tree[3]
        return head, ("sum", *tree[1:3], left), ("sum", *tree[1:3], right)
    return None


def _case(head: str, change: Callable[..., Tree]) -> Callable[[Tree], Tree | None]:
    return lambda tree: change(*tree[1:]) if tree[0] == head else None


ONE: Tree = ("number", "1")

IDENTITIES: list[Callable[[Tree], Tree | None]] = [
    _case("add", lambda a, b: ("add", b, a)),
    _case("multiply", lambda a, b: ("multiply", b, a)),
    _distributed,
    _split,
    _case("square", lambda a: ("multiply", a, a)),
    _case("subtract", lambda a, b: ("add", a, ("negate", b))),
    _case("relu", lambda a: ("larger", ("number", "0"), a)),
    _case("sigma", lambda a: ("subtract", ONE, ("sigma", ("negate", a)))),
    _case("other", lambda a, b: ("subtract", ONE, ("same", b, a))),
    _case("above", lambda a: ("least", a)),
]

MUTATIONS: dict[str, Callable[[Tree], Tree]] = {
    "add": lambda tree: ("subtract", *tree[1:]),
    "subtract": lambda tree: ("subtract", tree[2], tree[1]),
    "multiply": lambda tree: tree[1],
    "sum": lambda tree: ("sum", tree[1], f"{tree[2]}-1", tree[3]),
    "x": lambda tree: ("y", tree[1]),
    "y": lambda tree: ("x", tree[1]),
    "same": lambda tree: ("other", *tree[1:]),
    "upto": lambda tree: ("upto", tree[2], tree[1]),
    "above": lambda tree: ("subtract", ONE, tree),
    "exp": lambda tree: ("sigma", tree[1]),
    "sigma": lambda tree: ("tanh", tree[1]),
    "square": lambda tree: tree[1],
    "root": lambda tree: ("bounded", tree[1]),
    "larger": lambda tree: ("add", tree[1], tree[2]),
}


def mutated(random: Random, tree: Tree) -> Tree:
    """A tree with one change."""
    path = random.choice(list(_paths(tree)))
    found = tree
    for step in path:
        found = found[step]
    return _put(tree, path, MUTATIONS.get(found[0], _negated)(found))


def _negated(tree: Tree) -> Tree:
    return "negate", tree


def _paths(tree: Tree, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    yield path
    for place, part in enumerate(tree):
        if isinstance(part, tuple):
            yield from _paths(part, (*path, place))


def _put(tree: Tree, path: tuple[int, ...], new: Tree) -> Tree:
    if not path:
        return new
    return (*tree[: path[0]], _put(tree[path[0]], path[1:], new), *tree[path[0] + 1 :])
