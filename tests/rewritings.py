"""Other programs with the same meaning, by general transformations of programs.

    renamed        every array, index and extent has another name
    batched        every array has an axis more: for q, b, j: Z[q, b] += exp(s[q, b, j])
    reordered      terms, factors and conditions from the right to the left
    parities       sums over even and over odd places

`WHOLE` changes both sides of a comparison and the forward pass, `SIDES` one program; each row keeps
whatever a program computes, for every program, and gives the program back where it does not apply.
None of them knows what a program computes, or which row of which table it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import sympy
from regroupings import drawn_in, joined, nests_turned, unfolded, values
from sympy import Add, Expr, Integer, Mul, Symbol
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import And, Or

from symgrad.expressions import (
    add,
    array_of,
    element,
    elements,
    extent,
    index,
    indices_of,
    is_affine_head,
    is_element,
    is_extent,
    is_index,
    mul,
    opaque,
    partial,
    rebuild,
    rename,
    scalar,
)
from symgrad.heads import Bracket, Partial, Reduction, SumOver
from symgrad.program import (
    Assume,
    Axis,
    Declaration,
    Input,
    Loop,
    Loss,
    Nest,
    Opaque,
    Program,
    Statement,
)


@dataclass(frozen=True)
class Case:
    """Two sides over a forward pass, and the arrays that are compared."""

    left: Program
    right: Program
    given: Program
    targets: tuple[str, ...]


ONE = Integer(1)


# --- a change of every expression --------------------------------------------------------------


def _program(program: Program, change: Callable[[Any], Any], given: Program | None) -> Program:
    """The program with every expression of its nests changed."""
    return replace(program, nests=tuple(_nest(nest, change) for nest in program.nests), given=given)


def _nest(nest: Nest, change: Callable[[Any], Any]) -> Nest:
    return Nest(
        tuple(Loop(*map(change, (loop.index, loop.lower, loop.upper))) for loop in nest.loops),
        tuple(
            replace(
                one,
                target=change(one.target),
                value=change(one.value),
                earlier=tuple(map(change, one.earlier)),
            )
            for one in nest.body
        ),
        change(nest.guard),
    )


# --- both sides and the forward pass -----------------------------------------------------------


def renamed(case: Case) -> Case:
    """Every array, function, index and extent under another name, in the reversed order."""
    programs = (case.given, case.left, case.right)
    arrays = sorted({name.partition(".")[0] for program in programs for name in program.arrays})
    names = {name: f"v{n}" for n, name in enumerate(reversed(arrays))}

    def named(name: str) -> str:
        base, dot, rest = name.partition(".")
        return names[base] + dot + rest

    def change(expr: Any) -> Any:
        if is_extent(expr):
            return extent(f"E{expr.name}")
        if is_index(expr):
            return index(f"n{expr.name}")
        if is_affine_head(expr):
            return expr.xreplace({symbol: change(symbol) for symbol in expr.free_symbols})
        if is_element(expr):
            return element(named(array_of(expr)), *map(change, indices_of(expr)))
        if isinstance(expr, Partial):
            name = expr.function
            return partial(functions.get(name, name), expr.orders, *map(change, expr.arguments))
        if isinstance(expr, AppliedUndef):
            return opaque(functions[expr.func.__name__])(*map(change, expr.args))
        return rebuild(expr, change) if expr.args else expr

    functions = {item.name: f"q{item.name}" for item in case.given.declared(Opaque)}
    given = replace(
        _program(case.given, change, None),
        declarations=tuple(
            _renamed(item, named, functions, change) for item in case.given.declarations
        ),
    )
    left, right = (_program(side, change, given) for side in (case.left, case.right))
    return Case(left, right, given, tuple(map(named, case.targets)))


def _renamed(
    item: Declaration,
    named: Callable[[str], str],
    functions: Mapping[str, str],
    change: Callable[[Any], Any],
) -> Declaration:
    if isinstance(item, Assume):
        return Assume(change(item.condition))
    if isinstance(item, Opaque):
        return replace(item, name=functions[item.name])
    if isinstance(item, Input):
        axes = tuple(_axis(axis, change) for axis in item.axes)
        values = item.values and _axis(item.values, change)
        return replace(item, name=named(item.name), axes=axes, values=values)
    return replace(item, name=named(item.name))


def _axis(axis: Axis, change: Callable[[Any], Any]) -> Axis:
    return Axis(change(axis.upper), change(axis.lower))


def batched(case: Case) -> Case:
    """Every array with one more axis, every nest in one more loop; a loss is the sum of all.

    Fixed data stay as they are; where their gradient is asked for, so does the case.
    """
    q, batch = Loop(index("qq"), ONE, extent("Q9")), Axis(extent("Q9"))
    plain = {item.name for item in case.given.declared(Input) if item.data is not None}
    if any(f"{name}.grad" in side.arrays for name in plain for side in (case.left, case.right)):
        return case

    def change(expr: Any) -> Any:
        if is_extent(expr) or is_index(expr) or is_affine_head(expr):
            return expr
        if is_element(expr):
            first = () if array_of(expr) in plain else (q.index,)
            return element(array_of(expr), *first, *map(change, indices_of(expr)))
        if isinstance(expr, Partial):
            return partial(expr.function, expr.orders, *map(change, expr.arguments))
        return rebuild(expr, change) if expr.args else expr

    def whole(program: Program, given: Program | None) -> Program:
        wider = _program(program, change, given)
        nests = tuple(replace(nest, loops=(q, *nest.loops)) for nest in wider.nests)
        return replace(wider, nests=nests)

    def assumed(expr: Any) -> Any:
        """In `a > 0` the bare name stands for all elements already."""
        return expr if isinstance(expr, Symbol) and is_element(expr) else change_within(expr)

    def change_within(expr: Any) -> Any:
        if is_element(expr) or not expr.args:
            return change(expr)
        return rebuild(expr, assumed)

    declarations: list[Declaration] = []
    total = whole(case.given, None)
    for item in case.given.declarations:
        if isinstance(item, Input) and item.data is None:
            declarations.append(replace(item, axes=(batch, *item.axes)))
        elif isinstance(item, Assume):
            declarations.append(Assume(assumed(item.condition)))
        elif isinstance(item, Loss):
            declarations.append(Loss("sumtotal"))
            added = Statement(scalar("sumtotal"), "+=", element(item.name, q.index))
            total = replace(total, nests=(*total.nests, Nest((q,), (added,))))
        else:
            declarations.append(item)
    given = replace(total, declarations=tuple(declarations))
    return Case(whole(case.left, given), whole(case.right, given), given, case.targets)


WHOLE: dict[str, Callable[[Case], Case]] = {"renamed": renamed, "batched": batched}


# --- values ------------------------------------------------------------------------------------


def reordered(program: Program) -> Program:
    """Terms, factors and conditions from the right to the left."""

    def rule(expr: Any) -> Any:
        if isinstance(expr, Add):
            return add(*reversed(expr.args))
        if isinstance(expr, Mul):
            return mul(*reversed(expr.args))
        if isinstance(expr, (And, Or)):
            return expr.func(*reversed(expr.args), evaluate=False)
        return expr

    return values(program, rule)


def distributed(program: Program) -> Program:
    """a (b + c) d = a b d + a c d."""

    def rule(expr: Any) -> Any:
        if not isinstance(expr, Mul):
            return expr
        for n, factor in enumerate(expr.args):
            if isinstance(factor, Add):
                return add(
                    *(mul(*expr.args[:n], term, *expr.args[n + 1 :]) for term in factor.args)
                )
        return expr

    return values(program, rule)


def last_apart(program: Program) -> Program:
    """sum(k in 1..N, u[k]) = sum(k in 1..N-1, u[k]) + u[N]."""
    return _sums(program, _without_last)


def first_apart(program: Program) -> Program:
    """sum(k in 1..N, u[k]) = u[1] + sum(k in 2..N, u[k])."""
    return _sums(program, _without_first)


def parities(program: Program) -> Program:
    """sum(k, u[k]) = sum(k if mod(k, 2) == 0, u[k]) + sum(k if mod(k, 2) == 1, u[k])."""

    def rule(total: SumOver, n: int) -> Expr:
        k = total.limits[n][0]
        return add(
            *(
                SumOver.over(total.limits, total.body, _both(total.condition, _parity(k, rest)))
                for rest in (0, 1)
            )
        )

    return _sums(program, rule)


def reflected(program: Program) -> Program:
    """sum(k in 1..N, u[k]) = sum(k in 1..N, u[N+1-k])."""

    def rule(total: SumOver, n: int) -> Expr:
        k, lower, upper = total.limits[n]
        new = {k: lower + upper - k}
        return SumOver.over(total.limits, rename(total.body, new), rename(total.condition, new))

    return _sums(program, rule)


def shifted(program: Program) -> Program:
    """sum(k in 1..N, u[k]) = sum(k in 3..N+2, u[k-2])."""

    def rule(total: SumOver, n: int) -> Expr:
        k, lower, upper = total.limits[n]
        limits = [*total.limits]
        limits[n] = (k, lower + 2, upper + 2)
        new = {k: k - 2}
        return SumOver.over(limits, rename(total.body, new), rename(total.condition, new))

    return _sums(program, rule)


def nested(program: Program) -> Program:
    """sum(i, j, e) = sum(j, sum(i, e))."""

    def rule(total: SumOver, n: int) -> Expr:
        if len(total.limits) < 2:
            return total
        rest = [limit for m, limit in enumerate(total.limits) if m != n]
        inner = SumOver.over([total.limits[n]], total.body, total.condition)
        return SumOver.over(rest, inner)

    return _sums(program, rule)


def _sums(program: Program, rule: Callable[[SumOver, int], Expr]) -> Program:
    """A rule for sums, with the place of an index on which no other limit depends."""

    def change(expr: Any) -> Any:
        if isinstance(expr, SumOver):
            for n, (k, _, _) in enumerate(expr.limits):
                others = [limit for m, limit in enumerate(expr.limits) if m != n]
                if not any(k in end.free_symbols for _, *ends in others for end in ends):
                    return rule(expr, n)
        return expr

    return values(program, change)


def _without_last(total: SumOver, n: int) -> Expr:
    k, lower, upper = total.limits[n]
    if not _is_axis(lower, upper):
        return total
    return add(_limited(total, n, (k, lower, upper - 1)), _at(total, n, upper))


def _without_first(total: SumOver, n: int) -> Expr:
    k, lower, upper = total.limits[n]
    if not _is_axis(lower, upper):
        return total
    return add(_at(total, n, lower), _limited(total, n, (k, lower + 1, upper)))


def _is_axis(lower: Expr, upper: Expr) -> bool:
    """Is this 1..N, which has at least one element?"""
    return bool(lower == 1 and is_extent(upper))


def _limited(total: SumOver, n: int, limit: tuple[Symbol, Expr, Expr]) -> Expr:
    limits = [*total.limits[:n], limit, *total.limits[n + 1 :]]
    return SumOver.over(limits, total.body, total.condition)


def _at(total: SumOver, n: int, place: Expr) -> Expr:
    """The sum over the other indices, at one place of the n-th."""
    new = {total.limits[n][0]: place}
    body, condition = rename(total.body, new), rename(total.condition, new)
    rest = [limit for m, limit in enumerate(total.limits) if m != n]
    if rest:
        return SumOver.over(rest, body, condition)
    return body if condition == sympy.true else mul(Bracket(condition), body)


def _both(one: Any, other: Any) -> Any:
    return other if one == sympy.true else And(one, other, evaluate=False)


def _parity(k: Symbol, rest: int) -> Any:
    return sympy.Eq(sympy.Mod(k, 2), rest, evaluate=False)


# --- loops -------------------------------------------------------------------------------------


def last_round_apart(program: Program) -> Program:
    """The last round of an outermost loop over an axis, after the others."""
    return _nests(program, _last_round)


def first_round_apart(program: Program) -> Program:
    """The first round of an outermost loop over an axis, before the others."""
    return _nests(program, _first_round)


def every_other_round(program: Program) -> Program:
    """The even rounds of the innermost loop before the odd ones, where no order matters."""

    def change(nest: Nest) -> Iterator[Nest]:
        if not nest.loops or not _is_unordered(nest):
            yield nest
            return
        for rest in (0, 1):
            parity = _parity(nest.loops[-1].index, rest)
            yield replace(nest, guard=_both(nest.guard, parity))

    return _nests(program, change)


def backwards(program: Program) -> Program:
    """The innermost loop from its end, where no order matters."""
    return _innermost(
        program, lambda nest, loop: [_moved(nest, loop, loop.lower + loop.upper - loop.index)]
    )


def from_zero(program: Program) -> Program:
    """for i in 0..N-1, with i+1 for i, the innermost loop.

    Where t[i - 1] becomes t[i], an axis could be read off it: then nothing changes.
    """

    def change(nest: Nest, loop: Loop) -> list[Nest]:
        earlier = Loop(loop.index, loop.lower - 1, loop.upper - 1)
        return [_moved(nest, earlier, loop.index + 1)]

    new = _innermost(program, change)
    return new if new.arrays == program.arrays else program


def halves(program: Program) -> Program:
    """for i in 1..floor(N/2)  and  for i in floor(N/2)+1..N, the innermost loop."""

    def change(nest: Nest, loop: Loop) -> list[Nest]:
        if not _is_axis(loop.lower, loop.upper):
            return [nest]
        middle = sympy.floor(loop.upper / 2)
        return [
            replace(nest, loops=(*nest.loops[:-1], Loop(loop.index, *ends)))
            for ends in ((loop.lower, middle), (middle + 1, loop.upper))
        ]

    return _innermost(program, change)


def sides_of_the_diagonal(program: Program) -> Program:
    """Below, on and above the diagonal of the two innermost loops."""

    def change(nest: Nest, loop: Loop) -> list[Nest]:
        if len(nest.loops) < 2:
            return [nest]
        other = nest.loops[-2].index
        return [
            replace(nest, guard=_both(nest.guard, relation(loop.index, other, evaluate=False)))
            for relation in (sympy.Lt, sympy.Eq, sympy.Gt)
        ]

    return _innermost(program, change)


def _innermost(program: Program, change: Callable[[Nest, Loop], list[Nest]]) -> Program:
    """A change of the innermost loop of every nest, where no order matters."""

    def new(nest: Nest) -> Iterator[Nest]:
        if nest.loops and (_is_unordered(nest) or _is_once(nest)):
            yield from change(nest, nest.loops[-1])
        else:
            yield nest

    return _nests(program, new)


def _moved(nest: Nest, loop: Loop, place: Expr) -> Nest:
    """The nest with another innermost loop over the same index, and a form of it at its places."""
    inner = _nest(replace(nest, loops=()), lambda expr: rename(expr, {loop.index: place}))
    return Nest((*nest.loops[:-1], loop), inner.body, inner.guard)


def loops_turned(program: Program) -> Program:
    """The loops in the other order, where no order matters."""

    def change(nest: Nest) -> Iterator[Nest]:
        indices = {loop.index for loop in nest.loops}
        free = not any(
            indices & (loop.lower.free_symbols | loop.upper.free_symbols) for loop in nest.loops
        )
        turned = tuple(reversed(nest.loops)) if free and _is_unordered(nest) else nest.loops
        yield replace(nest, loops=turned)

    return _nests(program, change)


def summed(program: Program) -> Program:
    """for b, j: Z[b] += e   is   for b: Z[b] += sum(j, e)."""

    def change(nest: Nest) -> Iterator[Nest]:
        yield _summed(nest) if _is_sum(nest) else nest

    return _nests(program, change)


def unsummed(program: Program) -> Program:
    """for b: Z[b] += sum(j, e)   is   for b, j: Z[b] += e; `=` is 0 first."""

    def change(nest: Nest) -> Iterator[Nest]:
        total = nest.body[0].value
        names = {loop.index for loop in nest.loops}
        if not isinstance(total, SumOver) or names & {limit[0] for limit in total.limits}:
            yield nest
            return
        op = nest.body[0].op
        if op == "=" and _is_once(nest):
            yield replace(nest, body=(replace(nest.body[0], value=Integer(0), earlier=()),))
            op = "+="
        if len(nest.body) > 1 or op not in ("+=", "-=") or not _is_unordered(nest):
            yield nest
            return
        loops = (*nest.loops, *(Loop(*limit) for limit in total.limits))
        guard = total.condition if nest.guard == sympy.true else nest.guard
        if total.condition != sympy.true and guard is nest.guard:
            guard = _both(nest.guard, total.condition)
        statement = Statement(nest.body[0].target, op, total.body)
        yield Nest(loops, (statement,), guard)

    return _nests(program, change)


def with_helper(program: Program) -> Program:
    """for b, j: x[b, j] += e   is   for b, j: h[b, j] = e   and   for b, j: x[b, j] += h[b, j]."""
    names = _unused(program, "helper")

    def change(nest: Nest) -> Iterator[Nest]:
        (statement, *more) = nest.body
        plain = all(_is_axis(loop.lower, loop.upper) for loop in nest.loops)
        if more or not plain or not nest.loops or _reads_itself(nest) or not _is_value(statement):
            yield nest
            return
        helper = element(next(names), *(loop.index for loop in nest.loops))
        yield replace(nest, body=(Statement(helper, "=", statement.value),))
        yield replace(nest, body=(replace(statement, value=helper),))

    return _nests(program, change)


def with_transposed_helper(program: Program) -> Program:
    """for b, j: x[b, j] += e   is   for j, b: h[j, b] = e   and   for b, j: x[b, j] += h[j, b]."""
    names = _unused(program, "turned")

    def change(nest: Nest) -> Iterator[Nest]:
        (statement, *more) = nest.body
        plain = all(_is_axis(loop.lower, loop.upper) for loop in nest.loops)
        if (
            more
            or not plain
            or len(nest.loops) < 2
            or _reads_itself(nest)
            or not _is_value(statement)
        ):
            yield nest
        else:
            turned = nest.loops[::-1]
            helper = element(next(names), *(loop.index for loop in turned))
            yield replace(nest, loops=turned, body=(Statement(helper, "=", statement.value),))
            yield replace(nest, body=(replace(statement, value=helper),))

    return _nests(program, change)


def _unused(program: Program, prefix: str) -> Iterator[str]:
    """prefix0, prefix1, ...: those names that no array of the program has."""
    return (name for n in count() if (name := f"{prefix}{n}") not in program.arrays)


def _nests(program: Program, change: Callable[[Nest], Iterator[Nest]]) -> Program:
    return replace(program, nests=tuple(new for nest in program.nests for new in change(nest)))


def _last_round(nest: Nest) -> Iterator[Nest]:
    if not nest.loops or not _is_axis(nest.loops[0].lower, nest.loops[0].upper):
        yield nest
        return
    loop, *rest = nest.loops
    yield replace(nest, loops=(replace(loop, upper=loop.upper - 1), *rest))
    yield _round(nest, loop.upper)


def _first_round(nest: Nest) -> Iterator[Nest]:
    if not nest.loops or not _is_axis(nest.loops[0].lower, nest.loops[0].upper):
        yield nest
        return
    loop, *rest = nest.loops
    yield _round(nest, loop.lower)
    yield replace(nest, loops=(replace(loop, lower=loop.lower + 1), *rest))


def _round(nest: Nest, place: Expr) -> Nest:
    """One round of the outermost loop."""
    loop, *rest = nest.loops
    return _nest(replace(nest, loops=tuple(rest)), lambda expr: rename(expr, {loop.index: place}))


def _is_unordered(nest: Nest) -> bool:
    """Sums of what the nest does not write: every order of its rounds leaves the same."""
    return not _reads_itself(nest) and all(one.op in ("+=", "-=") for one in nest.body)


def _reads_itself(nest: Nest) -> bool:
    written = {array_of(one.target) for one in nest.body}
    parts = [nest.guard, *(one.value for one in nest.body)]
    parts += [place for one in nest.body for place in indices_of(one.target)]
    return bool(written & {array_of(read) for part in parts for read in elements(part)})


def _is_once(nest: Nest) -> bool:
    """One statement, each element of whose target is written in one round."""
    plain = {place for place in indices_of(nest.body[0].target) if is_index(place)}
    return (
        len(nest.body) == 1
        and plain == {loop.index for loop in nest.loops}
        and not _reads_itself(nest)
    )


def _is_sum(nest: Nest) -> bool:
    return len(nest.body) == 1 and _is_unordered(nest)


def _summed(nest: Nest) -> Nest:
    (statement,) = nest.body
    used = {symbol for place in indices_of(statement.target) for symbol in place.free_symbols}
    kept = [loop for loop in nest.loops if loop.index in used]
    inner = [loop for loop in nest.loops if loop.index not in used]
    gone = {loop.index for loop in inner}
    if not inner or any(gone & (k.lower.free_symbols | k.upper.free_symbols) for k in kept):
        return nest
    limits = [(loop.index, loop.lower, loop.upper) for loop in inner]
    value = SumOver.over(limits, statement.value, nest.guard)
    return Nest(tuple(kept), (replace(statement, value=value, earlier=()),))


def _is_value(statement: Statement) -> bool:
    """Not an index, which an array may hold, nor a chain."""
    return (
        not statement.earlier
        and not isinstance(statement.value, Reduction)
        and bool(statement.value.args)
    )


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
