"""The reference answer of a part, derived from its forward pass and never typed in.

Part --reference--> Program      a row of `REFERENCES` for each kind of derivation
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from sympy import Expr, Mul

from symgrad.course.exercise import Kind, Part
from symgrad.course.jacobian import jacobian
from symgrad.course.known import with_known_values
from symgrad.derivation.backward import derive
from symgrad.derivation.completion import complete
from symgrad.efficient.economise import economise
from symgrad.errors import AuthorError
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.floats import Floats
from symgrad.expressions import add, array_of, element, index, mul, negate
from symgrad.forms.fold import close
from symgrad.forms.gather import gather, pad
from symgrad.heads import SumOver
from symgrad.program import GRADIENT, Input, Loop, Nest, Program, Statement, is_gradient, primal
from symgrad.secondorder.derivatives import mixed_derivative, second_order


def reference(part: Part) -> Program:
    """The reference answer, with the part's forward pass as its `given`."""
    return in_form(part, part.reference)


@cache
def in_form(part: Part, kind: Kind) -> Program:
    """The answer as one rule derives it."""
    return with_known_values(REFERENCES[kind](part))


def variants(part: Part) -> Iterator[tuple[str, Program]]:
    """The same answer in the other forms that it has, each with what to call it."""
    answer = reference(part)
    for kind, title, worthwhile in VARIANTS.get(part.reference, ()):
        if kind == "closed" and len(answer.written) > MOST_ELIMINATED:
            continue
        other = in_form(part, kind)
        longest = max(map(len, str(other).splitlines()), default=0)
        if worthwhile(answer, other) and _writes(other, part.targets) and longest <= LONGEST:
            yield title, other


def numbers(part: Part) -> dict[str, str]:
    """The targets' values in decimals, where the part asks for numbers."""
    if part.digits is None:
        return {}
    state = evaluate(complete(reference(part), part.forward), {}, {}, Floats())
    return {
        name: f"{cell:.{part.digits}g}" for name in part.targets for cell in state[name].values()
    }


@cache
def backward(forward: Program) -> Program:
    """The derived backward pass of a forward pass."""
    return derive(forward)


# --- one rule a kind ---------------------------------------------------------------------------


def _loops(part: Part) -> Program:
    """The backward pass down to the targets, as it is derived."""
    return needed(backward(part.forward), part.targets)


def _step(part: Part) -> Program:
    """The targets' own updates; the gradients that they read are known."""
    return writing(backward(part.forward), part.targets)


def _sums(part: Part) -> Program:
    """The targets' own updates, one sum for each element."""
    return writing(gather(_step(part)), part.targets)


def _closed(part: Part) -> Program:
    """The targets from the outputs' gradients alone, without the gradients in between."""
    return closed(part.forward, part.targets)


def _chain(part: Part) -> Program:
    """Each target as one sum, and equal to that its closed form."""
    ends = {array_of(nest.body[0].target): nest for nest in _closed(part).nests}
    nests = []
    for nest in _sums(part).nests:
        end = ends.get(array_of(nest.body[0].target), nest)
        if (end.loops, end.guard) != (nest.loops, nest.guard) or len(nest.body) > 1:
            raise AuthorError("has no chain: its sums and its closed form differ in their loops")
        nests.append(replace(end, body=(_derived(nest.body[0], end.body[0]),)))
    return Program((), tuple(nests), part.forward)


def _derived(start: Statement, end: Statement) -> Statement:
    return start if start == end else replace(end, earlier=(start.value,))


def _padded(part: Part) -> Program:
    """The targets' sums over whole ranges of padded arrays."""
    return needed(pad(_step(part)), part.targets)


def _forward(part: Part) -> Program:
    """The forward pass, written the way the question asks."""
    assert part.rewriting is not None
    return part.rewriting


def _jacobian(part: Part) -> Program:
    """`Jac[i, j] = d y[i] / d x[j]`."""
    of, wrt = part.of
    return jacobian(closed(part.forward, [wrt + GRADIENT]), of, wrt, part.targets[0])


def _descent(part: Part) -> Program:
    """`theta_new[r] = theta[r] - gamma * theta.grad[r]`."""
    parameter, rate = part.of
    axes = part.forward.arrays[parameter].axes
    loops = tuple(
        Loop(index(letter), axis.lower, axis.upper)
        for letter, axis in zip("ijkl", axes, strict=False)
    )
    at = tuple(loop.index for loop in loops)
    step = mul(element(rate), element(parameter + GRADIENT, *at))
    value = add(element(parameter, *at), negate(step))
    return _assigning(part, element(part.targets[0], *at), value, loops)


