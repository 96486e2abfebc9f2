"""Products and sums in the order in which a teacher would write them.

    2 / (B - 1) * s.grad[j] * (x[b, j] - mu[j])        p.grad[b, j] * exp(s[b, j]) / Z[b]
    mu.grad[j] / B                                     e[j] / (B - 1) * x[b, j]

Numbers and extents come first, then the upstream gradient, arrays, functions, sums, conditions,
and at last the denominators; extents that divide stand behind the first factor. What all terms of
a sum share stands before it; a difference begins with a positive term. Within a class factors keep
their order, so tidying twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Add, Expr, Integer, Rational

from symgrad.algebra.monomials import Monomial, collected, shared
from symgrad.expressions import add, array_of, is_element, is_extent, negate
from symgrad.heads import Bracket
from symgrad.program import is_gradient

NUMBER, SCALE, UPSTREAM, ARRAY, FUNCTION, SUM, CONDITION, DENOMINATOR = range(8)


def tidy(expr: Expr) -> Expr:
    """The same sum or product, ordered; what stands inside factors is left as it is."""
    return total(map(Monomial.of, expr.args if isinstance(expr, Add) else (expr,)))


def product(monomial: Monomial) -> Expr:
    """A monomial as an ordered product."""
    if monomial.number == 0:
        return Integer(0)
    number, powers = abs(monomial.number), sorted(monomial.powers, key=_place)
    if number == 1 and powers and _place(powers[0]) == SCALE:
        divided = next((n for n, (_, exponent) in enumerate(powers) if exponent > 0), 0)
        powers.insert(0, powers.pop(divided))
    ordered = Monomial(number, tuple(powers)).tree()
    return negate(ordered) if monomial.number < 0 else ordered


def total(terms: Iterable[Monomial]) -> Expr:
    """A sum of monomials: like terms added, shared factors before the parenthesis."""
    terms = collected(terms)
    if len(terms) == 1 and terms[0].number == -1:
        terms = list(_opened(terms[0]))
    if len(terms) < 2:
        return product(terms[0]) if terms else Integer(0)
    common = shared(terms)
    rest = collected(part for term in terms for part in _opened(term / common))
    if len(rest) < 2:
        return product(common * rest[0]) if rest else Integer(0)
    if all(term.number < 0 for term in rest):
        common, rest = -common, [-term for term in rest]
    inner = add(*map(product, _positive_first(rest)))
    return product(common * Monomial.of(inner)) if common != Monomial() else inner


def _opened(term: Monomial) -> Iterable[Monomial]:
    """2 * (1 - p) as two terms, so that 1 - p - p is found to be 1 - 2 * p."""
    if len(term.powers) == 1 and isinstance(term.powers[0][0], Add) and term.powers[0][1] == 1:
        return [Monomial.of(term.number, part) for part in term.powers[0][0].args]
    return [term]


def _positive_first(terms: list[Monomial]) -> list[Monomial]:
    first = next(term for term in terms if term.number > 0)
    return [first, *(term for term in terms if term is not first)]


def _place(factor: tuple[Expr, Rational]) -> int:
    base, exponent = factor
    if base.free_symbols and all(map(is_extent, base.free_symbols)):
        return NUMBER if exponent > 0 else SCALE
    if exponent < 0:
        return DENOMINATOR
    if is_element(base):
        return UPSTREAM if is_gradient(array_of(base)) else ARRAY
    if isinstance(base, Add):
        return SUM
    return CONDITION if isinstance(base, Bracket) else FUNCTION
