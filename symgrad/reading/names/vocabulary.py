"""What the names of one text mean: arrays, gradients, functions, extents, indices.

    given:  forward arrays, their gradients, extents, functions
    text:   declarations, then everything on a left side
    scope:  the indices bound at a place

A name is looked up in this order: bound index, array (also under another spelling of a gradient),
extent, function. What is none of them is an index where one may be introduced, else an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

from lark import Token
from sympy import preorder_traversal
from sympy.core.function import AppliedUndef

from symgrad.errors import StudentError
from symgrad.expressions import array_of, elements, indices_of, is_index
from symgrad.heads import Partial
from symgrad.program import GRADIENT, Loss, Opaque, Program, is_gradient, primal
from symgrad.reading.names.star import ELEMENTWISE, Star
from symgrad.reading.names.words import ELEMENTARY, LOSSES, RESERVED, SHORT_FORMS, SYNONYMS, WORDS
from symgrad.reading.syntax.source import Source
from symgrad.shapes import nest_accesses
from symgrad.writing.names import canonical, gradient_spellings, quotient_spelling, split_suffix


@dataclass(frozen=True)
class Derivative:
    """A function's name with the number of derivatives by each parameter: `f_yz`, `g''`."""

    function: str
    orders: tuple[int, ...]


@dataclass
class Vocabulary:
    """The names of one text. It grows while declarations and left sides are read."""

    source: Source
    given: Program | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    star: Star = ELEMENTWISE
    ranks: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    functions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    extents: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    """Auxiliaries whose rank is that of the first value that they get."""
    styles: dict[str, str] = field(default_factory=dict)
    twice: set[str] = field(default_factory=set)
    """Gradients of which the text says that two spellings of them mean the same."""
    called: set[str] = field(default_factory=set)
    local: dict[tuple[str, str], str] = field(default_factory=dict)
    """The auxiliaries that hold what the text says local derivatives are, by their arrays."""

    def __post_init__(self) -> None:
        if self.given is None:
            return
        self.extents |= self.given.extents
        for name, array in self.given.arrays.items():
            self.ranks[name] = array.rank
            if array.values is not None:
                self.labels.add(name)
        for item in self.given.declared(Opaque):
            assert isinstance(item, Opaque)
            self.functions[item.name] = item.parameters

    # --- arrays ------------------------------------------------------------------------------

    def known(self, name: str) -> bool:
        return name in self.ranks or name in self.written

    @property
    def names(self) -> set[str]:
        """What an index cannot be called."""
        return {*self.ranks, *self.written, *self.extents, *self.functions}

    def array(self, token: str, noted: bool = True) -> str | None:
        """The array that a spelling stands for, if any: `δμ` -> `mu.grad`."""
        base, suffix = split_suffix(token)
        name = self.named(canonical(base))
        if name is not None:
            if suffix:
                self._check_order(suffix, token)
                self._one_spelling(name + suffix, "x.grad", token)
            return name + suffix
        if canonical(base) in self.extents:
            return None
        for style, candidate in gradient_spellings(base):
            name = self.named(candidate)
            if name is not None:
                self._check_order(GRADIENT + suffix, token)
                if noted:
                    self._one_spelling(name + GRADIENT + suffix, style, token)
                return name + GRADIENT + suffix
        return None

    def quotient(self, numerator: Token, denominator: Token) -> str | None:
        """The gradient that `∂L/∂x` stands for; None where this is an ordinary quotient."""
        parts = quotient_spelling(numerator, denominator)
        if parts is None:
            return None
        style, above, below = parts
        by = self.named(below)
        if by is None or self.known(canonical(numerator)) or self.known(canonical(denominator)):
            return None
        losses = self.losses()
        above = self.named(above) or above
        if above in losses or (not self.known(above) and self.is_loss(above)):
            self._one_spelling(by + GRADIENT, style, numerator)
            return by + GRADIENT
        if losses and not self.known(above):
            loss = min(losses)
            raise self.source.error(
                f"{above} is not the loss, which is called {loss}",
                numerator,
                "name",
                f"write ∂{loss}/∂{below} or {by}.grad",
            )
        raise self.local_derivative(numerator, above, below)

    def losses(self) -> set[str]:
        """The loss; without one, a number named like a loss from which nothing is computed."""
        if self.given is None:
            return set()
        declared = {item.name for item in self.given.declared(Loss) if isinstance(item, Loss)}
        spoken = {name for name in LOSSES if name in self.given.arrays and not self.ranks[name]}
        if declared or not spoken:
            return declared
        lines = [line for _, line in self.given.joined().statements]
        used = {array_of(one) for line in lines for one in (line.target, *elements(line.value))}
        return spoken - used

    def is_loss(self, name: str) -> bool:
        """Is this what a loss is called that has no name here, or one of its usual names?"""
        return not self.losses() or name in LOSSES

    def derivative(self, numerator: Token, denominator: Token) -> tuple[str, str] | None:
        """What is differentiated, an array of the forward pass or a function, and by what."""
        parts = quotient_spelling(numerator, denominator)
        if parts is None or self.given is None:
            return None
        if self.known(canonical(numerator)) or self.known(canonical(denominator)):
            return None
        above, below = (self.named(part) or part for part in parts[1:])
        if above in self.functions:
            return above, below
        losses = self.losses()
        computed = self.given.arrays
        if above in losses or not {above, below} <= computed.keys():
            return None
        return None if is_gradient(above) or is_gradient(below) else (above, below)

    def local_derivative(self, token: Token, above: str, below: str) -> StudentError:
        """`∂y/∂x` of two arrays is no gradient, and no quotient of two gradients either."""
        return self.source.error(
            f"the derivative of {above} by {below} is not read",
            token,
            "name",
            f"write it out; the gradient of {below} is written {below}.grad",
        )

    def rank(self, name: str) -> int | None:
        """How many indices an array takes; that of a gradient is its array's."""
        while name not in self.ranks and name not in self.written and primal(name) != name:
            name = primal(name)
        return self.ranks.get(name, self.written.get(name))

    @cached_property
    def letters(self) -> dict[str, dict[int, set[str]]]:
        """What the forward pass calls the indices of each array, by their places."""
        found: dict[str, dict[int, set[str]]] = {}
        nests = () if self.given is None else self.given.joined().nests
        for nest in nests:
            for one, _ in nest_accesses(nest):
                places = found.setdefault(array_of(one), {})
                for n, place in enumerate(indices_of(one)):
                    if is_index(place):
                        places.setdefault(n, set()).add(str(place))
        return found

    def may_hold_index(self, name: str) -> bool:
        """Does an array hold integers, as labels do and what an argmax gives?"""
        return name in self.labels

    def write(self, name: str, rank: int) -> None:
        """Note an array on a left side."""
        if self.rank(name) is None:
            self.written[name] = rank

    def named(self, name: str) -> str | None:
        """The array that a name stands for, an alias of it included."""
        for spelling in (name, self.aliases.get(name), SHORT_FORMS.get(name)):
            if spelling is not None and self.known(spelling):
                return spelling
        return None

    def _check_order(self, suffix: str, token: str) -> None:
        """Gradients of gradients are those of a backward pass, given or written out."""
        higher = self.given is None or any(is_gradient(name) for name in self.ranks)
        if suffix != GRADIENT and not higher:
            raise self.source.error(
                f"{token} is a second derivative, of which this forward pass has none",
                token if isinstance(token, Token) else None,
                "name",
                "give an auxiliary another name",
            )

    def _one_spelling(self, gradient: str, style: str, token: str) -> None:
        before = self.styles.setdefault(gradient, style)
        if before != style and gradient not in self.twice:
            raise self.source.error(
                f"the gradient of {primal(gradient)} is spelled both {_spelled(before, gradient)} "
                f"and {_spelled(style, gradient)}",
                token if isinstance(token, Token) else None,
                "name",
                "use one spelling throughout",
            )

    def fresh(self, word: str) -> str:
        """A name that nothing has yet: `argmax1`."""
        return next(
            name
            for name in (f"{word}{n}" for n in count(1))
            if not self.known(name) and name not in self.extents and name not in self.functions
        )

    # --- functions ---------------------------------------------------------------------------

    def is_opaque_derivative(self, token: str) -> bool:
        """Is this `g'`, `f_yz` of a function of which nothing else is known?"""
        found = self.function(token)
        return found is not None and any(found.orders) and found.function in self.functions

    def may_scale(self, token: str) -> bool:
        """May `g' (f_y g' + 1)` be a product, since nothing is applied to a derivative here?"""
        return self.is_opaque_derivative(token) and not self._applied_to_derivatives

    @cached_property
    def _applied_to_derivatives(self) -> bool:
        """Does the forward pass apply a function to a derivative, `g(f_y(y, z))`?"""
        calls = (
            node
            for _, line in (() if self.given is None else self.given.joined().statements)
            for node in preorder_traversal(line.value)
            if isinstance(node, (AppliedUndef, Partial))
        )
        return self.given is None or any(part.has(Partial) for node in calls for part in node.args)

    def function(self, token: str) -> Derivative | None:
        """An elementary or declared function, with its derivatives: `sigma'`, `f_yz`."""
        name = canonical(token)
        bare = name.rstrip("'")
        primes = len(name) - len(bare)
        bare = SYNONYMS.get(bare, bare)
        if bare in self.functions or bare in ELEMENTARY:
            arity = len(self.functions.get(bare, ("x",)))
            if primes and arity > 1:
                parameters = self.functions[bare]
                raise self.source.error(
                    f"{bare} has {arity} parameters, so {name} is ambiguous",
                    token if isinstance(token, Token) else None,
                    "name",
                    f"write {bare}_{parameters[0]}",
                )
            return Derivative(bare, (primes,) if primes else (0,) * arity)
        for function, parameters in sorted(self.functions.items()):
            if not primes and name.startswith(function + "_"):
                orders = _orders(name[len(function) + 1 :], parameters)
                if orders:
                    return Derivative(function, orders)
        return None

    def unmarked_gradient(self, name: str) -> str | None:
        """The gradient that a name runs together: `sgrad` is s.grad."""
        base = name.removesuffix("grad").rstrip("_")
        known = self.named(base) if base != name and base else None
        return known and known + GRADIENT

    def check_new(self, token: Token) -> str:
        """The canonical name of something that a text introduces; refuses reserved words."""
        name = canonical(token)
        if name in WORDS:
            raise self.source.error(f"{name} is a word of the notation", token, "name")
        if name in RESERVED:
            raise self.source.error(f"{name} is the name of a function", token, "name")
        return name


def _orders(suffix: str, parameters: tuple[str, ...]) -> tuple[int, ...] | None:
    """How often each parameter occurs in a row of parameters: `yzz` of (y, z) -> (1, 2)."""
    counts = [0] * len(parameters)
    longest_first = sorted(range(len(parameters)), key=lambda n: -len(parameters[n]))
    while suffix:
        for n in longest_first:
            if suffix.startswith(parameters[n]):
                counts[n] += 1
                suffix = suffix[len(parameters[n]) :]
                break
        else:
            return None
    return tuple(counts)


def _spelled(style: str, gradient: str) -> str:
    return style.replace("x", primal(gradient))