def _naive(part: Part) -> Program:
    """Backpropagation with second derivatives in the place of the first ones."""
    return _assigning(part, element(part.targets[0]), second_order(part.forward, *part.of).naive)


def _second(part: Part) -> Program:
    """The second derivative: the gradient of the gradient."""
    return _assigning(part, element(part.targets[0]), second_order(part.forward, *part.of).true)


def _mixed(part: Part) -> Program:
    """The derivative of one gradient with respect to another array."""
    return _assigning(part, element(part.targets[0]), mixed_derivative(part.forward, *part.of))


REFERENCES: dict[Kind, Callable[[Part], Program]] = {
    "loops": _loops,
    "step": _step,
    "sums": _sums,
    "closed": _closed,
    "padded": _padded,
    "forward": _forward,
    "jacobian": _jacobian,
    "descent": _descent,
    "naive": _naive,
    "second": _second,
    "mixed": _mixed,
    "chain": _chain,
}


MOST_ELIMINATED = 16
"""Of more gradients on the way a closed form is longer than anybody reads."""

LONGEST = 240
"""The characters of a statement that is still worth showing as another form."""


def _adds_up(_: Program, answer: Program) -> bool:
    return any(one.value.has(SumOver) for _, one in answer.statements)


def _eliminates(shown: Program, _: Program) -> bool:
    """Does the answer that is shown write gradients in between?"""
    return any(not nest.reads.isdisjoint(shown.written) for nest in shown.nests)


def _always(_: Program, __: Program) -> bool:
    return True


VARIANTS: dict[Kind, tuple[tuple[Kind, str, Callable[[Program, Program], bool]], ...]] = {
    "loops": (("sums", "With sums", _adds_up), ("closed", "In closed form", _eliminates)),
    "step": (("sums", "With sums", _adds_up),),
    "sums": (("step", "As a loop of updates", _always),),
    "closed": (("loops", "As loops of updates", _always),),
    "padded": (("sums", "With exact bounds", _adds_up),),
    "chain": (("loops", "As loops of updates", _always),),
}
"""The forms in which an answer is shown besides its reference, and when they say something."""


def _assigning(part: Part, target: Expr, value: Expr, loops: tuple[Loop, ...] = ()) -> Program:
    return Program((), (Nest(loops, (Statement(target, "=", value),)),), part.forward)


# --- closed forms of any array -------------------------------------------------------------------


def closed(forward: Program, targets: Sequence[str]) -> Program:
    """The closed form of gradients, those of arrays in between included."""
    nests = [nest for target in targets for nest in _closed_form(forward, target).nests]
    return Program((), tuple(dict.fromkeys(nests)), forward)


def _closed_form(forward: Program, target: str) -> Program:
    inputs = {item.name for item in forward.declared(Input)}
    name = primal(target)
    start = forward if name in inputs else _from(forward, name)
    found = needed(close(backward(start)), [target])
    if len(str(found)) > 2 * LONGEST or not any(
        _multiplies_sums(one.value) for _, one in found.statements
    ):
        return found
    # Of a product of sums one may be known, such as that of all x', which is 0.
    other = needed(close(economise(forward, [name])), [target])
    return min(found, other, key=lambda program: len(str(program)))


def _multiplies_sums(value: Expr) -> bool:
    return any(
        sum(isinstance(part, SumOver) for part in product.args) > 1 for product in value.atoms(Mul)
    )


def _from(forward: Program, name: str) -> Program:
    """The forward pass from an array on, which becomes an input: its gradient is the same."""
    kept = tuple(
        nest
        for nest in forward.nests
        if not any(array_of(statement.target) == name for statement in nest.body)
    )
    cut = Input(name, forward.arrays[name].axes)
    return replace(forward, declarations=(*forward.declarations, cut), nests=kept)


# --- parts of a backward pass --------------------------------------------------------------------


def writing(program: Program, targets: Iterable[str]) -> Program:
    """The nests that write the targets, and those of the auxiliary arrays that they read."""
    return _kept(program, targets, lambda name: not is_gradient(name))


def needed(program: Program, targets: Iterable[str]) -> Program:
    """The nests that the targets depend on."""
    return _kept(program, targets, lambda _: True)


def _writes(program: Program, targets: Iterable[str]) -> bool:
    return set(targets) <= {*program.written}


def _kept(program: Program, targets: Iterable[str], follow: Callable[[str], bool]) -> Program:
    wanted = set(targets)
    kept: list[Nest] = []
    for nest in reversed(program.nests):
        if any(array_of(statement.target) in wanted for statement in nest.body):
            kept.append(nest)
            wanted.update(filter(follow, nest.reads))
    return replace(program, nests=tuple(reversed(kept)))
