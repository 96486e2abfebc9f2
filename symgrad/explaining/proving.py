"""Every claim of a derivation is proved before it is shown.

Claim(program, targets) and what is true of the targets --equivalent--> a proof, or an AuthorError
"""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr

from symgrad.equivalence import equivalent
from symgrad.errors import AuthorError
from symgrad.explaining.steps import Claim, Derivation, Words
from symgrad.expressions import is_extent
from symgrad.program import Program


def check(claim: Claim, truth: Program) -> None:
    """Raise where a claim is not proved for all extents and inputs."""
    verdict = equivalent(claim.program, truth, given=claim.program.given, targets=claim.targets)
    if verdict.proof is None:
        raise AuthorError(
            f"a step for {', '.join(claim.targets)} is {verdict.status}, not proved",
            key=str(claim.program).replace("\n", "; "),
        )


def checked(derivations: Iterable[Derivation], truth: Program) -> tuple[Derivation, ...]:
    """The derivations, all of whose claims are proved."""
    found = tuple(derivations)
    for derivation in found:
        for step in derivation.steps:
            for shown in step.shown:
                if isinstance(shown, Claim):
                    check(shown, truth)
    return found


def scope(forward: Program) -> Words:
    """For what a proof about a forward pass holds: all `B`, `J`."""
    extents = dict.fromkeys(
        symbol
        for array in forward.arrays.values()
        for axis in array.axes
        for symbol in sorted(axis.upper.free_symbols, key=str)
        if is_extent(symbol)
    )
    return ("for all", *listed(extents)) if extents else ("for all inputs",)


def listed(parts: Iterable[Expr]) -> Words:
    """`B`, `J`"""
    return tuple(word for n, part in enumerate(parts) for word in ((",", part) if n else (part,)))
