"""What an answer may be asked to look like, apart from being right.

A form is a row of `FORMS`: what it demands, and a predicate on the answer. An equal answer in
another form is worth part of the points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import sympy

from symgrad.course.exercise import Form, Part
from symgrad.expressions import array_of, elements, indices_of, is_element, is_extent
from symgrad.heads import Bracket, Reduction, Where, sigma, softplus
from symgrad.program import Nest, Output, Program, Statement, is_gradient, primal

Predicate: TypeAlias = Callable[[Program, tuple[str, ...]], bool]

EXPONENTIALS = (sympy.exp, sympy.tanh, sigma, softplus)


def form_of(part: Part) -> Callable[[Program], str | None]:
    """The check of a part's form: what an answer lacks, or None where it has the form."""

    def check(answer: Program) -> str | None:
        if part.form is None:
            return None
        rule = FORMS[part.form]
        return None if rule.holds(answer, part.targets) else f"The question asks for {rule.demand}."

    return check


# --- the predicates ----------------------------------------------------------------------------


def _no_exponential(answer: Program, _: tuple[str, ...]) -> bool:
    """No exp, nor a function made of it, nor a power with a variable exponent."""
    return not any(
        isinstance(node, EXPONENTIALS)
        or (isinstance(node, sympy.Pow) and not node.exp.is_number and not _affine(node))
        for node in _nodes(answer)
    )


def _loops(answer: Program, _: tuple[str, ...]) -> bool:
    """No reductions: whatever is summed is added by a loop."""
    return not any(isinstance(node, Reduction) for node in _nodes(answer))


def _sums(answer: Program, targets: tuple[str, ...]) -> bool:
    """Each target has one statement, which loops over the target's elements, one by one.

    A loop that adds to one element before it goes on to the next is a sum.
    """
    return all(
        len(found) == 1 and all(_by_element(nest, statement) for nest, statement in found)
        for found in (_writers(answer, target) for target in targets)
    )


def _closed(answer: Program, targets: tuple[str, ...]) -> bool:
    """Each target has one statement; no gradient is read but those of the outputs."""
    outputs = {item.name for item in answer.declared(Output)}
    read = {array_of(read) for nest in answer.nests for read in _reads(nest)}
    return all(len(_writers(answer, target)) == 1 for target in targets) and all(
        primal(name) in outputs for name in read if is_gradient(name)
    )


def _padded(answer: Program, targets: tuple[str, ...]) -> bool:
    """The targets' sums run over whole ranges, without conditions, over rearranged copies.

    An array that is only reversed may be read backwards instead: K[h-l+1, w-m+1]. Array functions
    say the same by their names: conv(pad(J.grad, h-1, w-1), flip(K)).
    """
    if answer.functions >= {"conv", "pad", "flip"}:
        return True
    copies = _copies(answer)
    return all(
        found
        and all(
            _unconditional(nest, statement)
            and all(
                array_of(read) in copies or _backwards(read) for read in elements(statement.value)
            )
            for nest, statement in found
        )
        for found in (_writers(answer, target) for target in targets)
    )


def _chain(answer: Program, _: tuple[str, ...]) -> bool:
    """At least one statement is derived step by step."""
    return any(statement.earlier for _, statement in answer.statements)


def _copies(answer: Program) -> set[str]:
    """The auxiliary arrays that hold nothing but elements of one other array, and zeros."""
    sources: dict[str, set[str]] = {}
    for _, statement in answer.statements:
        found = _only_element(statement.value)
        whole = found is not None and len(indices_of(found)) == len(indices_of(statement.target))
        source = array_of(found) if found is not None and whole else ""
        sources.setdefault(array_of(statement.target), set()).add(source)
    return {
        name
        for name, found in sources.items()
        if len(found) == 1 and "" not in found and not is_gradient(name)
    }


def _only_element(value: sympy.Expr) -> sympy.Expr | None:
    """The element that a value is, or is wherever it is not zero: `[a > h] * x[a - h]`."""
    if isinstance(value, Where) and 0 in value.args[1:]:
        value = value.args[2] if value.args[1] == 0 else value.args[1]
    if isinstance(value, sympy.Mul):
        value, *more = [part for part in value.args if not isinstance(part, Bracket)]
        if more:
            return None
    return value if is_element(value) else None


def _backwards(read: sympy.Expr) -> bool:
    """Is each axis gone through from its end, as in K[h-l+1, w-m+1]?"""
    return not is_gradient(array_of(read)) and all(
        any(position.coeff(index) == -1 for index in position.free_symbols if not is_extent(index))
        for position in indices_of(read)
    )


def _unconditional(nest: Nest, statement: Statement) -> bool:
    loops = {loop.index for loop in nest.loops}
    return _always(nest) and not any(
        isinstance(node, (Bracket, Where, sympy.Max, sympy.Min))
        or (
            isinstance(node, Reduction)
            and (node.condition is not sympy.true or _skewed(node, loops))
        )
        for node in sympy.preorder_traversal(statement.value)
    )


def _skewed(reduction: Reduction, loops: set[sympy.Symbol]) -> bool:
    """Does a bound of the sum follow a loop?"""
    return any(
        bound.free_symbols & loops
        for _, lower, upper in reduction.limits
        for bound in (lower, upper)
    )


def _always(nest: Nest) -> bool:
    return nest.guard is sympy.true


def _by_element(nest: Nest, statement: Statement) -> bool:
    """Are the places that are written to the nest's first indices, `I.grad[p, q]`?"""
    places = indices_of(statement.target)
    return {loop.index for loop in nest.loops[: len(places)]} == set(places)


@dataclass(frozen=True)
class Rule:
    """A form: what the question asks for, in words, and the test."""

    demand: str
    holds: Predicate


FORMS: dict[Form, Rule] = {
    "no exp": Rule(
        "updates that compute no exponential again; the forward pass has it already",
        _no_exponential,
    ),
    "loops": Rule("loops of += updates instead of sums", _loops),
    "sums": Rule(
        "one statement for each element, with a sum over exact bounds, instead of a loop that "
        "adds to many elements",
        _sums,
    ),
    "closed": Rule(
        "one statement for the gradient, which reads no other gradient than the outputs'", _closed
    ),
    "chain": Rule(
        "a derivation: a chain of equalities, as in `Z.grad[b] = … = …`, in which every step is "
        "seen",
        _chain,
    ),
    "padded": Rule(
        "the padded gradient in an array of its own, the kernel reversed, and a sum over the whole "
        "kernel without conditions",
        _padded,
    ),
}


# --- walking -----------------------------------------------------------------------------------


def _writers(answer: Program, target: str) -> list[tuple[Nest, Statement]]:
    return [
        (nest, statement)
        for nest, statement in answer.statements
        if array_of(statement.target) == target
    ]


def _nodes(answer: Program) -> Iterator[sympy.Basic]:
    for nest, statement in answer.statements:
        yield from sympy.preorder_traversal(statement.value)
        yield from sympy.preorder_traversal(nest.guard)


def _reads(nest: Nest) -> Iterator[sympy.Expr]:
    yield from elements(nest.guard)
    for statement in nest.body:
        yield from elements(statement.value)


def _affine(power: sympy.Expr) -> bool:
    return all(symbol.is_integer for symbol in power.free_symbols)
