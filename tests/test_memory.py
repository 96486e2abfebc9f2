"""What is kept between checks is bounded: a grader that runs all day holds what it held at noon.

benchmarks/memory.py measures the same over 10 000 checks.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
import tracemalloc
import weakref
from collections.abc import Iterator
from typing import Any

from sympy.core.cache import clear_cache

import symgrad
from symgrad import equivalent, read
from symgrad.program import Program
from symgrad.proof.theory import Theory
from symgrad.refutation.refute import Search

FORWARD = read(
    "input s[B, J]\noutput p\nfor b, j: Z[b] += exp(s[b, j])\n"
    "for b, j: p[b, j] += exp(s[b, j]) / Z[b]"
)
TRUTH = read(
    "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - sum(k, p[b, k] * p.grad[b, k]))",
    given=FORWARD,
)
ANSWER = """for b, j: e{n}[b] += {n} * p[b, j] * p.grad[b, j]
for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - e{n}[b] / {m})"""

ROUND = 10
"""Checks between two looks at the memory."""

OF_THE_COURSE = {
    "symgrad.course.exercise._load",
    "symgrad.course.exercise._module",
    "symgrad.course.reference.backward",
    "symgrad.course.reference.in_form",
    "symgrad.explaining.explain.explain",
    "symgrad.secondorder.argument.notes_graph",
}
"""Caches without a bound: they are asked about exercises, of which there is a number."""


def caches() -> Iterator[tuple[str, Any]]:
    """Every remembering function of the package, by its full name."""
    for found in pkgutil.walk_packages(symgrad.__path__, "symgrad."):
        if "exercises" not in found.name and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    for module in [item for name, item in sys.modules.items() if name.startswith("symgrad")]:
        for value in vars(module).values():
            if hasattr(value, "cache_parameters") and value.__module__ == module.__name__:
                yield f"{value.__module__}.{value.__qualname__}", value


def check(n: int) -> Program:
    """Decide on an answer that was never seen before; one in three is wrong."""
    answer = read(ANSWER.format(n=n, m=n + (n % 3 == 0)), given=FORWARD)
    verdict = equivalent(answer, TRUTH, given=FORWARD, targets=["s.grad"])
    assert verdict.status == ("different" if n % 3 == 0 else "equal")
    return answer


def forget() -> None:
    """Empty the caches, but for those that hold one thing for good: a parser, an exercise."""
    for _, cache in caches():
        if (cache.cache_parameters()["maxsize"] or 0) > 1:
            cache.cache_clear()
    clear_cache()
    gc.collect()


def test_every_cache_is_bounded() -> None:
    limits = {name: cache.cache_parameters()["maxsize"] for name, cache in caches()}
    assert {name for name, limit in limits.items() if limit is None} == OF_THE_COURSE
    assert len(limits) > 20 and max(limit or 0 for limit in limits.values()) <= 1 << 16


def living() -> list[Theory | Search]:
    """What comparisons keep in memory."""
    gc.collect()
    return [item for item in gc.get_objects() if type(item) in (Theory, Search)]


def test_an_answer_and_what_was_made_of_it_go_when_it_goes() -> None:
    """Its proof, its search and its theory die with the verdict.

    What an earlier answer brought about stays: the forward pass in normal form, for all of them.
    """
    check(2)
    before = {id(item) for item in living()}
    gone = weakref.ref(check(1))
    left = [item for item in living() if id(item) not in before]
    assert gone() is None
    assert not left


def test_memory_beside_the_caches_stays_as_it_is() -> None:
    """Live bytes after each round of checks, once what the caches hold is put away."""
    tracemalloc.start()
    try:
        sizes = []
        for start in range(1, 4 * ROUND, ROUND):
            for n in range(start, start + ROUND):
                check(n)
            forget()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    # The first round loads what all need. A program that stays takes ten times as much as this.
    assert sizes[-1] - sizes[1] < 2 * ROUND * 1_000


def test_a_reference_keeps_nothing_of_forward_passes_that_are_gone() -> None:
    """What it holds over a forward pass goes with that: here each answer comes with its own."""
    check(4)
    before = len(living())
    for n in range(1, 4):
        answer = read(ANSWER.format(n=n, m=n), given=read(str(FORWARD)))
        assert equivalent(answer, TRUTH, targets=["s.grad"])
    del answer
    forget()
    assert len(living()) <= before
