"""Check a wheel: `python tests/wheel.py dist/symgrad-….whl`.

Its top level holds `symgrad` alone, it ships every exercise and nothing stale, and the command
runs from it outside the checkout.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def check_contents(names: set[str]) -> None:
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"symgrad"}, top
    modules = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "symgrad").rglob("*.*")
        if "__pycache__" not in path.parts
    }
    exercises = {f"symgrad/exercises/{path.name}" for path in (ROOT / "exercises").glob("*.py")}
    shipped = {name for name in names if name.startswith("symgrad/")}
    assert shipped == modules | exercises, shipped ^ (modules | exercises)


def check_command(wheel: Path) -> None:
    """Run the wheel alone, in an empty folder, on the libraries that are installed here."""
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "installed"
        install = ["install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
        subprocess.run([sys.executable, "-m", "pip", *install], check=True)
        code = "from symgrad.course import exercise; print(exercise.FOLDER); exercise.catalogue()"
        for arguments in (["-c", code], ["-c", "from symgrad.cli import main; main()", "list"]):
            run = subprocess.run(
                [sys.executable, *arguments],
                cwd=place,
                env={**os.environ, "PYTHONPATH": str(target)},
                capture_output=True,
                text=True,
                check=True,
            )
            assert run.stdout.startswith(str(target)) or "softmax" in run.stdout, run.stdout


if __name__ == "__main__":
    built = Path(sys.argv[1])
    check_contents(contents(built))
    check_command(built)
    print(f"{built.name}: {len(contents(built))} files, top level symgrad alone, runs")
