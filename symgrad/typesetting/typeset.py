r"""How a name looks in LaTeX.

    mu -> \mu      alpha1 -> \alpha_{1}      x'.grad -> x'.\text{grad}      l_xx -> l_{xx}

An exercise may have its own way with some of its names: `hn` for h_{t+1}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
GREEK = frozenset(LETTERS.split())

SIGNS = {"lam": r"\lambda", "ell": r"\ell"}
"""Short names of signs whose own name is taken or longer."""

ACCENTS = {"tilde": r"\tilde", "hat": r"\hat", "bar": r"\bar"}
"""Endings that are drawn above the letter before them: stilde."""

_NAME = re.compile(r"(?P<base>[A-Za-z]+?)(?P<digits>\d*)(?:_(?P<below>\w+))?(?P<primes>'*)")


def name_latex(name: str, aliases: Mapping[str, str] | None = None) -> str:
    """A name of a program as LaTeX; `aliases` says how some of them are typeset."""
    base, *suffixes = name.split(".")
    written = (aliases or {}).get(base) or _plain(base)
    return written + "".join(rf".\text{{{suffix}}}" for suffix in suffixes)


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    match = _NAME.fullmatch(name)
    if match is None:
        return rf"\mathit{{{_escaped(name)}}}"
    below = [part for part in (match["digits"], _below(match["below"] or "")) if part]
    subscript = f"_{{{', '.join(below)}}}" if below else ""
    return f"{_letter(match['base'])}{subscript}{match['primes']}"


def _letter(base: str) -> str:
    if base in SIGNS:
        return SIGNS[base]
    if base in GREEK:
        return rf"\{base}"
    for ending, accent in ACCENTS.items():
        if base.endswith(ending) and len(base) > len(ending):
            return rf"{accent}{{{_letter(base.removesuffix(ending))}}}"
    return base if len(base) == 1 else rf"\mathit{{{base}}}"


def _below(subscript: str) -> str:
    if len(subscript) <= 2:
        return subscript
    return rf"\text{{{_escaped(subscript)}}}"


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")
