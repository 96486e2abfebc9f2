"""Conditions: they become guards of what stands in their branches; `continue` guards the rest."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import sympy
from sympy.logic.boolalg import Boolean

from symgrad.expressions import array_of, elements
from symgrad.python.elementwise import opposite, truth
from symgrad.python.flow import assigned, continues
from symgrad.python.looping import Looping
from symgrad.python.scope import Unset
from symgrad.python.values import Value


class Branching(Looping):
    """Follows `if`."""

    def _skip(self, statement: ast.If, rest: Sequence[ast.stmt], last: bool) -> None:
        """`if c: …; continue` with what follows in its `else`."""
        if not last:
            raise self.trace.error(
                "`continue` within a condition that is not the last of its loop",
                hint="write a condition, `if …:`, around the statements",
                at=statement,
            )
        body, orelse = (
            part[:-1] if continues(part) else [*part, *rest]
            for part in (statement.body, statement.orelse)
        )
        whole = ast.copy_location(ast.If(statement.test, body, orelse), statement)
        self.trace.node = whole
        self._if(whole, last)

    def _if(self, node: ast.If, last: bool) -> None:
        condition = truth(self.trace, self.value(node.test))
        if condition.rank:
            raise self.trace.error("`if` of a whole array", hint="write np.where(c, a, b)")
        known = condition.at(())
        if known in (sympy.true, sympy.false):
            self.block(node.body if known == sympy.true else node.orelse, last)
            return
        first, fixed = assigned(node.body), set(self.frame.fixed)
        for name in {*first, *assigned(node.orelse)}:
            if name in self.frame.names and name not in self.frame.fixed:
                self._own(name, node)
        before = dict(self.frame.names)
        begun = len(self.trace.steps)
        with self.trace.guarded(known):
            self.block(node.body, last)
        then = dict(self.frame.names)
        both = {name for name in first if name not in before} & assigned(node.orelse)
        shared = {name for name in both if isinstance(then.get(name), Value)} - self.frame.fixed
        self.frame.names = {**before, **{name: then[name] for name in shared}}
        self.frame.fixed |= shared
        for name in shared:
            self._memory(name)
        with self.trace.guarded(opposite(known)):
            self.block(node.orelse, last)
        self.frame.fixed = fixed
        for name in ({*then} | {*self.frame.names}) - {*before} - both:
            self.frame.names[name] = Unset("is set in one branch only")
        self._check_stable(known, begun)

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
