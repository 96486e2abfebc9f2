"""The rules of proof. Only this module can make a `Proof`.

What is proved is that a difference of two definitions is zero for all extents and almost all inputs.
A derivation starts at the difference and ends at the empty sum; each step applies one row of `RULES`,

    unfold Z           Z[i] = its definition
    clear S            0 = t  if  0 = t * S^n, S not zero
    cancel S           S = S^1 under a power of S:  t lead(S) S^-n = t S^(1-n) - t (S - lead(S)) S^-n
    use equation       an assumed equation, in the same way
    exponentials       sigma(u) = E / (1 + E), tanh(u) = (E^2 - 1) / (E^2 + 1), E = exp(u)
    cases              every element of an array of constant size, fixed data put in
    regions            sums of the same atoms over sets of indices that cancel

and is written down with its outcome. `Proof.replay` reads the two programs again, runs the steps
again through the same rows, compares every outcome, and asks for the empty sum in the end.

What is trusted: this module, and the arithmetic in normal form that it calls (terms, laws, affine,
indexsets, translate, normalize), whose own rewritings (distribute, rename a bound index, merge,
contract a delta, count an index that nothing uses) are equalities that hold for every extent. What
is not: the search in prove.py, which only chooses steps. No number is ever put for an extent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from flint import fmpq

from symgrad.affine import Constraint, Variable, is_index_variable, put, variable
from symgrad.algebra import Algebra
from symgrad.canonical import named, orders
from symgrad.laws import Laws
from symgrad.normalize import Definition, Theory, instance, side, theory
from symgrad.separate import Separated
from symgrad.terms import (
    ACCESS,
    COMPOUND,
    EXP,
    EXTENT,
    FUNCTION,
    LABEL,
    ONE,
    REDUCTION,
    UNIT,
    Atom,
    Exponent,
    Key,
    OutOfReach,
    Poly,
    Sum,
    accumulate,
    add,
    atom_poly,
    constant,
    free,
    scale,
    subtract,
)
from symgrad.translate import NONZERO, POSITIVE, Demand

DEMAND = "demand"

ROUNDS = 400
"""So many terms one step may cancel."""


# --- the question ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """Two sides and their forward passes, all separated, and the arrays to compare."""

    left: Separated
    right: Separated
    given: tuple[Separated, ...]
    targets: tuple[str, ...]

    def start(self) -> tuple[Theory, dict[str, Poly]]:
        """What is known, and the difference between both sides of each target."""
        if any(item.final for item in self.given):
            raise OutOfReach("a forward pass that overwrites")
        known = theory(item.program for item in self.given)
        left, right = (
            side(known, item.program, owner)
            for item, owner in ((self.left, LEFT), (self.right, RIGHT))
        )
        return known, {
            target: _difference(
                known,
                left[self.left.final.get(target, target)],
                right[self.right.final.get(target, target)],
            )
            for target in self.targets
        }


LEFT, RIGHT = "left ", "right "


def _difference(known: Theory, left: Definition, right: Definition) -> Poly:
    """left[$] - right[$] at the same free indices."""
    formals = tuple(map(variable, left.formals))
    return subtract(left.poly, instance(known, right, formals))


# --- the rules ---------------------------------------------------------------------------------


def unfold(known: Theory, poly: Poly, name: str) -> Poly:
    """Put the definition of an array of the forward pass in the place of its elements."""
    definition = known.definitions[name]

    def change(atom: Atom) -> Poly | None:
        if atom[0] not in (ACCESS, LABEL) or atom[1] != name:
            return None
        places = atom[2] if atom[0] == ACCESS else (*atom[2][3:], atom[2][0])
        return instance(known, definition, places)

    return known.algebra.mapped(poly, change)


def clear(known: Theory, poly: Poly, base: Sum) -> Poly:
    """Multiply by the least power of a sum that leaves it in no denominator."""
    atom: Atom = (COMPOUND, "", (), (base,))
    least: Exponent = 0
    for bounds, _, factors in poly:
        power = dict(factors).get(atom, 0)
        if power and not free(atom).isdisjoint(bounds):
            raise OutOfReach("a denominator that depends on a bound index")
        least = min(least, power)
    result: Poly = {}
    for (bounds, constraints, factors), coefficient in poly.items():
        raised = (*factors, (atom, -least)) if least else factors
        known.algebra.assemble(result, bounds, constraints, raised, coefficient)
    return result


def cancel(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Rewrite every product of a sum's leading term with a negative power of the sum."""
    return _rewritten(known, poly, _denominators)


