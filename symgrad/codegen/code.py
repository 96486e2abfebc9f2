"""A piece of code with what the next piece must know of it: how it binds, what its axes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Symbol

EITHER, COMPARED, SUM, PRODUCT, POWER, ATOM = range(6)
"""How strongly a text binds."""


@dataclass(frozen=True)
class Code:
    """A text, how strongly it binds, and the indices along the axes of its value."""

    text: str
    binds: int = ATOM
    axes: tuple[Symbol, ...] = ()

    @property
    def is_number(self) -> bool:
        return self.text.lstrip("-").replace(".", "", 1).isdigit()

    def place(self, strength: int) -> str:
        return self.text if self.binds >= strength else f"({self.text})"

    def aligned(self, axes: Sequence[Symbol]) -> Code:
        """The value with axes for all these indices, as far as broadcasting needs them."""
        places = [n for n, symbol in enumerate(axes) if symbol in self.axes]
        wanted = tuple(axes[places[0] :]) if places else ()
        if wanted == self.axes:
            return self
        spots = ", ".join(":" if symbol in self.axes else "None" for symbol in wanted)
        return Code(f"{self.place(ATOM)}[{spots}]", ATOM, wanted)
