"""Proofs to look at: those of the table of identities, and their sums as expressions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sympy import Expr

from symgrad import equivalent
from symgrad.expressions import array_of, element, indices_of
from symgrad.program import Loop, Nest, Program, Statement
from symgrad.proof.narrate import Narrator
from symgrad.proof.notation import Notation
from symgrad.proof.rules import Argument, Derivation, Proof

TABLE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "answers" / "identities.toml").read_text(encoding="utf-8")
)
EQUAL = {pair["id"]: pair for pair in TABLE["pair"] if pair["verdict"] == "equal"}


@cache
def known_proof(name: str) -> Proof:
    pair = EQUAL[name]
    given = TABLE["given"][pair["given"]]
    verdict = equivalent(pair["left"], pair["right"], given=given, targets=["out"])
    assert verdict.proof is not None, name
    return verdict.proof


def begun(proof: Proof) -> Iterator[tuple[Argument, Derivation]]:
    """The start of each derivation of a proof, while its comparison stands there."""
    argument = Argument(proof.question)
    for name, steps in proof.derivations.items():
        derivation = argument.begin(name)
        yield argument, derivation
        for step in steps:
            derivation = derivation.apply(step.rule, step.parameter)
        argument.accept(derivation)


def notations(proof: Proof) -> Iterator[tuple[Argument, Derivation, Notation, Any]]:
    """The start of each derivation, the names of the indices and the element that it is about."""
    narrator = Narrator(proof.question)
    for argument, derivation in begun(proof):
        left, _ = argument.finals(derivation.target)
        notation, place = narrator.element(derivation.target, left.formals)
        yield argument, derivation, notation, place


def program(proof: Proof, target: Expr, value: Expr) -> Program:
    """`for i: value[i] = …` over the forward pass, behind what both sides share."""
    left = proof.question.left
    name = left.final.get(array_of(target), array_of(target))
    array = left.program.arrays[name]
    indices, axes = indices_of(target), array.axes
    if len(indices) > len(axes):  # [array[i] == held], for an array that holds an index
        axes = (*axes, *filter(None, [array.values]))
    loops = tuple(Loop(i, axis.lower, axis.upper) for i, axis in zip(indices, axes, strict=True))
    statement = Statement(element("value", *indices), "=", value)
    (given,) = proof.question.given
    agreed = proof.derivations.keys() - set(proof.question.targets)
    before = [nest for nest in left.program.nests if array_of(nest.body[0].target) in agreed]
    return Program((), (*before, Nest(loops, (statement,))), given.program)
