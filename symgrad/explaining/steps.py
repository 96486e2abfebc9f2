"""What a derivation is made of: words, and what they lead to.

    s.grad[b, j]                                              Derivation
      s[b, j] is read by                                      Step
          for b, j: p[b, j] += exp(s[b, j]) / Z[b]            Quote
          d exp(s[b, j]) / Z[b] / d s[b, j] = …               Local
      By the chain rule                                       Step
          for b, j: s.grad[b, j] += p.grad[b, j] * …          Claim

A claim says that its program gives its targets the values that they should have; it is proved
before anybody gets to see it. How all this looks is for others to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sympy import Expr

from symgrad.expressions import Element
from symgrad.program import Nest, Program
from symgrad.secondorder.sides import Relation, Side

Words: TypeAlias = tuple[str | Expr, ...]
"""A sentence with formulas in it."""


@dataclass(frozen=True)
class Quote:
    """A statement of the forward pass."""

    program: Program


@dataclass(frozen=True)
class Local:
    """d value / d read = derivative, in the loops of a program's statement."""

    program: Program
    value: Expr
    read: Element
    derivative: Expr


@dataclass(frozen=True)
class Claim:
    """A program that gives its targets their true values; the first `known` nests are not new."""

    program: Program
    targets: tuple[str, ...]
    known: int = 0

    @property
    def nests(self) -> tuple[Nest, ...]:
        return self.program.nests[self.known :]


@dataclass(frozen=True)
class Equation:
    """An equation about a forward pass; what it says has been checked where it is made."""

    forward: Program
    left: Side
    relation: Relation
    right: Side


Shown: TypeAlias = Quote | Local | Claim | Equation


@dataclass(frozen=True)
class Step:
    """One step; `dispensable` if the derivation is whole without it, `number` that of an equation
    of the notes."""

    words: Words
    shown: tuple[Shown, ...] = ()
    dispensable: bool = False
    number: str = ""


@dataclass(frozen=True)
class Derivation:
    """How one array is found, or, where `of` is none, what is left to do at the end."""

    of: Element | None
    steps: tuple[Step, ...]
