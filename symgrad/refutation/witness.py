"""What refutation finds: a point where two programs differ, or where they were seen to agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from flint import arb, fmpq

from symgrad.evaluation.stage import Cells
from symgrad.evaluation.values import Nonvalue, Number

Kind: TypeAlias = Literal["value", "undefined", "outside", "shape", "missing"]

Nested: TypeAlias = "str | list[Nested]"

SHOWN_DIGITS = 10


@dataclass(frozen=True)
class Witness:
    """Two programs differ, and here is where.

    kind "value": both values of one element; "undefined": one side has no value there; "outside":
    one side reads or writes outside an axis; "shape": the target's axes differ; "missing": one side
    never writes the target. Values are exact fractions, or decimals where they are irrational.

    element      (1, 2), or () for a scalar
    extents      {"B": 1, "J": 2}
    inputs       {"s": [["1", "2"]], "p.grad": [["1", "-1"]]}, nested from the first index on
    functions    {"g": "x^2"}, for `function g(x)`
    relevant     ("s", "p.grad"), the inputs on which the two values depend
    """

    kind: Kind
    target: str
    element: tuple[int, ...] | None
    left: str
    right: str
    extents: Mapping[str, int] = field(default_factory=dict)
    inputs: Mapping[str, Nested] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    relevant: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        place = self.target if not self.element else f"{self.target}{list(self.element)}"
        if self.kind == "missing":
            return f"{self.target} is {self.left} on the left and {self.right} on the right"
        return f"{place} is {self.left} on the left and {self.right} on the right" + (
            f", for {', '.join(f'{name} = {size}' for name, size in self.extents.items())}"
            if self.extents
            else ""
        )


@dataclass(frozen=True)
class Agreement:
    """No difference was found. `digits` agreed everywhere, None if all values were exact."""

    shapes: tuple[Mapping[str, int], ...]
    points: int
    digits: int | None
    undecided: int = 0
    """Elements whose balls stayed too wide, or points too large to run."""

    @property
    def message(self) -> str:
        if not self.points and self.undecided:
            return "nothing could be decided at the points that were tried"
        if not self.points:
            return "no admissible point was found"
        exact = "exactly" if self.digits is None else f"to {self.digits} digits"
        where = f" of {_count(len(self.shapes), 'shape')}" if any(self.shapes) else ""
        return f"agreed {exact} at {_count(self.points, 'point')}{where}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def value_texts(left: Number | str, right: Number | str) -> tuple[str, str]:
    """Both values, with as many digits as it takes to tell them apart."""
    for digits in (SHOWN_DIGITS, 20, 40, 80, 160, 320):
        if _decimal(left, digits) != _decimal(right, digits):
            break
    return value_text(left, digits), value_text(right, digits)


def value_text(value: Number | str, digits: int = SHOWN_DIGITS) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Nonvalue):
        return value.name
    if isinstance(value, fmpq) and value.height_bits() <= 64:
        return str(value)
    return _decimal(value, digits)


def _decimal(value: Number | str, digits: int) -> str:
    if isinstance(value, (str, Nonvalue)):
        return str(value)
    number = arb(value)
    return "0" if number.contains(0) else str(number.str(digits, radius=False))


def nested_text(cells: Cells) -> Nested:
    """The elements as nested lists, in the order of their indices."""
    if () in cells:
        return value_text(cells[()])
    return [
        nested_text({key[1:]: cells[key] for key in cells if key[0] == first})
        for first in sorted({key[0] for key in cells})
    ]
