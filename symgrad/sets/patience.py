"""How long isl is waited for, in its own count of operations: no clock, so no machine, decides.

Conjunctions of many disjunctions grow exponentially; a text must not make a question endless.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import islpy as isl

Answer = TypeVar("Answer")


class Patience:
    """Asks questions of at most so many operations, until so many had no answer."""

    def __init__(self, operations: int, unanswered: int) -> None:
        self._operations = operations
        self._left = unanswered

    def ask(self, question: Callable[[], Answer], unknown: Answer) -> Answer:
        """The answer to a question, or that it is unknown."""
        if not self._left:
            return unknown
        context = isl.DEFAULT_CONTEXT
        before = context.get_max_operations()
        context.reset_operations()
        context.set_max_operations(self._operations)
        try:
            return question()
        except isl.Error:
            self._left -= 1
            return unknown
        finally:
            context.reset_operations()
            context.set_max_operations(before)
