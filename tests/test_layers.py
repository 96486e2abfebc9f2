"""Imports point one way, and what is slow to import is imported late."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "symgrad"

LAYERS = """
errors expressions
program
shapes
write
""".split()
"""Every module of the package: a module may import only what stands before it."""

LEAVES = {"terminal", "report", "cli"}
"""Rendering: nothing of the domain may import it."""

SLOW = ("sympy", "numpy", "flint", "islpy", "lark", "rich", "torch", "pebble")


def modules() -> list[str]:
    return sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def imported(module: str) -> Iterator[tuple[str, int]]:
    """The modules of the package that a module imports, anywhere in its text."""
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, name = node.module.partition(".")
            if package == "symgrad" and name:
                yield name, node.lineno
            elif package == "symgrad":
                yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("symgrad."):
                    yield alias.name.removeprefix("symgrad."), node.lineno


def test_every_module_has_its_layer() -> None:
    assert sorted(LAYERS) == modules()


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_stands_below_it(module: str) -> None:
    below = LAYERS[: LAYERS.index(module)]
    upward = [f"{module}.py:{line} imports {name}" for name, line in imported(module)
              if name in LAYERS and name not in below and name != module]  # fmt: skip
    assert not upward


@pytest.mark.parametrize("module", modules())
def test_rendering_is_a_leaf(module: str) -> None:
    if module not in LEAVES:
        assert not LEAVES & {name for name, _ in imported(module)}


def test_only_terminal_knows_rich() -> None:
    knowing = [name for name in modules() if "rich" in (PACKAGE / f"{name}.py").read_text()]
    assert knowing == ["terminal"]


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
