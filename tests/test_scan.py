"""What a loop reads of a running sum or maximum is a sum or maximum of its own."""

from __future__ import annotations

from random import Random

import pytest
import randomprograms

from symgrad import StudentError, read
from symgrad.expressions import array_of
from symgrad.program import Program
from symgrad.separation.separate import Inseparable, Separated, separate

GIVEN = read("input a[N]\ninput b[N, M]")


def separated(text: str) -> list[str]:
    outcome = separate(read(text, given=GIVEN), versions=True)
    assert isinstance(outcome, Separated), outcome
    return str(outcome.program).splitlines()


def test_a_partial_sum_is_the_sum_over_the_iterations_before() -> None:
    assert separated("for i in 1..N: t += a[i]; y[i] = t") == [
        "for i: t2[i] += a[i]",
        "for i: t += t2[i]",
        "for i in 1..N: y[i] += sum(i2 in 1..i, t2[i2])",
    ]


def test_a_read_before_the_update_leaves_out_the_present_iteration() -> None:
    assert separated("for i in 1..N: y[i] = t; t += a[i]")[1] == (
        "for i in 1..N: y[i] += sum(i2 in 1..i - 1, t2[i2])"
    )


def test_two_loops_are_summed_in_the_order_in_which_they_run() -> None:
    assert separated("for i, j: t += b[i, j]; y[i, j] = t")[-1] == (
        "for i, j in 1..M: y[i, j] += sum(i2 in 1..i - 1, j2, t2[i2, j2]) "
        "+ sum(j3 in 1..j, t2[i, j3])"
    )


def test_an_element_for_each_outer_iteration_is_summed_over_the_inner_ones() -> None:
    assert separated("for i, j: t[i] += b[i, j]; y[i, j] = t[i]")[-1] == (
        "for i, j in 1..M: y[i, j] += sum(j2 in 1..j, t2[i, j2])"
    )


def test_what_the_array_held_before_the_loop_is_kept() -> None:
    lines = separated("t = 3\nfor i in 1..N: t -= a[i]; y[i] = t")
    assert lines[:2] == ["t += 3", "t3 += t"]
    assert lines[-1] == "for i in 1..N: y[i] += t3 - sum(i2 in 1..i, t2[i2])"


def test_a_running_maximum_is_a_maximum() -> None:
    assert separated("m = a[1]\nfor i in 1..N: m = max(m, a[i])\ny = m") == [
        "m += a[1]",
        "for i: m2[i] += a[i]",
        "if 1 <= N: m3 += max(m, max(i, m2[i]))",
        "y += m3",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..N: t = 2*t + a[i]; y[i] = t",
        "for i in 2..N: y[i] = y[i-1] * a[i]",
        "for i in 1..N if t > 0: t += a[i]; y[i] = t",
        "for i in 1..N: m = max(m, a[i] + m)",
        "for i in 1..N if a[i] > m: m = a[i]; y[i] = m",
    ],
)
def test_what_depends_on_itself_stays_inseparable(text: str) -> None:
    assert isinstance(separate(read(text, given=GIVEN), versions=True), Inseparable)


def test_a_forward_pass_has_no_running_sums() -> None:
    outcome = separate(read("for i in 1..N: t += a[i]; y[i] = t", given=GIVEN))
    assert isinstance(outcome, Inseparable)
    assert outcome.reason == "t is read at statement 2 while the same loop still adds to it"


# --- against the literal run ---------------------------------------------------------------------

LOOPS = (
    "for i in 1..N",
    "for i in 2..N",
    "for i in 1..N-1",
    "for i in 1..N, j in 1..M",
    "for i in 2..N, j in 1..i",
    "for i in 1..N, j in i..N",
)
GUARDS = ("", "", "", " if i != 2")
PLACES = ("", "", "[i]", "[1]", "[i-1]")
VALUES = ("a[i]", "i*a[1]", "a[i] - 2", "w", "u", "3*a[i] + u")
UPDATES = (
    "{t} += {v}",
    "{t} -= {v}",
    "{t} = {t} + {v}",
    "{t} = max({t}, {v})",
    "{t} = min({v}, {t})",
)
READS = (
    "y[i] = {t}",
    "z += {t}",
    "z += {t}*a[i]",
    "u = {t}",
    "w += {t}",
    "y[i] += sum(k in 1..2, k*{t})",
)


def body(random: Random) -> str:
    t = "t" + random.choice(PLACES)
    parts = [random.choice(UPDATES).format(t=t, v=random.choice(VALUES))]
    parts += [random.choice(READS).format(t=t) for _ in range(random.randint(1, 2))]
    if random.random() < 0.3:
        parts.append(random.choice(UPDATES[:2]).format(t=t, v=random.choice(VALUES)))
    random.shuffle(parts)
    return "; ".join(parts)


def program(random: Random) -> Program:
    start = random.choice(["", "t = 3\n", "for i in 1..N: t[i] = i\n"])
    loop = random.choice(LOOPS) + random.choice(GUARDS)
    return read(f"u = 2\nw = 1\n{start}{loop}: {body(random)}", given=GIVEN)


def test_a_literal_run_sees_no_difference() -> None:
    """Random running sums and maxima, read in the loop that makes them."""
    found = 0
    for seed in range(120):
        try:
            whole = program(Random(f"scan {seed}"))
        except StudentError:
            continue  # a part of the array is not written, or has two shapes
        outcome = separate(whole, versions=True)
        if not isinstance(outcome, Separated) or outcome.program is whole:
            continue
        written = {array_of(statement.target) for _, statement in outcome.program.statements}
        for sizes in ((1, 1), (2, 3), (4, 4)):
            literal = randomprograms.results(whole, sizes)
            clever = randomprograms.results(outcome.program, sizes)
            for name in {array_of(statement.target) for _, statement in whole.statements}:
                final = outcome.final.get(name, name)
                if final in written:
                    assert clever.get(final, {}) == literal.get(name, {}), (
                        f"seed {seed}: {name} at {sizes}\n{whole}\n{outcome.program}"
                    )
        found += any(f"{name}(i2" in str(outcome.program) for name in ("sum", "max", "min"))
    assert found > 20, found
