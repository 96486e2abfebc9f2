"""Other programs with the same meaning, by general transformations of programs.

`WHOLE` (renamings.py) changes both sides of a comparison and the forward pass, `SIDES` one program;
each row keeps whatever a program computes, for every program, and gives the program back where it
does not apply. None of them knows what a program computes, or from which row of a table it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from looprewritings import (
    backwards,
    every_other_round,
    first_round_apart,
    from_zero,
    halves,
    last_round_apart,
    loops_turned,
    sides_of_the_diagonal,
    summed,
    unsummed,
    with_helper,
    with_transposed_helper,
)
from regroupings import drawn_in, joined, nests_turned, unfolded
from renamings import WHOLE, Case
from sumrewritings import (
    distributed,
    first_apart,
    last_apart,
    nested,
    parities,
    reflected,
    reordered,
    shifted,
)

from symgrad.program import Program

SIDES: dict[str, Callable[[Program], Program]] = {
    "reordered": reordered,
    "distributed": distributed,
    "last apart": last_apart,
    "first apart": first_apart,
    "parities": parities,
    "reflected": reflected,
    "shifted": shifted,
    "nested": nested,
    "last round apart": last_round_apart,
    "first round apart": first_round_apart,
    "every other round": every_other_round,
    "loops turned": loops_turned,
    "summed": summed,
    "unsummed": unsummed,
    "backwards": backwards,
    "from zero": from_zero,
    "halves": halves,
    "sides of the diagonal": sides_of_the_diagonal,
    "with helper": with_helper,
    "with transposed helper": with_transposed_helper,
    "unfolded": unfolded,
    "drawn in": drawn_in,
    "joined": joined,
    "nests turned": nests_turned,
}


def rewritten(case: Case, names: Iterable[str]) -> Iterator[tuple[str, Case]]:
    """Those rewritings that change the case, by their names."""
    for name in names:
        new = WHOLE[name](case) if name in WHOLE else replace(case, left=SIDES[name](case.left))
        if new != case:
            yield name, new
