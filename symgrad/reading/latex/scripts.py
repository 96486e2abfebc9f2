r"""What is raised and lowered: indices, exponents, transpositions.

s_{bj}^2       s[b, j]^2          s^{(b)}_j     s[b, j]          W^\top_{ij}      (W.T)[i, j]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from lark import Token

from symgrad.reading.latex.marks import paired
from symgrad.reading.latex.pieces import factor, is_tree, sole_letter
from symgrad.reading.latex.spellings import Spellings
from symgrad.reading.syntax.source import Source
from symgrad.reading.syntax.trees import Node, Part, as_node, made, tokens


class Scripts(ABC):
    """Lowers what stands above and below a sign."""

    def __init__(self, names: Spellings, source: Source) -> None:
        self.names = names
        self.source = source

    @abstractmethod
    def value(self, tree: Part) -> Node:
        """A value, a condition, or what stands between commas."""

    def _scripted(
        self, head: list[Part], scripts: Sequence[Part], rank: int | None = None
    ) -> list[Part]:
        """What stands before with its transposition, its indices and its exponent."""
        raised = [as_node(one) for one in scripts if is_tree(one, "sup")]
        lowered = [as_node(one) for one in scripts if is_tree(one, "sub")]
        primes = [one for one in scripts if isinstance(one, Token)]
        if primes:
            raise self.source.error("a prime does not fit here", primes[0])
        if len(lowered) > 1:
            raise self.source.error("two indices below each other", lowered[1])
        samples = [one for one in raised if paired(one) is not None]
        turned = [one for one in raised if self._transposes(one, bool(rank) and not lowered)]
        powers = [one for one in raised if one not in samples and one not in turned]
        if len(powers) > 1:
            raise self.source.error("two exponents", powers[1], hint="write (x^a)^b")
        inside = [part for mark in samples for part in self._indices(mark, None)]
        left = None if rank is None else rank - len(inside)
        inside += [part for mark in lowered for part in self._indices(mark, left)]
        inside += self._whole_axes(head, [*samples, *lowered], len(inside), rank)
        vector = bool(samples) or any(part.data == "slice" for part in inside)
        if turned and not vector:
            head = self._turned(head, turned[0])
        if inside:
            start = Token.new_borrow_pos("SUBSCRIPT", "_{", next(tokens((samples or lowered)[0])))
            head = [*head, factor(made("subscript", [start, *inside]))]
        if turned and vector:
            head = self._turned(head, turned[0])
        return self._with_exponent(head, powers)

    def _whole_axes(
        self, head: Sequence[Part], marks: Sequence[Node], count: int, rank: int | None
    ) -> list[Node]:
        """The axes behind those that are indexed: p_b is p[b, :]."""
        if not count or rank is None or count >= rank:
            return []
        names = [word for part in head for word in tokens(part) if word.type == "NAME"]
        given = [part for mark in marks for part in self.names.split(mark, None)]
        if len(given) != count or not self.names.is_row(str(names[-1]), given):
            return []
        return [made("slice", [None, Token("SLICE", ":"), None])] * (rank - count)

    def _turned(self, head: list[Part], mark: Node) -> list[Part]:
        """The transposed array in brackets: an element of it is W^T_{ij}."""
        attribute = Token.new_borrow_pos("ATTRIBUTE", ".T", next(tokens(mark)))
        return [factor(made("group", [made("sum", [made("term", [*head, factor(attribute)])])]))]

    def _with_exponent(self, head: list[Part], powers: Sequence[Node]) -> list[Part]:
        if not powers:
            return head
        *before, last = head
        base = as_node(last)
        if len(base.children) > 1:
            base = made("factor", [made("group", [made("sum", [made("term", [base])])])])
        start = next(tokens(powers[0]))
        exponent = made("brace", [self._raised(powers[0])])
        power = Token.new_borrow_pos("POWER", "^", start)
        return [
            *before,
            made("factor", [base.children[0], power, made("exponent", [factor(exponent)])]),
        ]

    def _raised(self, script: Node) -> Node:
        """The exponent that a raised mark is."""
        inside = [part for part in script.children[1:] if part is not None]
        if len(inside) != 1 or isinstance(inside[0], Token):
            raise self.source.error("this is no exponent", script)
        return self.value(inside[0])

    def _indices(self, mark: Node, rank: int | None) -> list[Node]:
        return [self.value(part) for part in self.names.split(mark, rank)]

    def _transposes(self, script: Node, whole: bool = True) -> bool:
        """Is this `^T` or `^\\top`? Not where T is the name of something."""
        inside = script.children[1:]
        if script.data == "sup" and len(inside) == 1 and inside[0] is not None:
            if isinstance(inside[0], Token):
                return inside[0].type == "TRANSPOSE"
            word = sole_letter(inside[0])
            if word == "T":
                if self.names.known("T") and not whole:
                    return False
                if self.names.known("T"):
                    raise self.source.error(
                        "T is a name here, and ^T may mean a transposition",
                        word,
                        "name",
                        r"write ^{\top} for the transposed array",
                    )
                return True
        return False
