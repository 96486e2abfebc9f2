"""Chains of equalities: what each step of `target = a = b = c` claims, as programs to compare.

    for b: Z.grad[b] = a = b        step 1 → 2:   … step[b] = a; Z.grad[b] = b
                                    against       … step[b] = b; Z.grad[b] = b

A step is about its members as they stand: under `+=` too it is the right sides that must agree, in
every round of their loops. So each is put in an array of its own, with a place for every round,
just before the statement runs; what the chain leaves is its last member.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count, pairwise

from sympy import Expr

from symgrad.expressions import array_of, element, indices_of, is_element
from symgrad.program import Nest, Program, Statement, kept
from symgrad.writing.write import expression_text, parameters


@dataclass(frozen=True)
class Step:
    """The claim that two neighbours in a chain are equal.

    number    1 for the step from the first right side to the second
    target    what the chain is written to, as text; members: the two neighbours
    observed  the array that holds one of the two, with an index for each loop of `nest`
    left      the program with the first of the two in it; right: with the second
    """

    number: int
    target: str
    members: tuple[str, str]
    observed: str
    nest: Nest
    left: Program
    right: Program

    @property
    def title(self) -> str:
        return f"step {self.number} → {self.number + 1} of the chain for {self.target}"

    @property
    def claim(self) -> str:
        """`step 1 → 2 of the chain for y: a = b`"""
        return f"{self.title}: {' = '.join(self.members)}"


@kept
def _has_chains(program: Program) -> bool:
    return any(statement.earlier for _, statement in program.statements)


def conclusion(program: Program) -> Program:
    """The program without the members of its chains that come before the last."""
    if not _has_chains(program):
        return program
    nests = tuple(
        replace(nest, body=tuple(replace(one, earlier=()) for one in nest.body))
        for nest in program.nests
    )
    return replace(program, nests=nests)


def passing(program: Program, targets: Collection[str]) -> Program:
    """The program with what its chains say of targets on their way, which nothing else assigns.

    for k: d[k] = u.grad[k] = a = b      for k: u.grad[k] = a = b
                                         for k: d[k] = u.grad[k]
    """
    wanted = {*targets} - {*program.written}
    nests = chain.from_iterable(_passing(nest, wanted) for nest in program.nests)
    return replace(program, nests=tuple(nests)) if wanted else program


def _passing(nest: Nest, wanted: Collection[str]) -> Iterator[Nest]:
    own = [_split(nest, statement, wanted) for statement in nest.body]
    if len(own) == 1 and len(own[0]) == 2:
        yield from (replace(nest, body=(statement,)) for statement in own[0])
    else:
        yield nest


def _split(nest: Nest, statement: Statement, wanted: Collection[str]) -> list[Statement]:
    """The statement for a target that its chain passes, and the one for its own array."""
    places = [loop.index for loop in nest.loops]
    for n, member in enumerate(statement.earlier):
        passed = statement.op == "=" and is_element(member) and array_of(member) in wanted
        if passed and sorted(indices_of(member), key=str) == sorted(places, key=str):
            further = Statement(member, "=", statement.value, statement.earlier[n + 1 :])
            return [further, replace(statement, value=member, earlier=statement.earlier[:n])]
    return [statement]


def steps(program: Program) -> Iterator[Step]:
    """Every step of every chain, in the order of the text."""
    if not _has_chains(program):
        return
    bare = conclusion(program)
    for n, nest in enumerate(program.nests):
        for k, statement in enumerate(nest.body):
            if statement.earlier:
                yield from _steps(program, bare, n, k)


def _steps(program: Program, bare: Program, n: int, k: int) -> Iterator[Step]:
    statement = program.nests[n].body[k]
    observed = _free_name(program)
    seen = [_observing(bare, n, k, observed, member) for member in statement.members]
    target, *texts = _texts(program, statement)
    for number, (texts_of_step, sides) in enumerate(
        zip(pairwise(texts), pairwise(seen), strict=True), start=1
    ):
        yield Step(number, target, texts_of_step, observed, bare.nests[n], *sides)


def _texts(program: Program, statement: Statement) -> Iterator[str]:
    axes = {name: array.axes for name, array in program.arrays.items()}
    for part in (statement.target, *statement.members):
        yield expression_text(part, known=axes, names=parameters(program))


def _observing(bare: Program, n: int, k: int, name: str, member: Expr) -> Program:
    """The program up to a nest, which puts a member in an array just before its k-th statement."""
    nest = bare.nests[n]
    place = element(name, *(loop.index for loop in nest.loops))
    body = (*nest.body[:k], Statement(place, "=", member), *nest.body[k:])
    return replace(bare, nests=(*bare.nests[:n], replace(nest, body=body)))


def _free_name(program: Program) -> str:
    names = chain(["step"], (f"step{n}" for n in count(2)))
    return next(name for name in names if name not in program.arrays)
