"""What a function of whole arrays is given: values, axes, extents, keywords.

x.sum(axis=1), sum(x, axis=1)    a Call of sum: the value x, the axis 1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token, Tree

from symgrad.program import Axis
from symgrad.reading.arrays.whole import Value, Whole, rank
from symgrad.reading.names.scope import Scope
from symgrad.reading.syntax.trees import Part, entries, keyword_argument, tokens
from symgrad.reading.values.summing import Reductions

SPELLED = {"dim": "axis", "keepdim": "keepdims"}
"""What torch calls its keywords."""


@dataclass(frozen=True)
class Call:
    """A function with what it is given; as a method with the value before it."""

    name: Token
    arguments: Sequence[Part]
    keywords: dict[str, Part]
    scope: Scope
    before: tuple[Value, ...] = ()

    @property
    def count(self) -> int:
        return len(self.before) + len(self.arguments)


class Arguments(Reductions):
    """Reads what calls are given."""

    def call_of(
        self, name: Token, parts: Sequence[Part], scope: Scope, before: tuple[Value, ...] = ()
    ) -> Call:
        """A call, its keywords apart and called as NumPy does."""
        keywords: dict[str, Part] = {}
        arguments = []
        for part in parts:
            keyword = keyword_argument(part)
            if keyword is None:
                arguments.append(part)
            else:
                keywords[SPELLED.get(str(keyword[0]), str(keyword[0]))] = keyword[1]
        return Call(name, arguments, keywords, scope, before)

    def operand(self, call: Call, n: int) -> Value:
        """The n-th argument as a value."""
        if n < len(call.before):
            return call.before[n]
        return self.value(call.arguments[n - len(call.before)], call.scope)

    def operands(self, call: Call) -> list[Value]:
        return [self.operand(call, n) for n in range(call.count)]

    def whole(self, call: Call, n: int, most: int = 8) -> Whole:
        """The n-th argument, which must be an array of at most so many axes."""
        value = self.operand(call, n)
        if isinstance(value, Whole) and value.rank <= most:
            return value
        wanted = "a vector" if most == 1 else f"an array with at most {most} axes"
        raise self.source.error(
            f"{call.name} takes {wanted if rank(value) else 'an array'}, "
            f"here it has {f'one with {rank(value)} axes' if rank(value) else 'a number'}",
            call.name,
            "shape",
        )

    def over(self, call: Call, value: Whole, position: int = 1) -> list[int]:
        """The axes that `axis=` names, all where it names none."""
        part = call.keywords.get("axis")
        if part is None and call.count > position:
            part = call.arguments[position - len(call.before)]
        if part is None or str(next(tokens(part))) == "None":
            return list(range(value.rank))
        numbers = [whole_number(one) for one in entries_of(part)]
        found = [n + value.rank if n < 0 else n for n in numbers if n is not None]
        if len(found) < len(numbers) or not all(0 <= n < value.rank for n in found):
            raise self.source.error(
                f"an array with {value.rank} axes has no such axis",
                part,
                "shape",
                f"axes are counted from 0 to {value.rank - 1}",
            )
        if len(set(found)) < len(found):
            raise self.source.error("an axis is named twice", part)
        return found

    def keeps(self, call: Call) -> bool:
        """Is `keepdims=True` said?"""
        part = call.keywords.get("keepdims")
        if part is None:
            return False
        word = str(next(tokens(part)))
        if word not in ("True", "False"):
            raise self.source.error("keepdims is True or False", part)
        return word == "True"

    def extents(self, call: Call) -> list[Axis]:
        """The axes of `ones(N, C)` or `ones((N, C))`."""
        parts = [one for part in call.arguments for one in entries_of(part)]
        return [Axis(self.index(part, call.scope)) for part in parts]


def entries_of(part: Part) -> list[Part]:
    """The entries of `(a, b)`, or the part itself."""
    group = part
    while isinstance(group, Tree) and group.data != "group" and len(group.children) == 1:
        group = group.children[0]
    if isinstance(group, Tree) and group.data == "group":
        return entries(group)
    return [part]


def whole_number(part: Part) -> int | None:
    """The number that an argument like `-1` is."""
    *signs, last = map(str, tokens(part))
    if not last.isdigit() or any(sign not in "+-−" for sign in signs) or len(last) > 2:
        return None
    return int(last) * (-1 if len([sign for sign in signs if sign != "+"]) % 2 else 1)
