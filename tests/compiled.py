"""Compile LaTeX documents: `python tests/compiled.py solutions/*.tex`.

Each by itself, as it stands; fails where one does not compile, or where a box sticks out of its
line or page by more than 10 points.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

MOST = 10.0
"""Points by which a box may stick out."""


def pdflatex(path: Path, folder: Path | None = None) -> tuple[int, str]:
    """The exit code and the log of pdflatex, whose files go to a folder (that of the document)."""
    output = [f"-output-directory={folder}"] if folder else []
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", *output, path.name],
        cwd=path.parent,
        capture_output=True,
        check=False,
    )
    return run.returncode, run.stdout.decode("latin-1")


def overfull(log: str) -> list[str]:
    """The complaints of a log about boxes that stick out by more than `MOST`."""
    found = re.findall(r"^Overfull \\[hv]box \(([\d.]+)pt.*$", log, re.MULTILINE)
    return [f"{points}pt" for points in found if float(points) > MOST]


def main(paths: list[Path]) -> int:
    bad = 0
    with TemporaryDirectory() as folder:
        for path in paths:
            code, log = pdflatex(path, Path(folder))
            problems = [f"exit code {code}\n{log[-1000:]}"] if code else overfull(log)
            bad += bool(problems)
            for problem in problems:
                print(f"{path}: {problem}")
    print(f"{len(paths) - bad} of {len(paths)} documents compile, and nothing runs off the page")
    return 1 if bad or not paths else 0


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))
