"""What both sides of a comparison continue, what each runs behind it, what is given to them.

left     given: Z, p; then s.grad                 the trials run Z, p once,
right    given: Z, p, p.grad*; then s.grad        and the right side p.grad* behind them
"""

from __future__ import annotations

from dataclasses import replace

from symgrad.evaluation.evaluate import stage_of, stages
from symgrad.program import Loss, Output, Program, is_gradient, kept, primal
from symgrad.refutation.trials import TRUE


def shared(
    left: Program, right: Program
) -> tuple[Program, tuple[tuple[Program, ...], tuple[Program, ...]]]:
    """The forward pass that both sides continue, and what each still runs after it.

    A side's forward pass may have been completed by true gradients: it is then the other's, and
    more nests.
    """
    one, other = left.given, right.given
    if one is None or other is None or one.given != other.given:
        declared = dict.fromkeys(left.all_declarations + right.all_declarations)
        return Program(tuple(declared)), (tuple(stages(left)), tuple(stages(right)))
    if len(one.nests) > len(other.nests):
        one, other = other, one
    same = next(
        (n for n, (a, b) in enumerate(zip(one.nests, other.nests, strict=False)) if a != b),
        len(one.nests),
    )
    base = one if same == len(one.nests) else replace(one, nests=one.nests[:same])
    return base, (_after(base, left), _after(base, right))


def _after(base: Program, side: Program) -> tuple[Program, ...]:
    assert side.given is not None
    rest = side.given.nests[len(base.nests) :]
    return (Program((), rest, base), side) if rest else (side,)


def free_gradients(left: Program, right: Program) -> tuple[str, ...]:
    """The gradients of outputs and losses that a side reads from outside."""
    seeded = {item.name for item in left.all_declarations if isinstance(item, (Output, Loss))}
    free = {*_read_from_outside(left), *_read_from_outside(right)}
    return tuple(sorted(name for name in free if primal(name) in seeded))


@kept
def _read_from_outside(side: Program) -> tuple[str, ...]:
    """The gradients that a side reads before anything writes them."""
    free: set[str] = set()
    written: set[str] = set()
    for program in stages(side):
        stage = stage_of(program)
        free |= {name.removesuffix(TRUE) for name in stage.read_only if name not in written}
        written.update(stage.written)
    return tuple(sorted(filter(is_gradient, free)))
