"""A solution sheet as blocks: what it says and in which order, whatever it is written in.

    Sheet    title, source, question, forward pass
    Section  a part: its question, the derivation, the answer, what else there is to say

All mathematics is LaTeX already; LaTeX, Markdown and notebooks differ in what stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import sympy
from sympy import Expr

from symgrad.course.exercise import Exercise, Part
from symgrad.course.reference import numbers
from symgrad.course.values import values
from symgrad.equivalence import equivalent
from symgrad.explaining.explain import Form, explain
from symgrad.explaining.steps import Claim, Derivation, Equation, Local, Shown, Words
from symgrad.expressions import array_of
from symgrad.forms.gather import gather
from symgrad.heads import SumOver
from symgrad.program import Assume, Declaration, Input, Loss, Opaque, Output, Program
from symgrad.typesetting.latex import Typesetter, inline
from symgrad.typesetting.sides import equation
from symgrad.typesetting.typeset import name_latex

Names: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Math:
    """A formula in a sentence."""

    latex: str


@dataclass(frozen=True)
class Code:
    """A name as one types it."""

    text: str


Pieces: TypeAlias = tuple[str | Math | Code, ...]


@dataclass(frozen=True)
class Paragraph:
    """A sentence, behind a `lead` in bold."""

    pieces: Pieces
    lead: Pieces = ()


@dataclass(frozen=True)
class Display:
    """Lines below each other."""

    lines: tuple[str, ...]


Block: TypeAlias = Paragraph | Display


@dataclass(frozen=True)
class Section:
    """A part; without an answer where the sheet is blank."""

    name: str
    points: str
    question: tuple[Block, ...]
    derivation: tuple[Block, ...] = ()
    answer: Display | None = None
    remarks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Sheet:
    title: str
    source: str
    question: tuple[Block, ...]
    sections: tuple[Section, ...]


def sheet(exercise: Exercise, *, blank: bool = False) -> Sheet:
    """The sheet of an exercise; a blank one asks and does not answer."""
    names = {name: alias for alias, name in reversed(list(exercise.aliases.items()))}
    shared = _shared(exercise)
    question: list[Block] = [Paragraph(prose(exercise.question, names))]
    question += _naming(exercise)
    if shared:
        question += _forward(shared, names)
    told: Told = {}
    sections = (
        _section(exercise, part, names, told if not blank else None) for part in exercise.parts
    )
    return Sheet(exercise.title, exercise.source, tuple(question), tuple(sections))


Told: TypeAlias = dict[tuple[Program, Derivation], str]
"""The derivations that a sheet has told already, each with the part that tells it."""


def _section(exercise: Exercise, part: Part, names: Names, told: Told | None) -> Section:
    points = f"{part.points} point{'s' if part.points != 1 else ''}"
    question: list[Block] = [Paragraph(prose(part.question, names))]
    if _shared(exercise) is None:
        first = next(other for other in exercise.parts if other.forward == part.forward)
        if first is part:
            question += _forward(part.forward, names)
        else:
            question.append(Paragraph((f"The forward pass is that of ({first.name}).",)))
    if told is None:
        return Section(part.name, points, tuple(question))
    found = explain(part)
    derivation: list[Block] = []
    for one in found.derivations:
        first_told = told.setdefault((part.forward, one), part.name)
        again = one.of is not None and first_told != part.name
        derivation += _as_before(one, first_told, names) if again else _derived(one, part, names)
    answer = Display(tuple(Typesetter.of(found.answer, names).nests(found.answer)))
    remarks = tuple(_remarks(part, names))
    return Section(part.name, points, tuple(question), tuple(derivation), answer, remarks)


# --- what is asked -------------------------------------------------------------------------------


def _naming(exercise: Exercise) -> Iterator[Block]:
    """How the names are typed that the notes typeset in their own way."""
    if exercise.aliases:
        pairs = [(Math(alias), "is", Code(name)) for alias, name in exercise.aliases.items()]
        yield Paragraph(_listed("In plain notation", pairs))


def _forward(forward: Program, names: Names) -> Iterator[Block]:
    """What is declared, the loops, and the same as one equation for each array."""
    typesetter = Typesetter.of(forward, names)
    for title, kind in DECLARED:
        items = [(Math(typesetter.declaration(item)),) for item in forward.declared(kind)]
        if items:
            yield Paragraph(_listed(f"{title}:", items))
    if not forward.nests:
        return
    equations = _equations(forward)
    yield Paragraph(("The forward pass:" if equations is None else "The forward pass as loops:",))
    yield Display(tuple(typesetter.nests(forward)))
    if equations is not None:
        yield Paragraph(("The same as equations:",))
        yield Display(tuple(Typesetter.of(equations, names).nests(equations)))


def _equations(forward: Program) -> Program | None:
    """One equation for each array, where the forward pass has loops that add and this is
    proved equal."""
    found = gather(forward)
    if any(statement.op != "=" for _, statement in found.statements):
        return None
    sums = [sum(one.value.has(SumOver) for _, one in p.statements) for p in (found, forward)]
    if sums[0] == sums[1] and len(found.nests) == len(forward.nests):
        return None
    targets = forward.written
    return found if equivalent(found, forward, targets=targets) else None


DECLARED: tuple[tuple[str, type[Declaration]], ...] = (
    ("Inputs", Input),
    ("Smooth functions", Opaque),
    ("Assumed", Assume),
    ("Outputs, whose gradients are given", Output),
    ("Loss", Loss),
)
"""What a forward pass declares, in the order in which it is said."""


def _shared(exercise: Exercise) -> Program | None:
    """The forward pass, where all parts have the same."""
    passes = {part.forward for part in exercise.parts}
    return passes.pop() if len(passes) == 1 else None


# --- how it is answered --------------------------------------------------------------------------


def _derived(derivation: Derivation, part: Part, names: Names) -> Iterator[Block]:
    """The steps for one array, the first behind its name."""
    setter = Typesetter.of(part.forward, names)
    lead: Pieces = ()
    if derivation.of is not None:
        lead = (Math(setter.name(array_of(derivation.of))),)
    for step in derivation.steps:
        yield Paragraph(_words(step.words, setter), (f"({step.number})",) if step.number else lead)
        lead = ()
        lines = [line for shown in step.shown for line in _shown(shown, names)]
        if lines:
            yield Display(tuple(lines))


def _as_before(derivation: Derivation, part: str, names: Names) -> Iterator[Block]:
    assert derivation.of is not None
    name = Math(name_latex(array_of(derivation.of), names))
    yield Paragraph((f"is found as in ({part}).",), (name,))


def _shown(shown: Shown, names: Names) -> list[str]:
    if isinstance(shown, Equation):
        return equation(Typesetter.of(shown.forward, names), shown)
    setter = Typesetter.of(shown.program, names)
    if isinstance(shown, Local):
        found = setter.derivative(shown.value, shown.read, shown.derivative)
        return [rf"\qquad {line}" for line in found]
    return setter.nests(shown.program, shown.known if isinstance(shown, Claim) else 0)


def _remarks(part: Part, names: Names) -> Iterator[Block]:
    """The answer in its other forms and in numbers, and what was proved."""
    found = explain(part)
    setter = Typesetter.of(part.forward, names)
    for form in found.forms:
        yield Paragraph(_spaced(_titled(form)))
        yield Display(tuple(Typesetter.of(form.program, names).nests(form.program)))
    matrices = [
        f"{setter.name(name)} = {setter.matrix(rows)}" for name, rows in values(part).items()
    ]
    if matrices:
        yield Paragraph(("With these numbers:",))
        yield Display(tuple(matrices))
    decimals = [
        (Math(f"{inline(name, names)} = {value}"),) for name, value in numbers(part).items()
    ]
    if decimals:
        yield Paragraph(_listed("In numbers:", decimals))
    if found.checked:
        yield Paragraph(_words(found.checked, setter), ("Check.",))


def _titled(form: Form) -> Iterator[str | Math]:
    yield form.title
    if form.counts is not None:
        ours, theirs = (Math(_count(count)) for count in form.counts)
        yield from (",", ours, "instead of", theirs)
    yield ":"


def _count(operations: Expr) -> str:
    """A number of operations, the highest powers of the extents first: 4 B J + 2 B."""
    terms = sympy.Poly(operations).terms() if operations.free_symbols else [((), operations)]
    symbols = sympy.Poly(operations).gens if operations.free_symbols else ()
    return " + ".join(
        r" \, ".join(_factors(number, symbols, powers))
        for powers, number in sorted(terms, key=lambda term: -sum(term[0]))
    ).replace("+ -", "- ")


def _factors(number: Expr, symbols: Sequence[Expr], powers: Sequence[int]) -> Iterator[str]:
    raised = [(str(s), n) for s, n in zip(symbols, powers, strict=True) if n]
    if number != 1 or not raised:
        yield str(number)
    yield from (name_latex(name) + (f"^{{{n}}}" if n > 1 else "") for name, n in raised)


def _words(words: Words, setter: Typesetter) -> Pieces:
    """A sentence; in its text, too, mathematics stands in backticks."""
    pieces = _spaced(
        word if isinstance(word, str) else Math(_formula(word, setter)) for word in words
    )
    return tuple(
        part
        for piece in pieces
        for part in (prose(piece, setter.names) if isinstance(piece, str) else (piece,))
    )


def _formula(expr: object, setter: Typesetter) -> str:
    return (
        setter.condition(expr) if getattr(expr, "is_Relational", False) else setter.expression(expr)
    )


def prose(text: str, names: Names) -> Pieces:
    """A text with what stands in backticks as mathematics."""
    parts = re.split(r"`([^`]*)`", text)
    pieces = (Math(inline(part, names)) if n % 2 else part for n, part in enumerate(parts))
    return tuple(piece for piece in pieces if piece)


def _listed(front: str, items: Iterable[Pieces]) -> Pieces:
    """Items with a comma between them, behind what they are; a full stop ends them."""
    listed = [piece for item in items for piece in (*item, ",")]
    return _spaced((front, *listed[:-1], "."))


def _spaced(pieces: Iterable[str | Math | Code]) -> Pieces:
    """Pieces with a space between them, but not before a comma or what else closes."""
    found: list[str | Math | Code] = []
    for piece in pieces:
        closes = isinstance(piece, str) and piece[:1] in ",.;:"
        found += [piece] if closes or not found else [" ", piece]
    return tuple(found)
