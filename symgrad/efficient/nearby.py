"""The part of a forward pass that a proof looks at: what comes before it is free.

    t = f(x),  mu = mean of t,  n = (t - mu) / r        two sides that read t, mu, n and r: input t

What is equal for almost all values of `t` is equal for the true ones wherever both sides are
continuous and defined: a point at which they are is a limit of points at which they are equal. So
neither side and nothing between may branch on a value, and the left side may divide by and draw
roots and logarithms of only what the forward pass does. A deep network is proved layer by layer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

import sympy
from sympy import Expr, Symbol

from symgrad.expressions import array_of, elements, is_element
from symgrad.heads import SumOver
from symgrad.program import Assume, Declaration, Input, Loss, Nest, Output, Program

SMOOTH = frozenset({"exp", "log", "tanh", "sigma", "softplus", "erf", "sin", "cos"})

NONZERO, ROOT = "nonzero", "root"


def nearby(given: Program, left: Program, right: Program) -> list[Program]:
    """Forward passes with inputs for what lies before all that both sides read, if they may."""
    if any(len(nest.body) > 1 for nest in given.nests):
        return []
    names = {name for nest in (*left.nests, *right.nests) for name in read(nest)}
    defined = dict.fromkeys(map(frozenset, _defined(given, names)))
    shorter = (_with(given, kept, left, right) for kept in defined)
    return list(dict.fromkeys(program for program in shorter if program is not None))


def _defined(given: Program, names: set[str]) -> Iterator[set[str]]:
    """The arrays to define, the fewest first.

    Those that are read and computed from what is read alone, or from any of it; then also those
    between what is read, first without the inputs that are.
    """
    written = set(given.written)
    reads = {name: _reads(given, name) for name in written}
    computed = names & written
    yield {name for name in computed if reads[name] & written <= names}
    yield {name for name in computed if reads[name] & computed}
    for first in (computed, names):
        kept = names | _between(given, first, computed)
        yield {name for name in kept & written if reads[name] & kept}


def _with(
    given: Program, defined: Collection[str], left: Program, right: Program
) -> Program | None:
    """The forward pass with inputs for all but some arrays."""
    written = set(given.written)
    nests = tuple(nest for nest in given.nests if target(nest) in defined)
    shown = (*nests, *left.nests, *right.nests)
    free = {name for nest in shown for name in read(nest)} & written - set(defined)
    if len(nests) == len(given.nests) or not _finished(given, free):
        return None
    if not _may_be_free(given, shown, left):
        return None
    gone = written.difference(defined)
    declarations = [item for item in given.declarations if not _about(item) & gone]
    inputs = [Input(name, given.arrays[name].axes) for name in sorted(free)]
    return replace(given, declarations=(*declarations, *inputs), nests=nests)


def _about(item: Declaration) -> set[str]:
    """The computed arrays of which a declaration says something."""
    if isinstance(item, Assume):
        return {array_of(part) for part in elements(item.condition)}
    return {item.name} if isinstance(item, Output | Loss) else set()


def _between(given: Program, first: Collection[str], last: Collection[str]) -> set[str]:
    """All that is computed from some arrays and that others are computed from."""
    after = set(first)
    for nest in given.nests:
        if read(nest) & after:
            after.add(target(nest))
    needed = set(last)
    for nest in reversed(given.nests):
        if target(nest) in needed:
            needed |= read(nest)
    return after & needed


def _finished(given: Program, names: Collection[str]) -> bool:
    """Are arrays read only after the last nest that fills them?"""
    seen: set[str] = set()
    for nest in given.nests:
        if target(nest) in seen and target(nest) in names:
            return False
        seen |= read(nest)
    return True


def _reads(given: Program, name: str) -> set[str]:
    return {part for nest in given.nests if target(nest) == name for part in read(nest)}


def _may_be_free(given: Program, nests: Iterable[Nest], left: Program) -> bool:
    """Is everything continuous where it is defined, and the left side defined with the forward?"""
    for nest in nests:
        if any(elements(nest.guard)) or not all(_is_continuous(b.value) for b in nest.body):
            return False
    known = {(array_of(part), need) for part, need in _hazards(given) if is_element(part)}
    return all(
        (array_of(part), need) in known if is_element(part) else not any(elements(part))
        for part, need in _hazards(left)
    )


def _is_continuous(expr: Any) -> bool:
    """Sums, products, rational powers and smooth functions: no branch on a value."""
    if is_element(expr) or isinstance(expr, Symbol | sympy.Rational):
        return True
    if isinstance(expr, SumOver):
        return not any(elements(expr.condition)) and _is_continuous(expr.body)
    if isinstance(expr, sympy.Pow):
        return bool(expr.exp.is_Rational) and _is_continuous(expr.base)
    if isinstance(expr, sympy.Add | sympy.Mul) or expr.func.__name__ in SMOOTH:
        return all(map(_is_continuous, expr.args))
    return False


def _hazards(program: Program) -> Iterator[tuple[Expr, str]]:
    """What has to be nonzero to be divided by, and at least 0 for a root, each part by itself."""
    for _, statement in program.statements:
        for part in sympy.preorder_traversal(statement.value):
            if isinstance(part, sympy.Pow):
                if part.exp < 0:
                    yield from ((factor, NONZERO) for factor in _factors(part.base))
                if not part.exp.is_Integer:
                    yield part.base, ROOT
            elif isinstance(part, Expr) and part.func.__name__ == "log":
                yield from ((part.args[0], NONZERO), (part.args[0], ROOT))


def _factors(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, sympy.Mul):
        for part in expr.args:
            yield from _factors(part)
    elif isinstance(expr, sympy.Pow) and expr.exp.is_Integer and expr.exp > 0:
        yield from _factors(expr.base)
    else:
        yield expr


def read(nest: Nest) -> set[str]:
    """The arrays that the values of a nest are made of."""
    return {array_of(part) for body in nest.body for part in elements(body.value)}


def target(nest: Nest) -> str:
    """The array that a nest with one statement fills."""
    return array_of(nest.body[0].target)