def use(known: Theory, poly: Poly, place: int) -> Poly:
    """Rewrite the leading term of an assumed equation by the rest of it."""
    left, right = known.equations[place]
    zero = subtract(left, right)
    lead = max((key for key in zero if key != ((), (), ())), default=None)
    if lead is None:
        return poly
    rest = {key: -value / zero[lead] for key, value in zero.items() if key != lead}
    return _rewritten(known, poly, lambda _: [(lead, rest, None)])


def exponentials(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Write sigma and tanh by exponential functions."""
    laws, algebra = known.laws, known.algebra

    def change(atom: Atom) -> Poly | None:
        if atom[0] != FUNCTION or atom[1] not in ("sigma", "tanh"):
            return None
        argument = algebra.mapped(atom[3][0].poly(), change)
        return EXPONENTIAL[atom[1]](laws, algebra, laws.exp(algebra, argument))

    return algebra.mapped(poly, change)


def _sigma(laws: Laws, algebra: Algebra, power: Poly) -> Poly:
    below = laws.power(algebra, add(constant(UNIT), power), -1)
    return algebra.multiply(power, below)


def _tanh(laws: Laws, algebra: Algebra, power: Poly) -> Poly:
    square = algebra.multiply(power, power)
    below = laws.power(algebra, add(square, constant(UNIT)), -1)
    return algebra.multiply(subtract(square, constant(UNIT)), below)


EXPONENTIAL: dict[str, Callable[[Laws, Algebra, Poly], Poly]] = {"sigma": _sigma, "tanh": _tanh}


def regions(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Drop the sums of the same atoms whose index sets cancel."""
    groups: dict[tuple[Any, ...], list[tuple[Key, list[Any], Any]]] = {}
    for key, coefficient in poly.items():
        found = _region(known, key)
        if found is not None:
            groups.setdefault(found[0], []).append((key, found[1], coefficient))
    result = dict(poly)
    context = known.algebra.known
    for members in groups.values():
        signed = [
            (region, coefficient / len(images))
            for _, images, coefficient in members
            for region in images
        ]
        if known.sets.vanishes(signed, context):
            for key, _, _ in members:
                del result[key]
    return result


def _region(known: Theory, key: Key) -> tuple[tuple[Any, ...], list[Any]] | None:
    """The atoms of a term, their indices named, and the sets of those names (by symmetry)."""
    bounds, constraints, factors = key
    used = tuple(name for name in bounds if any(name in free(atom) for atom, _ in factors))
    hidden = tuple(name for name in bounds if name not in used)
    if not known.sets.determined(used, constraints, hidden):
        return None
    algebra = known.algebra
    best: tuple[Any, ...] | None = None
    least: list[tuple[Variable, ...]] = []
    for order in orders(algebra.renamed, used, (), dict(factors)) if used else [()]:
        new = {name: variable(f"@r{place}") for place, name in enumerate(order)}
        form = tuple(sorted((algebra.renamed(atom, new), power) for atom, power in factors))
        if best is None or form < best:
            best, least = form, [order]
        elif form == best:
            least.append(order)
    assert best is not None
    images = [known.sets.points(order, constraints, hidden) for order in least]
    return (len(used), best), images


def cases(known: Theory, poly: Poly, _: Any = None) -> Poly:
    """Zero, where every element is: for arrays whose every index has constant bounds.

    Sums over constant ranges are written out, and fixed data are put in.
    """
    formals = {name for key in poly for name in _free(key)}
    extents = _extents(poly)
    points = known.sets.listed(sorted(formals | extents), known.algebra.known)
    if points is None or any(_at(known, poly, point) for point in points):
        return poly
    return {}


def _at(known: Theory, poly: Poly, point: Mapping[Variable, int]) -> Poly:
    algebra = known.algebra
    new = {name: (value, ()) for name, value in point.items()}

    def change(atom: Atom) -> Poly | None:
        if atom[0] == EXTENT:
            return constant(point[atom[1]]) if atom[1] in point else None
        if atom[0] == ACCESS and all(not parts for _, parts in atom[2]):
            return _datum(known, atom)
        if atom[0] == REDUCTION:
            return _greatest(known, atom, change)
        return None

    written_out: Poly = {}
    for (bounds, constraints, factors), coefficient in algebra.substitute(poly, new).items():
        values = known.sets.listed(bounds, constraints) if bounds else [{}]
        if values is None:
            raise OutOfReach("a sum that has no constant bounds")
        term: Poly = {((), constraints, factors): coefficient}
        for value in values:
            chosen = {name: (number, ()) for name, number in value.items()}
            written_out = add(written_out, algebra.substitute(term, chosen) if chosen else term)
    return algebra.mapped(written_out, change)


def _datum(known: Theory, atom: Atom) -> Poly | None:
    """A fixed datum as the number that it is."""
    array = known.arrays.get(atom[1])
    if array is None or array.data is None:
        return None
    data = array.data
    for (place, _), axis in zip(atom[2], array.axes, strict=True):
        assert isinstance(data, tuple)
        data = data[place - int(axis.lower)]
    return constant(fmpq(int(data.p), int(data.q)))


def _greatest(known: Theory, atom: Atom, change: Callable[[Atom], Poly | None]) -> Poly | None:
    """The greatest of finitely many numbers."""
    (bounds, constraints, factors), _ = atom[3][0].terms[0]
    points = known.sets.listed(bounds, constraints)
    if not points:
        return None
    body = factors[0][0][3][0].poly()
    found = []
    for point in points:
        new = {name: (value, ()) for name, value in point.items()}
        value = known.algebra.mapped(known.algebra.substitute(body, new), change)
        if value.keys() - {ONE}:
            return None
        found.append(value.get(ONE, fmpq(0)))
    return constant(max(found))


def _free(key: Key) -> set[Variable]:
    bounds, constraints, factors = key
    found = {name for _, form in constraints for name, _ in form[1] if is_index_variable(name)}
    return found.union(*(free(atom) for atom, _ in factors)).difference(bounds)


def _extents(poly: Poly) -> set[Variable]:
    found = set()
    for _, constraints, factors in poly:
        found |= {n for _, form in constraints for n, _ in form[1] if not is_index_variable(n)}
        for atom, _ in factors:
            found |= {n for form in atom[2] for n, _ in form[1] if not is_index_variable(n)}
            if atom[0] == EXTENT:
                found.add(atom[1])
            for inner in atom[3]:
                found |= _extents(inner.poly())
    return found


# --- rewriting by an equation ------------------------------------------------------------------

Pattern = tuple[Key, Poly, "Atom | None"]
"""A leading term, what it equals, and the base of the power under which it does."""


def _denominators(key: Key) -> Iterable[Pattern]:
    """S^-n: lead(S) = S - (the rest of S), where S cancels one power of itself."""
    for atom, power in key[2]:
        if atom[0] == COMPOUND and power < 0:
            poly = atom[3][0].poly()
            lead = max(poly)
            rest = {other: -value / poly[lead] for other, value in poly.items() if other != lead}
            yield lead, add(rest, scale(atom_poly(atom), 1 / poly[lead])), atom


def _rewritten(known: Theory, poly: Poly, patterns: Callable[[Key], Iterable[Pattern]]) -> Poly:
    todo, done = dict(poly), {}
    rounds = 0
    while todo:
        key, coefficient = todo.popitem()
        changed = _matched(known, key, patterns)
        rounds += changed is not None
        if changed is None or rounds > ROUNDS:
            accumulate(done, key, coefficient)
            continue
        for other, factor in changed.items():
            accumulate(todo, other, coefficient * factor)
    return done


def _matched(known: Theory, key: Key, patterns: Callable[[Key], Iterable[Pattern]]) -> Poly | None:
    """The term with one leading term of a pattern replaced, if it holds one."""
    algebra = known.algebra
    for lead, value, base in patterns(key):
        bounds, constraints, factors = algebra.opened(key)
        if base is not None:
            # The base is renamed with the term that holds it: find it there again.
            place = [atom for atom, _ in key[2]].index(base)
            opened = factors[place][0]
            lead, value = _patterned(opened)
        inner = algebra.opened(lead)
        for names in permutations(bounds, len(inner[0])):
            new = {bound: variable(name) for bound, name in zip(inner[0], names, strict=True)}
            rest = _without(algebra, (bounds, constraints, factors), inner, new)
            if rest is not None:
                out: Poly = {}
                for (more, within, atoms), factor in value.items():
                    extra = algebra.opened((more, within, atoms))
                    algebra.assemble(
                        out,
                        (*rest[0], *extra[0]),
                        (*rest[1], *extra[1]),
                        (*rest[2], *extra[2]),
                        factor,
                    )
                return out
    return None


def _patterned(atom: Atom) -> tuple[Key, Poly]:
    poly = atom[3][0].poly()
    lead = max(poly)
    rest = {other: -value / poly[lead] for other, value in poly.items() if other != lead}
    return lead, add(rest, scale(atom_poly(atom), 1 / poly[lead]))


def _without(algebra: Algebra, term: Key, lead: Key, new: Mapping[Variable, Any]) -> Key | None:
    """The term divided by the leading term at the given indices, if it holds it."""
    bounds, constraints, factors = term
    left = dict(factors)
    for atom, power in lead[2]:
        moved = algebra.renamed(atom, new) if new else atom
        has = left.get(moved)
        if has is None or (has > 0) != (power > 0) or abs(has) < abs(power):
            return None
        left[moved] = has - power
        if not left[moved]:
            del left[moved]
    taken = {form[1][0][0] for form in new.values()}
    within: set[Constraint] = {(kind, put(form, new)) for kind, form in lead[1]}
    if not within.issubset(constraints):
        return None
    others = tuple(item for item in constraints if item not in within)
    if any(not free(atom).isdisjoint(taken) for atom in left) or any(
        name in taken for _, form in others for name, _ in form[1]
    ):
        return None
    return tuple(name for name in bounds if name not in taken), others, tuple(left.items())


Rule = Callable[[Theory, Poly, Any], Poly]

RULES: dict[str, Rule] = {
    "unfold": unfold,
    "clear": clear,
    "cancel": cancel,
    "use equation": use,
    "exponentials": exponentials,
    "regions": regions,
    "cases": cases,
}


# --- where a side is defined -------------------------------------------------------------------


def defined_alike(known: Theory) -> bool:
    """Is each side defined wherever the other one is (and the forward pass)?

    Both sides demand the same of the arguments of their logarithms, roots and denominators, apart
    from what the forward pass demands already and what always holds.
    """
    for unfolded in (False, True):
        given, left, right = (
            {key for item in known.demands.get(owner, ()) for key in _keys(known, item, unfolded)}
            for owner in ("", LEFT, RIGHT)
        )
        if left - given == right - given:
            return True
    return False


def _keys(known: Theory, demand: Demand, unfolded: bool) -> Iterator[Key]:
    """A demand as demands of single factors, terms over the indices that they speak of."""
    inner = demand.inner.poly()
    if unfolded:
        inner = _unfolded(known, inner)
    if not inner:
        raise OutOfReach("an argument that is zero")
    algebra, facts = known.algebra, known.laws.facts
    _, common, rest = known.laws.primitive(algebra, inner, demand.kind != NONZERO)
    parts = [rest]
    if demand.kind == NONZERO:
        parts += [atom_poly(atom) for atom, _ in common]
    for part in parts:
        if demand.kind == NONZERO:
            met = facts.nonvanishing(algebra, part)
        else:
            met = facts.positive(algebra, part, demand.kind == POSITIVE)
        if not met:
            yield _key(known, demand, part)


def _key(known: Theory, demand: Demand, inner: Poly) -> Key:
    frozen = known.algebra.freeze(inner)
    indices, within = set(frozen.free), set()
    while True:
        near = {
            item
            for item in demand.scope.constraints
            if any(name in indices for name, _ in item[1][1])
        }
        if near == within:
            break
        within = near
        bound = set(demand.scope.bounds)
        indices |= {name for _, form in near for name, _ in form[1] if name in bound}
    atom: Atom = (DEMAND, demand.kind, (), (frozen,))
    bounds = tuple(name for name in demand.scope.bounds if name in indices)
    return named(known.algebra.renamed, bounds, tuple(within), {atom: 1})


def _unfolded(known: Theory, poly: Poly) -> Poly:
    for name in reversed(known.order):
        poly = unfold(known, poly, name)
    return poly


# --- proofs ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One application of a rule: its name, what it was applied with, what came out."""

    rule: str
    parameter: Any
    outcome: Sum


@dataclass(frozen=True)
class Derivation:
    """A difference on its way to zero; each step gives a new derivation."""

    known: Theory
    poly: Poly
    steps: tuple[Step, ...] = ()

    def apply(self, rule: str, parameter: Any = None) -> Derivation:
        poly = RULES[rule](self.known, self.poly, parameter)
        return Derivation(self.known, poly, (*self.steps, Step(rule, parameter, Sum(poly))))


_KERNEL = object()


class Proof:
    """That two programs agree on their targets, for all extents and almost all inputs."""

    def __init__(
        self, token: object, question: Question, derivations: Mapping[str, tuple[Step, ...]]
    ) -> None:
        if token is not _KERNEL:
            raise TypeError("a proof is made by the rules alone: see `concluded`")
        self.question = question
        self.derivations = dict(derivations)

    def replay(self) -> bool:
        """Run every step again through the rules: does each give what is written down, and zero?"""
        try:
            return _replayed(self.question, self.derivations)
        except (OutOfReach, KeyError, TypeError, ValueError, IndexError, AttributeError):
            return False

    def lines(self) -> list[str]:
        """The steps in words."""
        return [
            f"{target}: {step.rule}{_written(step.parameter)} "
            f"({len(step.outcome.terms)} terms left)"
            for target, steps in self.derivations.items()
            for step in steps
        ]


def concluded(question: Question, derivations: Mapping[str, Derivation]) -> Proof:
    """The proof that finished derivations give; one that did not reach zero is refused."""
    if set(derivations) != set(question.targets) or any(
        derivation.poly for derivation in derivations.values()
    ):
        raise OutOfReach("a derivation that does not end in zero")
    if not all(defined_alike(item.known) for item in list(derivations.values())[:1]):
        raise OutOfReach("the sides may be undefined in different places")
    return Proof(_KERNEL, question, {name: item.steps for name, item in derivations.items()})


def _replayed(question: Question, derivations: Mapping[str, tuple[Step, ...]]) -> bool:
    known, differences = question.start()
    if not differences or set(differences) != set(derivations) or not defined_alike(known):
        return False
    for target, steps in derivations.items():
        poly = differences[target]
        for step in steps:
            poly = RULES[step.rule](known, poly, step.parameter)
            if Sum(poly) != step.outcome:
                return False
        if poly:
            return False
    return True


def _written(parameter: Any) -> str:
    return f" {parameter}" if isinstance(parameter, str) else ""


__all__ = ["EXP", "RULES", "Derivation", "Proof", "Question", "Step", "concluded"]
