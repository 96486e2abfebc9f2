"""The laws of functions: what the value of each atom is, as a polynomial in normal form.

    exp(a + b) = exp(a) exp(b)          sigma(-u) = 1 - sigma(u)         relu(u) = u [u > 0]
    log(a b) = log a + log b  (a > 0)   sigma'(u) = sigma(u) - sigma(u)^2
    (c m u)^e = c^e m^e u^e             [-u > 0] = 1 - [u >= 0]          |u| = u (2 [u > 0] - 1)

Each law holds for all real arguments for which both sides are defined, or asks for the sign that it
needs. Outside those, an atom stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import reduce
from itertools import islice, product

from flint import fmpq

from symgrad.affine import Affine, constraint, plain, put
from symgrad.algebra import Algebra, Law
from symgrad.signs import Facts
from symgrad.terms import (
    ACCESS,
    BODY,
    BRACKET,
    COMPOUND,
    EXP,
    FUNCTION,
    INDEX,
    LABEL,
    ONE,
    PARTIAL,
    PRIME,
    REDUCTION,
    UNIT,
    Atom,
    Exponent,
    Key,
    Number,
    OutOfReach,
    Poly,
    add,
    atom_poly,
    constant,
    exponent,
    free,
    number,
    scale,
    subtract,
)

CANDIDATES = 16
"""So many indices are tried at which a value might be the body of a maximum."""

Function = Callable[["Laws", Algebra, Poly], Poly]


class Laws:
    """The laws under declared facts, as the table that `Algebra` asks."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def table(self) -> Mapping[str, Law]:
        return {
            "power": lambda algebra, atom, sums: self.power(
                algebra, sums[0], _fraction(atom[2][0][0], atom[2][1][0])
            ),
            ACCESS: lambda _, atom, __: atom_poly(atom),
            INDEX: lambda algebra, atom, _: algebra.form_poly(atom[2][0]),
            LABEL: lambda algebra, atom, sums: atom_poly(_refrozen(algebra, atom, sums)),
            COMPOUND: lambda _, __, sums: sums[0],
            EXP: lambda algebra, _, sums: self.exp(algebra, sums[0]),
            FUNCTION: lambda algebra, atom, sums: self.function(algebra, atom[1], *sums),
            PARTIAL: lambda algebra, atom, sums: atom_poly(_refrozen(algebra, atom, sums)),
            BRACKET: lambda algebra, atom, sums: self.bracket(algebra, atom[1], sums[0]),
            REDUCTION: lambda algebra, atom, sums: self.reduction(algebra, atom[1], sums[0]),
            BODY: lambda algebra, atom, sums: atom_poly(_refrozen(algebra, atom, sums)),
        }

    # --- powers ---

    def power(self, algebra: Algebra, poly: Poly, power: Exponent) -> Poly:
        """poly ^ power."""
        if isinstance(power, int) and power >= 0:
            return algebra.integer_power(poly, power)
        if not poly:
            if power > 0:
                return {}
            raise OutOfReach("a power of zero")
        if len(poly) == 1:
            (key,) = poly
            if not key[0] and not key[1]:
                done = self._monomial_power(algebra, key, poly[key], power)
                if done is not None:
                    return done
        roots = isinstance(power, Fraction)
        coefficient, common, rest = self.primitive(algebra, poly, roots)
        if not common and coefficient == 1 and len(rest) == 1 and rest == poly:
            return atom_poly((COMPOUND, "", (), (algebra.freeze(rest),)), power)
        outside = self.power(algebra, {((), (), common): coefficient}, power)
        if rest == constant(UNIT):
            return outside
        base: Poly = atom_poly((COMPOUND, "", (), (algebra.freeze(rest),)), power)
        return algebra.multiply(outside, base)

    def _monomial_power(
        self, algebra: Algebra, key: Key, coefficient: Number, power: Exponent
    ) -> Poly | None:
        """(c a^m b^n)^e, where no root of a number of unknown sign is split."""
        factors = key[2]
        if any(atom[0] in (BRACKET, LABEL) for atom, _ in factors):
            raise OutOfReach("a power of a condition")
        if isinstance(power, int):
            raised = tuple((atom, exp * power) for atom, exp in factors)
            out: Poly = {}
            algebra.assemble(out, (), (), raised, coefficient**power)
            return out
        unknown = [
            (atom, exp)
            for atom, exp in factors
            if not isinstance(exp, Fraction) and not self.facts.atom_positive(algebra, atom, False)
        ]
        if coefficient < 0 or len(unknown) > 1:
            return None
        parts = [_number_power(algebra, coefficient, power)]
        for atom, exp in factors:
            total = _reduced(exp * power)
            if (atom, exp) in unknown and isinstance(exp, int) and exp % 2 == 0:
                if not isinstance(total, int) or total < 0:
                    return None
                size = self.function(algebra, "abs", atom_poly(atom))
                parts.append(algebra.integer_power(size, total))
            else:
                one: Poly = {}
                algebra.assemble(one, (), (), ((atom, total),), UNIT)
                parts.append(one)
        return algebra.multiply(*parts)

    def primitive(
        self, algebra: Algebra, poly: Poly, positive: bool
    ) -> tuple[Number, tuple[tuple[Atom, Exponent], ...], Poly]:
        """poly = number * common factors * rest; if asked, with the first two positive.

        The rest has the leading coefficient 1 (or -1, where the number must be positive).
        """
        least: dict[Atom, Exponent] = {}
        barred: set[Atom] = set()
        for bounds, _, factors in poly:
            for atom, power in factors:
                least[atom] = min(least.get(atom, power), power)
                if atom[0] in (BRACKET, LABEL) or not free(atom).isdisjoint(bounds):
                    barred.add(atom)
        for _, _, factors in poly:
            present = {atom for atom, _ in factors}
            for atom in least:
                if atom not in present:
                    least[atom] = min(least[atom], 0)
        common = tuple(
            sorted(
                (atom, power)
                for atom, power in least.items()
                if power
                and atom not in barred
                and (not positive or self.facts.power_positive(algebra, atom, power))
            )
        )
        inverse = tuple((atom, -power) for atom, power in common)
        rest: Poly = {}
        if common:
            for (bounds, constraints, factors), coefficient in poly.items():
                algebra.assemble(rest, bounds, constraints, (*factors, *inverse), coefficient)
            if not rest:
                raise OutOfReach("a power of zero")
        else:
            rest = dict(poly)
        leading = rest[max(rest)]
        if positive and leading < 0:
            leading = -leading
        return leading, common, scale(rest, 1 / leading)

    # --- functions ---

    def function(self, algebra: Algebra, name: str, *arguments: Poly) -> Poly:
        if name in ("max", "min"):
            return reduce(lambda a, b: self._larger(algebra, name, a, b), arguments)
        if name in FUNCTIONS:
            return FUNCTIONS[name](self, algebra, arguments[0])
        return self.opaque(algebra, name, arguments)

    def opaque(self, algebra: Algebra, name: str, arguments: tuple[Poly, ...]) -> Poly:
        return atom_poly((FUNCTION, name, (), tuple(algebra.freeze(poly) for poly in arguments)))

    def _larger(self, algebra: Algebra, name: str, left: Poly, right: Poly) -> Poly:
        """max(a, b) = b + (a - b) [a - b > 0], min(a, b) = a - (a - b) [a - b > 0].

        The sides are taken so that a - b leads with a plus: at a = b the bracket does not matter.
        """
        gap = subtract(left, right)
        if gap and gap[max(gap)] < 0:
            left, right, gap = right, left, scale(gap, -1)
        excess = algebra.multiply(gap, self.bracket(algebra, ">", gap))
        return add(right, excess) if name == "max" else subtract(left, excess)

    def exp(self, algebra: Algebra, poly: Poly) -> Poly:
        parts = [constant(UNIT)]
        for key, coefficient in poly.items():
            argument = _logarithm(key)
            if argument is not None:
                parts.append(self.power(algebra, argument, exponent(coefficient)))
            else:
                atom: Atom = (EXP, "", (), (algebra.freeze({key: UNIT}),))
                parts.append(atom_poly(atom, exponent(coefficient)))
        return algebra.multiply(*parts)

    def log(self, algebra: Algebra, poly: Poly) -> Poly:
        """The logarithms of positive factors, and of at most one factor of unknown sign."""
        if not poly:
            raise OutOfReach("the logarithm of zero")
        coefficient, common, rest = self.primitive(algebra, poly, True)
        parts: list[Poly] = [_number_log(algebra, coefficient)]
        for atom, power in common:
            log = atom[3][0].poly() if atom[0] == EXP else self._plain_log(algebra, atom)
            parts.append(scale(log, number(power)))
        single = _single_atom(rest)
        if single is not None and isinstance(single[1], int) and single[1] % 2:
            parts.append(scale(self._plain_log(algebra, single[0]), single[1]))
        elif rest != constant(UNIT):
            parts.append(self.opaque(algebra, "log", (rest,)))
        return add({}, *parts)

    def _plain_log(self, algebra: Algebra, atom: Atom) -> Poly:
        inner = atom[3][0].poly() if atom[0] == COMPOUND else atom_poly(atom)
        return self.opaque(algebra, "log", (inner,))

    def odd(self, algebra: Algebra, name: str, poly: Poly) -> Poly:
        """f(-u) = -f(u)."""
        if not poly:
            return {}
        sign = -1 if poly[max(poly)] < 0 else 1
        return scale(self.opaque(algebra, name, (scale(poly, sign),)), sign)

    # --- conditions ---

    def bracket(self, algebra: Algebra, relation: str, poly: Poly) -> Poly:
        """[poly > 0] or [poly >= 0]."""
        strict = relation == ">"
        if not poly:
            return {} if strict else constant(UNIT)
        condition = _common_condition(poly)
        if condition is not None:
            return self._under(algebra, relation, poly, condition)
        _, _, rest = self.primitive(algebra, poly, True)
        maximum = self._against_maximum(algebra, rest)
        if maximum is not None:
            below, here = maximum
            if below:
                return subtract(constant(UNIT), here) if strict else constant(UNIT)
            return {} if strict else here
        if self.facts.positive(algebra, rest, strict):
            return constant(UNIT)
        if self.facts.positive(algebra, scale(rest, -1), not strict):
            return {}
        generic = self.facts.nonvanishing(algebra, rest)
        if generic and self.facts.positive(algebra, rest, strict=False):
            return constant(UNIT)
        if rest[max(rest)] < 0:
            opposite = ">" if generic or not strict else ">="
            atom: Atom = (BRACKET, opposite, (), (algebra.freeze(scale(rest, -1)),))
            return subtract(constant(UNIT), atom_poly(atom))
        kind = ">" if generic else relation
        return atom_poly((BRACKET, kind, (), (algebra.freeze(rest),)))

    def _against_maximum(self, algebra: Algebra, poly: Poly) -> tuple[bool, Poly] | None:
        """For ±(max(k, u) - u[i]), i among the k: is the sign plus, and [u[i] is the maximum]."""
        for key, coefficient in poly.items():
            atom = _single_atom({key: UNIT})
            if atom is None or atom[1] != 1 or atom[0][:2] != (REDUCTION, "max"):
                continue
            if coefficient not in (1, -1):
                continue
            gap = scale(poly, -coefficient)  # u[i] - max(k, u)
            if _is_candidate(algebra, atom[0], add(gap, {key: UNIT})):
                return coefficient > 0, self.attained(algebra, gap)
        return None

    def attained(self, algebra: Algebra, gap: Poly) -> Poly:
        """[u[i] - max(k, u) >= 0], which is [u[i] == max(k, u)]."""
        if not gap:
            return constant(UNIT)
        return atom_poly((BRACKET, ">=", (), (algebra.freeze(gap),)))

    def _under(self, algebra: Algebra, relation: str, poly: Poly, condition: Atom) -> Poly:
        """[[c] u > 0] = [c] [u > 0], and [[c] u >= 0] = 1 - [c] + [c] [u >= 0]."""
        inside = {
            (bounds, constraints, tuple(item for item in factors if item[0] != condition)): value
            for (bounds, constraints, factors), value in poly.items()
        }
        held = atom_poly(condition)
        both = algebra.multiply(held, self.bracket(algebra, relation, inside))
        return both if relation == ">" else add(subtract(constant(UNIT), held), both)

    # --- reductions ---

    def reduction(self, algebra: Algebra, name: str, poly: Poly) -> Poly:
        """A maximum over the bound indices of the one term that holds its body."""
        if len(poly) != 1:
            raise OutOfReach("a maximum over nothing")
        ((bounds, constraints, factors), coefficient) = next(iter(poly.items()))
        if coefficient != 1 or len(factors) != 1 or factors[0][0][0] != BODY:
            raise OutOfReach("a maximum that is none")
        if not bounds and not constraints:
            return factors[0][0][3][0].poly()
        return atom_poly((REDUCTION, name, (), (algebra.freeze(poly),)))

    def partial(
        self, algebra: Algebra, name: str, orders: tuple[int, ...], arguments: tuple[Poly, ...]
    ) -> Poly:
        """A derivative of a function at a point."""
        if name in PRIMES and len(orders) == 1:
            return PRIMES[name](self, algebra, arguments[0], orders[0])
        written = f"{name}:{','.join(map(str, orders))}"
        return atom_poly((PARTIAL, written, (), tuple(algebra.freeze(poly) for poly in arguments)))


