"""Separation: one statement a nest, every array complete before it is read.

A program runs literally: the statements of a body take turns, `=` overwrites, a loop may read what
it is still writing. Before anything symbolic looks at a program, it is brought, without changing
what it computes, to a form in which `A[f(i)] = v` and `A[f(i)] += v` can be read as contributions

    A[p] = Σ_statements Σ_i [f(i) = p] v(i)

This needs: each statement in a nest of its own; no statement reads an element that a later
execution writes; an element that `=` writes is written by nothing else. Bodies are distributed over
nests in an order that respects all dependences between them (Kennedy and Allen, 1987): statements
that depend on each other in a circle cannot be separated as they stand. Loops over constant ranges
in such a circle are unrolled. What then still carries a value from one execution to the next
is refused, with the statement and the reason; a program that is refused still has its meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sympy import Add, Expr, Integer

from symgrad.algebra.binding import names as names_of
from symgrad.algebra.interleaving import acting
from symgrad.expressions import add, array_of, element
from symgrad.program import Nest, Program, Statement, kept
from symgrad.separation.dependence import Dependences, Update, conflicting
from symgrad.separation.multiplied import Products
from symgrad.separation.overwrite import Inseparable, over, settled, spots_of
from symgrad.separation.plain import plain
from symgrad.separation.privatize import privatized
from symgrad.separation.recursion import recursive
from symgrad.separation.scan import Names, scanned
from symgrad.sets.integers import Integers
from symgrad.sets.literals import conjunction

MOST_UNROLLED = 64
"""Copies of statements that unrolling may make."""


@dataclass(frozen=True)
class Separated:
    """A program that computes the same, as definitions.

    `final` tells under which name the last version of an array stands that had to be renamed;
    `lost` names the locals of a body of which nothing tells what the last iteration leaves;
    `overwritten` tells where a value that had been given was thrown away unread.
    """

    program: Program
    final: Mapping[str, str] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    overwritten: tuple[Inseparable, ...] = ()


def separate(program: Program, *, versions: bool = False) -> Separated | Inseparable:
    """Separate the statements of a program, or say which one cannot be and why.

    Without `versions` a program that overwrites, or reads an array that a later statement adds to,
    is refused; with it, such arrays are renamed.
    """
    return _in_versions(program) if versions else _as_it_stands(program)


@kept
def _in_versions(program: Program) -> Separated | Inseparable:
    return _separated(program, versions=True)


@kept
def _as_it_stands(program: Program) -> Separated | Inseparable:
    return _separated(program, versions=False)


def _separated(program: Program, *, versions: bool) -> Separated | Inseparable:
    nests = plain(program, versions=versions)
    if nests is not None:
        return Separated(program if nests == program.nests else program.over_the_same_arrays(nests))
    return _taken_apart(program, versions=versions)


def _taken_apart(program: Program, *, versions: bool) -> Separated | Inseparable:
    dependences = Dependences(Integers.of(program), set(program.written))
    taken = set(names_of(program))
    updates: list[Update] = []
    number = 1
    for nest in program.nests:
        names = Names(program, {update.array for update in updates}, taken)
        numbers = tuple(range(number, number + len(nest.body)))
        found = _distributed(nest, numbers, dependences, names, scan=versions)
        if isinstance(found, Inseparable):
            return found
        updates += found
        number += len(nest.body)
    parts = (part for update in updates for part in _in_factors(update, dependences))
    updates = [
        replace(update, place=(Integer(n), *(loop.index for loop in update.loops), Integer(0)))
        for n, update in enumerate(parts)
    ]
    arrays = program.arrays
    private = {update.array for update in updates} - arrays.keys()
    if private:
        nests = tuple(update.nest for update in updates)
        arrays = {**replace(program, nests=nests).arrays, **arrays}
        integers = Integers(arrays, program.assumptions)
        dependences = Dependences(integers, {update.array for update in updates})
    outcome = settled(updates, arrays, taken, dependences, private, versions=versions)
    if isinstance(outcome, Inseparable):
        return outcome
    final = outcome.final
    nests = tuple(update.nest for update in outcome.updates)
    if nests == program.nests:
        return Separated(program)
    whole = replace(program, nests=nests)
    if versions:
        whole = replace(whole, nests=(*_extents_kept(program, whole, final, taken), *nests))
    lost = frozenset(n for n in program.written if final.get(n, n) not in whole.written)
    return Separated(whole, final, lost, outcome.overwritten)


def _extents_kept(
    program: Program, whole: Program, final: Mapping[str, str], taken: set[str]
) -> Iterator[Nest]:
    """Zeros over the whole of an array that would be smaller without those that it began with.

    for i in 1..N: a[i] = 0; for i in 1..N-1: a[i] += x[i]      a[N] is 0, and there is an a[N]
    """
    for name in program.written:
        last, array = final.get(name, name), program.arrays[name]
        if last in whole.written and whole.arrays[last].axes != array.axes and not array.values:
            spots = spots_of(array.axes, taken)
            zero = Statement(element(last, *spots), "+=", Integer(0))
            yield Nest(over(array.axes, spots), (zero,))


def _distributed(
    nest: Nest, numbers: tuple[int, ...], dependences: Dependences, names: Names, scan: bool
) -> list[Update] | Inseparable:
    """The statements of a body, each on its own, in an order that changes nothing."""
    local = _with_locals(nest, names.taken)
    numbers = (*numbers, *(numbers[-1:] * (len(local.body) - len(nest.body))))
    updates = _updates(local, numbers)
    if scan and len(local.body) == 1:
        # A maximum over a window, not the larger of so many values; else short loops are unrolled.
        _, circle = _in_order(updates, dependences)
        found = _scanned(local, numbers, circle, dependences, names, recursions=False)
        if found is not None:
            return found
    while True:
        order, circle = _in_order(updates, dependences)
        if not circle:
            return order
        unrolled = _unrolled(updates, circle)
        if unrolled is None or len(unrolled) > MOST_UNROLLED:
            break
        updates = unrolled
    found = _scanned(local, numbers, circle, dependences, names) if scan else None
    return _reason(circle, dependences) if found is None else found


def _scanned(
    nest: Nest,
    numbers: tuple[int, ...],
    circle: Sequence[Update],
    dependences: Dependences,
    names: Names,
    recursions: bool = True,
) -> list[Update] | None:
    """The statements of a body without one running sum, maximum or recursion, each on its own."""
    arrays = dict.fromkeys(update.array for update in circle)
    found = scanned(nest, arrays, names)
    if found is None and recursions:
        found = next(filter(None, (recursive(nest, array, names) for array in arrays)), None)
    if found is None:
        return None
    own = tuple(numbers[place] for place in found.numbers)
    inner = _distributed(found.nest, own, dependences, names, True)
    if isinstance(inner, Inseparable):
        return None
    before, after = (
        [update for other in others for update in _updates(other, numbers[-1:])]
        for others in (found.before, found.after)
    )
    return [*before, *inner, *after]


def _updates(nest: Nest, numbers: tuple[int, ...]) -> list[Update]:
    """The statements of a body when they do anything, with their numbers in the text."""
    updates: list[Update] = []
    for k, (item, n) in enumerate(zip(nest.body, numbers, strict=True)):
        when, does = acting(item)
        place = (Integer(numbers[0]), *_indices(nest), Integer(k))
        guard = conjunction([nest.guard, when])
        updates.append(Update(nest.loops, guard, does, place, n))
    return updates


def _in_factors(update: Update, dependences: Dependences) -> Iterator[Update]:
    """An update that multiplies elements round by round, with the factors of all rounds in one."""
    if update.statement.op != "*=" or dependences.writes_once(update):
        yield update
        return
    for nest in Products(dependences.integers).factors(update.nest):
        (statement,) = nest.body
        yield replace(update, loops=nest.loops, guard=nest.guard, statement=statement)


def _indices(nest: Nest) -> Iterator[Expr]:
    return (loop.index for loop in nest.loops)


def _with_locals(nest: Nest, taken: set[str]) -> Nest:
    """The body with `A = A + v` as `A += v`, and a private copy of each local per iteration."""
    nest = Nest(nest.loops, tuple(map(_accumulating, nest.body)), nest.guard)
    if len(nest.body) == 1:
        return nest
    for array in dict.fromkeys(array_of(item.target) for item in nest.body if item.op == "="):
        targets = {item.target for item in nest.body if array_of(item.target) == array}
        if all(set(_indices(nest)) <= set(target.free_symbols) for target in targets):
            continue
        private = privatized(nest, array, taken)
        if private is not None:
            taken.update(array_of(item.target) for item in private.body)
            nest = private
    return nest


def _accumulating(statement: Statement) -> Statement:
    """`A[i] = A[i] + v` as `A[i] += v`; every term but one may do anything but read A[i]."""
    target, value = statement.target, statement.value
    if statement.op != "=" or not isinstance(value, Add) or value.args.count(target) != 1:
        return statement
    rest = [term for term in value.args if term != target]
    return Statement(target, "+=", add(*rest))


def _in_order(
    updates: Sequence[Update], dependences: Dependences
) -> tuple[list[Update], list[Update]]:
    """An order that respects every dependence, or a circle of updates that has none."""
    order: list[Update] = []
    must = {
        (a, b)
        for a in range(len(updates))
        for b in range(len(updates))
        if a != b and dependences.precedes(updates[a], updates[b])
    }
    left = list(range(len(updates)))
    while left:
        free = next((b for b in left if not any((a, b) in must for a in left)), None)
        if free is None:
            return [], _circle([updates[n] for n in left], dependences)
        left.remove(free)
        order.append(updates[free])
    carrying = [update for update in updates if dependences.carries(update)]
    return order, carrying[:1]


def _circle(updates: list[Update], dependences: Dependences) -> list[Update]:
    """The updates that wait for each other, without those that only wait for them."""
    while True:
        needed = [
            update
            for update in updates
            if any(dependences.precedes(update, other) for other in updates if other != update)
        ]
        if len(needed) == len(updates):
            return updates
        updates = needed


def _unrolled(updates: Sequence[Update], circle: Sequence[Update]) -> list[Update] | None:
    """One copy of the circle's updates for each value of a loop over a constant range."""
    constant = [
        loop
        for update in circle
        for loop in update.loops
        if loop.lower.is_Integer and loop.upper.is_Integer
    ]
    if not constant:
        return None
    chosen = constant[0]
    values = range(int(chosen.lower), int(chosen.upper) + 1)
    if len(values) * len(circle) > MOST_UNROLLED:
        return None
    result: list[Update] = []
    for update in updates:
        if update not in circle or chosen not in update.loops:
            result.append(update)
            continue
        result += [update.at(chosen.index, Integer(value)) for value in values]
    return result


def _reason(circle: Sequence[Update], dependences: Dependences) -> Inseparable:
    """The read that a circle makes too early, or the writes whose order matters."""
    for reader in circle:
        for read in dependences.reads(reader):
            for writer in circle:
                write = dependences.write(writer)
                if conflicting(read, write) and dependences.overlap(read, write):
                    doing = "writes" if writer.statement.op == "=" else "adds to"
                    return Inseparable(
                        reader.number,
                        f"{writer.array} is read at statement {reader.number} while the same loop "
                        f"still {doing} it",
                    )
    number = circle[-1].number
    return Inseparable(
        number,
        f"{circle[-1].array} is overwritten at statement {number} while the same loop still "
        "writes it",
    )


__all__ = ["Inseparable", "Separated", "separate"]
