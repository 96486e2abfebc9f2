"""isl is waited for so long, by its own count, and so often."""

from __future__ import annotations

import islpy as isl

from symgrad.algebra.choices import orders_of
from symgrad.sets.patience import Patience


def long_question() -> bool:
    """An intersection that takes some thousands of operations."""
    texts = (f"{{ [i, j] : exists k : {n}k <= i + {n + 1}j <= {n}k + 1 }}" for n in range(3, 9))
    found = isl.Set("{ [i, j] }")
    for text in texts:
        found = found.intersect(isl.Set(text)).coalesce()
    return bool(found.is_empty())


def test_an_answer_within_the_count_is_given() -> None:
    assert Patience(10_000_000, 1).ask(long_question, unknown=True) is False


def test_beyond_the_count_it_is_unknown_and_the_next_question_starts_anew() -> None:
    patience = Patience(10, 2)
    assert patience.ask(long_question, unknown=None) is None
    assert patience.ask(lambda: "quick", unknown=None) == "quick"


def test_after_so_many_without_an_answer_none_is_asked() -> None:
    patience = Patience(10, 1)
    patience.ask(long_question, unknown=None)
    assert patience.ask(lambda: "quick", unknown=None) is None


def test_what_isl_was_allowed_before_it_is_allowed_after() -> None:
    before = isl.DEFAULT_CONTEXT.get_max_operations()
    Patience(10, 1).ask(long_question, unknown=None)
    assert isl.DEFAULT_CONTEXT.get_max_operations() == before
    assert long_question() is False


def test_orders_of_classes() -> None:
    assert list(orders_of([["a"], ["b", "c"]], 2)) == [("a", "b", "c"), ("a", "c", "b")]
    assert list(orders_of([["a"], ["b", "c"]], 1)) == [("a", "b", "c")]
