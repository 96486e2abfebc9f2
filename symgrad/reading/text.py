"""Text to Program.

    text --limits--> tree --names--> statements --ranges--> Program --checked accesses-->

A text is read whole: declarations and left sides first, so that every name is known before any
expression is built; then expressions, unevaluated; then the ranges that are not written; then each
access is held against the axes of its array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from lark import Tree

from symgrad.errors import StudentError
from symgrad.expressions import Element
from symgrad.program import Program
from symgrad.reading.axes.ranges import infer
from symgrad.reading.latex.parse import is_latex, is_lowered, may_be_latex, parse_latex
from symgrad.reading.names.fresh import with_names
from symgrad.reading.names.shadows import without_shadows
from symgrad.reading.names.star import ELEMENTWISE, Star
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.reading.statements.declarations import KINDS, Declarations
from symgrad.reading.statements.nests import Statements
from symgrad.reading.syntax.blocks import in_doubt, joined
from symgrad.reading.syntax.parse import normalised, parse
from symgrad.reading.syntax.source import Source
from symgrad.reading.syntax.trees import Node, place
from symgrad.reading.values.phrases import Phrases
from symgrad.sets.access import check_accesses
from symgrad.sets.integers import Integers
from symgrad.writing.names import protect, typed

Aliases = Mapping[str, str]


def read(
    text: str,
    given: Program | None = None,
    *,
    aliases: Aliases | None = None,
    star: Star = ELEMENTWISE,
) -> Program:
    """The program that a text means; `given` is the forward pass that it refers to.

    `aliases` are further names of given arrays: {"h_{t+1}": "hn"}; `star` is what `*` means between
    whole arrays. Raises StudentError, nothing
    else, for any text whatever.
    """
    lines = normalised(text)
    aliases = aliases or {}
    if is_latex(lines):
        return read_latex(lines, given, aliases, star)
    try:
        return read_index_notation(lines, given, aliases, star)
    except StudentError as error:
        if may_be_latex(lines) or (error.kind == "name" and is_lowered(lines)):
            with suppress(StudentError):
                return read_latex(lines, given, aliases, star)
        raise


def read_latex(lines: str, given: Program | None, aliases: Aliases, star: Star) -> Program:
    vocabulary = Vocabulary(Source.of(lines), given, typed(aliases), star)
    return _program(parse_latex(lines, vocabulary), vocabulary)


def read_index_notation(lines: str, given: Program | None, aliases: Aliases, star: Star) -> Program:
    source = Source.of(lines)
    doubtful = in_doubt(lines)
    if doubtful is not None:
        hint = "begin it where the loop begins, or give each statement of the loop a line below it"
        raise source.at("is this a part of the loop above it?", *doubtful, hint=hint)
    aliases = typed(aliases)
    vocabulary = Vocabulary(source, given, aliases, star)
    named = protect(joined(lines), vocabulary.ranks.keys() | aliases.keys())
    tree = parse(named, source)
    return _program(tree, vocabulary)


def _program(tree: Node, vocabulary: Vocabulary) -> Program:
    lines = [line for line in tree.children if isinstance(line, Tree)]
    declaring = [line for line in lines if line.data in KINDS]
    running = [line for line in lines if line.data == "nest"]
    reader = Phrases(vocabulary)
    declarations, statements = Declarations(reader), Statements(reader)
    introduced = declarations.introduce(declaring)
    statements.introduce(running)
    declared = declarations.complete(declaring, introduced)
    reader.fit.same = reader.known.declare(declared)
    for line in running:
        reader.known.nests.extend(statements.read(line))
    nests = tuple(reader.known.nests)
    open_ = {item.lower for item in reader.pending}
    program = without_shadows(Program(declared, nests, vocabulary.given), open_)
    program = without_shadows(infer(program, reader.pending, vocabulary.source))
    statements.check_rounds(program.nests, Integers.of(program))
    reader.known.check(program)
    program = with_names(program, reader.fit.axis_of)

    def where(nest: int, statement: int, element: Element) -> tuple[int, int, str]:
        line, column = place(statements.places[nest][statement].place(element))
        return line, column, vocabulary.source.lines[line - 1]

    _check_admissible(program, declaring, vocabulary.source)
    check_accesses(program, where)
    return replace(program, functions=frozenset(vocabulary.called))


def _check_admissible(program: Program, declaring: Sequence[Node], source: Source) -> None:
    """Some extents must satisfy the assumptions: of none, everything would hold."""
    assumed = [line for line in declaring if line.data == "assume"]
    if assumed and not Integers.of(program).possible(()):
        raise source.error(
            "no extents satisfy all the assumptions",
            assumed[-1],
            "shape",
            "every extent is a whole number from 1 on",
        )
