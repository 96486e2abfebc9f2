"""Three arithmetics behind one interface: floats, exact rationals, balls.

A program runs in any of them. Operators `+ - *` are Python's own; the rest is in `Arithmetic`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flint import ctx

from symgrad.evaluation.balls import Balls, Rationals
from symgrad.evaluation.floats import Floats
from symgrad.evaluation.values import Arithmetic

FLOATS: Arithmetic = Floats()
RATIONALS: Arithmetic = Rationals()
BALLS: Arithmetic = Balls()


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls of this many bits inside the block."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before
