"""Names of arrays as names in code: `x.grad` is x_grad, `W^{h,R}` is W_h_R, `x'` is x_prime."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping

from symgrad.algebra.binding import fresh

RESERVED = frozenset(
    {*keyword.kwlist, *dir(builtins), "np", "math", "torch", "reduce", "forward", "backward"}
    | {"sigmoid", "softplus", "erf", "zeros", "self"}
)
"""What a name in the code must not hide."""


def identifier(name: str) -> str:
    """The nearest legal name: `x'.grad` -> `x_prime_grad`."""
    text = name.replace("'", "_prime")
    text = re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_") or "value"
    text = f"_{text}" if text[0].isdigit() else text
    return f"{text}_" if text in RESERVED else text


def identifiers(names: Iterable[str], taken: Iterable[str] = ()) -> Mapping[str, str]:
    """A name in code for each name, no two the same."""
    found: dict[str, str] = {}
    used = set(taken)
    for name in names:
        found[name] = fresh(identifier(name), used)
        used.add(found[name])
    return found
