"""Other names under which an answer may give what a part asks for.

    theta_new[r] = theta[r] - gamma * theta.grad[r]     what is asked for
    theta[r] -= gamma * theta.grad[r]                   the same in place

A part names them; an answer that writes one instead of the target is compared with the reference
answer followed by a copy, `theta[i] = theta_new[i]`. An input that a text writes starts at its
value, so an update in place means what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symgrad.course.exercise import Part
from symgrad.expressions import element, index
from symgrad.program import Axis, Loop, Nest, Program, Statement


def names_in(part: Part, answer: Program) -> dict[str, str]:
    """For each target the name under which the answer gives it: its own, or else another."""
    written = answer.written
    others = {target: name for target, name in part.alternatives if name in written}
    return {
        target: target if target in written else others.get(target, target)
        for target in part.targets
    }


def under(names: Mapping[str, str], truth: Program) -> Program:
    """The reference answer with each target copied to the name that the answer has for it."""
    copies = (copied(truth, target, name) for target, name in names.items() if name != target)
    return replace(truth, nests=(*truth.nests, *copies))


def copied(program: Program, source: str, name: str) -> Nest:
    """`for i, j: name[i, j] = source[i, j]`"""
    axes: tuple[Axis, ...] = program.arrays[source].axes
    loops = tuple(Loop(index(f"i{n}"), axis.lower, axis.upper) for n, axis in enumerate(axes, 1))
    at = tuple(loop.index for loop in loops)
    return Nest(loops, (Statement(element(name, *at), "=", element(source, *at)),))
