"""Terms of a sum that stand apart are put in it again, each of them once."""

from __future__ import annotations

from random import Random

import pytest
from loops import Loops, precise

from symgrad import StudentError, equivalent, read
from symgrad.program import Program
from symgrad.separation.gathered import gathered

GIVEN = read("input u[N]\ninput v[N]\ninput A[N, M]\ninput c\ninput n in 1..N\nassume N >= 2")


def whole(value: str) -> str:
    return str(gathered(read(f"for i in 1..N: out[i] = {value}", given=GIVEN)))


TOGETHER = {
    "the last term": ("sum(k in 1..N-1, u[k]) + u[N]", "sum(k in 1..N, u[k])"),
    "the first term, in between": (
        "v[i] + u[1]*c + sum(k in 2..N, c*u[k]) - v[1]",
        "v[i] - v[1] + sum(k in 1..N, c*u[k])",
    ),
    "under one factor": (
        "2*c*sum(k in 1..N-1, u[k]) + u[N]*c*2",
        "2*c*sum(k in 1..N, u[k])",
    ),
    "taken away": ("v[i] - sum(k in 1..N-1, u[k]) - u[N]", "v[i] - sum(k in 1..N, u[k])"),
    "a sum for a term": (
        "exp(sum(k in 1..N-1, j, A[k, j]) + sum(j, A[N, j]))",
        "exp(sum(k in 1..N, j, A[k, j]))",
    ),
    "the last of inner ranges": (
        "sum(k, j in 1..M-1, A[k, j]) + sum(k, A[k, M])",
        "sum(k, j in 1..M, A[k, j])",
    ),
    "a place in an inner range": (
        "sum(k, l in 1..k-1, u[k]*v[l]) + sum(k, u[k]*v[k])",
        "sum(k, l in 1..k, u[k]*v[l])",
    ),
    "terms that are sums": (
        "sum(k in 1..N-1, u[k] + v[k]) + v[N] + c + u[N]",
        "sum(k in 1..N, u[k] + v[k]) + c",
    ),
    "a condition": (
        "relu(sum(k in 1..N-1 if k < i, u[k]) + [N < i]*u[N])",
        "relu(sum(k in 1..N if k < i, u[k]))",
    ),
    "two ranges": (
        "tanh(sum(k in 1..n, u[k]) + sum(l in n+1..N, u[l]))",
        "tanh(sum(k in 1..N, u[k]))",
    ),
    "by parity": (
        "log(sum(k if mod(k, 2) == 0, u[k]) + sum(k if mod(k, 2) == 1, u[k]))",
        "log(sum(k, u[k]))",
    ),
    "sums in sums": (
        "sum(k in 1..N-1, exp(sum(j in 1..M-1, A[k, j]) + A[k, M])) "
        "+ exp(sum(j in 1..M-1, A[N, j]) + A[N, M])",
        "sum(k in 1..N, exp(sum(j in 1..M, A[k, j])))",
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_the_terms_of_one_sum_are_one_sum(name: str) -> None:
    apart, together = TOGETHER[name]
    assert whole(apart) == str(read(f"for i in 1..N: out[i] = {together}", given=GIVEN))


APART = {
    "another factor": "sum(k in 1..N-1, u[k]) + 2*u[N]",
    "another sign": "sum(k in 1..N-1, u[k]) - u[N]",
    "a term too many": "sum(k in 1..N, u[k]) + u[N]",
    "a place too far": "sum(k in 1..N-2, u[k]) + u[N]",
    "a range that may be short of empty": "sum(k in 4..N-1, u[k]) + u[N]",
    "conditions that overlap": "sum(k if k <= n, u[k]) + sum(k if k >= n, u[k])",
    "conditions on data": "sum(k if u[k] > 0, u[k]) + sum(k if u[k] <= 0, u[k])",
    "ranges that overlap": "sum(k in 1..n, u[k]) + sum(k in n..N, u[k])",
    "a part of the terms": "sum(k in 1..N-1, u[k] + v[k]) + u[N]",
    "an index that the other one binds": "sum(l in 1..n, u[l]*v[1]) + sum(k in n+1..N, u[k]*v[2])",
}


@pytest.mark.parametrize("name", APART)
def test_other_terms_stay_apart(name: str) -> None:
    program = read(f"for i in 1..N: out[i] = {APART[name]}", given=GIVEN)
    assert gathered(program) is program


def test_an_index_that_is_bound_twice_says_nothing_of_the_outer_one() -> None:
    """In sum(i in 5..N, …) the loop's i is another one: that it is at most 2 does not matter."""
    text = "for i in 1..2: out[i] = sum(i in 5..N, sum(k in i..n, u[k]) + sum(k in n+1..N, u[k]))"
    program = read(text, given=GIVEN)
    assert gathered(program) is program


# --- against another interpreter -------------------------------------------------------------

RANGES = ("1..N", "1..N-1", "2..N", "1..n", "n+1..N", "n..N", "1..i", "i+1..N", "1..i-1", "3..N")
CONDITIONS = (
    *("",) * 5,
    " if {k} < i",
    " if {k} >= i",
    " if mod({k}, 2) == 0",
    " if mod({k}, 2) == 1",
)
TERMS = ("u[{k}]", "c*u[{k}]*v[i]", "(u[{k}] + v[{k}])", "u[{k}]*sum(l in 1..{k}, v[l])")
RANGES_THAT_FIT = (("1..n", "n+1..N"), ("i+1..N", "1..i"), ("2..N", "1..1"))
PLACES = ("N", "1", "n", "i", "N-1")


def value(random: Random) -> str:
    """Pieces of one sum, or of what nearly is one."""
    terms = [random.choice(TERMS)] * 3 + [TERMS[0]]
    ranges: tuple[str, ...] = random.choice(RANGES_THAT_FIT)
    if random.random() < 0.6:
        ranges = tuple(random.choice(RANGES) for _ in range(random.randint(1, 3)))
    pieces = [_sum(random, part, random.choice(terms)) for part in ranges]
    if random.random() < 0.6:
        pieces.append(random.choice(terms).format(k=random.choice(PLACES)))
    return f" {random.choice('+++-')} ".join(pieces)


def _sum(random: Random, part: str, term: str) -> str:
    k = random.choice("kq")
    where = random.choice(CONDITIONS).format(k=k)
    return f"sum({k} in {part}{where}, {term.format(k=k)})"


def computed(program: Program, size: int) -> list[object]:
    random = Random(size)
    found: list[object] = []
    for label in range(1, size + 1):
        run = Loops({"N": size, "M": 1})
        for name in "uv":
            run.arrays[name] = {(p,): precise(random.randint(-9, 9)) for p in range(1, size + 1)}
        run.arrays["c"] = {(): precise(random.randint(-9, 9))}
        run.arrays["n"] = {(): precise(label)}
        run.run(program)
        found.append(run.arrays["out"])
    return found


def test_a_second_interpreter_sees_no_difference() -> None:
    changed = 0
    for seed in range(300):
        try:
            apart = read(f"for i in 1..N: out[i] = {value(Random(f'sums {seed}'))}", given=GIVEN)
        except StudentError:
            continue  # a place outside u
        together = gathered(apart)
        if together is apart:
            continue
        changed += 1
        for size in (2, 3, 5):
            assert computed(apart, size) == computed(together, size), f"{apart}\n{together}"
    assert changed > 30


@pytest.mark.parametrize("head", ["exp", "relu", "tanh", "abs", "1 / "])
@pytest.mark.parametrize("order", ["{0} + {1}", "{1} + {0}"])
def test_pieces_of_a_sum_are_proved_in_any_function(head: str, order: str) -> None:
    """Where the other sums of an argument have led elsewhere at the place that stands apart."""
    inner = order.format("sum(j in 1..N-1 if j < i, u[j])", "[N < i]*u[N]")
    apart = f"for i in 1..N: out[i] = {head}({inner} + sum(j if j > i, u[j]))"
    whole = f"for i in 1..N: out[i] = {head}(sum(j, u[j]) - u[i])"
    assert equivalent(apart, whole, given="input u[N]", targets=["out"]).proof
