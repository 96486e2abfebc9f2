"""The rules of proof. Only this module can make a `Proof`.

What is proved is that a difference of two definitions is zero for all extents and almost all
inputs. A derivation starts at the difference and ends at the empty sum; each step applies one row
of `RULES`,

    unfold Z           Z[i] = its definition
    clear S            0 = t  if  0 = t * S^n, S not zero
    cancel             t lead(S) S^-n = t S^(1-n) - t (S - lead(S)) S^-n
    use equation       an assumed equation, in the same way
    sigmoids           tanh(u) = 2 sigma(2 u) - 1
    exponentials       sigma(u) = E / (1 + E), tanh(u) = (E^2 - 1) / (E^2 + 1), E = exp(u)
    merge              sum(j in 1..J-1, u[j]) + u[J] = sum(j in 1..J, u[j])
    alike              exp(sum(j if j != i, u[j])) = exp(sum(j, u[j]) - u[i])
    diagonals          a sum split into i < k, i > k and i = k, where atoms meet
    cases              every element of an array of constant size, fixed data put in
    fractions          every argument of a function as one reduced fraction
    angles             sin(u + v) = sin(u) cos(v) + cos(u) sin(v)
    masks              [u[i] = max(k, u[k])] u[i] = [u[i] = max(k, u[k])] max(k, u[k])
    write out maxima   max(a in 0..1, u[a]) = max(u[0], u[1])
    signs              sums whose body vanishes in every case of the conditions in it
    split              a sum cut where an equation of another sum cuts it
    regions            sums of the same atoms over sets of indices that cancel
    integers           floor(N / 2) + ceil(N / 2) - N = 0, as a weight of the other atoms

and is written down with its parameter and its outcome. A step that changes nothing is none.
`Proof.replay` reads the two programs again, runs the steps again through the same rows, compares
every outcome, and asks for the empty sum in the end.

What is trusted: this module, and the arithmetic in normal form that it calls (docs/proofs.md lists
the modules and their tests), whose own rewritings (distribute, rename a bound index, merge,
contract a delta, count an index that nothing uses) are equalities that hold for every extent. What
is not: the search in `prove`, which only chooses steps, and whatever shows a proof. No number is
ever put for an extent: constant sizes and data are those that the programs declare.

Derivations and proofs cannot be changed, subclassed, pickled or built without the token of this
module. Python has ways around all that; whoever takes them gets a proof that does not replay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn, Self, final

from symgrad.proof.alignment import split
from symgrad.proof.alike import alike
from symgrad.proof.angles import angles
from symgrad.proof.cases import cases
from symgrad.proof.comparison import Comparison, Question
from symgrad.proof.definedness import defined_alike
from symgrad.proof.exponentials import exponentials, sigmoids
from symgrad.proof.integers import integers
from symgrad.proof.masks import masks, written_out
from symgrad.proof.merging import merge
from symgrad.proof.regions import diagonals, regions
from symgrad.proof.rewriting import cancel, clear, use
from symgrad.proof.settling import fractions
from symgrad.proof.splitting import vanishing
from symgrad.proof.terms import OutOfReach, Poly, Sum
from symgrad.proof.theory import Theory, unfold

# --- the rules ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """How a rule changes a difference that is to be zero, and the parameters that it takes."""

    change: Callable[[Theory, Poly, Any], Poly]
    admits: Callable[[Theory, object], bool]


def _nothing(_: Theory, parameter: object) -> bool:
    return parameter is None


def _array(known: Theory, parameter: object) -> bool:
    return type(parameter) is str and parameter in known.definitions


def _sum(_: Theory, parameter: object) -> bool:
    return type(parameter) is Sum


def _place(known: Theory, parameter: object) -> bool:
    return type(parameter) is int and 0 <= parameter < len(known.equations)


RULES: dict[str, Rule] = {
    "unfold": Rule(unfold, _array),
    "clear": Rule(clear, _sum),
    "cancel": Rule(cancel, _nothing),
    "use equation": Rule(use, _place),
    "sigmoids": Rule(sigmoids, _nothing),
    "exponentials": Rule(exponentials, _nothing),
    "merge": Rule(merge, _nothing),
    "regions": Rule(regions, _nothing),
    "integers": Rule(integers, _nothing),
    "alike": Rule(alike, _nothing),
    "diagonals": Rule(diagonals, _nothing),
    "cases": Rule(cases, _nothing),
    "fractions": Rule(fractions, _nothing),
    "angles": Rule(angles, _nothing),
    "masks": Rule(masks, _nothing),
    "write out maxima": Rule(written_out, _nothing),
    "signs": Rule(vanishing, _nothing),
    "split": Rule(split, _nothing),
}


def applied(known: Theory, before: Sum, rule: str, parameter: object) -> Sum:
    """The sum after one rule."""
    row = RULES[rule]
    if not row.admits(known, parameter):
        raise OutOfReach(f"no parameter for {rule}")
    return Sum(row.change(known, before.poly(), parameter))


@dataclass(frozen=True)
class Step:
    """One application of a rule: its name, what it was applied with, what came out."""

    rule: str
    parameter: object
    outcome: Sum


# --- what the rules alone make -----------------------------------------------------------------


_KERNEL = object()


class Sealed:
    """Made with the token of this module; then unchangeable, its own copy, and never pickled."""

    __slots__ = ()

    def __new__(cls, token: object = None, *_: object) -> Self:
        if token is not _KERNEL:
            raise TypeError(f"a {cls.__name__.lower()} is made by the rules alone")
        return super().__new__(cls)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__.lower()} does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__.lower()} does not change")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__.lower()} is not stored; keep the programs instead")


def _sealed(thing: Sealed, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(thing, name, value)


@final
class Derivation(Sealed):
    """A difference on its way to zero; each step gives a new derivation."""

    __slots__ = ("known", "outcome", "steps", "target")

    target: str
    known: Theory
    outcome: Sum
    steps: tuple[Step, ...]

    def __init__(
        self, _: object, target: str, known: Theory, outcome: Sum, steps: tuple[Step, ...]
    ) -> None:
        _sealed(self, target=target, known=known, outcome=outcome, steps=steps)

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("a derivation has no subclasses")

    @property
    def poly(self) -> Poly:
        """The difference as it stands, as a copy."""
        return self.outcome.poly()

    @property
    def done(self) -> bool:
        """Is the difference zero?"""
        return not self.outcome.terms

    def apply(self, rule: str, parameter: object = None) -> Derivation:
        """The derivation after one more step, or the same one if the rule changes nothing."""
        outcome = applied(self.known, self.outcome, rule, parameter)
        if outcome == self.outcome:
            return self
        steps = (*self.steps, Step(rule, parameter, outcome))
        return Derivation(_KERNEL, self.target, self.known, outcome, steps)


@final
class Proof(Sealed):
    """That two programs agree on their targets, for all extents and almost all inputs."""

    __slots__ = ("_steps", "question")

    question: Question
    _steps: tuple[tuple[str, tuple[Step, ...]], ...]

    def __init__(
        self, _: object, question: Question, steps: tuple[tuple[str, tuple[Step, ...]], ...]
    ) -> None:
        _sealed(self, question=question, _steps=steps)

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("a proof has no subclasses")

    @property
    def derivations(self) -> dict[str, tuple[Step, ...]]:
        """The steps that bring the difference of each target to zero."""
        return dict(self._steps)

    def replay(self) -> bool:
        """Run every step again through the rules: does each give what is written down, and zero?"""
        try:
            return _replayed(self.question, self._steps)
        except (OutOfReach, KeyError, TypeError, ValueError, IndexError, AttributeError):
            return False


class Argument(Comparison):
    """A comparison on its way to a proof: one array after the other, each brought to zero."""

    def __init__(self, question: Question, anew: bool = False) -> None:
        super().__init__(question, anew)
        self._done: list[tuple[str, tuple[Step, ...]]] = []
        self._begun: Derivation | None = None
        self._marks = self.left.mark(), self.right.mark()
        if not question.targets or len(set(question.targets)) < len(question.targets):
            raise OutOfReach("no targets, or one twice")

    def begin(self, name: str) -> Derivation:
        """The derivation of an array's difference, which stands at its start.

        One that was begun before and not accepted leaves no trace: what is proved depends on what
        was proved before, not on what was tried.
        """
        if self._begun is not None:
            for run, mark in zip((self.left, self.right), self._marks, strict=True):
                run.back(mark)
        self._marks = self.left.mark(), self.right.mark()
        self._begun = Derivation(_KERNEL, name, self.known, Sum(self.difference(name)), ())
        return self._begun

    def accept(self, derivation: Derivation) -> None:
        """Take down a derivation that reached zero; its array is now known to be the same."""
        if type(derivation) is not Derivation or not derivation.done:
            raise OutOfReach("a derivation that does not end in zero")
        begun = self._begun
        if begun is None or derivation.known is not self.known or derivation.target != begun.target:
            raise OutOfReach("a derivation of another difference")
        self._begun = None
        self._done.append((derivation.target, derivation.steps))
        self.agreed(derivation.target)

    def concluded(self) -> Proof:
        """The proof, once every target has its derivation."""
        if self._missing():
            raise OutOfReach("a target without its derivation")
        if not defined_alike(self.known, [self.elements(name) for name in self.question.targets]):
            raise OutOfReach("the sides may be undefined in different places")
        return Proof(_KERNEL, self.question, tuple(self._done))

    def _missing(self) -> set[str]:
        return set(self.question.targets) - {name for name, _ in self._done}


def _replayed(question: Question, derivations: Iterable[tuple[str, tuple[Step, ...]]]) -> bool:
    argument = Argument(question, anew=True)
    for target, steps in derivations:
        derivation = argument.begin(target)
        for step in steps:
            after = derivation.apply(step.rule, step.parameter)
            if after is derivation or after.outcome != step.outcome:
                return False
            derivation = after
        if not derivation.done:
            return False
        argument.accept(derivation)
    argument.concluded()
    return True
