"""What a proof sees of a forward pass: what comes before all that is read is free, if it may be."""

from __future__ import annotations

from symgrad import derive, read
from symgrad.efficient.guard import proved
from symgrad.efficient.nearby import nearby
from symgrad.program import Program

DEEP = """
input x[B, J]
input W[J, J]
output n
for b, i, j: t[b, j] += {} * W[i, j]
for b, j: q[b] += t[b, j]^2
for b, j: n[b, j] = t[b, j] / sqrt(q[b])
"""


def sides(left: str, right: str, first: str = "tanh(x[b, i])") -> list[Program]:
    """What is left of a layer for two sides."""
    forward = read(DEEP.format(first))
    return nearby(forward, read(left, given=forward), read(right, given=forward))


def test_what_comes_before_all_that_is_read_is_an_input() -> None:
    """t.grad is said in terms of t, q and n, so t may be anything."""
    left = "for b, j: t.grad[b, j] += n.grad[b, j] * n[b, j] / sqrt(q[b])"
    right = "for b, j: t.grad[b, j] += n.grad[b, j] * t[b, j] / q[b]"
    first = sides(left, right)[0]
    assert "input t[B, J]" in str(first)
    assert "tanh" not in str(first)


def test_a_branch_on_a_value_keeps_the_forward_pass() -> None:
    """[t >= 0] and [t > 0] are equal for almost all t, and t may be 0 all over."""
    left = "for b, j: t.grad[b, j] += n.grad[b, j] * [t[b, j] > 0]"
    assert not sides(left, left.replace(">", ">="))


def test_what_the_forward_pass_does_not_divide_by_keeps_it() -> None:
    """t / t is 1 for almost all t."""
    right = "for b, j: t.grad[b, j] += n.grad[b, j]"
    left = right + " * t[b, j] / t[b, j]"
    assert not sides(left, right)
    assert not sides(right.replace("n.grad[b, j]", "sqrt(t[b, j])^2"), right)


def test_a_quotient_of_zeros_is_not_proved_through_free_values() -> None:
    """u = relu(relu(x) - relu(x)) is 0, so that u / u has no value."""
    forward = read(
        "input x[B]\noutput y\nfor b: r[b] = relu(x[b])\nfor b: u[b] = r[b] - relu(x[b])\n"
        "for b: y[b] = u[b]^2"
    )
    wrong = read("for b: u.grad[b] += 2 * y.grad[b] * u[b]^2 / u[b]", given=forward)
    assert not proved(wrong, derive(forward, ["u"]))


def test_three_norms_in_a_row_are_proved_one_by_one() -> None:
    """Each gradient is proved from the arrays of its own layer."""
    layers = "".join(
        f"for b, j: q{n}[b] += x{n}[b, j]^2\n"
        f"for b, j: n{n}[b, j] = x{n}[b, j] / sqrt(q{n}[b])\n"
        f"for b, i, j: x{n + 1}[b, j] += W{n}[i, j] * n{n}[b, i]\n"
        for n in range(3)
    )
    inputs = "".join(f"input W{n}[J, J]\n" for n in range(3))
    forward = read(f"input x0[B, J]\n{inputs}output x3\n{layers}")
    hand = "".join(
        f"for b, i, j: W{n}.grad[i, j] += n{n}[b, i] * x{n + 1}.grad[b, j]\n"
        f"for b, i, j: n{n}.grad[b, i] += W{n}[i, j] * x{n + 1}.grad[b, j]\n"
        f"for b, j: e{n}[b] += n{n}.grad[b, j] * n{n}[b, j]\n"
        f"for b, j: x{n}.grad[b, j] += (n{n}.grad[b, j] - e{n}[b] * n{n}[b, j]) / sqrt(q{n}[b])\n"
        for n in reversed(range(3))
    )
    assert proved(read(hand, given=forward), derive(forward))
