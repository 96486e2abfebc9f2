"""The reference answer of a part, derived from its forward pass and never typed in.

Part --reference--> Program      a row of `REFERENCES` for each kind of derivation
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache

from sympy import Expr

from symgrad.derivation import derive
from symgrad.exercise import Kind, Part
from symgrad.explore import mixed_derivative, second_order
from symgrad.expressions import add, array_of, element, elements, index, indices_of, mul, negate
from symgrad.fold import close
from symgrad.gather import gather, pad
from symgrad.jacobian import jacobian
from symgrad.program import GRADIENT, Loop, Nest, Program, Statement, is_gradient


@cache
def reference(part: Part) -> Program:
    """The reference answer, with the part's forward pass as its `given`."""
    return REFERENCES[part.reference](part)


def variants(part: Part) -> Iterator[tuple[str, Program]]:
    """The same answer in the other forms that it has, each with what to call it."""
    shown = {str(reference(part))}
    for kind, title in VARIANTS.get(part.reference, {}).items():
        answer = REFERENCES[kind](part)
        if str(answer) not in shown and len(max(str(answer).splitlines(), key=len)) <= LONGEST:
            shown.add(str(answer))
            yield title, answer


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
    return needed(close(backward(part.forward)), part.targets)


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
    return jacobian(_loops(replace(part, targets=(wrt + GRADIENT,))), of, wrt, part.targets[0])


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
}


LONGEST = 240
"""The characters of a statement that is still worth showing as another form."""

LOOPS, SUMS, CLOSED = (
    "As loops of updates",
    "With one sum for each element",
    "Without the gradients in between",
)

VARIANTS: dict[Kind, dict[Kind, str]] = {
    "loops": {"sums": SUMS, "closed": CLOSED},
    "step": {"sums": SUMS},
    "sums": {"step": LOOPS},
    "closed": {"loops": LOOPS},
    "padded": {"sums": SUMS, "step": LOOPS},
}
"""The forms in which an answer is shown besides its reference."""


def _assigning(part: Part, target: Expr, value: Expr, loops: tuple[Loop, ...] = ()) -> Program:
    return Program((), (Nest(loops, (Statement(target, "=", value),)),), part.forward)


# --- parts of a backward pass --------------------------------------------------------------------


def writing(program: Program, targets: Iterable[str]) -> Program:
    """The nests that write the targets, and those of the auxiliary arrays that they read."""
    return _kept(program, targets, lambda name: not is_gradient(name))


def needed(program: Program, targets: Iterable[str]) -> Program:
    """The nests that the targets depend on."""
    return _kept(program, targets, lambda _: True)


def _kept(program: Program, targets: Iterable[str], follow: Callable[[str], bool]) -> Program:
    wanted = set(targets)
    kept: list[Nest] = []
    for nest in reversed(program.nests):
        if any(array_of(statement.target) in wanted for statement in nest.body):
            kept.append(nest)
            wanted |= {name for name in _read(nest) if follow(name)}
    return replace(program, nests=tuple(reversed(kept)))


def _read(nest: Nest) -> Iterator[str]:
    """The arrays that a nest reads, in values, indices, guards and bounds."""
    parts = [nest.guard, *(bound for loop in nest.loops for bound in (loop.lower, loop.upper))]
    for statement in nest.body:
        parts += [statement.value, *indices_of(statement.target)]
    for part in parts:
        yield from (array_of(read) for read in elements(part))
