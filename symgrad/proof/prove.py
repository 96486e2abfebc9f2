"""The search for a proof: which rule to apply when.

    difference -> tidy? -> unfold an array -> tidy? -> unfold -> ... -> zero
               -> regions?                  -> regions?

Arrays of the forward pass stay as they are while that suffices: most answers are equal before
anything is unfolded. Tidying (denominators, assumed equations) is tried aside, for it makes terms
grow. Nothing here needs to be trusted: the rules check each step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from symgrad.proof.comparison import Question
from symgrad.proof.exponentials import EXPONENTIAL
from symgrad.proof.rules import Argument, Derivation, Proof, Step
from symgrad.proof.settling import clearable, has_denominators
from symgrad.proof.shared import shared
from symgrad.proof.terms import (
    EXP,
    EXTENT,
    FUNCTION,
    INDEX,
    Atom,
    Exponent,
    Factors,
    OutOfReach,
    Poly,
    Terms,
    arrays,
    mentions,
    nested,
    told,
)

PART = 4
"""Into so many parts the budget is divided where an attempt may fail without harm."""

MOST_TERMS = 2000
"""A difference of more terms is given up."""


CASES = ("masks", "angles", "fractions", "signs")
"""What is tried at every stage where arithmetic and index sets were not enough."""

FURTHER = ("write out maxima", "signs", "split", "signs", "diagonals", "signs")
"""What is tried behind it: it makes many terms, and is nearly always needless."""


def prove(question: Question) -> Proof | None:
    """A proof that the sides agree on every target, if the search finds one."""
    return next(filter(None, proving(question)), None)


def proving(question: Question) -> Iterator[Proof | None]:
    """The proof, if the search finds one; before it a None where it is not plain at sight.

    At sight every difference is zero as it stands: both sides have one normal form.
    """
    plain = True
    with suppress(OutOfReach):
        argument = Argument(question)
        for name in shared(question):
            done: Derivation | None = argument.begin(name)
            if done is not None and not done.done:
                if plain:
                    plain = False
                    yield None
                if name in question.targets:
                    done = _zero(done)
                    if done is None:
                        return
                else:
                    done = _within_a_part(_zero, done)
            if done is not None:
                argument.accept(done)
        yield argument.concluded()


def _within_a_part(
    search: Callable[[Derivation], Derivation | None], derivation: Derivation
) -> Derivation | None:
    """What a search finds within a part of the budget that is left."""
    algebra = derivation.known.algebra
    kept = algebra.budget - algebra.budget // PART
    algebra.budget -= kept
    try:
        return search(derivation)
    except OutOfReach:
        return None
    finally:
        algebra.budget += kept


@dataclass(frozen=True)
class Attempt:
    """How far the search came with the target that stopped it, and what it lacked."""

    reason: str
    target: str | None = None
    steps: tuple[Step, ...] = ()


def attempt(question: Question) -> Attempt:
    """What the search did where it found no proof: definitions put in, denominators cleared."""
    try:
        argument = Argument(question)
        for target in question.targets:
            derivation = argument.begin(target)
            if _zero(derivation) is None:
                far = _tidied(_unfolded(derivation))
                reason = "no rule brings the difference to 0"
                return Attempt(reason, target, far.steps)
    except OutOfReach as reason:
        return Attempt(str(reason))
    return Attempt("the sides may be undefined in different places")


def _unfolded(derivation: Derivation) -> Derivation:
    """Every definition put in."""
    while (latest := _next(derivation)) is not None:
        after = derivation.apply("unfold", latest)
        if after is derivation:
            break
        derivation = after
    return derivation


def _zero(derivation: Derivation) -> Derivation | None:
    """The derivation carried on to zero; element by element, if nothing else gets there."""
    settled = _settled(derivation)
    if settled is not None:
        return settled
    listed = _unfolded(derivation).apply("cases")
    return listed if listed.done else None


def _settled(derivation: Derivation) -> Derivation | None:
    """The derivation carried on to zero: by arithmetic, by index sets, by cases of conditions."""
    stages = _stages(derivation)
    if not stages[-1].done:
        merged = _within_a_part(lambda given: given.apply("merge"), derivation) or derivation
        stages += _stages(merged) if merged is not derivation else []
    if not stages[-1].done:
        compared = (_within_a_part(_by_regions, stage) for stage in stages)
        stages += filter(None, [next(filter(None, compared), None)])
    if stages[-1].done:
        return stages[-1]
    small = [stage for stage in stages if len(stage.outcome.terms) <= MOST_TERMS]
    found = next(filter(None, (_within_a_part(_by_alikeness, stage) for stage in small)), None)
    if found is not None:
        return found
    for rules in (CASES, FURTHER):
        for place, stage in enumerate(small):
            small[place] = _within_a_part(partial(_after, rules), stage) or stage
            if small[place].done:
                return small[place]
    return None


def _stages(derivation: Derivation) -> list[Derivation]:
    """The derivation as more and more definitions are put in; the last is at zero, if one is."""
    stages = [derivation]
    holds_data = False
    while True:
        derivation = stages[-1]
        if derivation.done or len(derivation.outcome.terms) > MOST_TERMS:
            return stages
        tidied = _tidied(derivation)
        if tidied.done:
            return [*stages, tidied]
        if _mixes_sigmoids(derivation.poly):
            derivation = stages[-1] = derivation.apply("sigmoids")
            tidied = _tidied(derivation)
            if tidied.done:
                return [*stages[:-1], tidied]
        if _mixes_exponentials(derivation.poly):
            written = _tidied(derivation.apply("exponentials"))
            if written.done:
                return [*stages, written]
        if not holds_data and _has_data(derivation):
            holds_data = True
            listed = _within_a_part(partial(_after, ("cases",)), derivation)
            if listed is not None and listed.done:
                return [*stages, listed]
        latest = _next(derivation)
        if latest is None:
            break
        unfolded = derivation.apply("unfold", latest)
        if unfolded is derivation:
            break
        stages.append(unfolded)
    if _mentions(derivation.poly, EXPONENTIAL):
        stages.append(derivation.apply("exponentials"))
        last = _within_a_part(_tidied, stages[-1])
        stages += [last] if last is not None and last.done else []
    return stages


def _by_regions(derivation: Derivation) -> Derivation | None:
    """The derivation at zero, if comparing index sets gets there."""
    derivation = _tidied(derivation)
    if derivation.done or not any(constraints for _, constraints, _ in derivation.poly):
        return derivation if derivation.done else None
    derivation = derivation.apply("regions")
    if not derivation.done:
        split = derivation.apply("diagonals")
        derivation = split if split is derivation else split.apply("regions")
    if not derivation.done and _mentions(derivation.poly, (INDEX, EXTENT)):
        derivation = derivation.apply("integers")
    return derivation if derivation.done else None


def _by_alikeness(derivation: Derivation) -> Derivation | None:
    """The derivation at zero, if functions of the same sums, written as one, get there."""
    written = derivation.apply("alike")
    if written is derivation or written.done:
        return written if written.done else None
    return _by_regions(written) or _by_signs(written)


def _by_signs(derivation: Derivation) -> Derivation | None:
    found = _after(("signs", "diagonals", "signs"), derivation)
    return found if found.done else None


def _after(rules: Iterable[str], derivation: Derivation) -> Derivation:
    """The derivation after one rule behind the other, as far as they are needed."""
    for rule in rules:
        derivation = _tidied(derivation.apply(rule))
        if derivation.done:
            break
    return derivation


def _has_data(derivation: Derivation) -> bool:
    """Are there elements of declared data in the difference?"""
    known = derivation.known.arrays
    names = {name for _, _, held in derivation.poly for atom, _ in held for name in arrays(atom)}
    return any(known[name].data is not None for name in names & known.keys())


def _mixes_sigmoids(poly: Poly) -> bool:
    """Does tanh(u) stand beside sigma(2 u), by what u is made of?"""
    if not (_mentions(poly, ("tanh",)) and _mentions(poly, ("sigma",))):
        return False
    shapes: dict[str, set[tuple[Any, ...]]] = {"tanh": set(), "sigma": set()}
    for atom in _atoms(poly):
        if atom[0] == FUNCTION and atom[1] in shapes:
            times = 2 if atom[1] == "tanh" else 1
            shapes[atom[1]].add(_shape(atom[3][0].terms, times))
    return not shapes["tanh"].isdisjoint(shapes["sigma"])


def _shape(terms: Terms, times: int) -> tuple[Any, ...]:
    """What a sum is made of, its indices left out; of u and -u the same."""
    found = sorted((sorted(sorted(told(a)) for a, _ in key[2]), abs(c) * times) for key, c in terms)
    return tuple((tuple(map(tuple, words)), number) for words, number in found)


def _mixes_exponentials(poly: Poly) -> bool:
    """Do exponentials of u stand beside sigma(u) or tanh(u): sigma(u) - 1 / (1 + exp(-u))?"""
    if not _mentions(poly, (EXP,)) or not _mentions(poly, EXPONENTIAL):
        return False
    atoms = set(_atoms(poly))
    exponents = {key for atom in atoms if atom[0] == EXP for key, _ in atom[3][0].terms}
    arguments = (atom[3][0].terms for atom in atoms if atom[1] in EXPONENTIAL)
    return any(all(key in exponents for key, _ in terms) for terms in arguments)


def _atoms(poly: Poly) -> Iterator[Atom]:
    """The atoms of a sum, those within other atoms too."""
    return (atom for _, _, factors in nested(poly) for atom, _ in factors)


def _mentions(poly: Poly, words: Collection[str]) -> bool:
    return any(mentions(atom, words) for _, _, factors in poly for atom, _ in factors)


def _tidied(derivation: Derivation) -> Derivation:
    """Denominators cleared, sums cancelled against their powers, assumed equations used."""
    for place in range(len(derivation.known.equations)):
        derivation = derivation.apply("use equation", place)
    for _ in range(20):
        base = clearable(derivation.poly)
        if base is None:
            break
        cleared = derivation.apply("clear", base)
        if cleared is derivation:
            break
        derivation = cleared
    return derivation.apply("cancel") if has_denominators(derivation.poly) else derivation


def _next(derivation: Derivation) -> str | None:
    """The array of the forward pass to put in: the latest one of those that promise most.

    What stands in the same factors of every term cancels without being opened, if anything does,
    and so does what is made of other things than the difference is:

        P[j] (h[i] - sigma(u[i]))    it is h = sigma(u) that is put in, not P = exp(s) / Z
    """
    definitions, poly = derivation.known.definitions, derivation.poly
    terms = [_holding(factors, definitions.keys()) for _, _, factors in poly]
    names = set().union(*terms)
    telling = {
        name for name in names if any(term.get(name) != terms[0].get(name) for term in terms)
    }
    words = {word for _, _, factors in poly for atom, _ in factors for word in told(atom)}
    meeting = {name for name in telling if any(map(words.issuperset, definitions[name].words))}
    order = derivation.known.order.index
    return max(meeting or telling or names, key=order, default=None)


def _holding(factors: Factors, names: Set[str]) -> dict[str, set[tuple[Atom, Exponent]]]:
    """The factors of a term in which each name occurs."""
    found: dict[str, set[tuple[Atom, Exponent]]] = {}
    for factor in factors:
        for name in arrays(factor[0]) & names:
            found.setdefault(name, set()).add(factor)
    return found
