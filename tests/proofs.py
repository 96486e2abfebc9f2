"""Proofs to look at: those of the table of identities, and their sums as expressions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from symgrad import equivalent
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
        notation, element = narrator.element(target, left.formals)
        yield target, notation, element
