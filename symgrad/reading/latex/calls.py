r"""Functions, sums and maxima, with what they are applied to.

    \tanh^2(x)    tanh(x)^2        \log p_j     log(p[j])        \max_k s_k    max(k, s[k])

What LaTeX leaves open is refused: \log a b, and \max_k s_k a where a has nothing to do with k.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from lark import Token, Tree

from symgrad.reading.latex.higher import Higher
from symgrad.reading.latex.limits import has_condition
from symgrad.reading.latex.pieces import (
    Item,
    Row,
    called,
    factor,
    first_name,
    is_token,
    is_tree,
    split_scripts,
)
from symgrad.reading.syntax.parse import MAX_LOOPS
from symgrad.reading.syntax.trees import Node, Part, as_node, as_token, made, tokens

FUNCTIONS = {"ln": "log", "ReLU": "relu", "Softmax": "softmax"}
"""Functions as they are set, by their names."""

REDUCED = {"max", "min", "argmax"}


class Calls(Higher):
    """Lowers calls and reductions."""

    depth = 0

    @abstractmethod
    def term(self, row: list[Item]) -> Node:
        """The factors of a term."""

    @abstractmethod
    def factors(self, item: Item, row: Row) -> list[Part]:
        """The factors of the notation that a piece is, those behind it that it takes included."""

    def big(self, item: Item) -> Token | None:
        """The word of a sum or a maximum."""
        named = item.is_token("WORD", "BOXED") and str(item.atom) in {"sum", *REDUCED}
        if not item.is_token("BIG") and not (named and item.scripts):
            return None
        word = as_token(item.atom)
        return Token.new_borrow_pos("NAME", str(word), word)

    def _command(self, item: Item, row: Row) -> list[Part]:
        r"""\exp, \log, \tanh^2, \sin'."""
        token = as_token(item.atom)
        primes = "'" * len("".join(str(one) for one in item.scripts if isinstance(one, Token)))
        name = Token.new_borrow_pos("NAME", FUNCTIONS.get(str(token), str(token)) + primes, token)
        scripts = [one for one in item.scripts if isinstance(one, Tree)]
        return self._function(name, scripts, row, command=True)

    def _function(
        self, name: Token, scripts: Sequence[Part], row: Row, command: bool = False
    ) -> list[Part]:
        """A function with what it is applied to; a power between them belongs to the value."""
        lowered = [one for one in scripts if is_tree(one, "sub")]
        if lowered:
            raise self.source.error(f"an index behind {name}", as_node(lowered[0]))
        power = [as_node(one) for one in scripts]
        for one in power:
            if [str(word) for word in list(tokens(one))[1:]] == ["-", "1"]:
                raise self.source.error(
                    f"{name}^{{-1}} may be an inverse function", one, hint=f"write 1/{name}(x)"
                )
        following = row.peek()
        applied = following is not None and following.is_tree("group", "set", "braced", "bracket")
        if applied and following is not None and not self._scales(name, as_node(following.atom)):
            row.take()
            return self._applied(name, power, following)
        if not command:
            return self._with_exponent([factor(name)], power)
        return self._with_exponent(called(name, [self._argument(name, row)]), power)

    def _scales(self, name: Token, group: Node) -> bool:
        """g' (f_{yy} g' + f_{yz} h'): a factor, for g is applied to no derivative."""
        opaque = self.names.vocabulary.is_opaque_derivative
        return self.names.vocabulary.may_scale(name) and any(
            opaque(self.names.spelled(atom, [one for one in scripts if one is not None]).token)
            for atom, *scripts in (piece.children for piece in group.find_data("piece"))
            if isinstance(atom, Token) and atom.type in ("WORD", "LETTER")
        )

    def _applied(self, name: Token, power: Sequence[Node], item: Item) -> list[Part]:
        tree = as_node(item.atom)
        inside = [self.value(part) for part in tree.children if part is not None]
        if tree.data != "group" and len(inside) > 1 and name not in REDUCED:
            raise self.source.error(f"what is {name} applied to?", tree, hint="write ( )")
        head = called(name, inside)
        if power and item.scripts:
            raise self.source.error("two exponents", power[0])
        return self._scripted(self._with_exponent(head, power), item.scripts)

    def _argument(self, name: Token, row: Row) -> Node:
        r"""\log p: what stands behind, where it is one factor."""
        if row.peek() is None:
            raise self.source.error(
                f"{name} has nothing to its right", name, hint=f"write {name}(…)"
            )
        with_depth = self._deeper(name)
        item = row.take()
        out = self.factors(item, row)
        self.depth = with_depth
        following = row.items[row.n] if row.n < len(row.items) else None
        if following is not None and not (
            following.beside and following.is_token("FUNCTION", "BIG")
        ):
            raise self.source.error(f"how far does {name} reach?", name, hint=rf"write \{name}(…)")
        return made("sum", [made("term", out)])

    def _deeper(self, at: Token) -> int:
        before = self.depth
        self.depth += 1
        if self.depth > MAX_LOOPS:
            raise self.source.error(f"more than {MAX_LOOPS} signs in each other", at, "limit")
        return before

    def reduction(self, item: Item, name: Token, row: Row) -> list[Part]:
        r"""\sum_{j=1}^{J} e, \max_k e: all that stands behind in the product is the body."""
        prime = next((one for one in item.scripts if isinstance(one, Token)), None)
        if prime is not None:
            raise self.source.error("a prime does not fit here", prime)
        lowered, raised = split_scripts(item)
        following = row.peek()
        if (
            not lowered
            and not raised
            and following is not None
            and following.is_tree("group", "set")
        ):
            row.take()
            return self._applied(name, [], following)
        if not lowered:
            raise self.source.error(
                f"over what does this {name} run?", name, hint=rf"write \{name}_{{j}} x_j"
            )
        limits = self.limits(lowered[0], raised)
        if row.n == len(row.items) or row.items[row.n].operator is not None:
            raise self.source.error(f"{name} has nothing to its right", name)
        limits += self._more_limits(name, limits, row)
        before = self._deeper(name)
        body = self._body(name, limits, row)
        self.depth = before
        return called(name, [*limits, body])

    def _more_limits(self, name: Token, limits: Sequence[Node], row: Row) -> list[Node]:
        r"""\sum_i \sum_j e is one sum over i and j."""
        found: list[Node] = []
        while name == "sum" and all(one.data != "limited" for one in (*limits, *found)):
            following = row.peek()
            again = self.big(following) if following is not None else None
            if (
                following is None
                or again != "sum"
                or not any(is_tree(one, "sub") for one in following.scripts)
            ):
                break
            lowered, raised = split_scripts(following)
            more = self.limits(lowered[0], raised)
            if {*map(first_name, more)} & {*map(first_name, (*limits, *found))} or has_condition(
                more
            ):
                break
            found += more
            row.take()
        return found

    def _body(self, name: Token, limits: Sequence[Node], row: Row) -> Node:
        rest, row.n = row.items[row.n :], len(row.items)
        if len(rest) == 1 and rest[0].is_tree("set") and not rest[0].scripts:
            rest = [Item(None, rest[0].signs, made("group", as_node(rest[0].atom).children), [])]
        term = self.term(rest)
        if name in REDUCED and len(rest) > 1:
            self._check_reach(name, limits, term)
        return made("sum", [term])

    def _check_reach(self, name: Token, limits: Sequence[Node], term: Node) -> None:
        """A maximum reaches over several factors only where each of them has its index."""
        over = {str(first_name(limit)) for limit in limits}
        groups: list[set[str]] = []
        for part in term.children:
            if not isinstance(part, Tree):
                continue
            words = {str(word) for word in tokens(part)}
            if (groups and is_tree(part.children[0], "bracket")) or is_tree(
                part.children[0], "subscript"
            ):
                groups[-1] |= words
            elif not is_token(part.children[0], "ATTRIBUTE"):
                groups.append(words)
        if len(groups) > 1 and not all(words & over for words in groups):
            raise self.source.error(
                f"how far does {name} reach?", name, hint="write the product in parentheses"
            )
