"""LaTeX compiled to PDF, by latexmk or pdflatex, whichever is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from symgrad.errors import AuthorError

OPTIONS = ("-interaction=nonstopmode", "-halt-on-error")

COMPILERS = {"latexmk": ("-pdf", "-quiet"), "pdflatex": ()}
"""The programs that make a PDF, the preferred one first, and what only that one is told."""


def compiled(source: str) -> bytes:
    """The PDF of a document; an AuthorError says why there is none."""
    found = next((name for name in COMPILERS if shutil.which(name)), None)
    if found is None:
        raise AuthorError("pdflatex is not installed; use --format latex and compile it elsewhere")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "solution.tex"
        path.write_text(source, encoding="utf-8")
        run = subprocess.run(
            [found, *COMPILERS[found], *OPTIONS, path.name],
            cwd=folder,
            capture_output=True,
            check=False,
        )
        if run.returncode != 0:
            log = path.with_suffix(".log")
            said = log.read_bytes() if log.exists() else run.stdout
            raise AuthorError(f"{found} fails: {_first_error(said.decode('latin-1'))}")
        return path.with_suffix(".pdf").read_bytes()


def _first_error(log: str) -> str:
    return next((line[2:] for line in log.splitlines() if line.startswith("! ")), "see its log")
