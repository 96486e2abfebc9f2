"""Every claim of a derivation is proved before it is shown.

Claim(program, targets) and what is true of the targets --equivalent--> a proof, or an AuthorError
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sympy import Expr

from symgrad.equivalence import Status, equivalent
from symgrad.errors import AuthorError
from symgrad.explaining.steps import Claim, Derivation, Step, Words
from symgrad.expressions import is_extent
from symgrad.program import Program


def check(claim: Claim, truth: Program) -> None:
    """Raise where a claim is not proved for all extents and inputs."""
    if not is_proved(claim, truth):
        raise _unproved(claim, "undecided")


def is_proved(claim: Claim, truth: Program) -> bool:
    """Is a claim proved, rather than undecided? A claim that is refuted is an AuthorError."""
    given = claim.program.given
    status = equivalent(claim.program, truth, given=given, targets=claim.targets).status
    if status == "different":
        raise _unproved(claim, status)
    return status == "equal"


def _unproved(claim: Claim, status: Status) -> AuthorError:
    return AuthorError(
        f"a step for {', '.join(claim.targets)} is {status}, not proved",
        key=str(claim.program).replace("\n", "; "),
    )


def checked(derivations: Iterable[Derivation], truth: Program) -> tuple[Derivation, ...]:
    """The derivations, all of whose claims are proved.

    A dispensable step is left out, with those after it, where it is not decided.
    """
    return tuple(
        replace(found, steps=tuple(_proved_steps(found.steps, truth))) for found in derivations
    )


def _proved_steps(steps: Iterable[Step], truth: Program) -> Iterator[Step]:
    for step in steps:
        claims = [one for one in step.shown if isinstance(one, Claim)]
        if step.dispensable and not all(is_proved(one, truth) for one in claims):
            return
        for claim in claims:
            check(claim, truth)
        yield step


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
