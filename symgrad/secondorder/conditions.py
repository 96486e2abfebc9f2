"""When a rule is right: which functions must be straight for everything that it misses to vanish.

What lies between a rule and the truth is a sum of terms, each a product with second derivatives of
functions of the graph in it:

    2 * f_yz(y, z) * g'(x) * h'(x)          vanishes where f_yz = 0: f(y, z) = f1(y) + f2(z)

A condition is a set of second derivatives that meets every term; only the smallest are told. Each
is verified: the rule is proved right on the graph whose functions have the form that the condition
says. The conditions are sufficient; for particular functions terms may cancel besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sympy import Expr

from symgrad.algebra.binding import fresh, names
from symgrad.equivalence import Verdict, equivalent
from symgrad.expressions import add, element, mul, opaque, scalar
from symgrad.heads import Partial
from symgrad.program import Input, Opaque, Program
from symgrad.secondorder.contributions import Errors
from symgrad.secondorder.graph import Graph
from symgrad.secondorder.numbers import instantiated
from symgrad.secondorder.rules import Rule, twice

Second = tuple[str, tuple[int, ...]]
"""A second derivative of a function: its name and the order in each parameter."""

MOST = 2_000
"""Sets that are looked at while the smallest ones are sought."""


@dataclass(frozen=True)
class Condition:
    """Second derivatives that vanish together, and the verdict on the rule where they do."""

    vanishing: frozenset[Second]
    verdict: Verdict | None
    """None where a function has so many parameters that its form is not written."""


def conditions(graph: Graph, rule: Rule, errors: Errors) -> list[Condition]:
    """The smallest conditions under which nothing lies between a rule and the truth.

    None where a term has no second derivative of an opaque function: it never vanishes. One
    without conditions where there is no term.
    """
    terms = [term for part in (*errors.missing, *errors.added) for term in part.terms]
    needed = [frozenset(_seconds(base for base, _ in term.powers)) for term in terms]
    found = sorted(_smallest(needed), key=lambda one: (len(one), sorted(one)))
    return [Condition(one, _verdict(graph, rule, one)) for one in found]


def _seconds(factors: Iterable[Expr]) -> Iterator[Second]:
    for factor in factors:
        if isinstance(factor, Partial) and sum(factor.orders) == 2:
            yield factor.function, factor.orders


def _smallest(needed: Iterable[frozenset[Second]]) -> set[frozenset[Second]]:
    """The minimal sets that meet each of the given ones."""
    found: set[frozenset[Second]] = {frozenset()}
    for options in needed:
        wider = {one if one & options else one | {option} for one in found for option in options}
        found = {one for one in wider if not any(other < one for other in wider)}
        if len(found) > MOST:
            return set()
    return found


# --- what the condition says of each function -----------------------------------------------------


def _verdict(graph: Graph, rule: Rule, vanishing: frozenset[Second]) -> Verdict | None:
    forward = straightened(graph.forward, vanishing)
    if forward is None:
        return None
    inner = Graph(forward, graph.loss, graph.inputs)
    target = inner.second(inner.inputs[0], inner.inputs[0])
    return equivalent(rule.program(inner), twice(inner), given=forward, targets=[target])


def straightened(forward: Program, vanishing: frozenset[Second]) -> Program | None:
    """The forward pass with functions of the most general form whose derivatives vanish so."""
    by_function: dict[str, set[tuple[int, ...]]] = {}
    for name, orders in vanishing:
        by_function.setdefault(name, set()).add(orders)
    maker = _Forms(forward)
    chosen = {}
    for item in list(forward.declared(Opaque)):
        if item.name in by_function:
            form = maker.form(item, frozenset(by_function[item.name]))
            if form is None:
                return None
            chosen[item.name] = form
    inner = instantiated(forward, chosen)
    return replace(inner, declarations=(*inner.declarations, *maker.declarations))


class _Forms:
    """Makes new coefficients and functions, with names that the forward pass does not have."""

    def __init__(self, forward: Program) -> None:
        functions = {item.name for item in forward.declared(Opaque)}
        self._taken = names(forward) | functions
        self.declarations: list[Input | Opaque] = []

    def form(self, item: Opaque, zero: frozenset[tuple[int, ...]]) -> Expr | None:
        """FORMS in the parameters of a function; None where there are more than two."""
        shape = FORMS.get(zero)
        if shape is None:
            return None
        return add(*(self._term(item, functions, factors) for functions, factors in shape))

    def _term(self, item: Opaque, of: tuple[int, ...], factors: tuple[int, ...]) -> Expr:
        values = tuple(scalar(item.parameters[place]) for place in of)
        new = self._coefficient(item, tuple(item.parameters[place] for place in of))
        head = opaque(new)(*values) if of else element(new)
        return mul(head, *(scalar(item.parameters[place]) for place in factors))

    def _coefficient(self, item: Opaque, parameters: tuple[str, ...]) -> str:
        """A new function of the parameters, or a number where there are none."""
        number = 1 + len(self.declarations)
        name = fresh(f"{item.name}{number}", self._taken)
        self._taken = self._taken | {name}
        self.declarations.append(Opaque(name, parameters) if parameters else Input(name))
        return name


_Shape = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]

FORMS: Mapping[frozenset[tuple[int, ...]], _Shape] = {
    frozenset({(2,)}): (((), ()), ((), (0,))),
    frozenset({(2, 0)}): (((1,), ()), ((1,), (0,))),
    frozenset({(0, 2)}): (((0,), ()), ((0,), (1,))),
    frozenset({(1, 1)}): (((0,), ()), ((1,), ())),
    frozenset({(2, 0), (0, 2)}): (((), ()), ((), (0,)), ((), (1,)), ((), (0, 1))),
    frozenset({(2, 0), (1, 1)}): (((1,), ()), ((), (0,))),
    frozenset({(0, 2), (1, 1)}): (((0,), ()), ((), (1,))),
    frozenset({(2, 0), (1, 1), (0, 2)}): (((), ()), ((), (0,)), ((), (1,))),
}
"""The general function whose second derivatives of these orders vanish, as a sum: the parameters
of a new function, and the parameters by which it is multiplied.

    f_yy = 0        f1(z) + f2(z) * y               f_yz = 0        f1(y) + f2(z)
"""
