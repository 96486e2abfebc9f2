r"""What is drawn around or above each other: brackets, fractions, roots, cases, matrices.

\frac{a}{b}    (a/b)        \sqrt[3]{x}    x^(1/3)        |x|    abs(x)
\begin{cases} a & c \\ b & \text{otherwise} \end{cases}    where(c, a, b)
\begin{bmatrix} a & b \\ c & d \end{bmatrix}    [[a, b], [c, d]]
"""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from symgrad.reading.latex.calls import Calls
from symgrad.reading.latex.marks import arguments
from symgrad.reading.latex.pieces import (
    Item,
    Row,
    called,
    factor,
    is_tree,
    located,
    sole_bracket,
    sole_letter,
    sole_token,
    terms,
    wrapped,
)
from symgrad.reading.names.unknown import unknown
from symgrad.reading.syntax.trees import (
    Node,
    Part,
    as_node,
    as_token,
    is_condition,
    made,
    nodes,
    tokens,
)
from symgrad.writing.names import canonical

OPPOSITE = {"==": "!=", "!=": "==", ">": "<=", "<=": ">", "<": ">=", ">=": "<"}
"""Comparisons of which exactly one holds."""


class Shapes(Calls):
    """Lowers what is drawn."""

    def _group(self, item: Item, row: Row) -> list[Part]:
        """Parentheses; (\\nabla_x L)_i is an element of the gradient."""
        tree = as_node(item.atom)
        bracketed = self._bracketed("group", tree)
        if item.scripts and all(is_tree(one, "sub") for one in item.scripts):
            name = self._sole_array(bracketed)
            if name is not None:
                rank = self.names.rank(str(as_node(name[-1]).children[0]))
                return self._scripted(name, item.scripts, rank)
        return self._scripted([factor(bracketed)], item.scripts)

    def _sole_array(self, group: Node) -> list[Part] | None:
        """The name of an array or of a gradient that brackets hold, if nothing else."""
        if len(group.children) != 1 or not is_tree(group.children[0], "sum"):
            return None
        side = as_node(group.children[0])
        inner = terms(side) if len(side.children) == 1 else []
        words = [one if isinstance(one, Token) else sole_token(one) for one in inner]
        name = [str(word) for word in words if word is not None and word.type == "NAME"]
        quotient = len(inner) == 3 and words[1] == "/" and len(name) == 2
        if quotient and all(map(self.names.is_differential, name)) and name[0][0] in "∂d":
            return inner
        single = len(inner) == 1 and len(name) == 1 and self.names.array(name[0]) is not None
        return inner if single else None

    def set_value(self, item: Item, row: Row) -> list[Part]:
        return self._group(
            Item(None, [], made("group", as_node(item.atom).children), item.scripts), row
        )

    def _bracketed(self, data: str, tree: Node) -> Node:
        inside = [self.value(part) for part in tree.children if part is not None]
        return located(made(data, [*inside]), tree)

    def _square(self, item: Item, row: Row) -> list[Part]:
        """Square brackets: a condition, indices, or with an index behind them parentheses."""
        tree = as_node(item.atom)
        inner = sole_bracket(as_node(tree.children[0])) if len(tree.children) == 1 else None
        if inner is not None and inner.data == "bracket":
            tree = inner
        lowered = any(is_tree(one, "sub") for one in item.scripts)
        if lowered and not is_condition(as_node(tree.children[0])):
            group = made("group", tree.children)
            return self._group(Item(None, [], group, item.scripts), row)
        return self._scripted([factor(self._bracketed("bracket", tree))], item.scripts)

    def _braced(self, item: Item, row: Row) -> list[Part]:
        """Braces that are not seen: what stands in them must be one product."""
        inner = as_node(item.atom).children[0]
        if row.n > 1 and item.beside and next(tokens(inner)).type == "SIGN":
            raise self.source.error(
                "braces are not seen when LaTeX is set", next(tokens(inner)), hint="write ( )"
            )
        if not item.scripts and is_tree(inner, "sum") and len(as_node(inner).children) == 1:
            return terms(self.value(inner))
        if row.items and len(row.items) == 1 and not item.scripts:
            return [factor(made("group", [self.value(inner)]))]
        raise self.source.error(
            "braces are not seen when LaTeX is set", next(tokens(inner)), hint="write ( )"
        )

    def _fraction(self, item: Item, row: Row) -> list[Part]:
        """A fraction is one factor; of two differentials it is a derivative."""
        higher = self.higher(item, row)
        if higher is not None:
            return higher
        _, above, below = as_node(item.atom).children
        sides = [self.value(as_node(side).children[0]) for side in (above, below)]
        sign = Token.new_borrow_pos("TIMES", "/", as_token(as_node(item.atom).children[0]))
        if all(map(self._is_differential, sides)):
            self._check_known(next(tokens(sides[1])))
            quotient = [*terms(sides[0]), sign, *terms(sides[1])]
            lowered = all(is_tree(one, "sub") for one in item.scripts)
            if lowered and (item.operator is None or item.operator != "/"):
                rank = self.names.rank(str(next(tokens(sides[1]))))
                return self._scripted(quotient, item.scripts, rank)
        else:
            self._check_operator_of(*sides)
            quotient = [self._side(sides[0]), sign, self._side(sides[1])]
        group = made("group", [made("sum", [made("term", quotient)])])
        return self._scripted([factor(group)], item.scripts)

    def _check_operator_of(self, above: Node, below: Node) -> None:
        """d/dx of what stands behind it."""
        word = [*tokens(above)]
        alone = len(word) == 1 and word[0] == "d" and not self.names.known("d")
        if alone and self._is_differential(below):
            raise self.source.error(
                "of what is this the derivative?", word[0], hint="write what comes out of it"
            )

    def _check_known(self, below: Token) -> None:
        """∂L/∂q of an unknown q."""
        name = Token("NAME", below[1:], line=below.line, column=below.column)
        vocabulary = self.names.vocabulary
        parameters = {one for names in vocabulary.functions.values() for one in names}
        if not self.names.known(name) and name not in parameters:
            raise unknown(vocabulary, name)

    def _side(self, side: Node) -> Node:
        """The numerator or denominator, in parentheses unless it is one factor."""
        inner = terms(side) if side.data == "sum" and len(side.children) == 1 else []
        if len(inner) == 1 and len(as_node(inner[0]).children) == 1:
            return as_node(inner[0])
        return factor(made("group", [side]))

    def _root(self, item: Item, row: Row) -> list[Part]:
        """A square root, or with an order a power."""
        tree = as_node(item.atom)
        *orders, under = nodes(tree)
        value = self.value(as_node(under.children[0]))
        token = Token.new_borrow_pos("NAME", "sqrt", as_token(tree.children[0]))
        if not orders:
            return self._scripted(called(token, [value]), item.scripts)
        one = Token.new_borrow_pos("NUMBER", "1", token)
        sign = Token.new_borrow_pos("TIMES", "/", token)
        by = self._side(self.value(orders[0]))
        exponent = made("brace", [made("sum", [made("term", [factor(one), sign, by])])])
        power = Token.new_borrow_pos("POWER", "^", token)
        base = made(
            "factor",
            [made("group", [value]), power, made("exponent", [factor(exponent)])],
        )
        if item.scripts:
            raise self.source.error("an index or exponent behind a root", token, hint="write ( )")
        return [base]

    def _surrounded(self, item: Item, row: Row) -> list[Part]:
        """|x|, floor and ceiling."""
        tree = as_node(item.atom)
        name = {"floor": "floor", "ceil": "ceil", "bars": "abs"}[tree.data]
        token = Token.new_borrow_pos("NAME", name, as_token(tree.children[0]))
        return self._scripted(called(token, [self.value(tree.children[1])]), item.scripts)

    def _norm(self, item: Item, row: Row) -> list[Part]:
        """The square of a Euclidean norm is the sum of the squares."""
        tree = as_node(item.atom)
        start = as_token(tree.children[0])
        raised = [one for one in item.scripts if is_tree(one, "sup")]
        lowered = [one for one in item.scripts if is_tree(one, "sub")]
        for mark in lowered:
            if [str(word) for word in list(tokens(mark))[1:]] != ["2"]:
                raise self.source.error("only the Euclidean norm is read", mark)
        if [str(word) for one in raised for word in list(tokens(one))[1:]] != ["2"]:
            raise self.source.error(
                "only the square of a norm is read", start, hint=r"write \|x\|^2 or \sqrt{\|x\|^2}"
            )
        inner = self.value(as_node(tree.children[1]))
        head = Token.new_borrow_pos("NAME", "sum", start)
        two = wrapped(Token.new_borrow_pos("NUMBER", "2", start))
        power = Token.new_borrow_pos("POWER", "^", start)
        exponent = made("exponent", [factor(made("brace", [two]))])
        square = made("factor", [made("group", [inner]), power, exponent])
        return called(head, [made("sum", [made("term", [square])])])

    def _angle(self, item: Item, row: Row) -> list[Part]:
        r"""\langle x, y \rangle: the sum of all products of corresponding elements."""
        start, *sides = as_node(item.atom).children
        head = Token.new_borrow_pos("NAME", "sum", as_token(start))
        sign = Token.new_borrow_pos("TIMES", "⊙", head)
        left, right = (self._side(self.value(as_node(side))) for side in sides)
        product = made("sum", [made("term", [left, sign, right])])
        return self._scripted(called(head, [product]), item.scripts)

    def _indicator(self, item: Item, row: Row) -> list[Part]:
        r"""\mathbb{1}[x > 0], \mathbf{1}_{x > 0}: a condition as a number."""
        token = as_token(item.atom)
        prime = next((one for one in item.scripts if isinstance(one, Token)), None)
        if prime is not None:
            hint = "a condition as a number has no derivative"
            raise self.source.error("a prime behind an indicator", prime, hint=hint)
        lowered = [as_node(one) for one in item.scripts if is_tree(one, "sub")]
        others = [one for one in item.scripts if one not in lowered]
        following = row.peek()
        conditional = following is not None and following.is_tree("bracket", "group", "set")
        conditional &= not any(self._transposes(as_node(one)) for one in others)
        length = [sole_letter(part) for mark in lowered for part in arguments(mark)]
        if not (lowered or conditional) or (length and all(map(self._is_extent, length))):
            return self._ones(token, [one for one in length if one is not None], others)
        if lowered:
            inside = arguments(lowered[0])
        elif following is not None and following.is_tree("bracket", "group", "set"):
            row.take()
            inside = list(as_node(following.atom).children)
            others += following.scripts
        else:
            inside = []
        while len(inside) == 1 and (bracket := sole_bracket(inside[0])) is not None:
            inside = list(bracket.children)
        if len(inside) != 1 or inside[0] is None:
            raise self.source.error(
                "a condition is expected behind this 1", token, hint=r"as in \mathbb{1}[x > 0]"
            )
        condition = self.value(inside[0])
        return self._scripted([factor(made("bracket", [condition]))], others)

    def _is_extent(self, word: Token | None) -> bool:
        return word is not None and canonical(word) in self.names.vocabulary.extents

    def _ones(self, token: Token, length: Sequence[Token], scripts: Sequence[Part]) -> list[Part]:
        r"""\mathbf{1}, a vector of ones as long as fits, and \mathbf{1}_N."""
        head = Token.new_borrow_pos("NAME", "ones", token)
        names = [wrapped(Token.new_borrow_pos("NAME", str(one), one)) for one in length]
        return self._scripted(called(head, names), scripts)

    def _cases(self, item: Item, row: Row) -> list[Part]:
        """Cases: the first row whose condition holds."""
        tree = as_node(item.atom)
        rows = [as_node(child) for child in tree.children[1:]]
        if item.scripts:
            raise self.source.error("an index or exponent behind cases", tree)
        value = self._last_case(rows)
        for case in reversed(rows[:-1]):
            if case.data == "otherwise":
                raise self.source.error("otherwise stands last", case)
            token = Token.new_borrow_pos("NAME", "where", next(tokens(case)))
            parts = [self.value(case.children[2]), self.value(case.children[0]), value]
            value = made("sum", [made("term", called(token, parts))])
        inner = terms(value)
        return inner

    def _last_case(self, rows: Sequence[Node]) -> Node:
        """The value of the last row, which must be all that is left."""
        last = rows[-1]
        if last.data == "case" and (
            len(rows) != 2 or not _opposite(rows[0].children[2], last.children[2])
        ):
            raise self.source.error(
                "the last case leaves some out", last.children[1], hint=r"write \text{otherwise}"
            )
        if len(rows) < 2:
            raise self.source.error("one case alone", last, hint="write the other case too")
        value = self.value(as_node(last.children[0]))
        return (
            value
            if value.data == "sum"
            else made("sum", [made("term", [factor(made("group", [value]))])])
        )

    def _matrix(self, item: Item, row: Row) -> list[Part]:
        """A matrix of fixed size is a list of its rows; of one row or column a vector."""
        tree = as_node(item.atom)
        rows = [
            [self.value(as_node(cell)) for cell in as_node(line).children]
            for line in tree.children[1:]
        ]
        if all(len(line) == 1 for line in rows):
            listed = made("bracket", [line[0] for line in rows])
        elif len(rows) == 1:
            listed = made("bracket", [*rows[0]])
        else:
            listed = made("bracket", [wrapped(made("bracket", [*line])) for line in rows])
        return self._scripted([factor(located(listed, tree))], item.scripts)


def _opposite(first: Part | None, second: Part | None) -> bool:
    """Do two comparisons of the same sides exclude each other and leave nothing out?"""
    if not (is_tree(first, "comparison") and is_tree(second, "comparison")):
        return False
    left, right = as_node(first).children, as_node(second).children
    if len(left) != 3 or len(right) != 3:
        return False
    same = all([*map(str, tokens(left[n]))] == [*map(str, tokens(right[n]))] for n in (0, 2))
    return same and OPPOSITE.get(str(left[1])) == str(right[1])
