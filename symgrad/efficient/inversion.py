"""Forward definitions read backwards: rules for single elements.

    p[b, j] = E[b, j] / Z[b]                  E[b, j] = p[b, j] Z[b]                   one product
    x'[b, j] = x[b, j] / r[j] - mu[j] / r[j]  x[b, j] = x'[b, j] r[j] + mu[j]          affine
    y = relu(u), sigma(u), softplus(u)        [u > 0] = [y > 0], log(1 - y) = log(y) - u, …

Every definition gives at most one rule, for the dearest array in it: function values, then sums,
then arrays that are stored. One may divide by what the forward pass divides by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from symgrad.efficient.atoms import COMPOUND, STEP, Atom, Atoms
from symgrad.efficient.laws import exponential, factor, logarithm, raised
from symgrad.efficient.parentheses import opened
from symgrad.efficient.rules import MOST_TERMS, Definitions, Rules
from symgrad.efficient.terms import (
    ONE,
    UNIT,
    Access,
    Factors,
    Poly,
    access,
    add,
    at,
    monomial,
    multiply,
    scale,
    whole,
)
from symgrad.proof.terms import Exponent, Number


def inverted(atoms: Atoms, definitions: Definitions, *, affine: bool = False) -> Rules:
    """The rules that the definitions give, each put into the definitions after it."""
    rules = Rules(atoms, expand=affine)
    needs = dependences(atoms, definitions)
    for name, poly in definitions.items():
        scope = {~n: range_ for n, range_ in enumerate(atoms.ranges(name))}
        own = rules(poly, scope)
        found = next(_product_rules(atoms, name, own), None)
        if found is None:
            found = next(_shifted_rules(atoms, name, own), None)
        if found is None and affine:
            found = next(_affine_rules(atoms, name, opened(atoms, own, MOST_TERMS), needs), None)
        if found is not None:
            _learn(rules, *found)
    return rules


def folds(atoms: Atoms, definitions: Definitions) -> list[tuple[str, Factors, Number]]:
    """The definitions that are one product of at least two factors with all the indices."""
    found = []
    for name, poly in definitions.items():
        rank = len(atoms.ranges(name))
        for (bounds, factors), by in poly.items():
            used = {i for (_, places), _ in factors for i in places}
            if len(poly) == 1 and not bounds and len(factors) > 1 and len(used) == rank:
                found.append((name, factors, by))
    return found


def _learn(rules: Rules, left: str, right: Poly) -> None:
    if left in rules.arrays or left in rules.kept:
        return
    rules.learn(left, right)
    rules.kept |= _parts(rules.atoms, right)
    atom = rules.atoms.known.get(left)
    if atom is not None and atom.head == COMPOUND:
        _learn_inside(rules, atom, right)
    if atom is not None and atom.head == "relu":
        _learn_step(rules, atom, right)
    if atom is not None and atom.head == "log" and rules.expand:
        _learn_argument(rules, atom, right)
    if atom is not None and atom.head == "softplus":
        _learn_slope(rules, atom, right)
    if atom is not None and atom.head == "sigma":
        _learn_logarithm(rules, atom, right)


def _parts(atoms: Atoms, poly: Poly) -> set[str]:
    """The arrays that are not stored in a polynomial, and in their arguments."""
    found: set[str] = set()
    left = [name for _, factors in poly for (name, _), _ in factors]
    while left:
        name = left.pop()
        if name in atoms.known and name not in found:
            found.add(name)
            left += [n for own in atoms.known[name].polys for _, fs in own for (n, _), _ in fs]
    return found


def _learn_inside(rules: Rules, atom: Atom, right: Poly) -> None:
    """1 + 1/E = 1/y  gives  1/E = 1/y - 1, for a function value E of the same indices."""
    for (bounds, factors), by in atom.polys[0].items():
        if bounds or len(factors) != 1:
            continue
        (name, places), power = factors[0]
        inner = rules.atoms.known.get(name)
        if inner is None or inner.head == COMPOUND or set(places) != set(atom.scope):
            continue
        rest = {key: c for key, c in atom.polys[0].items() if key != (bounds, factors)}
        if any(part == name for _, fs in rest for (part, _), _ in fs):
            continue
        value = scale(add(right, scale(rest, -ONE)), 1 / by)
        back = [0] * len(places)
        for n, place in enumerate(places):
            back[~place] = ~n
        rules.powers.setdefault(name, (power, at(value, back)))


def _learn_step(rules: Rules, atom: Atom, right: Poly) -> None:
    """y = relu(u) gives [u > 0] = [y > 0]."""
    key = (STEP, atom.arguments)
    for other in list(rules.atoms.known.values()):
        if (other.head, other.arguments) == key and len(right) == 1:
            rules.arrays[other.name] = monomial([(rules.atoms.atom(STEP, (right,), atom.scope), 1)])


def _learn_argument(rules: Rules, atom: Atom, right: Poly) -> None:
    """y = log(u + v) gives u + v = exp(y)."""
    for other in list(rules.atoms.known.values()):
        if (other.head, other.arguments, other.ranges) == (COMPOUND, atom.arguments, atom.ranges):
            rules.arrays[other.name] = exponential(rules.atoms, right, atom.scope)


def _learn_slope(rules: Rules, atom: Atom, right: Poly) -> None:
    """y = softplus(u), u not stored, gives sigma(u) = 1 - exp(-y)."""
    if len(atom.polys[0]) == 1 and not any(
        name in rules.atoms.known for _, fs in atom.polys[0] for (name, _), _ in fs
    ):
        return
    for other in list(rules.atoms.known.values()):
        if (other.head, other.arguments) == ("sigma", atom.arguments):
            falling = exponential(rules.atoms, scale(right, -ONE), atom.scope)
            rules.arrays[other.name] = add({UNIT: ONE}, scale(falling, -ONE))


def _learn_logarithm(rules: Rules, atom: Atom, right: Poly) -> None:
    """y = sigma(u) gives log(1 - y) = log(y) - u, if 1 - y has a logarithm at all."""
    rest = factor(rules.atoms, add({UNIT: ONE}, scale(right, -ONE)), atom.scope)
    for other in list(rules.atoms.known.values()):
        if other.head == "log" and other.ranges == atom.ranges:
            inner = factor(rules.atoms, other.polys[0], other.scope)
            if inner == rest:
                value = logarithm(rules.atoms, right, atom.scope)
                rules.arrays[other.name] = add(value, scale(atom.polys[0], -ONE))


def _product_rules(atoms: Atoms, name: str, poly: Poly) -> Iterator[tuple[str, Poly]]:
    """name = c a^e m gives a = (name / (c m))^(1/e), the dearest a first."""
    if len(poly) != 1:
        return
    ((bounds, factors), by) = next(iter(poly.items()))
    ranges = atoms.ranges(name)
    formals = tuple(~n for n in range(len(ranges)))
    if bounds:
        return
    for (left, places), power in sorted(
        factors, key=lambda f: _price(atoms, f[0][0]), reverse=True
    ):
        rest = [item for item in factors if item[0] != (left, places)]
        if sorted(places) != sorted(formals) or not all(atoms.is_nonzero(n) for (n, _), _ in rest):
            continue
        if not _may_stand(atoms, left, rest, len(ranges)):
            continue
        times = whole(1 / Fraction(power))
        if not isinstance(times, int) and not atoms.is_positive(left):
            continue
        if isinstance(power, Fraction):
            atoms.positive.add(name)
        own = monomial([((name, formals), 1), *((a, -p) for a, p in rest)], 1 / by)
        if times != 1:
            if not isinstance(times, int) and by != 1:
                continue
            own = raised(atoms, own, times, dict(zip(formals, ranges, strict=True)))
        if len(own) != 1:
            continue
        yield left, at(own, _back(places))
        return


def _may_stand(atoms: Atoms, left: str, rest: list[tuple[Access, Exponent]], rank: int) -> bool:
    """No full-rank factor under a division unless it is an exp; a stored left side with less."""
    whole_ = [(n, power) for (n, places), power in rest if len(places) == rank and rank]
    if left not in atoms.known:
        return not whole_
    return all(power < 0 or _is_exp(atoms, n) for n, power in whole_)


def _is_exp(atoms: Atoms, name: str) -> bool:
    return name in atoms.known and atoms.known[name].head == "exp"


def _affine_rules(
    atoms: Atoms, name: str, poly: Poly, needs: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, Poly]]:
    """name = k a + rest gives a = (name - rest) / k, where k or rest is a statistic of a."""
    ranges = atoms.ranges(name)
    formals = tuple(~n for n in range(len(ranges)))
    for (bounds, factors), by in poly.items():
        whole_ = [item for item in factors if len(item[0][1]) == len(ranges)]
        if bounds or len(whole_) != 1 or whole_[0][1] != 1:
            continue
        (left, places), _ = whole_[0]
        slope = [item for item in factors if item is not whole_[0]]
        rest = {key: c for key, c in poly.items() if key != (bounds, factors)}
        lower = [*slope, *(item for _, fs in rest for item in fs)]
        if (
            sorted(places) != sorted(formals)
            or not all(atoms.is_nonzero(n) for (n, _), _ in slope)
            or any(len(item[0][1]) == len(ranges) for item in lower)
            or any(inner for inner, _ in rest)
            or not any(left in needs.get(n, frozenset()) for (n, _), _ in lower)
        ):
            continue
        value = add(access(name, formals), scale(rest, -ONE))
        inverse = monomial([(a, -p) for a, p in slope], 1 / by)
        yield left, at(multiply(value, inverse), _back(places))
        return


def _shifted_rules(atoms: Atoms, name: str, poly: Poly) -> Iterator[tuple[str, Poly]]:
    """name = c a + d gives a = (name - d) / c, for a function value a and numbers c and d."""
    rest = {key: by for key, by in poly.items() if key == UNIT}
    others = [item for item in poly.items() if item[0] != UNIT]
    if len(others) != 1 or not rest:
        return
    ((bounds, factors), by) = others[0]
    formals = tuple(~n for n in range(len(atoms.ranges(name))))
    if bounds or len(factors) != 1 or factors[0][1] != 1:
        return
    (left, places), _ = factors[0]
    if left in atoms.known and sorted(places) == sorted(formals):
        value = add(access(name, formals), scale(rest, -ONE))
        yield left, at(scale(value, 1 / by), _back(places))


def _back(places: tuple[int, ...]) -> list[int]:
    """For a[$1, $0] the places of $0 and $1 in it."""
    back = [0] * len(places)
    for n, place in enumerate(places):
        back[~place] = ~n
    return back


def _price(atoms: Atoms, name: str) -> tuple[int, int]:
    atom = atoms.known.get(name)
    kind = 0 if atom is None else 1 if atom.head == COMPOUND else 2
    return kind, len(atoms.ranges(name))


def dependences(atoms: Atoms, definitions: Definitions) -> dict[str, frozenset[str]]:
    """For every array all that it is computed from."""
    known: dict[str, frozenset[str]] = {}

    def of(name: str) -> frozenset[str]:
        if name not in known:
            known[name] = frozenset()
            polys: Iterable[Poly] = ()
            direct: set[str] = set()
            if name in atoms.known:
                polys = atoms.known[name].polys
                direct |= atoms.known[name].reads
            elif name in definitions:
                polys = (definitions[name],)
            direct |= {n for poly in polys for _, fs in poly for (n, _), _ in fs}
            known[name] = frozenset(direct).union(*(of(n) for n in direct))
        return known[name]

    for name in [*definitions, *atoms.known]:
        of(name)
    return known
