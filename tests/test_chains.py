"""A chain `a = b = c` runs as its last member, and every one of its steps is checked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from strategies import forward_programs

from symgrad import StudentError, derive, equivalent, read
from symgrad.chains import conclusion, passing, steps
from symgrad.program import Program

FORWARD = read(
    """
    input s[B, J]
    output p
    for b, j: Z[b] += exp(s[b, j])
    for b, j: p[b, j] += exp(s[b, j]) / Z[b]
    """
)
BACKWARD = derive(FORWARD)
NAIVE = "-sum(j, p.grad[b, j] * exp(s[b, j])) / Z[b]^2"
SHORT = "-sum(j, p.grad[b, j] * p[b, j]) / Z[b]"


def chained(program: Program) -> Program:
    """The program with every statement a chain of three equal members."""
    nests = tuple(
        replace(
            nest,
            body=tuple(replace(one, earlier=(one.value, one.value)) for one in nest.body),
        )
        for nest in program.nests
    )
    return replace(program, nests=nests)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (f"d[b] = Z.grad[b] = 1 = {SHORT}", f"Z.grad[b] = 1 = {SHORT}\nd[b] = Z.grad[b]"),
        (f"d[b] = 2 = Z.grad[b] = {SHORT}", f"Z.grad[b] = {SHORT}\nd[b] = 2 = Z.grad[b]"),
        (f"d[b] = Z.grad[1] = {SHORT}", None),
        (f"d[b] += Z.grad[b] = {SHORT}", None),
        (f"d[b] = Z.grad[b] * 1 = {SHORT}", None),
        (f"Z.grad[b] = 1\nd[b] = Z.grad[b] = {SHORT}", None),
    ],
)  # fmt: skip
def test_a_chain_says_what_a_target_is_that_it_passes(text: str, meant: str | None) -> None:
    """`d = Z.grad = …` assigns to Z.grad, unless another statement does."""
    found = passing(read(text, FORWARD), ["Z.grad"])
    assert str(found) == str(read(meant or text, FORWARD))


# --- reading and writing -------------------------------------------------------------------------


def test_the_last_member_is_the_value() -> None:
    program = read(f"Z.grad[b] = {NAIVE} = {SHORT}", FORWARD)
    ((_, statement),) = program.statements
    assert statement == replace(
        next(iter(read(f"Z.grad[b] = {SHORT}", FORWARD).statements))[1], earlier=statement.earlier
    )
    assert [len(statement.earlier), len(statement.members)] == [1, 2]
    assert conclusion(program) == read(f"Z.grad[b] = {SHORT}", FORWARD)


@pytest.mark.parametrize("between", ["\n", "\n    ", "  # so\n\n  # and\n"])
def test_a_line_that_begins_with_an_equality_goes_on_with_the_chain(between: str) -> None:
    spread = f"Z.grad[b] = {NAIVE}{between}= {SHORT}{between}= {SHORT}\nt = 1"
    assert read(spread, FORWARD) == read(f"Z.grad[b] = {NAIVE} = {SHORT} = {SHORT}\nt = 1", FORWARD)


@given(forward_programs())
def test_a_chain_is_written_as_it_is_read(program: Program) -> None:
    assert read(str(chained(program))) == chained(program)


def test_the_members_are_read_in_the_loops_of_all_of_them() -> None:
    program = read("Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2 = 0", FORWARD)
    assert [loop.index.name for loop in program.nests[0].loops] == ["b", "j"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Z.grad[b] = p[b, j] = 0", "j occurs on the right side only"),
        ("Z.grad[b] = = 0", "an expression is missing between '=' and '='"),
        ("Z.grad[b] = 1 =", "an expression is missing between '=' and the end of the text"),
        ("= 1", "an expression is missing between the beginning of the line and '='"),
        ("Z.grad[b] = 1 += 2", "'+=' does not fit here"),
        ("Z.grad[b] = 0" + " = 0" * 41, "more than 40 steps"),
        ("Z.grad[b] = Z[B+1] = 0", "Z[B + 1] leaves its axis 1..B"),
    ],
)
def test_what_is_no_chain_is_refused(text: str, message: str) -> None:
    with pytest.raises(StudentError) as error:
        read(text, FORWARD)
    assert message in error.value.message


# --- deciding ------------------------------------------------------------------------------------


def verdict(text: str, *targets: str) -> tuple[str, str]:
    found = equivalent(text, BACKWARD, given=FORWARD, targets=targets)
    return found.status, found.step.title if found.step else ""


def test_a_chain_of_true_steps_is_equal() -> None:
    assert verdict(f"Z.grad[b] = {NAIVE} = {SHORT}", "Z.grad") == ("equal", "")


@pytest.mark.parametrize(
    ("chain", "number"),
    [
        (f"{SHORT} * 2 = {SHORT}", 1),
        (f"{NAIVE} = {SHORT} * 2 = {SHORT}", 1),
        (f"{NAIVE} = {SHORT} = {SHORT} * 2", 2),
        (f"{NAIVE} = {NAIVE} = 0 = {SHORT}", 2),
    ],
)
def test_the_first_false_step_refutes_a_chain(chain: str, number: int) -> None:
    title = f"step {number} → {number + 1} of the chain for Z.grad[b]"
    assert verdict(f"Z.grad[b] = {chain}", "Z.grad") == ("different", title)


def test_a_false_step_counts_on_either_side() -> None:
    right = f"Z.grad[b] = 0 = {SHORT}"
    assert equivalent(f"Z.grad[b] = {SHORT}", right, given=FORWARD).status == "different"


def test_under_an_update_the_right_sides_are_compared() -> None:
    """A sum over j and its terms have the same total, yet are not equal term by term."""
    term = "p.grad[b, j] * p[b, j] / Z[b]"
    update = f"for b, j: Z.grad[b] -= {{}} = {term}"
    assert verdict(update.format("p.grad[b, j] * exp(s[b, j]) / Z[b]^2"), "Z.grad")[0] == "equal"
    total = term.replace("j]", "k]")
    assert verdict(update.format(f"sum(k, {total}) / J"), "Z.grad")[0] == "different"


def test_a_step_may_use_what_was_written_before_it() -> None:
    text = f"""
    Z.grad[b] = {NAIVE} = {SHORT}
    s.grad[b, j] = p.grad[b, j] * exp(s[b, j]) / Z[b] + Z.grad[b] * exp(s[b, j])
        = p[b, j] * (p.grad[b, j] + Z.grad[b] * Z[b])
        = p[b, j] * (p.grad[b, j] - sum(k, p.grad[b, k] * p[b, k]))
    """
    assert verdict(text, "Z.grad", "s.grad") == ("equal", "")


def test_a_step_inside_a_loop_sees_the_statements_before_it() -> None:
    text = f"for b: e = sum(j, p.grad[b, j] * p[b, j]); Z.grad[b] = -e / Z[b] = {SHORT}"
    assert verdict(text, "Z.grad") == ("equal", "")
    assert verdict(text.replace("-e / Z[b]", "e / Z[b]"), "Z.grad")[0] == "different"


def test_only_the_rounds_of_a_loop_count() -> None:
    text = "for b in 1..B if b == 1: t[b] = b = 1"
    assert equivalent(text, "for b in 1..B if b == 1: t[b] = 1", given=FORWARD).status == "equal"


def test_the_array_that_holds_a_member_has_a_name_of_its_own() -> None:
    program = read("step[b] = Z[b] = Z[b] * 1", FORWARD)
    assert [step.observed for step in steps(program)] == ["step2"]
    assert equivalent(program, "step[b] = Z[b]", given=FORWARD, targets=["step"]).status == "equal"


def test_no_chain_has_no_steps() -> None:
    assert not list(steps(BACKWARD)) and conclusion(BACKWARD) is BACKWARD
