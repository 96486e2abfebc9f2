"""A proof, told: what each step did, what it used, and the difference that it left.

    on the left            s.grad[b, j] = p[b, j] * p.grad[b, j] - …
    put in the definition of p          p[b, j] = exp(s[b, j]) / Z[b]
    the difference is      0

A `Line` is words with expressions among them, and equations. How they look, as text or as LaTeX,
is for others to say. Nothing here is trusted: it tells what the steps say of themselves, and the
definitions of the question that they start from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sympy import Expr, Integer

from symgrad.derivation.completion import renamed
from symgrad.expressions import (
    add,
    array_of,
    call,
    divide,
    elements,
    mul,
    negate,
    power,
    scalar,
)
from symgrad.program import Axis, Nest, Opaque, Program
from symgrad.proof.comparison import Question
from symgrad.proof.conventions import all_arrays, index_names, renamings
from symgrad.proof.notation import Notation, shown
from symgrad.proof.rules import Argument, Proof, Step
from symgrad.proof.terms import (
    COMPOUND,
    FUNCTION,
    Atom,
    OutOfReach,
    Poly,
    Sum,
    access,
    atom_poly,
    free,
    nested,
)
from symgrad.proof.theory import Definition, unfold
from symgrad.separation.separate import Separated
from symgrad.sets.affine import Constraint, Variable, variable

Equation: TypeAlias = tuple[Expr, ...]
"""Expressions that are equal, from the left to the right."""

MOST_TOLD = 24
"""A difference of more terms is not written out."""

MOST_WRITTEN = 300
"""Nor is a sum with more terms in it, each counted as often as it would be written."""


@dataclass(frozen=True)
class Line:
    """One thing that was done.

    words   what, with the expressions that the sentence names
    used    equations that it rests on
    after   what is then to be shown zero, where that has changed
    loops   what runs
    """

    rule: str
    words: tuple[str | Expr, ...]
    used: tuple[Equation, ...] = ()
    after: Equation | None = None
    loops: tuple[Nest, ...] = ()


@dataclass(frozen=True)
class Account:
    """What becomes of the difference of one target; when all is done it is 0."""

    target: Expr
    lines: tuple[Line, ...]
    done: bool = True


@dataclass(frozen=True)
class Story:
    """An account for each target, and what the programs say about axes and functions."""

    axes: Mapping[str, tuple[Axis, ...]]
    parameters: Mapping[str, tuple[str, ...]]
    accounts: tuple[Account, ...]


def narrate(proof: Proof) -> Story:
    """The story of a proof."""
    return story(proof.question, proof.derivations)


def story(question: Question, derivations: Mapping[str, Sequence[Step]]) -> Story:
    """The story of steps, wherever they lead."""
    narrator = Narrator(question)
    programs = question_programs(question)
    return Story(
        {shown(name): array.axes for name, array in all_arrays(programs).items()},
        {item.name: item.parameters for one in programs for item in one.declared(Opaque)},
        tuple(narrator.account(target, steps) for target, steps in derivations.items()),
    )


def question_programs(question: Question) -> tuple[Program, ...]:
    """The programs of a question: what is given, the left side, the right side."""
    return tuple(item.program for item in (*question.given, question.left, question.right))


class Narrator:
    """Tells steps in the names of one question."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.words = ("right", "left") if question.turned else ("left", "right")
        self.argument = Argument(question)
        known = self.known = self.argument.known
        programs = question_programs(question)
        conventions = index_names(programs)

        def implied(condition: Constraint, others: Iterable[Constraint]) -> bool:
            return known.sets.implied(condition, (*others, *known.algebra.known))

        arrays = all_arrays(programs)
        extents = {
            str(symbol)
            for array in arrays.values()
            for axis in array.axes
            for symbol in axis.upper.free_symbols | axis.lower.free_symbols
        }
        taken = frozenset(map(shown, arrays)) | frozenset(extents)
        self.notation = Notation({}, conventions, taken, implied)

    # --- one target ---

    def account(self, target: str, steps: Sequence[Step]) -> Account:
        """The definitions of both sides, their difference, and what the steps make of it."""
        derivation = self.argument.begin(target)
        left, right = self.argument.finals(target)
        notation, place = self.element(target, left.formals)
        lines = [*self._auxiliaries(0, target), *self._auxiliaries(1, target)]
        before = derivation.outcome
        other = notation.at(dict(zip(right.formals, map(variable, left.formals), strict=True)))
        for side, names, definition in ((0, notation, left), (1, other, right)):
            words = f"the {self.words[side]} side, multiplied out"
            if _is_long(definition.poly):
                lines.append(Line("normal form", (words, _count(definition.poly))))
                continue
            value = names.expression(definition.poly)
            renamed = ", ".join(renamings(self._side(side).program, value, place))
            told = (f"{words}, {renamed}" if renamed else words,)
            lines.append(Line("normal form", told, ((place, value),)))
        lines.append(self._left_over(Line("subtract", ("subtract",)), notation, before))
        both: Poly | None = left.poly
        for step in steps:
            line = TOLD[step.rule](self, notation, before, step)
            both = self._unfolded(both, step)
            if both is not None and not step.outcome.terms and _may_be_told(both):
                line = replace(line, after=(*self._names, notation.expression(both)))
            else:
                line = self._left_over(line, notation, step.outcome)
            lines.append(line)
            before = step.outcome
            derivation = derivation.apply(step.rule, step.parameter)
        if derivation.done:
            self.argument.accept(derivation)
        return Account(place, (*self._loops(lines), *lines), not before.terms)

    def _loops(self, lines: Sequence[Line]) -> Iterator[Line]:
        """Where the unknowns in some lines come from: what a loop leaves that both sides run."""
        told = {
            array_of(element)
            for line in lines
            for equation in line.used
            for side in equation
            for element in elements(side)
        }
        for loop in self.question.loops:
            ends = {scalar(shown(new)): scalar(shown(name)) for name, new in loop.unknown}
            if told.isdisjoint(map(array_of, ends)):
                continue
            nests = renamed(
                loop.nests, {name: shown(name) for nest in loop.nests for name in nest.reads}
            )
            verb = "is" if len(ends) == 1 else "are"
            words = (*_listed(ends), f"{verb} what is left in", *_listed(ends.values()))
            yield Line("loop", (*words, "by the loop that both sides run"), loops=nests)

    def _unfolded(self, side: Poly | None, step: Step) -> Poly | None:
        """What a side is after the step, while definitions are all that is put in."""
        if side is None or step.rule != "unfold":
            return None
        try:
            return unfold(self.known, side, str(step.parameter))
        except OutOfReach:
            return None

    @property
    def _names(self) -> tuple[Expr, Expr]:
        one, other = map(scalar, self.words)
        return one, other

    def _side(self, place: int) -> Separated:
        return (self.question.left, self.question.right)[place]

    def _auxiliaries(self, place: int, target: str) -> Iterator[Line]:
        """What a side computes on its way, where it reads that again."""
        side = self._side(place)
        run = (self.argument.left, self.argument.right)[place]
        final = side.final.get(target, target)
        read = {
            array_of(element)
            for nest in side.program.nests
            for statement in nest.body
            for element in elements(statement.value)
        }
        for name, definition in run.current.items():
            if name != final and name in read and name not in run.complete:
                if _is_long(definition.poly):
                    continue
                notation, element = self.element(name, definition.formals)
                value = notation.expression(definition.poly)
                words = (f"on the {self.words[place]}, put in",)
                yield Line("definition", words, ((element, value),))

    def _left_over(self, line: Line, notation: Notation, outcome: Sum) -> Line:
        """The line with the difference after it; of a long one, the number of its terms."""
        if not _may_be_told(outcome.poly()):
            return replace(line, words=(*line.words, _count(outcome.poly())))
        value = self._covering(notation, outcome).expression(outcome.poly())
        one, other = self._names
        return replace(line, after=(add(one, negate(other)), value))

    def _covering(self, notation: Notation, *sums: Sum) -> Notation:
        """The notation with names for all that is free in some sums."""
        atoms = [
            atom for found in sums for (_, _, factors), _ in found.terms for atom, _ in factors
        ]
        unnamed = {name for found in sums for name in found.free} - notation.places.keys()
        return notation.named(sorted(unnamed), atoms)

    def element(self, name: str, formals: Sequence[Variable]) -> tuple[Notation, Expr]:
        """An element of an array at named free indices."""
        at = tuple(map(variable, formals))
        notation = self.notation.named(formals, [access(shown(name), at)])
        return notation, notation.expression(atom_poly(access(name, at)))

    # --- steps ---

    def unfold(self, _: Notation, __: Sum, step: Step) -> Line:
        name = str(step.parameter)
        definition = self.known.definitions[name]
        line = Line(step.rule, ("put in the definition of", scalar(shown(name))))
        if _is_long(definition.poly):
            return line
        return replace(line, used=(self.definition(name, definition),))

    def definition(self, name: str, definition: Definition) -> Equation:
        """array[i] = poly; for an array that holds an index, [array[i] == k] = poly."""
        array = self.known.arrays.get(name)
        if array is None or array.values is None:
            notation, place = self.element(name, definition.formals)
            return place, notation.expression(definition.poly)
        notation, _ = self.element(name, definition.formals[:-1])
        notation = notation.named(definition.formals[-1:], [])
        value, *places = (variable(name) for name in (definition.formals[-1], *definition.formals))
        held = notation.held(name, value, places[:-1])
        return held, notation.expression(definition.poly)

    def clear(self, notation: Notation, before: Sum, step: Step) -> Line:
        base = step.parameter
        assert isinstance(base, Sum)
        atom: Atom = (COMPOUND, "", (), (base,))
        least = min(dict(factors).get(atom, 0) for (_, _, factors), _ in before.terms)
        factor = power(notation.expression(base.poly()), Integer(1) * -least)
        return Line(step.rule, ("multiply by", factor, ", which is not zero"))

    def cancel(self, notation: Notation, before: Sum, step: Step) -> Line:
        used = []
        for atom in _denominators(before):
            named = notation.named(sorted(free(atom) - notation.places.keys()), [atom])
            base = named.expression(atom[3][0].poly())
            used.append((divide(base, base), Integer(1)))
        return Line(step.rule, ("divide sums by themselves",), tuple(dict.fromkeys(used)))

    def equation(self, _: Notation, __: Sum, step: Step) -> Line:
        place = step.parameter
        assert isinstance(place, int)
        left, right = self.known.equations[place]
        notation = self._covering(self.notation, Sum(left), Sum(right))
        sides = (notation.expression(left), notation.expression(right))
        return Line(step.rule, ("use what is assumed",), (sides,))

    def exponentials(self, notation: Notation, before: Sum, step: Step) -> Line:
        used = []
        atoms = (atom for _, _, factors in nested(before.poly()) for atom, _ in factors)
        for atom in sorted({atom for atom in atoms if atom[:2] in SIGMOIDS}):
            named = notation.named(sorted(free(atom) - notation.places.keys()), [atom])
            argument = named.expression(atom[3][0].poly())
            used.append((call(atom[1], argument), _exponential(atom[1], argument)))
        return Line(step.rule, ("write by exponential functions",), tuple(dict.fromkeys(used)))


