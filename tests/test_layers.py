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
    "": "errors heads expressions program shapes",
    "writing": "names indexspelling conditionspelling spelling agreement write",
    "algebra": "choices monomials tidy binding interleaving differentiate localderivative sizes",
    "sets": """patience affine conjunctions indexsets weights literals presburger integers bounds
        scopes access straying""",
    "evaluation": """values operations balls floats arithmetic frames positions reductions truths
        closures slopes stage evaluate""",
    "reading.slips": "findings rule characters misfits messages",
    "reading.syntax": "blocks lookalikes trees grammar source complaints parse",
    "reading.names": "words star vocabulary unknown factors grouping scope fresh shadows",
    "reading.latex": """commands rows boxes layout pieces marks spellings scripts limits gradients
        higher calls shapes lowering timesteps gathering equations parse""",
    "reading.axes": "compared ranges known productaxes",
    "reading.arrays": "whole products operations literals",
    "reading.values": """indexing accessing conditions summing arguments functions calling
        localderivatives operands phrases""",
    "reading.statements": "distributing assigning introducing targets single nests declarations",
    "reading": "text",
    "separation": """pairing dependence coverage overwrite privatize scan recursion plain
        partition rounds gathered rebased restored multiplied separate recurrence""",
    "python": """syntax productaxes values views names trace algebra largest products calls
        elementwise reductions newarrays rearranging sliding joining functions subscripts reader
        arithmetic parts iteration comprehensions expressions entry flow remembering counting
        scope assignments growing counters searching looping branching inlining statements naming
        order results read""",
    "derivation": "seeds backward completion",
    "forms": "deltas expansion naming contribution padding gather folding fold",
    "refutation": """smooth domains equations extents instances trials witness comparison
        smallest relevance ties magnitudes sides refute counterparts""",
    "proof": """terms constants canonical elimination surroundings closing rational replacing
        monotone origin squares meansquares integerforms nonempty signs facts content factors
        exists thresholds brackets roots primes laws functions holes maxima unions scope
        indexforms labels relations conditions evident powers translate theory normalize
        beginning rewriting exponentials logarithms settling linear alignment splitting cases
        angles masks regions merging counting integers alike demanded definedness comparison
        rules shared prove limits notation conventions narrate""",
    "deciding": "chains equivalence",
    "efficient": """terms content atoms laws parentheses loops values flatten rules inversion
        sumrules candidates trees joining factoring reductions together planning search units
        parts sharing emit operations nearby guard economise""",
    "secondorder": """graph closed rules derivatives hessian propagation matrix contributions cost
        witness ladder numbers conditions smallest sides argument describe""",
    "course": "transcribe author exercise alternative form known jacobian reference values",
    "codegen": """dialects identifiers code places plan conditions reductions values statements
        arraytext sizes function node file""",
    "grading": """textfile pages lines headings formulas sections markdown texfile notebook pyfile
        answers digits explain mistakes order undivided outcome check grade report""",
    "explaining": "steps proving collecting gradient notes second explain",
    "typesetting": "typeset formula latex sides explanation sheet document markup pdf solution",
    "pictures": "layout svg mathml javascript page",
    "terminal": "screen questions reports grades progress verdicts secondorder",
    "commands": "refusal options exercises derive equal grade solution explore",
    "command line": "cli",
}
"""Every module in its stage: a module imports only what stands before it. A stage is a package,
but for the central value, the verdict and the command line, which are modules at the top."""

ALONE = {"", "deciding", "command line"}

ORDER = [
    module if stage in ALONE else f"{stage}.{module}"
    for stage, modules in STAGES.items()
    for module in modules.split()
]

LATE = {("program", "shapes"), ("program", "writing.write"), ("program", "reading.text")}
"""Imports within a function that point up: a program knows its own arrays and its own text, and
travels as that text."""

LEAVES = [
    module
    for module in ORDER
    if module.startswith(("typesetting.", "pictures.", "terminal.", "commands.")) or module == "cli"
]

SLOW = ("sympy", "numpy", "flint", "islpy", "lark", "rich", "torch", "pebble", "nbformat")


def path_of(module: str) -> Path:
    return PACKAGE / f"{module.replace('.', '/')}.py"


def modules() -> list[str]:
    found = (path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py"))
    return sorted(".".join(path.parts) for path in found if path.name != "__init__")


def imports(module: str) -> Iterator[tuple[str, int]]:
    """Every module that a module imports, with the line on which it does."""
    for node in ast.walk(ast.parse(path_of(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)


def imported(module: str) -> Iterator[tuple[str, int]]:
    """The modules of the package that a module imports."""
    for name, line in imports(module):
        if name.removeprefix("symgrad.") in ORDER and name.startswith("symgrad."):
            yield name.removeprefix("symgrad."), line


def test_every_module_has_its_stage() -> None:
    """No module stands outside the list, and the list names no module that does not exist."""
    assert sorted(ORDER) == modules()


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_what_stands_before_it(module: str) -> None:
    """Imports point one way, within a stage and between stages."""
    before = ORDER[: ORDER.index(module)]
    upward = [
        f"{module}:{line} imports {name}"
        for name, line in imported(module)
        if name not in before and (module, name) not in LATE
    ]
    assert not upward


def test_rendering_is_a_leaf() -> None:
    """Nothing but the command line imports what sets or prints."""
    for module in ORDER:
        if module not in LEAVES:
            assert not {name for name, _ in imported(module)} & set(LEAVES), module


def test_only_the_terminal_knows_rich_and_only_the_command_line_click() -> None:
    """Each library of the rim has its one place."""
    owners = {"rich": {"terminal"}, "click": {"commands", "cli"}, "pebble": {"grading"}}
    roots = {module: {name.split(".")[0] for name, _ in imports(module)} for module in ORDER}
    for library, expected in owners.items():
        users = {module.split(".")[0] for module in ORDER if library in roots[module]}
        assert users == expected, library


@pytest.mark.parametrize("arguments", [["--help"], ["grade", "--help"], ["--version"]])
def test_help_imports_nothing_slow(arguments: list[str]) -> None:
    """`symgrad --help` imports neither sympy nor numpy, nor anything else that takes long."""
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
