"""How the answer to a question is found: the steps that lead to it, its other forms, the check.

Part --explain--> Explanation      a row of `RULES` for each kind of reference answer

Nothing in an explanation is unproved: an AuthorError is raised instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from sympy import Expr

from symgrad.course.exercise import Kind, Part
from symgrad.course.reference import backward, needed, reference, variants, writing
from symgrad.efficient.economise import NOMINAL, economise
from symgrad.efficient.operations import operations
from symgrad.explaining.gradient import derivation
from symgrad.explaining.proving import check, checked, is_proved, scope
from symgrad.explaining.second import naive, second
from symgrad.explaining.steps import Claim, Derivation, Step, Words
from symgrad.expressions import array_of, element, mul
from symgrad.heads import SumOver
from symgrad.program import GRADIENT, Nest, Program, Statement, primal


@dataclass(frozen=True)
class Form:
    """The answer in another form, with the operations of it and of the answer where they tell."""

    title: str
    program: Program
    counts: tuple[Expr, Expr] | None = None


@dataclass(frozen=True)
class Explanation:
    """derivations: what leads to the answer. forms: others than the one asked for. checked: what
    was proved of all of them, and for which extents."""

    derivations: tuple[Derivation, ...]
    answer: Program
    forms: tuple[Form, ...]
    checked: Words


@cache
def explain(part: Part) -> Explanation:
    """The explanation of a part's reference answer; every claim in it is proved."""
    derivations = RULES[part.reference](part)
    answer, truth = reference(part), _truth(part)
    forms = tuple(_forms(part))
    if truth is None:
        return Explanation(derivations, answer, forms, ())
    check(Claim(answer, part.targets), truth)
    forms = tuple(form for form in forms if is_proved(Claim(form.program, part.targets), truth))
    steps = ["Every step"] if derivations else []
    lines = " and ".join([*steps, "every form" if forms else "the answer"])
    verb = "are" if steps and not forms else "is"
    what = CHECKED.get(part.reference, "the derived backward pass")
    return Explanation(
        derivations,
        answer,
        forms,
        (f"{lines.capitalize()} {verb} proved equal to {what}", *scope(part.forward), "."),
    )


def _truth(part: Part) -> Program | None:
    """What an answer must be equal to; nothing where the question itself defines it."""
    if part.reference in GRADIENTS:
        return backward(part.forward)
    if part.reference == "forward" and set(part.targets) <= {*part.forward.written}:
        return Program((), part.forward.nests, part.forward)
    return reference(part) if part.reference in CHECKED and part.reference != "forward" else None


CHECKED: dict[Kind, str] = {
    "forward": "the forward pass",
    "naive": "what these updates add up to",
    "second": "the derived gradient of the gradient",
    "mixed": "the derived gradient of the gradient",
    "jacobian": "the derived backward pass",
}
"""What the answers are checked against that are not gradients."""

GRADIENTS: frozenset[Kind] = frozenset(("loops", "step", "sums", "closed", "padded", "chain"))


# --- the steps, a rule a kind --------------------------------------------------------------------


def _gradients(part: Part, targets: Sequence[str]) -> tuple[Derivation, ...]:
    """The derivations of gradients, each as soon as all that it reads is complete."""
    whole = backward(part.forward)
    written = [array_of(statement.target) for _, statement in whole.statements]
    found: list[Derivation] = []
    for target in sorted(set(targets), key=lambda name: _last(written, name)):
        one = derivation(part.forward, target)
        if one is not None:
            found += checked([one], writing(whole, [target]))
    return tuple(found)


def _last(written: Sequence[str], name: str) -> int:
    return max((n for n, other in enumerate(written) if other == name), default=-1)


def _targets(part: Part) -> tuple[Derivation, ...]:
    """The targets alone; the gradients that they read are known."""
    return _gradients(part, part.targets)


def _all(part: Part) -> tuple[Derivation, ...]:
    """Every gradient on the way to the targets."""
    return _gradients(part, needed(backward(part.forward), part.targets).written)


def _closed(part: Part) -> tuple[Derivation, ...]:
    words = (
        "Substituted into one another, with what the forward pass has stored in the place of what "
        "would be computed again, they give the answer."
    )
    return (*_all(part), _said(words))


def _padded(part: Part) -> tuple[Derivation, ...]:
    words = "In the answer zeros on every side and a reversed kernel take the place of bounds."
    return (*_targets(part), _said(words))


def _rewritten(part: Part) -> tuple[Derivation, ...]:
    if not any(one.value.has(SumOver) for _, one in part.forward.statements):
        return ()
    return (_said("A loop adds the terms of each sum one by one."),)


def _jacobian(part: Part) -> tuple[Derivation, ...]:
    """x.grad[j] = sum(i, y.grad[i] * Jac[i, j])"""
    of, wrt = part.of
    gradient = wrt + GRADIENT
    found = _gradients(part, needed(backward(part.forward), [gradient]).written)
    jacobian = reference(part)
    last = jacobian.nests[-1]
    rank = len(part.forward.arrays[of].axes)
    rows, columns = last.loops[:rank], last.loops[rank:]
    row, column = ([loop.index for loop in loops] for loops in (rows, columns))
    entry = mul(element(of + GRADIENT, *row), element(part.targets[0], *row, *column))
    value = SumOver.over([(loop.index, loop.lower, loop.upper) for loop in rows], entry)
    product = Nest(columns, (Statement(element(gradient, *column), "=", value),))
    program = Program((), (*jacobian.nests, product), part.forward)
    words: Words = ("The Jacobian is what the gradient of the output is multiplied by:",)
    step = Step(words, (Claim(program, (gradient,), len(jacobian.nests)),))
    return (*found, *checked([Derivation(None, (step,))], backward(part.forward)))


def _descent(part: Part) -> tuple[Derivation, ...]:
    return (_said("The step goes against the gradient and is as long as the rate says."),)


def _said(words: str) -> Derivation:
    """A step in words alone."""
    return Derivation(None, (Step((words,)),))


RULES: dict[Kind, Callable[[Part], tuple[Derivation, ...]]] = {
    "loops": _all,
    "step": _targets,
    "sums": _targets,
    "closed": _closed,
    "padded": _padded,
    "chain": _all,
    "forward": _rewritten,
    "jacobian": _jacobian,
    "descent": _descent,
    "naive": naive,
    "second": second,
    "mixed": second,
}


# --- other forms ---------------------------------------------------------------------------------


def _forms(part: Part) -> Iterator[Form]:
    for title, program in variants(part):
        yield Form(title, program)
    if part.reference in ("loops", "closed", "chain"):
        yield from _efficient(part)


def _efficient(part: Part) -> Iterator[Form]:
    """What clearly costs fewer operations than the answer, with both counts."""
    found = _economised(part.forward, tuple(dict.fromkeys(map(primal, part.targets))))
    answer = reference(part)
    ours, theirs = operations(found), operations(answer)
    saved = 1 - ours.at({}, NOMINAL) / max(theirs.at({}, NOMINAL), 1)
    shorter = ours.operations.free_symbols and len(str(found)) <= len(str(answer))
    if saved >= CLEARLY or (saved > 0 and shorter):
        counts = ours.operations, theirs.operations
        told = max(len(str(count)) for count in counts) <= LONGEST_COUNT
        yield Form("With fewer operations", found, counts if told else None)


CLEARLY = 0.1
"""The share of the operations that is worth another form by itself."""

LONGEST_COUNT = 60
"""The characters of a count that still says something."""


@lru_cache(maxsize=64)
def _economised(forward: Program, wrt: tuple[str, ...]) -> Program:
    return economise(forward, wrt)
