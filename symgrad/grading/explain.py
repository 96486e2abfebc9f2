"""A witness in words, for the student whose answer it refutes; what was found, as plain data.

Z.grad[1] should be -0.42, but the answer gives 0.42, for B = 2, J = 3, …
Step 1 → 2 of the chain for Z.grad[b] does not hold: `e[b]` is 1, but `-e[b]` is -1, for b = 1, …
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symgrad.chains import Step
from symgrad.refutation.witness import Agreement, Kind, Nested, Witness

LONGEST_INPUT = 60
"""An input whose values take more characters is not spelled out."""


def explain(witness: Witness) -> str:
    """Why an answer, the left side of the witness, is not the reference answer."""
    return SENTENCES[witness.kind](witness) + f"{_where(witness)}."


def explain_step(step: Step, witness: Witness) -> str:
    """Why a step of a chain does not hold: both of its members where they differ."""
    one, other = step.members
    return (
        f"{step.title[0].upper()}{step.title[1:]} does not hold: `{one}` is {witness.left}, "
        f"but `{other}` is {witness.right}{_where(witness, _rounds(step, witness))}."
    )


def _rounds(step: Step, witness: Witness) -> list[str]:
    """The values of the loops' indices in the round where the members differ."""
    loops = step.nest.loops if witness.element else ()
    return [
        f"{loop.index.name} = {value}"
        for loop, value in zip(loops, witness.element or (), strict=True)
    ]


def witness_object(witness: Witness) -> dict[str, Any]:
    """The witness as JSON has it; in a report, left is the answer and right the reference."""
    return {
        "kind": witness.kind,
        "target": witness.target,
        "element": None if witness.element is None else list(witness.element),
        "left": witness.left,
        "right": witness.right,
        "extents": dict(witness.extents),
        "inputs": dict(witness.inputs),
        "functions": dict(witness.functions),
        "relevant": list(witness.relevant),
    }


def evidence_object(evidence: Agreement) -> dict[str, Any]:
    """What was tried where no proof was found."""
    return {
        "message": evidence.message,
        "shapes": [dict(shape) for shape in evidence.shapes],
        "points": evidence.points,
        "digits": evidence.digits,
        "undecided": evidence.undecided,
    }


def _differs(witness: Witness) -> str:
    return f"{_place(witness)} should be {witness.right}, but the answer gives {witness.left}"


def _has_no_value(witness: Witness) -> str:
    if witness.left == "undefined":
        return f"{_place(witness)} should be {witness.right}, but the answer has no value there"
    return f"{_place(witness)} has no value, but the answer gives {witness.left}"


def _leaves_the_axes(witness: Witness) -> str:
    return f"The answer goes {witness.left}"


def _has_other_axes(witness: Witness) -> str:
    return (
        f"{witness.target} should have the axes {witness.right}, but the answer has {witness.left}"
    )


def _is_missing(witness: Witness) -> str:
    return f"{witness.target} is asked for, but nothing is assigned to it"


SENTENCES: Mapping[Kind, Callable[[Witness], str]] = {
    "value": _differs,
    "undefined": _has_no_value,
    "outside": _leaves_the_axes,
    "shape": _has_other_axes,
    "missing": _is_missing,
}


def _place(witness: Witness) -> str:
    return f"{witness.target}{list(witness.element)}" if witness.element else witness.target


def _where(witness: Witness, rounds: Sequence[str] = ()) -> str:
    """The extents, and those inputs that matter and are short enough to read."""
    given = [*rounds, *(f"{name} = {size}" for name, size in witness.extents.items())]
    given += [f"{name} = {nested(witness.inputs[name])}" for name in witness.relevant]
    given += [f"{name} = {body}" for name, body in witness.functions.items()]
    shown = [text for text in given if len(text) <= LONGEST_INPUT]
    if not shown:
        return ""
    return f", for {', '.join(shown)}" + (" and other inputs" if len(shown) < len(given) else "")


def nested(values: Nested) -> str:
    """`[[1, 2], [3, 4]]`."""
    return values if isinstance(values, str) else f"[{', '.join(map(nested, values))}]"
