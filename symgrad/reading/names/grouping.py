"""Which pieces of a term belong together, by what their names mean.

a (b + c)     a product, or a call where `a` is a function, or an access where it is an array
A [i, j]      an access;  a [i == j]  a product with a condition;  a * [b + c]  brackets as (b + c)
x.T, f(x)[i]  an attribute, an index, of the value before
np.exp(x)     a call of exp
x[i] y^2 / z  a row of factors, each with what stands before it: nothing, *, / or //
"""

from __future__ import annotations

from difflib import get_close_matches

from lark import Token, Tree

from symgrad.program import is_gradient
from symgrad.reading.names.factors import Factor, Piece, check_quotients
from symgrad.reading.names.vocabulary import Derivative, Vocabulary
from symgrad.reading.names.words import ARRAY_FUNCTIONS, INTEGER_PARTS, PREFIXES, REDUCTIONS
from symgrad.reading.syntax.parse import MAX_LOOPS
from symgrad.reading.syntax.source import Source
from symgrad.reading.syntax.trees import (
    Part,
    entries,
    holds_condition,
    is_compound,
    is_list,
    tokens,
)
from symgrad.writing.names import canonical, quotient_spelling

LIMITS_HINT = "write sum_{j=1}^{J} e, sum(j, e) or sum(j in 1..J if j != i, e)"

SUM_SIGNS = ("sum", "Σ", "∑")

VALUES = {"group", "call", "reduction", "attribute", "item"}
"""Factors behind which an index may stand, as it may behind a name."""


