"""What `*` means in an exercise: x * y element by element, X @ Y, or conv(I, K)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Star:
    """What `*` means between whole arrays, and by the size of which array `pad(x)` widens x.

    elementwise    x * y          matrix         X @ Y where the shapes fit so, else elementwise
    convolution    conv(I, K)
    """

    product: Literal["elementwise", "matrix", "convolution"] = "elementwise"
    kernel: str = ""


ELEMENTWISE = Star()
