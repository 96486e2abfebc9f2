"""Conditions: they become guards of what stands in their branches; `continue` guards the rest."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import sympy
from sympy.logic.boolalg import Boolean

from symgrad.expressions import array_of, elements
from symgrad.python.elementwise import chosen, opposite, truth
from symgrad.python.flow import assigned, completed, refuses
from symgrad.python.looping import Looping
from symgrad.python.scope import Unset
from symgrad.python.values import Anything, Nothing, Several, Value


class Branching(Looping):
    """Follows `if`."""

    def _split(self, statement: ast.If, rest: Sequence[ast.stmt], last: bool) -> None:
        """`if c: …; continue` or `if c: return …` with what follows in its `else`."""
        if not last:
            raise self.trace.error(
                "`continue` or `return` where more follows is not read",
                hint="write a condition, `if …:`, around the statements",
                at=statement,
            )
        branches = (completed(part, rest) for part in (statement.body, statement.orelse))
        whole = ast.copy_location(ast.If(statement.test, *branches), statement)
        self.trace.node = whole
        self._if(whole, last)

    def _if(self, node: ast.If, last: bool) -> None:
        if refuses(node.body) and not node.orelse:
            return
        condition = truth(self.trace, self.value(node.test))
        if condition.rank:
            raise self.trace.error("`if` of a whole array", hint="write np.where(c, a, b)")
        known = condition.at(())
        if known in (sympy.true, sympy.false):
            self.block(node.body if known == sympy.true else node.orelse, last)
            return
        self._both(node, condition, known, last)

    def _both(self, node: ast.If, condition: Value, known: Boolean, last: bool) -> None:
        """Both branches, each under its condition."""
        first, fixed = assigned(node.body), set(self.frame.fixed)
        for name in {*first, *assigned(node.orelse)}:
            if name in self.frame.names and name not in self.frame.fixed:
                self._own(name, node)
        before = dict(self.frame.names)
        begun = len(self.trace.steps)
        with self.trace.guarded(known):
            self.block([] if refuses(node.body) else node.body, last)
        result, self.frame.result = self.frame.result, None
        then = dict(self.frame.names)
        both = {name for name in first if name not in before} & assigned(node.orelse)
        both = set() if result is not None else both
        shared = {name for name in both if isinstance(then.get(name), Value)} - self.frame.fixed
        self.frame.names = {**before, **{name: then[name] for name in shared}}
        self.frame.fixed |= shared
        for name in shared:
            self._memory(name)
        with self.trace.guarded(opposite(known)):
            self.block([] if refuses(node.orelse) else node.orelse, last)
        self.frame.fixed = fixed
        for name in ({*then} | {*self.frame.names}) - {*before} - both:
            self.frame.names[name] = Unset("is set in one branch only")
        self._check_stable(known, begun)
        if result is not None or self.frame.result is not None:
            self._check_kept(known, begun)
            self.frame.result = self._either(condition, result, self.frame.result, node)

    def _either(
        self, condition: Value, then: Anything | None, otherwise: Anything | None, node: ast.If
    ) -> Anything:
        """What a function returns: one of two results."""
        if isinstance(then, Several) and isinstance(otherwise, Several):
            pairs = zip(then.items, otherwise.items, strict=False)
            if len(then.items) == len(otherwise.items):
                return Several(tuple(self._either(condition, *pair, node) for pair in pairs))
        match then, otherwise:
            case Value(), Value() if then.rank == otherwise.rank:
                self.algebra.fits(otherwise, then.shape, "one result")
                self.algebra.fits(then, otherwise.shape, "one result")
                return chosen(self.algebra, condition, then, otherwise)
        if isinstance(then, Nothing) and isinstance(otherwise, Nothing):
            return then
        raise self.trace.error(
            "the branches return different kinds of things, or one returns nothing",
            hint="return the same in both",
            at=node,
        )

    def _check_kept(self, condition: Boolean, begun: int) -> None:
        """A result that is chosen by a condition is read after the branches have run."""
        read = {array_of(found) for found in elements(condition)}
        changed = [s for s in self.trace.steps[begun:] if array_of(s.statement.target) in read]
        if changed:
            raise self.trace.error(
                "this changes what its own condition asks about",
                hint="compute the condition before the `if`",
                at=changed[0].node,
            )

    def _memory(self, name: str) -> None:
        value = self.frame.names[name]
        if not (isinstance(value, Value) and value.whole):
            raise self.trace.error(
                f"{name} gets a value in both branches", hint="give it a value before the `if`"
            )

    def _check_stable(self, condition: Boolean, begun: int) -> None:
        """A condition is asked once, before anything in its branches is written."""
        read = {array_of(found) for found in elements(condition)}
        written: set[str] = set()
        for step in self.trace.steps[begun:]:
            target = array_of(step.statement.target)
            looped = len(step.loops) > len(self.trace.loops)
            if read & (written | ({target} if looped else set())):
                raise self.trace.error(
                    "this changes what its own condition asks about",
                    hint="compute the condition before the `if`",
                    at=step.node,
                )
            written.add(target)
