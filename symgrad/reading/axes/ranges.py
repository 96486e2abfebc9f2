"""Ranges of indices that are not written: read off the axes on which an index stands alone.

    for b, j: Z[b] += exp(s[b, j])      s[B, J] gives b in 1..B and j in 1..J

First the accesses in the index's own scope count (its loop nest, or its reduction), on arrays whose
axes are declared; an auxiliary array takes its axes from the ranges known so far, so this is a
fixpoint over the whole text. Only an index that stands alone nowhere in its scope takes the range
that its name has elsewhere, or that of a label or an index to which it is compared. All uses in the
scope must agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import sympy
from sympy import Expr, Symbol
from sympy.core.basic import Basic

from symgrad.expressions import Element, array_of, indices_of, is_index, rename
from symgrad.heads import Reduction
from symgrad.program import Array, Assume, Axis, Loop, Nest, Program, primal
from symgrad.reading.axes.compared import equals, label, labels
from symgrad.reading.names.scope import Pending
from symgrad.reading.slips.findings import OtherAxis
from symgrad.reading.syntax.source import Source
from symgrad.shapes import Scope, nest_accesses, own_accesses, span
from symgrad.writing.agreement import Same, disagreement

Access = tuple[Element, Scope]


def reductions(expr: sympy.Basic) -> Iterator[Reduction]:
    """Every reduction in a tree, from the outside."""
    if isinstance(expr, Reduction):
        yield expr
    for part in expr.args:
        yield from reductions(part)


@dataclass
class Site:
    """A pending index with the accesses of its scope."""

    pending: Pending
    found: list[Access]
    part: Nest | Reduction

    def stands_on(self) -> Iterator[tuple[str, int]]:
        """The axes on which the index stands alone: array and position."""
        for element, _ in self.found:
            for n, position in enumerate(indices_of(element)):
                if position == self.pending.bound:
                    yield array_of(element), n


@dataclass
class Inference:
    """The fixpoint for one text: axes by array and position, bounds by placeholder."""

    arrays: Mapping[str, Array]
    sites: list[Site]
    uses: dict[str, list[Access]]
    source: Source
    same: Same
    labels: Mapping[str, Axis]
    loops: Sequence[Loop]
    axes: dict[tuple[str, int], Axis] = field(default_factory=dict)
    bounds: dict[Symbol, Expr] = field(default_factory=dict)

    def run(self) -> dict[Symbol, Expr]:
        """The bounds of every pending index.

        A round looks only at what the last one may have changed: sites that stand on arrays with
        new axes, and arrays that are used under newly bound indices.
        """
        waiting = dict(enumerate(self.sites))
        sites, arrays = set(waiting), set(self.uses)
        while waiting:
            settled = [n for n in sorted(sites & waiting.keys()) if self._settled(waiting[n])]
            for n in settled:
                arrays |= self._used_under(waiting.pop(n))
            sites = set()
            if settled:
                continue
            changed = self._new_axes(arrays)
            arrays = set()
            if not changed and waiting:
                n = self._elsewhere(waiting)
                arrays = self._used_under(waiting.pop(n))
            sites = {n for name in changed for n in self._standing.get(name, ())}
        return self.bounds

    @cached_property
    def _unbound(self) -> set[Symbol]:
        """The placeholders for upper bounds that are not known yet."""
        return {site.pending.upper for site in self.sites} - self.bounds.keys()

    @cached_property
    def _standing(self) -> dict[str, set[int]]:
        """The sites whose indices stand on an array or on one of its gradients."""
        found: dict[str, set[int]] = {}
        for n, site in enumerate(self.sites):
            for name, _ in site.stands_on():
                found.setdefault(_primal(name), set()).add(n)
        return found

    @cached_property
    def _under(self) -> dict[Symbol, set[str]]:
        """The arrays that are used where a placeholder bounds a loop."""
        found: dict[Symbol, set[str]] = {}
        for name, uses in self.uses.items():
            for _, scope in uses:
                for loop in scope:
                    for symbol in loop.lower.free_symbols | loop.upper.free_symbols:
                        found.setdefault(symbol, set()).add(name)
        return found

    def _used_under(self, site: Site) -> set[str]:
        pending = site.pending
        return self._under.get(pending.lower, set()) | self._under.get(pending.upper, set())

    # --- indices -----------------------------------------------------------------------------

    def _settled(self, site: Site) -> bool:
        for name, n in site.stands_on():
            axis = self._axis(name, n)
            if axis is not None:
                self._bind(site, axis)
                return True
        return False

    def _bind(self, site: Site, axis: Axis) -> None:
        self.bounds[site.pending.lower] = axis.lower
        self.bounds[site.pending.upper] = axis.upper
        self._unbound.discard(site.pending.upper)

    def _elsewhere(self, waiting: Mapping[int, Site]) -> int:
        """Bind the first index that stands alone elsewhere, or is compared with a label."""
        for n, site in waiting.items():
            axes = [
                axis
                for element, _ in (use for uses in self.uses.values() for use in uses)
                for place, position in enumerate(indices_of(element))
                if position == site.pending.index
                and (axis := self._axis(array_of(element), place)) is not None
            ]
            if axes and all(self.same(axis, axes[0]) for axis in axes):
                self._bind(site, axes[0])
                return n
        for n, site in waiting.items():
            axis = next(filter(None, map(self._of, equals(site.part, site.pending.bound))), None)
            if axis is not None:
                self._bind(site, axis)
                return n
        pending = next(iter(waiting.values())).pending
        name = pending.index.name
        raise self.source.error(
            f"the range of {name} is not known: {name} alone is nowhere an index of an array "
            "whose axes are known",
            pending.token,
            "name",
            f"write its range, as in {name} in 1..N",
        )

    def _of(self, side: Basic) -> Axis | None:
        """What a side of an equation may be: a label, or an index whose range is known."""
        name = label(side)
        pending = [site.pending for site in self.sites if site.pending.bound == side]
        bounds = [(loop.lower, loop.upper) for loop in self.loops if loop.index == side]
        bounds += [(item.lower, item.upper) for item in pending]
        bounds += [(axis.lower, axis.upper) for axis in [self.labels.get(name or "")] if axis]
        known = [
            Axis(upper, lower)
            for lower, upper in (
                (x.xreplace(self.bounds), y.xreplace(self.bounds)) for x, y in bounds
            )
            if not any(map(is_index, lower.free_symbols | upper.free_symbols))
        ]
        return known[0] if known and all(self.same(axis, known[0]) for axis in known) else None

    # --- axes --------------------------------------------------------------------------------

    def _axis(self, name: str, n: int) -> Axis | None:
        while name not in self.arrays and name not in self.uses and primal(name) != name:
            name = primal(name)
        array = self.arrays.get(name)
        if array is None and primal(name) != name:
            return self._axis(primal(name), n)
        if array is not None:
            return array.axes[n] if n < array.rank else None
        return self.axes.get((name, n))

    def _new_axes(self, names: Collection[str]) -> set[str]:
        """Give auxiliaries the axes that follow from the ranges known by now."""
        found = set()
        for name, uses in self.uses.items():
            if name not in names or name in self.arrays or primal(name) != name:
                continue
            for n in range(min(len(indices_of(element)) for element, _ in uses)):
                if (name, n) not in self.axes:
                    axis = self._from_uses([(indices_of(use)[n], scope) for use, scope in uses])
                    if axis is not None:
                        self.axes[name, n] = axis
                        found.add(name)
        return found

    def _from_uses(self, positions: list[tuple[Expr, Scope]]) -> Axis | None:
        alone = {
            axis
            for position, scope in positions
            for loop in scope
            if loop.index == position and (axis := self._range(loop)) is not None
        }
        if not alone:
            if any(is_index(position) for position, _ in positions):
                return None
            scopes = [(position, self._known_scope(scope)) for position, scope in positions]
            if any(scope is None for _, scope in scopes):
                return None
            alone = {
                span(position, scope, self.arrays)
                for position, scope in scopes
                if scope is not None
            }
        if len(alone) == 1:
            return alone.pop()
        return Axis(
            sympy.Max(*(axis.upper for axis in alone)), sympy.Min(*(axis.lower for axis in alone))
        )

    def _range(self, loop: Loop) -> Axis | None:
        """The range of a loop, where it is known and no other index occurs in it."""
        lower, upper = (bound.xreplace(self.bounds) for bound in (loop.lower, loop.upper))
        if any(is_index(symbol) for bound in (lower, upper) for symbol in bound.free_symbols):
            return None
        return Axis(upper, lower)

    def _known_scope(self, scope: Scope) -> Scope | None:
        loops = [
            Loop(loop.index, loop.lower.xreplace(self.bounds), loop.upper.xreplace(self.bounds))
            for loop in scope
        ]
        if any(loop.upper.free_symbols & self._unbound for loop in loops):
            return None
        return tuple(loops)


def sites(nests: Sequence[Nest], pending: Iterable[Pending]) -> list[Site]:
    """Where each pending index is bound, in the order of the text."""
    waiting = {item.upper: item for item in pending}
    found: list[Site] = []

    def note(part: Nest | Reduction, bounds: Iterable[Expr]) -> None:
        missing = [waiting[bound] for bound in bounds if bound in waiting]
        if missing:
            own = list(own_accesses(part))
            found.extend(Site(item, own, part) for item in missing)

    for nest in nests:
        note(nest, (loop.upper for loop in nest.loops))
        parts = (nest.guard, *(side for line in nest.body for side in (line.target, *line.members)))
        for part in parts:
            for reduction in reductions(part):
                note(reduction, (upper for _, _, upper in reduction.limits))
    return found


def fill(nests: Sequence[Nest], bounds: Mapping[Symbol, Expr]) -> tuple[Nest, ...]:
    """The nests with every placeholder replaced by its bound."""
    new = dict(bounds)
    return tuple(nest.renamed(new) for nest in nests)


def _primal(name: str) -> str:
    """The array of a gradient of any order."""
    while primal(name) != name:
        name = primal(name)
    return name


def infer(program: Program, pending: Sequence[Pending], source: Source) -> Program:
    """The program with the ranges of its pending indices, checked for agreement."""
    if not pending:
        return program
    same = Same(program)
    assumed = tuple(
        Nest((), (), item.condition) for item in program.declarations if isinstance(item, Assume)
    )
    places = sites((*assumed, *program.nests), pending)
    uses: dict[str, list[Access]] = {}
    for nest in program.nests:
        for element, scope in nest_accesses(nest):
            uses.setdefault(array_of(element), []).append((element, scope))
    known = _declared(program)
    held = labels(program.nests, known)
    loops = [loop for nest in program.nests for loop in nest.loops]
    bounds = Inference(known, places, uses, source, same, held, loops).run()
    declarations = tuple(
        Assume(rename(item.condition, dict(bounds))) if isinstance(item, Assume) else item
        for item in program.declarations
    )
    whole = Program(declarations, fill(program.nests, bounds), program.given)
    declared = _declared(program)
    for site in places:
        name, token = site.pending.index.name, site.pending.token
        chosen = Axis(bounds[site.pending.upper], bounds[site.pending.lower])
        clash = disagreement(chosen, list(site.stands_on()), whole, declared, same)
        if clash is not None:
            raise source.wrong(OtherAxis(name, clash), token)
    return whole


def _declared(program: Program) -> Mapping[str, Array]:
    """The arrays whose axes do not depend on the nests."""
    return Program(program.declarations, (), program.given).arrays
