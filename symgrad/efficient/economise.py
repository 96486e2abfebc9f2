"""The backward pass that an expert would write by hand: found, counted and proved.

    for b, j: e[b] += p.grad[b, j] * p[b, j]
    for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - e[b])

Stored arrays take the place of what would be computed again, gradients on the way are put in where
that lets terms cancel, what is shared is computed once. Nothing of this is trusted: what comes out
is the naive backward pass again unless it costs no more and every gradient in it is proved equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from symgrad.derivation.backward import derive, separated
from symgrad.derivation.seeds import results
from symgrad.efficient.candidates import Rewriting
from symgrad.efficient.emit import Emission
from symgrad.efficient.flatten import Reader
from symgrad.efficient.guard import dearer, proved
from symgrad.efficient.planning import Planner
from symgrad.efficient.search import Search
from symgrad.efficient.sharing import shared
from symgrad.efficient.units import units
from symgrad.program import Axis, Program

Level = Literal["all", "no assumptions", "none"]

LEVELS: tuple[Level, ...] = ("all", "no assumptions", "none")
"""What is put to use of the forward pass; less where a proof is not found."""

MOST_POINTS = 3
"""So many extents are ranked by, until a program is cheaper for all."""

NOMINAL = 64.0
"""What every extent counts as where nothing else is said."""


def economise(
    program: Program, wrt: Sequence[str] | None = None, extents: Mapping[str, float] | None = None
) -> Program:
    """The gradients of the inputs (or of the arrays `wrt`) with as few operations as are found.

    Proved equal to what `derive` gives. `extents` are the sizes to rank by, where it matters which
    axis is the longer one; by default all are alike.
    """
    naive = derive(program, wrt)
    wanted = tuple(f"{name}.grad" for name in wrt) if wrt is not None else results(naive)
    for level in LEVELS:
        found = _nowhere_dearer(naive, wanted, extents or {}, level)
        if found is not None and proved(found, naive):
            return found
    return naive


def _nowhere_dearer(
    naive: Program, wanted: Sequence[str], extents: Mapping[str, float], level: Level
) -> Program | None:
    """The cheapest program found that costs more than the naive one for no extents.

    Where the first does, those extents are what the next is ranked by.
    """
    ranked_by = extents
    for _ in range(MOST_POINTS):
        found = shortest(naive, wanted, ranked_by, level)
        worse = dearer(found, naive, extents, NOMINAL)
        if worse is None or extents:
            return found if worse is None else None
        ranked_by = worse
    return None


def shortest(
    naive: Program, wanted: Sequence[str], extents: Mapping[str, float], level: Level = "all"
) -> Program:
    """The cheapest program found for the wanted gradients, not yet proved."""
    assert naive.given is not None
    reader = Reader(naive)
    definitions = {
        item.name: item.poly
        for item in reader.sought(separated(naive.given.joined()).nests)
        if not item.scatters
    }
    sought = {item.name: item for item in reader.sought(naive.nests)}
    rewriting = Rewriting(reader.atoms)
    if level != "none":
        zeros = reader.zeros(naive) if level == "all" else ()
        rewriting = Rewriting.of(reader.atoms, definitions, zeros)
    planner = Planner(reader.atoms, sizes(reader.atoms.axes, extents))
    solution = Search(planner, rewriting, sought, tuple(wanted))()
    found = shared(planner, units(planner, sought, solution))
    return Emission(naive, planner, found).program()


def sizes(axes: Mapping[str, Axis], extents: Mapping[str, float]) -> dict[str, float]:
    """The extent of every range, as a number to rank by."""
    result = {}
    for name, axis in axes.items():
        values = {s: extents.get(s.name, NOMINAL) for s in axis.extent.free_symbols}
        result[name] = max(1.0, float(axis.extent.xreplace(values)))
    return result
