r"""The reference solution of an exercise as LaTeX, Markdown, notebook or PDF.

Question, source, forward pass; then each part with its question, its reference answer and the
other forms of it. The LaTeX stands alone and needs amsmath. All but the PDF are themselves answer
files: a part under each heading, and everything but its answer quoted.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from symgrad.course.exercise import Exercise, Part
from symgrad.course.reference import numbers, reference, variants
from symgrad.errors import AuthorError
from symgrad.program import Assume, Declaration, Input, Loss, Opaque, Output, Program
from symgrad.typesetting.latex import Typesetter, align, inline

PREAMBLE = r"""\documentclass[11pt,fleqn]{article}
\usepackage[a4paper,margin=2.3cm]{geometry}
\usepackage{amsmath}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5em}
\renewenvironment{quote}{\par}{\par}
\allowdisplaybreaks
\begin{document}
"""

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "·": r"$\cdot$",
    "“": "``",
    "”": "''",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
"""Characters of a text that LaTeX reads as commands or lacks."""


# --- LaTeX -------------------------------------------------------------------------------------


def as_latex(exercise: Exercise) -> str:
    """The solution as a document that pdflatex takes."""
    return PREAMBLE + "\n".join(_latex_lines(exercise)) + "\n\\end{document}\n"


def _latex_lines(exercise: Exercise) -> Iterator[str]:
    names = {name: alias for alias, name in reversed(list(exercise.aliases.items()))}
    shared = _shared(exercise)
    yield rf"\section*{{{_words(exercise.title)}}}"
    yield rf"\emph{{{_words(exercise.source)}}}"
    yield ""
    yield r"\begin{quote}"
    yield _words(exercise.question, names)
    if shared:
        yield r"\subsection*{Forward pass}"
        yield from _forward_latex(shared, names)
    yield r"\end{quote}"
    for part in exercise.parts:
        yield ""
        yield rf"\subsection*{{({part.name})\hfill\normalfont {_points(part)}}}"
        yield r"\begin{quote}"
        yield _words(part.question, names)
        if not shared:
            yield ""
            earlier = _same_forward(exercise, part)
            yield from (
                [f"The forward pass is that of ({earlier})."]
                if earlier
                else _forward_latex(part.forward, names)
            )
        yield r"\end{quote}"
        yield ""
        yield r"\textbf{Answer.}"
        yield _display(reference(part), names)
        yield from _others_latex(part, names)


def _others_latex(part: Part, names: dict[str, str]) -> Iterator[str]:
    """The answer in its other forms and in numbers, quoted."""
    lines = []
    for title, answer in variants(part):
        lines += [f"{title}:", _display(answer, names)]
    values = [f"${inline(name, names)} = {value}$" for name, value in numbers(part).items()]
    if values:
        lines.append(f"In numbers: {', '.join(values)}.")
    if lines:
        yield from (r"\begin{quote}", *lines, r"\end{quote}")


def _display(program: Program, names: dict[str, str]) -> str:
    return align(Typesetter.of(program, names).nests(program))


def _forward_latex(forward: Program, names: dict[str, str]) -> Iterator[str]:
    typesetter = Typesetter.of(forward, names)
    for title, kind in DECLARED:
        items = [typesetter.declaration(item) for item in forward.declared(kind)]
        if items:
            yield f"{title}: ${'$, $'.join(items)}$."
    if forward.nests:
        yield align(typesetter.nests(forward))


DECLARED: tuple[tuple[str, type[Declaration]], ...] = (
    ("Inputs", Input),
    ("Smooth functions", Opaque),
    ("Assumed", Assume),
    ("Outputs, whose gradients are given", Output),
    ("Loss", Loss),
)
"""What a forward pass declares, in the order in which it is said."""


def _words(text: str, names: dict[str, str] | None = None) -> str:
    """Prose, with what stands in backticks as mathematics."""
    prose, *rest = re.split(r"`([^`]*)`", text)
    written = _escaped(prose)
    for code, more in zip(rest[::2], rest[1::2], strict=True):
        written += f"${inline(code, names or {})}${_escaped(more)}"
    return written


def _escaped(text: str) -> str:
    return "".join(SPECIAL.get(character, character) for character in text)


# --- Markdown ----------------------------------------------------------------------------------


def as_markdown(exercise: Exercise) -> str:
    """The solution as an answer file that `symgrad check` gives full marks."""
    return "\n".join(_markdown_lines(exercise, _fenced)) + "\n"


def _fenced(answer: Program) -> Iterator[str]:
    yield "```"
    yield str(answer)
    yield "```"


def _markdown_lines(exercise: Exercise, shown: Callable[[Program], Iterable[str]]) -> Iterator[str]:
    yield f"# {exercise.title}"
    yield ""
    yield f"> {exercise.source}"
    yield ">"
    yield f"> {exercise.question}"
    if exercise.aliases:
        yield ">"
        yield f"> {exercise.naming}"
    shared = _shared(exercise)
    if shared:
        yield from _quoted(str(shared))
    for part in exercise.parts:
        yield ""
        yield f"## {part.name}"
        yield ""
        yield f"> {part.question} ({_points(part)})"
        if not shared:
            earlier = _same_forward(exercise, part)
            yield from (
                [">", f"> The forward pass is that of {earlier}."]
                if earlier
                else _quoted(str(part.forward))
            )
        yield ""
        yield from shown(reference(part))
        for title, answer in variants(part):
            yield ""
            yield f"> {title}:"
            yield from _quoted(str(answer))
        values = [f"{name} = {value}" for name, value in numbers(part).items()]
        if values:
            yield ""
            yield f"> In numbers: {', '.join(values)}."


def _quoted(program: str) -> Iterator[str]:
    """Code in a quotation, which belongs to no answer."""
    yield ">"
    yield from (f">     {line}" for line in program.splitlines())


# --- notebook ----------------------------------------------------------------------------------


def as_notebook(exercise: Exercise) -> str:
    """The solution as a Jupyter notebook: a Markdown cell for each part, its answer as LaTeX."""
    names = {name: alias for alias, name in reversed(list(exercise.aliases.items()))}
    text = "\n".join(_markdown_lines(exercise, lambda answer: [_display(answer, names)]))
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "id": f"cell-{n}", "metadata": {}, "source": source.strip()}
        for n, source in enumerate(re.split(r"\n(?=## )", text))
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


# --- PDF ---------------------------------------------------------------------------------------


def as_pdf(exercise: Exercise) -> bytes:
    """The LaTeX solution, compiled."""
    return compile_latex(as_latex(exercise))


def compile_latex(source: str) -> bytes:
    """What pdflatex makes of a document; an AuthorError says why it makes nothing."""
    if shutil.which("pdflatex") is None:
        raise AuthorError("pdflatex is not installed; use --format latex and compile it elsewhere")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "solution.tex"
        path.write_text(source, encoding="utf-8")
        run = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name],
            cwd=folder,
            capture_output=True,
            check=False,
        )
        if run.returncode != 0:
            raise AuthorError(f"pdflatex fails: {_first_error(run.stdout.decode('latin-1'))}")
        return path.with_suffix(".pdf").read_bytes()


def _first_error(log: str) -> str:
    return next((line[2:] for line in log.splitlines() if line.startswith("! ")), "see its log")


# --- shared ------------------------------------------------------------------------------------

FORMATS: dict[str, tuple[str, Callable[[Exercise], str | bytes]]] = {
    "latex": (".tex", as_latex),
    "markdown": (".md", as_markdown),
    "notebook": (".ipynb", as_notebook),
    "pdf": (".pdf", as_pdf),
}
"""Each format with its file ending."""


def write_solutions(exercises: Sequence[Exercise], format: str, folder: Path) -> list[Path]:
    """A file for each exercise; the paths that were written."""
    ending, render = FORMATS[format]
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for exercise in exercises:
        content = render(exercise)
        path = folder / f"{exercise.id}{ending}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return paths


def _shared(exercise: Exercise) -> Program | None:
    """The forward pass, where all parts have the same."""
    passes = {part.forward for part in exercise.parts}
    return passes.pop() if len(passes) == 1 else None


def _same_forward(exercise: Exercise, part: Part) -> str | None:
    """The first part with this forward pass, unless it is the part itself."""
    first = next(other for other in exercise.parts if other.forward == part.forward)
    return None if first is part else first.name


def _points(part: Part) -> str:
    return f"{part.points} point{'s' if part.points != 1 else ''}"