# --- the table of functions --------------------------------------------------------------------


def _sigma(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    if not poly:
        return constant(fmpq(1, 2))
    if poly[max(poly)] < 0:
        return subtract(constant(UNIT), laws.opaque(algebra, "sigma", (scale(poly, -1),)))
    return laws.opaque(algebra, "sigma", (poly,))


def _relu(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    return laws.function(algebra, "max", poly, {})


def _abs(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    return laws.function(algebra, "max", poly, scale(poly, -1))


def _softplus(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    return laws.log(algebra, add(constant(UNIT), laws.exp(algebra, poly)))


def _cos(laws: Laws, algebra: Algebra, poly: Poly) -> Poly:
    if not poly:
        return constant(UNIT)
    return laws.opaque(algebra, "cos", (scale(poly, -1) if poly[max(poly)] < 0 else poly,))


FUNCTIONS: dict[str, Function] = {
    "exp": Laws.exp,
    "log": Laws.log,
    "sigma": _sigma,
    "tanh": lambda laws, algebra, poly: laws.odd(algebra, "tanh", poly),
    "relu": _relu,
    "sin": lambda laws, algebra, poly: laws.odd(algebra, "sin", poly),
    "cos": _cos,
    "abs": _abs,
    "softplus": _softplus,
    "erf": lambda laws, algebra, poly: laws.odd(algebra, "erf", poly),
}

Prime = Callable[[Laws, Algebra, Poly, int], Poly]


def _generated(name: str, slope: dict[int, int]) -> Prime:
    """All derivatives of a function whose first is a polynomial in itself: s' = s - s^2."""

    def derivative(laws: Laws, algebra: Algebra, poly: Poly, order: int) -> Poly:
        coefficients = {1: 1}
        for _ in range(order):
            changed: dict[int, int] = {}
            for power, coefficient in coefficients.items():
                for raised, factor in slope.items():
                    place = power - 1 + raised
                    changed[place] = changed.get(place, 0) + power * coefficient * factor
            coefficients = {power: value for power, value in changed.items() if power >= 0}
        value = laws.function(algebra, name, poly)
        return add(
            {},
            *(
                scale(algebra.integer_power(value, power), coefficient)
                for power, coefficient in coefficients.items()
            ),
        )

    return derivative


def _step(laws: Laws, algebra: Algebra, poly: Poly, order: int) -> Poly:
    return laws.bracket(algebra, ">", poly) if order == 1 else {}


def _turned(laws: Laws, algebra: Algebra, poly: Poly, order: int) -> Poly:
    name, sign = (("sin", 1), ("cos", 1), ("sin", -1), ("cos", -1))[order % 4]
    return scale(laws.function(algebra, name, poly), sign)


PRIMES: dict[str, Prime] = {
    "exp": lambda laws, algebra, poly, _: laws.exp(algebra, poly),
    "log": lambda laws, algebra, poly, order: scale(
        laws.power(algebra, poly, -order), (-1) ** (order - 1) * _factorial(order - 1)
    ),
    "sigma": _generated("sigma", {1: 1, 2: -1}),
    "tanh": _generated("tanh", {0: 1, 2: -1}),
    "relu": _step,
    "sin": _turned,
    "cos": lambda laws, algebra, poly, order: _turned(laws, algebra, poly, order + 1),
    "abs": lambda laws, algebra, poly, order: (
        subtract(scale(laws.bracket(algebra, ">", poly), 2), constant(UNIT)) if order == 1 else {}
    ),
    "softplus": lambda laws, algebra, poly, order: _generated("sigma", {1: 1, 2: -1})(
        laws, algebra, poly, order - 1
    ),
}


# --- parts -------------------------------------------------------------------------------------


def _factorial(n: int) -> int:
    return reduce(lambda a, b: a * b, range(1, n + 1), 1)


def _fraction(numerator: int, denominator: int) -> Exponent:
    return numerator if denominator == 1 else Fraction(numerator, denominator)


def _reduced(power: Exponent) -> Exponent:
    return int(power) if isinstance(power, Fraction) and power.denominator == 1 else power


def _refrozen(algebra: Algebra, atom: Atom, sums: tuple[Poly, ...]) -> Atom:
    tag, name, indices, _ = atom
    return (tag, name, indices, tuple(algebra.freeze(poly) for poly in sums))


def _logarithm(key: Key) -> Poly | None:
    """u, where a term is log(u)."""
    atom = _single_atom({key: UNIT})
    if atom is not None and atom[1] == 1 and atom[0][:2] == (FUNCTION, "log"):
        return atom[0][3][0].poly()
    return None


def _single_atom(poly: Poly) -> tuple[Atom, Exponent] | None:
    """The one power of an atom that a sum consists of, with coefficient 1."""
    if len(poly) != 1:
        return None
    ((bounds, constraints, factors), coefficient) = next(iter(poly.items()))
    if bounds or constraints or len(factors) != 1 or coefficient != 1:
        return None
    return factors[0]


def _is_candidate(algebra: Algebra, maximum: Atom, value: Poly) -> bool:
    """Is the value the body of a maximum at some of the indices that it ranges over?"""
    (key, _) = maximum[3][0].terms[0]
    bounds, constraints, factors = algebra.opened(key)
    body = factors[0][0][3][0].poly()
    choices: list[list[Affine]] = []
    for name in bounds:
        place = next(
            (
                (atom[1], at)
                for atom in _accesses(body)
                for at, form in enumerate(atom[2])
                if plain(form) == name
            ),
            None,
        )
        if place is None:
            return False
        found = {atom[2][place[1]] for atom in _accesses(value) if atom[1] == place[0]}
        choices.append(sorted(found))
    for chosen in islice(product(*choices), CANDIDATES):
        new = dict(zip(bounds, chosen, strict=True))
        within = (constraint(kind, put(form, new)) for kind, form in constraints)
        if all(item is None or algebra.holds(item) for item in within) and (
            algebra.substitute(body, new) == value
        ):
            return True
    return False


def _accesses(poly: Poly) -> Iterator[Atom]:
    for _, _, factors in poly:
        for atom, _ in factors:
            if atom[0] == ACCESS:
                yield atom
            for inner in atom[3]:
                yield from _accesses(inner.poly())


def _common_condition(poly: Poly) -> Atom | None:
    """A condition that every term holds, free of the bound indices."""
    first, *others = poly
    for atom, _ in first[2]:
        if atom[0] in (BRACKET, LABEL) and all(
            free(atom).isdisjoint(bounds) and (atom, 1) in factors
            for bounds, _, factors in (first, *others)
        ):
            return atom
    return None


def _number_power(algebra: Algebra, value: Number, power: Exponent) -> Poly:
    """A positive rational number to a fractional power, over its prime factors."""
    result = constant(UNIT)
    for whole, sign in ((int(value.p), 1), (int(value.q), -1)):
        for prime, times in _primes(whole).items():
            out: Poly = {}
            atom: Atom = (PRIME, "", ((prime, ()),), ())
            algebra.assemble(out, (), (), ((atom, _reduced(power * sign * times)),), UNIT)
            result = algebra.multiply(result, out)
    return result


def _number_log(algebra: Algebra, value: Number) -> Poly:
    result: Poly = {}
    for whole, sign in ((int(value.p), 1), (int(value.q), -1)):
        for prime, times in _primes(whole).items():
            argument = algebra.freeze(constant(fmpq(prime)))
            log = atom_poly((FUNCTION, "log", (), (argument,)))
            result = add(result, scale(log, sign * times))
    return result


def _primes(whole: int) -> dict[int, int]:
    found: dict[int, int] = {}
    divisor = 2
    while whole > 1:
        if divisor > 1000:
            found[whole] = found.get(whole, 0) + 1  # one factor, prime or not
            break
        while whole % divisor == 0:
            whole //= divisor
            found[divisor] = found.get(divisor, 0) + 1
        divisor += 1
    return found


__all__ = ["FUNCTIONS", "ONE", "PRIMES", "Laws"]
