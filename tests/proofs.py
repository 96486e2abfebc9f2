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
from symgrad.proof.rules import Proof

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


def notations(proof: Proof) -> Iterator[tuple[str, Notation, Any]]:
    """Each target with the names of its indices and its element."""
    narrator = Narrator(proof.question)
    for target in proof.question.targets:
        left, _ = proof.question.finals(narrator.sides, target)
        notation, place = narrator.element(target, left.formals)
        yield target, notation, place


def program(proof: Proof, target: Expr, value: Expr) -> Program:
    """`for i: value[i] = …` over the forward pass of a question."""
    left = proof.question.left
    name = left.final.get(array_of(target), array_of(target))
    axes = left.program.arrays[name].axes
    indices = indices_of(target)
    loops = tuple(Loop(i, axis.lower, axis.upper) for i, axis in zip(indices, axes, strict=True))
    statement = Statement(element("value", *indices), "=", value)
    (given,) = proof.question.given
    return Program((), (Nest(loops, (statement,)),), given.program)
