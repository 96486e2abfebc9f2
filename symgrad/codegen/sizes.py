"""How a function learns the extents: from the shapes of its arguments.

B, J = s.shape                  H, W = I.shape
P = (H - h + 1) // 2            where an argument's axis, or an assumption, is linear in P
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Symbol

from symgrad.expressions import extent, is_extent
from symgrad.program import Array


@dataclass(frozen=True)
class Known:
    """An expression of extents whose value some code gives: an axis, or one side of an equation."""

    expr: Expr
    code: str


def assignments(
    wanted: set[str],
    arguments: Sequence[tuple[str, Array]],
    assumptions: Sequence[object],
    names: Mapping[str, str],
    spelled: Callable[[Expr], str],
    *,
    nested: bool,
) -> tuple[list[str], list[str]]:
    """Lines that give the extents their values, and the extents that nothing tells.

    `names` are the extents in the code, and `spelled` writes an expression of them.
    """
    found: dict[str, str] = {}
    lines: list[str] = []
    for text, array in arguments:
        plain = [axis.extent for axis in array.axes]
        new = {part.name for part in plain if is_extent(part)} - found.keys()
        if array.axes and all(map(is_extent, plain)) and len(new) == len(plain) and new <= wanted:
            left = ", ".join(names[part.name] for part in plain)
            comma = "," if len(plain) == 1 else ""
            right = _lengths(text, array.rank) if nested else f"{text}.shape"
            lines.append(f"{left}{'' if nested else comma} = {right}")
            found.update(dict.fromkeys(new, ""))
    known = [
        Known(axis.extent, _lengths(text, n + 1, only=n) if nested else f"{text}.shape[{n}]")
        for text, array in arguments
        for n, axis in enumerate(array.axes)
    ]
    equations = [(side.lhs, side.rhs) for side in assumptions if isinstance(side, sympy.Eq)]
    asked = set(wanted)
    while missing := sorted(asked - found.keys()):
        more = asked.copy()
        solved = next(
            filter(None, (_solved(n, known, equations, found, more, spelled) for n in missing)),
            None,
        )
        if solved is not None:
            name, code = solved
            lines.append(f"{names[name]} = {code}")
            found[name] = code
        elif more == asked:
            return lines, sorted(wanted - found.keys())
        asked = more
    return lines, []


def _lengths(text: str, rank: int, only: int | None = None) -> str:
    parts = [f"len({text}{'[0]' * n})" for n in range(rank)]
    return parts[only] if only is not None else ", ".join(parts)


def _solved(
    name: str,
    known: Sequence[Known],
    equations: Sequence[tuple[Expr, Expr]],
    found: Mapping[str, str],
    wanted: set[str],
    spelled: Callable[[Expr], str],
) -> tuple[str, str] | None:
    """The extent and its value; `wanted` grows by the extents that an equation needs first.

    The other side of an equation may be code, the length of an axis, which no algebra knows.
    """
    for item in known:
        if item.expr == extent(name):
            return name, item.code
    for left, right in _known_equations(known, equations):
        solution = _linear(left - right if not isinstance(right, str) else left, extent(name))
        if solution is None:
            continue
        rest, slope = solution
        others = {symbol.name for symbol in rest.free_symbols}
        if not others <= found.keys():
            wanted |= {n for n in others if any(k.expr == extent(n) for k in known)}
            continue
        if not isinstance(right, str):
            return name, _quotient(spelled(-rest if slope > 0 else rest), abs(slope))
        if slope < 0:
            return name, _quotient(f"{spelled(rest)} - {right}", -slope)
        less = f"({spelled(rest)})" if rest.is_Add else spelled(rest)
        return name, _quotient(f"{right} - {less}" if rest != 0 else right, slope)
    return None


def _known_equations(
    known: Sequence[Known], equations: Sequence[tuple[Expr, Expr]]
) -> Iterator[tuple[Expr, Expr | str]]:
    yield from equations
    yield from ((item.expr, item.code) for item in known)


def _linear(expr: Expr, symbol: Symbol) -> tuple[Expr, Expr] | None:
    """expr = slope * symbol + rest, with a number for a slope."""
    expr = sympy.expand(expr)
    slope = expr.coeff(symbol)
    rest = sympy.expand(expr - slope * symbol)
    return (rest, slope) if slope.is_Integer and slope != 0 and not rest.has(symbol) else None


def _quotient(text: str, slope: Expr) -> str:
    """`text` over a positive number that divides it."""
    if slope == 1:
        return text
    return f"{text} // {slope}" if " " not in text else f"({text}) // {slope}"
