"""What an independent interpreter tells apart is "different"; what is "equal", it does not.

Mutants of every reference answer; and programs with copies of themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
import variants
from randompairs import GIVEN, mutated, program, rewritten, tree
from test_loops import check_agreement, check_witness

from symgrad import StudentError, equivalent, read
from symgrad.chains import conclusion
from symgrad.course.exercise import Part, catalogue
from symgrad.course.reference import reference
from symgrad.equivalence import Verdict
from symgrad.program import Program

Targets = tuple[str, ...]

PARTS = [(id, part) for id, found in catalogue().items() for part in found.parts]
CASES = [
    (id, part, kind)
    for n, (id, part) in enumerate(PARTS)
    for kind in list(variants.SLIPS)[n % 2 :: 2]
]
"""Every other kind of slip for every other part."""


def check(
    verdict: Verdict, left: Program, right: Program, forward: Program, targets: Targets
) -> None:
    """The witness is one for the other interpreter too; without one, it sees no difference."""
    if verdict.witness is not None:
        check_witness(verdict.witness, left, right, forward)
    else:
        check_agreement(verdict, left, right, forward, targets)


@pytest.mark.parametrize(
    ("id", "part", "kind"), CASES, ids=[f"{c[0]}-{c[1].name}-{c[2]}" for c in CASES]
)
def test_a_mutant_is_different_exactly_if_it_computes_something_else(
    id: str, part: Part, kind: str
) -> None:
    right = conclusion(reference(part))
    targets = tuple(part.targets)
    slips = [wrong for wrong in variants.SLIPS[kind](right) if is_legal(wrong)]
    if slips:
        wrong = Random(f"{id} {part.name} {kind}").choice(slips)
        verdict = equivalent(wrong, right, given=part.forward, targets=targets)
        check(verdict, wrong, right, part.forward, targets)


def is_legal(program: Program) -> bool:
    """Can it be read? A bound that is one off may leave an axis."""
    try:
        return bool(read(str(program), given=program.given))
    except StudentError:
        return False


def random_pairs(kind: str, count: int) -> Iterator[tuple[Program, Program]]:
    given = read(GIVEN)
    for seed in range(count):
        random = Random(f"{kind} {seed}")
        left = tree(random, 3)
        right = mutated(random, left) if kind == "mutant" else rewritten(random, left)
        yield read(program(left), given=given), read(program(right), given=given)


def test_random_mutants_get_the_verdict_of_the_interpreter() -> None:
    given = read(GIVEN)
    for left, right in random_pairs("mutant", 25):
        verdict = equivalent(left, right, given=given, targets=["out"])
        check(verdict, left, right, given, ("out",))
        back = equivalent(right, left, given=given, targets=["out"])
        assert (verdict.status == "different") == (back.status == "different")


def test_a_rewritten_program_is_never_different_and_equality_is_transitive() -> None:
    given = read(GIVEN)
    for left, right in random_pairs("rewritten", 12):
        copies = left, right, variants.renamed(right, ("out",))
        for one, other in ((0, 1), (1, 2), (0, 2), (2, 0)):
            found = equivalent(copies[one], copies[other], given=given, targets=["out"])
            assert found.status != "different", f"{copies[one]}\n{copies[other]}"
