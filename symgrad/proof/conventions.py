"""What programs call their indices: names for those that a normal form leaves unnamed.

for b, j: Z[b] += exp(s[b, j])      the first axis of s is b, the second j
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sympy import Expr

from symgrad.expressions import array_of, indices_of, is_index
from symgrad.program import Array, Nest, Program
from symgrad.proof.notation import shown
from symgrad.shapes import accesses, nest_accesses


def all_arrays(programs: Iterable[Program]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for program in programs:
        found.update(program.arrays)
    return found


def index_names(programs: Sequence[Program]) -> dict[tuple[str, int], list[str]]:
    """The names that stand on each axis: those of the left side first, then by their place."""
    found: dict[tuple[str, int], list[str]] = {}
    *given, left, right = programs
    for program in (left, right, *given):
        for nest in program.nests:
            for element, _ in sorted(
                nest_accesses(nest), key=lambda item: not _is_target(nest, item[0])
            ):
                for place, position in enumerate(indices_of(element)):
                    names = found.setdefault((shown(array_of(element)), place), [])
                    if is_index(position) and str(position) not in names:
                        names.append(str(position))
    return found


def _is_target(nest: Nest, element: Expr) -> bool:
    return any(statement.target == element for statement in nest.body)


def renamings(program: Program, value: Expr, place: Expr) -> Iterator[str]:
    """`j renamed to k`: an index of a program that is called otherwise where it stands in a value.

    Told only where the axes leave no doubt: the index of an axis of the target, or one that stands
    where a single bound index of the value does.
    """
    bound: dict[tuple[str, int], set[str]] = {}
    for element, scope in accesses(value):
        inner = {loop.index for loop in scope}
        for at, position in enumerate(indices_of(element)):
            if position in inner:
                bound.setdefault((array_of(element), at), set()).add(str(position))
    kept = {str(position) for position in place.free_symbols}.union(*bound.values())
    found: dict[str, set[str]] = {}
    for nest in program.nests:
        for element, _ in nest_accesses(nest):
            of_target = array_of(element) == array_of(place)
            for at, position in enumerate(indices_of(element)):
                if not is_index(position) or str(position) in kept:
                    continue
                if of_target:
                    found[str(position)] = {str(indices_of(place)[at])}
                new = bound.get((shown(array_of(element)), at), set())
                found.setdefault(str(position), set(new))
    for old, names in found.items():
        if len(names) == 1:
            yield f"{old} renamed to {next(iter(names))}"