def _is_long(poly: Poly) -> bool:
    """Is a sum so long, written out with all that stands in it, that it cannot be shown?"""
    return _size(Sum(poly), {}) > MOST_WRITTEN


def _may_be_told(poly: Poly) -> bool:
    return len(poly) <= MOST_TOLD and not _is_long(poly)


def _size(found: Sum, known: dict[Sum, int]) -> int:
    """The terms of a sum and of the sums in it, each as often as it stands there."""
    if found not in known:
        inner = (held for key, _ in found.terms for atom, _ in key[2] for held in atom[3])
        known[found] = len(found.terms) + sum(_size(held, known) for held in inner)
    return known[found]


def _count(poly: Poly) -> str:
    return f"({len(poly)} terms)" if len(poly) > 1 else "(a long term)"


def _listed(parts: Iterable[Expr]) -> Iterator[str | Expr]:
    """`h`, `k`"""
    for n, part in enumerate(parts):
        yield from (",", part) if n else (part,)


Told: TypeAlias = Callable[[Narrator, Notation, Sum, Step], Line]


def _plain(*words: str) -> Told:
    return lambda _, __, ___, step: Line(step.rule, words)


TOLD: dict[str, Told] = {
    "unfold": Narrator.unfold,
    "clear": Narrator.clear,
    "cancel": Narrator.cancel,
    "use equation": Narrator.equation,
    "sigmoids": _plain("write tanh by sigma: tanh(u) = 2 sigma(2 u) - 1"),
    "exponentials": Narrator.exponentials,
    "merge": _plain("put sums together that were taken apart, by places or by cases of an index"),
    "alike": _plain("functions of sums over the same places, written otherwise, are the same"),
    "integers": _plain("drop sums of the same factors whose whole-number weights cancel"),
    "regions": _plain("drop sums of the same factors whose index sets cancel, point by point"),
    "diagonals": _plain("split sums where two factors meet: before, behind and on the diagonal"),
    "cases": _plain("go through the elements one by one, for all sizes are declared numbers"),
    "fractions": _plain("write every argument of a function as one reduced fraction"),
    "angles": _plain("sin(u + v) = sin(u) cos(v) + cos(u) sin(v), and cos alike"),
    "masks": _plain("where an element is the maximum, the maximum stands in its place"),
    "write out maxima": _plain("write maxima over a declared number of elements out"),
    "signs": _plain("go through the cases of the conditions: the sum vanishes in each"),
    "split": _plain("cut sums where an equation of another sum cuts them"),
}
"""How each rule is told."""

SIGMOIDS = ((FUNCTION, "sigma"), (FUNCTION, "tanh"))


def _exponential(name: str, argument: Expr) -> Expr:
    one = Integer(1)
    if name == "sigma":
        raised = call("exp", argument)
        return divide(raised, add(one, raised))
    squared = call("exp", mul(Integer(2), argument))
    return divide(add(squared, negate(one)), add(squared, one))


# --- what a sum holds --------------------------------------------------------------------------


def _denominators(found: Sum) -> list[Atom]:
    """The sums under negative powers, outermost terms only."""
    return list(
        dict.fromkeys(
            atom
            for (_, _, factors), _ in found.terms
            for atom, exponent in factors
            if atom[0] == COMPOUND and exponent < 0
        )
    )
