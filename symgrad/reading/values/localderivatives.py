"""Derivatives of one array of the forward pass by another.

    u[i] = relu(x[i])                ∂u[i]/∂x[j]       [i == j] * [x[i] > 0]
    y[i] += W[i, j] * x[j]           ∂y[i]/∂x[j]       W[i, j]
    J[i] += I[i + l - 1] * K[l]      ∂J[i]/∂I[p]       [1 <= p - i + 1 <= h] * K[p - i + 1]
    u = f(y, z)                      ∂f/∂y             f_y(y, z)

The derivative is that of the statement that computes the array, what else it reads held fixed. An
array that is also reached through others has two derivatives, the partial and the total one:
which is meant is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from lark import Token
from sympy import Expr
from sympy.core.function import AppliedUndef

from symgrad.algebra.localderivative import local_derivative
from symgrad.errors import StudentError
from symgrad.expressions import (
    Element,
    array_of,
    element,
    elements,
    indices_of,
    partial,
)
from symgrad.program import Nest, Program, Statement
from symgrad.reading.arrays.whole import Indices, Value, Whole
from symgrad.reading.names.factors import Factor
from symgrad.reading.names.scope import Scope
from symgrad.reading.names.words import UNEVALUATED
from symgrad.reading.slips.findings import WrongRank
from symgrad.reading.values.accessing import is_pick, split_letters
from symgrad.reading.values.calling import Calling

MAX_DERIVATIVES = 200
"""Elements of derivatives written for one text."""


class LocalDerivatives(Calling):
    """Reads `∂u/∂x`."""

    _count = 0

    def derivative(self, factor: Factor, scope: Scope) -> Value:
        """The derivative of an element by an element; of whole arrays one must be a number."""
        (below,) = factor.inner
        if factor.array is None:
            return self._of_function(factor, below)
        assert below.array is not None
        defined = self.vocabulary.local.get((factor.array, below.array))
        if defined is not None:
            return self._defined(defined, factor, scope)
        if (factor.array, below.array) not in self._clear:
            self._check_ways(factor, below)
            self._clear.add((factor.array, below.array))
        if not (self._is_opaque(factor.array) or self._has_a_name(factor, below)):
            self.vocabulary.called.add(UNEVALUATED)
        above = self._end_of(factor, scope)
        by = self._end_of(below, scope)
        if isinstance(above, Whole) and isinstance(by, Whole):
            raise self.source.error(
                "a derivative of one whole array by another",
                factor.head,
                hint=f"write its elements, as in ∂{factor.array}[i]/∂{below.array}[j]",
            )
        if isinstance(above, Whole):
            return Whole(above.axes, lambda at: self._local(above.element(at), by, factor))
        if isinstance(by, Whole):
            return Whole(by.axes, lambda at: self._local(above, by.element(at), factor))
        return self._local(above, by, factor)

    def defined_derivative(self, factor: Factor, scope: Scope) -> Expr:
        """The auxiliary of a local derivative that the text itself says: ∂p[b, j]/∂Z[b] = …

            dp_dZ[b, j, b] = …

        It is 0 elsewhere, as the derivative is that the text says nothing of.
        """
        (below,) = factor.inner
        assert isinstance(factor.head, Token)
        pair = factor.array or "", below.array or ""
        if "" in pair:
            raise self.vocabulary.local_derivative(factor.head, *map(_bare, (factor, below)))
        spelled = f"∂{pair[0]}/∂{pair[1]}"
        if pair in self._clear:
            raise self._refused(
                factor, f"{spelled} is used above, before it is written", "write this line first"
            )
        if pair not in self.vocabulary.local:
            name = f"d{pair[0]}_d{pair[1]}"
            name = name if not self.vocabulary.known(name) else self.vocabulary.fresh(name)
            ranks = [self.vocabulary.rank(one) or 0 for one in pair]
            self.vocabulary.write(name, sum(ranks))
            self.vocabulary.local[pair] = name
        return self._defined(self.vocabulary.local[pair], factor, scope)

    def _defined(self, name: str, factor: Factor, scope: Scope) -> Expr:
        """The element of the auxiliary that holds a local derivative."""
        ends = [self._end_of(one, scope) for one in (factor, *factor.inner)]
        if any(isinstance(end, Whole) for end in ends):
            raise self._refused(
                factor,
                "a whole array in a derivative that is written out",
                f"write its elements, as in ∂{factor.array}[i]/∂{factor.inner[0].array}[j]",
            )
        assert isinstance(factor.head, Token)
        found = element(name, *(place for end in ends for place in indices_of(end)))
        self.accessed.append((found, factor.head))
        return found

    def _end_of(self, factor: Factor, scope: Scope) -> Value:
        """The numerator or the denominator: an element, or a whole array."""
        assert isinstance(factor.head, Token) and factor.array is not None
        name, rank = factor.array, self.vocabulary.rank(factor.array) or 0
        arguments = split_letters(factor.arguments, rank, scope.bound)
        if not arguments:
            return self._elements_of(name) if rank else element(name)
        if len(arguments) != rank or any(map(is_pick, arguments)):
            raise self.source.wrong(WrongRank(name, rank, len(arguments)), factor.head)
        return element(name, *(self.index(part, scope) for part in arguments))

    def _elements_of(self, name: str) -> Whole:
        def of(places: Indices) -> Element:
            return element(name, *places)

        return Whole(self._forward.arrays[name].axes, of, name)

    def _local(self, above: Element, by: Element, factor: Factor) -> Expr:
        self._count += 1
        if self._count > MAX_DERIVATIVES:
            raise self.source.error(
                f"more than {MAX_DERIVATIVES} derivatives", factor.head, "limit"
            )
        return local_derivative(self._forward, above, by, self.fit.fresh)

    @cached_property
    def _clear(self) -> set[tuple[str, str]]:
        """Pairs of arrays of which the one depends on the other in one way."""
        return set()

    @cached_property
    def _forward(self) -> Program:
        assert self.vocabulary.given is not None
        return self.vocabulary.given.joined()

    # --- which derivative is meant -------------------------------------------------------------

    def _check_ways(self, above: Factor, below: Factor) -> None:
        """The array is read by the one statement that computes the other, and by nothing else
        on the way to it."""
        name, by = str(above.array), str(below.array)
        found = [(nest, one) for nest, one in self._forward.statements if _writes(one, name)]
        direct = {array_of(one) for _, line in found for one in elements(line.value)}
        own = f"write it out; the gradient of {by} is written {by}.grad"
        if not found:
            raise self._refused(above, f"{name} is not computed by the forward pass", own)
        if name in direct or not all(_is_final(nest, line, found) for nest, line in found):
            raise self._refused(above, f"{name} is computed step by step", own)
        through = sorted(one for one in direct - {by} if by in self._sources(one))
        if by in direct and through:
            raise self._refused(
                above,
                f"{name} depends on {by} directly and through {through[0]}",
                "write the derivative out",
            )
        if through:
            chain = f"∂{name}/∂{through[0]} and ∂{through[0]}/∂{by}"
            raise self._refused(
                above, f"{name} depends on {by} through {through[0]} only", f"write {chain}"
            )
        if by not in direct:
            raise self._refused(above, f"{name} does not depend on {by}", own)

    def _is_opaque(self, name: str) -> bool:
        """Is the array nothing but a function that is not known?"""
        lines = [line for _, line in self._forward.statements if _writes(line, name)]
        return all(isinstance(line.value, AppliedUndef) for line in lines)

    def _has_a_name(self, above: Factor, below: Factor) -> bool:
        """Is the derivative what an array holds, the ∂ell/∂theta that is ellgrad?"""
        return f"∂{above.array}/∂{below.array}" in self.vocabulary.aliases

    def _sources(self, name: str) -> set[str]:
        """Every array that an array is computed from."""
        found: set[str] = set()
        todo = [name]
        while todo:
            one = todo.pop()
            for _, line in self._forward.statements:
                if _writes(line, one):
                    new = {array_of(part) for part in elements(line.value)} - found
                    found |= new
                    todo += new
        return found

    def _refused(self, factor: Factor, message: str, hint: str = "") -> StudentError:
        return self.source.error(message, factor.head, "name", hint)

    # --- functions that are not known ----------------------------------------------------------

    def where_called(self, token: Token) -> Expr | None:
        """`f_yy`, `g'` without arguments: the derivative where the forward pass calls it."""
        function = self.vocabulary.function(token)
        if function is None or not sum(function.orders):
            return None
        if function.function not in self.vocabulary.functions or self.vocabulary.given is None:
            return None
        call = self._sole_call(function.function)
        return None if call is None else partial(function.function, function.orders, *call.args)

    def _sole_call(self, name: str) -> AppliedUndef | None:
        """The only call of a function, where no index stands in it."""
        calls = {
            part
            for _, line in self._forward.statements
            for part in line.value.atoms(AppliedUndef)
            if part.func.__name__ == name
        }
        if len(calls) != 1:
            return None
        (call,) = calls
        return None if any(part.is_integer for part in call.free_symbols) else call

    def _of_function(self, above: Factor, below: Factor) -> Expr:
        """`∂f/∂z` of a function f(y, z): its derivative where the forward pass calls it."""
        assert above.function is not None
        name = above.function.function
        call = self._sole_call(name)
        if call is None:
            raise self._refused(above, f"{name} is called in several places", f"write {name}'(…)")
        parameters = self.vocabulary.functions[name]
        places = [
            n
            for n, part in enumerate(call.args)
            if below.head in (f"∂{parameters[n]}", f"d{parameters[n]}")
            or part == element(str(below.array))
        ]
        if len(places) != 1:
            raise self._refused(below, f"{name} is a function of {', '.join(parameters)}")
        return partial(name, (int(n == places[0]) for n in range(len(parameters))), *call.args)


def _bare(factor: Factor) -> str:
    """What is differentiated, or by what: x of ∂x."""
    return str(factor.head)[1:]


def _writes(line: Statement, name: str) -> bool:
    return array_of(line.target) == name


def _is_final(nest: Nest, line: Statement, found: Sequence[object]) -> bool:
    """Does an `=` write each element once?"""
    loops = {loop.index for loop in nest.loops}
    once = len(found) == 1 and loops <= set(indices_of(line.target))
    return line.op in ("+=", "-=") or (line.op == "=" and once)
