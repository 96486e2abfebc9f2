"""Imports point one way, rendering is a leaf, and what is slow to import is imported late."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "symgrad"

STAGES = {
    "the central value": "errors expressions program shapes",
    "writing": "names spelling agreement write",
    "algebra": "monomials tidy binding",
    "integer sets": "affine indexsets literals presburger sets bounds access",
    "evaluating": """values operations balls floats arithmetic frames positions reductions truths
        closures slopes stage evaluate""",
    "reading": """source complaints parse vocabulary factors sizes indexing conditions summing
        phrases statements declarations ranges reading""",
    "separating": "dependence coverage overwrite privatize separate",
    "deriving": "differentiate seeds derivation completion",
    "forms": "deltas expansion naming contribution padding gather folding fold",
    "refuting": """smooth domains equations extents instances trials witness comparison refute""",
    "proving": """terms canonical elimination algebra signs content brackets laws functions scope
        indexforms translate theory normalize rewriting cases regions definedness rules prove""",
    "deciding": "equivalence",
    "exercises": "transcribe author exercise form known jacobian explore reference",
    "checking": "textfile lines answers digits explain mistakes check grade",
    "rendering": "typeset formula latex solution report terminal refusal cli",
}
"""Every module in its stage: a module imports only what stands before it."""

ORDER = [module for modules in STAGES.values() for module in modules.split()]

LATE = {("program", "shapes"), ("program", "write")}
"""Imports within a function that point up: a program knows its own arrays and its own text."""

SLOW = ("sympy", "numpy", "flint", "islpy", "lark", "rich", "torch", "pebble")


def modules() -> list[str]:
    return sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def imported(module: str) -> Iterator[tuple[str, int]]:
    """The modules of the package that a module imports, and the lines on which it does."""
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, name = node.module.partition(".")
            names = [name] if name else [alias.name for alias in node.names]
            if package == "symgrad":
                yield from ((name, node.lineno) for name in names if name in ORDER)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("symgrad."):
                    yield alias.name.removeprefix("symgrad."), node.lineno


def test_every_module_has_its_stage() -> None:
    assert sorted(ORDER) == modules()


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_what_stands_before_it(module: str) -> None:
    before = ORDER[: ORDER.index(module)]
    upward = [
        f"{module}.py:{line} imports {name}"
        for name, line in imported(module)
        if name not in before and (module, name) not in LATE
    ]
    assert not upward


def test_rendering_is_a_leaf() -> None:
    leaves = STAGES["rendering"].split()
    for module in ORDER[: -len(leaves)]:
        assert not {name for name, _ in imported(module)} & set(leaves)


def test_only_the_terminal_knows_rich_and_only_the_command_line_click() -> None:
    owners = {"rich": ["terminal"], "click": ["refusal", "cli"], "pebble": ["grade"]}
    for library, expected in owners.items():
        importing = [
            module
            for module in ORDER
            if any(
                (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == library)
                or (isinstance(node, ast.Import) and node.names[0].name.split(".")[0] == library)
                for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text("utf-8")))
            )
        ]
        assert importing == expected


@pytest.mark.parametrize("arguments", [["--help"], ["grade", "--help"], ["--version"]])
def test_help_imports_nothing_slow(arguments: list[str]) -> None:
    code = f"""
import sys
from symgrad.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert end.code == 0
print([name for name in {SLOW!r} if name in sys.modules], file=sys.stderr)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr.strip() == "[]"