class Grouping:
    """Groups one row of pieces from the left."""

    def __init__(self, row: list[Piece], vocabulary: Vocabulary, depth: int = 0) -> None:
        self.row = row
        self.depth = depth
        self.vocabulary = vocabulary
        self.source: Source = vocabulary.source
        self.n = 0

    def factors(self) -> list[Factor]:
        found: list[Factor] = []
        while self.n < len(self.row):
            found.append(self.next())
        check_quotients(found, self.source)
        return found

    def next(self) -> Factor:
        piece = self.row[self.n]
        self.n += 1
        factor = self._begun(piece)
        while factor.exponent is None and (after := self._behind(factor)) is not None:
            factor = after
        factor.operator = {"⋅": "·", "×": "·"}.get(piece.operator, piece.operator)
        factor.negative = piece.negative
        if factor.operator == "%":
            raise self.source.error("% is not the notation", piece.atom, hint="write mod(a, b)")
        return factor

    def _behind(self, factor: Factor) -> Factor | None:
        """The factor with the attribute or the index that stands behind it."""
        if self.n == len(self.row) or not self.row[self.n].beside():
            return None
        piece = self.row[self.n]
        if piece.is_token("ATTRIBUTE"):
            assert isinstance(piece.atom, Token)
            self.n += 1
            if get_close_matches(piece.atom[1:].lower(), ["grad", "deriv", "value"], 1, 0.7):
                self._attribute(piece, piece.atom)
            found = Factor("attribute", "", False, piece.atom, [], piece.exponent, inner=[factor])
            called = self._beside("group") if piece.exponent is None else None
            if called is not None:
                self.n += 1
                found.arguments, found.exponent = entries(called.atom), called.exponent
                found.called = True
            return found
        index = self._beside("bracket", index=True) or self._beside("subscript")
        if index is None or factor.shape not in VALUES or self._encloses(index.atom):
            return None
        self.n += 1
        return Factor(
            "item", "", False, index.atom, entries(index.atom), index.exponent, inner=[factor]
        )

    # --- what a factor begins with -----------------------------------------------------------

    def _begun(self, piece: Piece) -> Factor:
        atom = piece.atom
        if isinstance(atom, Token):
            return {
                "NAME": self._named,
                "NUMBER": self._number,
                "ROOT": self._root,
                "ATTRIBUTE": self._attribute,
                "STRING": self._string,
                "END": self._end,
            }[atom.type](piece, atom)
        if atom.data == "group":
            return Factor("group", "", False, atom, entries(atom), piece.exponent)
        if atom.data == "bracket" and holds_condition(atom):
            return Factor("condition", "", False, atom, entries(atom), piece.exponent)
        if atom.data == "brace":
            raise self.source.error(
                "braces stand behind `1`, as in 1{x > 0}", atom, hint="use ( ) or [ ]"
            )
        if atom.data == "bracket" and is_list(entries(atom)):
            return Factor("list", "", False, atom, entries(atom), piece.exponent)
        first = bool(piece.operator) or self.n == 1
        if atom.data == "bracket" and is_compound(atom) and (first or self._encloses(atom)):
            return Factor("group", "", False, atom, entries(atom), piece.exponent)
        what = "a list of values" if atom.data == "bracket" else "an index without its array"
        raise self.source.error(f"{what} does not fit here", atom)

    def _number(self, piece: Piece, token: Token) -> Factor:
        after = self._beside("brace")
        if after is not None:
            if token != "1" or piece.exponent is not None or not holds_condition(after.atom):
                raise self.source.error("braces stand behind `1`, as in 1{x > 0}", after.atom)
            self.n += 1
            return Factor("condition", "", False, after.atom, entries(after.atom), after.exponent)
        self._no_index("an index behind a number")
        return Factor("number", "", False, token, [], piece.exponent)

    def _root(self, piece: Piece, token: Token) -> Factor:
        if self.n == len(self.row) or self.row[self.n].operator or piece.exponent is not None:
            raise self.source.error("√ has nothing to its right", token)
        if self.row[self.n].is_token("ROOT"):
            raise self.source.error("a root of a root", token, hint="write √(√x)")
        inner = self.next()
        if inner.exponent is not None:
            raise self.source.error(
                "is the root taken before or after the power?", token, hint="write sqrt(…)"
            )
        return Factor("root", "", False, token, inner=[inner])

    def _attribute(self, piece: Piece, token: Token) -> Factor:
        nearly = get_close_matches(token[1:].lower(), ["grad", "deriv", "value"], 1, 0.7)
        hint = "the gradient of x is written x.grad" if nearly else "an array stands before it"
        raise self.source.error(f"{token} is not read", token, hint=hint)

    def _end(self, piece: Piece, token: Token) -> Factor:
        return Factor("end", "", False, token, [], piece.exponent)

    def _string(self, piece: Piece, token: Token) -> Factor:
        raise self.source.error("quotation marks are not the notation", token)

    def _named(self, piece: Piece, token: Token) -> Factor:
        if self._is_prefix(piece, token):
            name = self.row[self.n].atom
            assert isinstance(name, Token)
            self.n += 1
            word = {"max": "amax", "min": "amin"}.get(name[1:], name[1:])
            return self._named(self.row[self.n - 1], Token.new_borrow_pos("NAME", word, name))
        quotient = self._derivative(piece, token) or self._quotient(piece, token)
        if quotient is not None:
            return quotient
        array = self.vocabulary.array(token)
        if array is None:
            total = self._total(piece, token)
            if total is not None:
                return total
        if array is None and piece.exponent is None:
            function = self.vocabulary.function(token)
            if function or canonical(token) in CALLED:
                call = self._call(token, function)
                if call is not None:
                    return call
        factor = self._access(piece, token, array)
        self._check_derivative(factor)
        return factor

    def _is_prefix(self, piece: Piece, token: Token) -> bool:
        """Is this the `np` of `np.exp`?"""
        if token not in PREFIXES or piece.exponent is not None or self.n == len(self.row):
            return False
        after = self.row[self.n]
        return after.beside() and after.is_token("ATTRIBUTE") and not self.vocabulary.array(token)

    def _check_derivative(self, above: Factor) -> None:
        """`∂y[i]/∂x[j]`, and `dy[i]/dx[j]`, could be taken for a quotient of two gradients."""
        if self.n == len(self.row) or self.row[self.n].operator != "/":
            return
        below = self.row[self.n].atom
        if not (isinstance(above.head, Token) and isinstance(below, Token)):
            return
        parts = quotient_spelling(above.head, below) if below.type == "NAME" else None
        if parts is None or above.array is None or not is_gradient(above.array):
            return
        if is_gradient(self.vocabulary.array(below) or ""):
            raise self.vocabulary.local_derivative(above.head, *parts[1:])

    def _derivative(self, piece: Piece, token: Token) -> Factor | None:
        """`∂u[i]/∂x[j]` of two arrays of the forward pass, or `∂f/∂x` of a function."""
        numerator = self.vocabulary.named(canonical(token[1:]))
        if piece.exponent is not None or token[0] not in "∂d":
            return None
        start = self.n
        above = self._indexed(piece, token, numerator)
        below = self.row[self.n] if self.n < len(self.row) else None
        if below is not None and below.operator == "/" and not below.negative:
            self.n += 1
            by = below.atom
            parts = None
            if isinstance(by, Token) and by.type == "NAME" and above.exponent is None:
                parts = self.vocabulary.derivative(token, by)
            if parts is not None and isinstance(by, Token):
                array = self.vocabulary.named(parts[1])
                inner = self._indexed(below, by, array)
                if inner.exponent is not None:
                    raise self.source.error(
                        "a power of a derivative", inner.head, hint="write (∂u/∂x)^2"
                    )
                above.inner, above.array = [inner], self.vocabulary.named(parts[0])
                if above.array is None:
                    above.function = self.vocabulary.function(parts[0])
                return above
        self.n = start
        return None

    def _indexed(self, piece: Piece, token: Token, array: str | None) -> Factor:
        """One side of a derivative with its indices."""
        found = Factor("derivative", "", False, token, [], piece.exponent, array=array)
        after = self._index_part(token, array) if piece.exponent is None else None
        if after is not None:
            self.n += 1
            found.arguments, found.exponent = entries(after.atom), after.exponent
        return found

    def _quotient(self, piece: Piece, token: Token) -> Factor | None:
        """`∂L/∂x`, one name in two pieces."""
        if self.n == len(self.row) or piece.exponent is not None:
            return None
        below = self.row[self.n]
        if below.operator != "/" or below.negative or not isinstance(below.atom, Token):
            return None
        if below.atom.type != "NAME":
            return None
        array = self.vocabulary.quotient(token, below.atom)
        if array is None:
            return None
        self.n += 1
        return self._access(below, token, array)

    def _total(self, piece: Piece, token: Token) -> Factor | None:
        """`sum_j e`, `sum_{j=1}^{J} e`: all that follows in the row is its body."""
        sign, _, name = str(token).partition("_")
        if sign not in SUM_SIGNS:
            return None
        after = self._beside("subscript") if piece.exponent is None else None
        if name and after is None:
            if piece.exponent is not None:
                raise self.source.error("these limits are not read", token, hint=LIMITS_HINT)
            if self._beside("subscript") or self._beside("bracket", index=True):
                return None  # an array called sum_exp
            limits: list[Part] = [_part_of(token, name)]
            upper = None
        elif after is not None and not name:
            self.n += 1
            limits, upper = entries(after.atom), after.exponent
        else:
            return None
        rest, self.n = self.row[self.n :], len(self.row)
        if rest and rest[0].operator:
            raise self.source.error(f"{token} has nothing to its right", token)
        if self.depth == MAX_LOOPS:
            raise self.source.error(f"more than {MAX_LOOPS} sums in each other", token, "limit")
        body = Grouping(rest, self.vocabulary, self.depth + 1).factors()
        return Factor("sum", "", False, token, limits, inner=body, upper=upper)

    def _call(self, token: Token, function: Derivative | None) -> Factor | None:
        after = self._beside("group")
        if after is None or (function and self._scales(token, after.atom)):
            return None
        self.n += 1
        return Factor(
            "call" if canonical(token) not in REDUCTIONS else "reduction",
            "",
            False,
            token,
            entries(after.atom),
            after.exponent,
            function=function,
        )

    def _scales(self, token: Token, group: Part) -> bool:
        """g' (f_yy g' + f_yz h'): a factor, for g is applied to no derivative."""
        opaque = self.vocabulary.is_opaque_derivative
        words = (word for word in tokens(group) if word.type == "NAME")
        return self.vocabulary.may_scale(token) and any(map(opaque, words))

    def _access(self, piece: Piece, token: Token, array: str | None) -> Factor:
        after = self._index_part(token, array) if piece.exponent is None else None
        if after is None:
            behind = self._beside("bracket", index=True)
            if piece.exponent is not None and behind and not self._encloses(behind.atom):
                raise self.source.error(
                    "an index behind a power", token, hint="write x[i]^2, or 2^(x[i])"
                )
            if array is None and canonical(token) == "I" and piece.exponent is None:
                condition = self._beside("bracket")
                if condition is not None and holds_condition(condition.atom):
                    self.n += 1
                    return Factor(
                        "condition",
                        "",
                        False,
                        condition.atom,
                        entries(condition.atom),
                        condition.exponent,
                    )
            return Factor("name", "", False, token, [], piece.exponent, array=array)
        self.n += 1
        second = self._beside("bracket", index=True)
        if second is not None and not self._encloses(second.atom):
            raise self.source.error(
                f"two brackets behind {token}", token, hint=f"write {token}[i, j]"
            )
        return Factor("access", "", False, token, entries(after.atom), after.exponent, array=array)

    def _index_part(self, token: Token, array: str | None) -> Piece | None:
        after = self._beside("subscript") or self._beside("bracket", index=True)
        number = array is not None and self.vocabulary.rank(array) == 0
        if after is not None and number and self._encloses(after.atom):
            return None
        if after is not None:
            return after
        group = self._beside("group")
        if group is None or array is None:
            return None
        rank = self.vocabulary.rank(array)
        arguments = entries(group.atom)
        if rank and len(arguments) == rank and all(map(self._may_index, arguments)):
            return group
        return None

    def _encloses(self, atom: Part) -> bool:
        """Are these brackets parentheses, around a value that can be no index?"""
        if isinstance(atom, Token) or atom.data != "bracket" or not is_compound(atom):
            return False
        return not all(map(self._may_index, entries(atom)))

    def _may_index(self, tree: Part) -> bool:
        """Could this be an index expression? It names no array of numbers."""
        if isinstance(tree, Token):
            return True
        if tree.data not in ("sum", "term", "factor", "group"):
            return False
        for child in tree.children:
            if isinstance(child, Token) and child.type == "NAME":
                name = self.vocabulary.array(child, noted=False)
                if name is not None and not self.vocabulary.may_hold_index(name):
                    return False
            elif isinstance(child, Tree) and not self._may_index(child):
                return False
        return True

    # --- looking ahead -----------------------------------------------------------------------

    def _beside(self, data: str, index: bool = False) -> Piece | None:
        """The next piece, where it is of this kind and directly multiplied."""
        if self.n == len(self.row):
            return None
        piece = self.row[self.n]
        if not piece.beside() or not piece.is_tree(data):
            return None
        return None if index and holds_condition(piece.atom) else piece

    def _no_index(self, what: str) -> None:
        after = self._beside("bracket", index=True) or self._beside("subscript")
        if after is not None and not self._encloses(after.atom):
            raise self.source.error(what, after.atom, hint="only an array takes indices")


CALLED = REDUCTIONS | INTEGER_PARTS | ARRAY_FUNCTIONS | {"where"}
"""Functions without a derivative."""


def _part_of(token: Token, name: str) -> Token:
    """The end of a token as a token of its own: the `j` of `sum_j`."""
    start = (token.column or 1) + len(token) - len(name)
    return Token("NAME", name, line=token.line, column=start)
