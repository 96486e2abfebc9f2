"""The efficient backward pass: what an expert writes, proved, never dearer than the naive one."""

from __future__ import annotations

import pytest
from layerprograms import layer
from oracles import agree, free_arrays, random_values, run

from symgrad import derive, economise, equivalent, read
from symgrad.course.exercise import catalogue
from symgrad.derivation.seeds import results
from symgrad.efficient.economise import shortest
from symgrad.efficient.guard import dearer, proved
from symgrad.efficient.operations import operations
from symgrad.program import Loss, Output, Program

SOFTMAX = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] = exp(s[b, j]) / Z[b]
"""

FORWARDS = list(
    dict.fromkeys(
        part.forward
        for exercise in catalogue().values()
        for part in exercise.parts
        if [*part.forward.declared(Output), *part.forward.declared(Loss)]
    )
)


def test_softmax_is_found_without_an_exponential() -> None:
    """s.grad = p (p.grad - sum p p.grad), as one auxiliary and one update."""
    assert str(economise(read(SOFTMAX))) == (
        "for b, j: e[b] += p.grad[b, j] * p[b, j]\n"
        "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - e[b])"
    )


def test_softmax_with_cross_entropy_is_a_difference() -> None:
    """logits.grad = p - y where the y add up to 1."""
    text = (
        "input l[K]\ninput y[K]\nassume sum(k, y[k]) == 1\nloss L\n"
        "for k: p[k] = exp(l[k]) / sum(j, exp(l[j]))\nL = -sum(k, y[k] * log(p[k]))"
    )
    assert "for k: l.grad[k] += p[k] - y[k]" in str(economise(read(text)))


def test_a_gradient_that_is_asked_for_alone_is_all_that_is_computed() -> None:
    """`wrt` names the arrays; nothing else is written."""
    found = economise(read(SOFTMAX), wrt=["Z"])
    assert str(found) == "for b: Z.grad[b] -= sum(j, p.grad[b, j] * p[b, j]) / Z[b]"


@pytest.mark.parametrize("seed", range(25))
def test_what_is_found_for_a_random_layer_is_right_before_it_is_proved(seed: int) -> None:
    """The search alone, against the naive statements run at random values; and not dearer."""
    forward = read(layer(seed))
    naive = derive(forward)
    found = shortest(naive, results(naive), {})
    extents = {"B": 2, "J": 3}
    values = random_values(forward, free_arrays(forward), extents)
    ours, theirs = run(found, extents, values), run(naive, extents, values)
    assert all(agree(ours[name], theirs[name]) for name in results(naive)), (
        layer(seed),
        str(found),
    )
    assert dearer(found, naive, {}, 64.0) is None


def test_masked_softmax_is_found_through_its_guard() -> None:
    """A triangle of loops is a mask, and p is 0 outside of it."""
    text = (
        "input s[N, N]\noutput p\nfor i, j in 1..i: Z[i] += exp(s[i, j])\n"
        "for i, j in 1..i: p[i, j] += exp(s[i, j]) / Z[i]"
    )
    assert str(economise(read(text))) == (
        "for i, i2: e[i] += p.grad[i, i2] * p[i, i2]\n"
        "for i, j: s.grad[i, j] += p[i, j] * (p.grad[i, j] - e[i])"
    )


def test_a_delta_contracts_the_sum_over_it() -> None:
    """The scores of the right pairs, as in a contrastive loss: p - [b == c]."""
    text = (
        "input s[B, B]\nloss L\nfor b, c: p[b, c] = exp(s[b, c]) / sum(k, exp(s[b, k]))\n"
        "for b, c if b == c: L -= log(p[b, c])"
    )
    assert str(economise(read(text))) == "for b, c: s.grad[b, c] += p[b, c] - [b == c]"


def test_a_diagonal_is_read_and_written_through_a_delta() -> None:
    """The scores of the right pairs, read as p[b, b]."""
    text = (
        "input s[B, B]\nloss L\nfor b, c in 1..B: p[b, c] = exp(s[b, c]) / sum(k, exp(s[b, k]))\n"
        "for b: L -= log(p[b, b])"
    )
    assert str(economise(read(text))) == "for b, c: s.grad[b, c] += p[b, c] - [b == c]"


def test_conditions_that_exclude_each_other_are_one_choice() -> None:
    """[x > 0] u + [x <= 0] v is u where x is positive and v elsewhere."""
    text = "input x[B]\ninput a\noutput y\nfor b: y[b] = max(x[b], 0) + a * min(x[b], 0)"
    found = economise(read(text), wrt=["x"])
    assert str(found) == "for b: x.grad[b] += y.grad[b] * where(x[b] > 0, 1, a)"


def test_a_stored_logarithm_gives_what_it_is_taken_of() -> None:
    """y = log(1 + exp(x)), so exp(x) / (1 + exp(x)) is exp(x - y)."""
    text = "input x[B]\noutput y\nfor b: y[b] = log(1 + exp(x[b]))"
    assert "exp(x[b] - y[b])" in str(economise(read(text)))


def test_a_shifted_function_value_is_read_back() -> None:
    """y = exp(x) - 1, so exp(x) is y + 1."""
    text = "input x[B]\noutput y\nfor b: y[b] = exp(x[b]) - 1"
    assert "exp" not in str(economise(read(text)))


def test_the_sum_of_a_definition_is_known_where_its_parts_are() -> None:
    """Labels made smooth add up to 1, as the labels do."""
    text = (
        "input s[J]\ninput y[J]\ninput a\nloss L\nassume sum(j, y[j]) == 1\n"
        "for j: p[j] = exp(s[j]) / sum(k, exp(s[k]))\nfor j: t[j] = (1 - a) * y[j] + a / J\n"
        "for j: L -= t[j] * log(p[j])"
    )
    assert str(economise(read(text), wrt=["s"])) == "for j: s.grad[j] += p[j] - t[j]"


def test_terms_that_are_alike_are_shared_as_often_as_they_occur() -> None:
    """1 - u - u is 1 - 2 u when 1 - u is shared: operands are a multiset."""
    text = (
        "input a[J]\ninput c[J]\ninput d[J]\noutput y\nfor j: u[j] = c[j] * (1 - a[j])\n"
        "for j: y[j] = c[j] * (1 - u[j]) + d[j] * (1 - u[j])"
    )
    forward = read(text)
    naive = derive(forward)
    found = economise(forward)
    for name in results(naive):
        assert equivalent(found, naive, given=forward, targets=[name]).status == "equal"


def test_a_deep_network_is_proved_one_gradient_at_a_time() -> None:
    """Six layers: no proof has to look further back than the gradients that a statement reads."""
    depth = 6
    inputs = "".join(f"input W{n}[H, H]\n" for n in range(depth))
    layers = "".join(
        f"for b, h, k in 1..H: u{n}[b, k] += W{n}[h, k] * {f'z{n - 1}' if n else 'x'}[b, h]\n"
        f"for b, k in 1..H: z{n}[b, k] = sigma(u{n}[b, k])\n"
        for n in range(depth)
    )
    found = economise(read(f"input x[B, H]\n{inputs}output z{depth - 1}\n{layers}"))
    assert "sigma" not in str(found)
    assert "z0[b, k]" in str(found)


def test_which_is_cheaper_may_depend_on_the_extents() -> None:
    """The row sums of attention, over the keys or over the features of the values."""
    text = (
        "input s[N, M]\ninput v[M, E]\noutput o\n"
        "for n, m: p[n, m] = exp(s[n, m]) / sum(k, exp(s[n, k]))\n"
        "for n, m, e: o[n, e] += p[n, m] * v[m, e]"
    )
    short = str(economise(read(text), extents={"E": 8, "M": 4096, "N": 4096}))
    long = str(economise(read(text), extents={"E": 4096, "M": 8, "N": 4096}))
    assert "o.grad[n, e] * o[n, e]" in short
    assert "o.grad[n, e] * o[n, e]" not in long


@pytest.mark.parametrize("forward", FORWARDS, ids=range(len(FORWARDS)))
def test_every_exercise_is_proved_and_no_dearer(forward: Program) -> None:
    """Each input gradient equals the naive one, at no more operations."""
    found, naive = economise(forward), derive(forward)
    assert read(str(found), given=forward) == found
    assert proved(found, naive)
    for size in (2.0, 64.0):
        assert operations(found).at({}, size) <= operations(naive).at({}, size)
