"""Refutation finds a difference where there is one, and never where there is none."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
import sympy
from flint import fmpq
from sympy import Integer

from symgrad import read
from symgrad.derivation.completion import complete
from symgrad.evaluation.evaluate import Cells, State, evaluate
from symgrad.expressions import element, extent, index, scalar
from symgrad.program import Axis, Input, Loop, Nest, Program, Statement
from symgrad.refutation.refute import AT_SIGHT, FIRST_TRIALS, Refuted, Search, refute
from symgrad.refutation.witness import Agreement, Nested, Witness

SOFTMAX = """
input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]"""

SOFTMAX_GRADIENT = """
for b, j: s.grad[b, j] += p.grad[b, j] * exp(s[b, j]) / Z[b]
for b, j: Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2
for b, j: s.grad[b, j] += Z.grad[b] * exp(s[b, j])"""

POOLED = """
input I[H, W]
input K[h, w]
assume H - h + 1 == 2*P
assume W - w + 1 == 2*Q
output y
for i in 1..H-h+1, j in 1..W-w+1, l, m: J[i, j] += I[i+l-1, j+m-1] * K[l, m]
for p in 1..P, q in 1..Q: top[p, q] = max(a in 0..1, b in 0..1, J[2*p-a, 2*q-b])
for p, q: y[p, q] = relu(top[p, q])"""


def decide(given: str, left: str, right: str, *targets: str) -> Witness | Agreement:
    forward = read(given)
    one, other = (complete(read(text, given=forward), forward) for text in (left, right))
    found = refute(one, other, targets or ["out"])
    assert found == refute(one, other, targets or ["out"])
    return found


def witness(given: str, left: str, right: str, *targets: str) -> Witness:
    found = decide(given, left, right, *targets)
    assert isinstance(found, Witness)
    return found


def agreement(given: str, left: str, right: str, *targets: str) -> Agreement:
    found = decide(given, left, right, *targets)
    assert isinstance(found, Agreement), found.message
    return found


# --- right answers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - sum(k, p[b, k] * p.grad[b, k]))",
        "for b, j: e[b] -= p[b, j] * p.grad[b, j]\n"
        "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] + e[b])",
        "for n, k: s.grad[n, k] += exp(s[n, k]) * (p.grad[n, k] / Z[n] + Z.grad[n])",
    ],
)
def test_right_answers_agree_to_many_digits(answer: str) -> None:
    found = agreement(SOFTMAX, answer, SOFTMAX_GRADIENT, "s.grad")
    assert found.points >= 10 and len(found.shapes) >= 5 and found.undecided == 0
    assert found.digits is not None and found.digits >= 60
    assert found.message == f"agreed to {found.digits} digits at {found.points} points of 6 shapes"


@pytest.mark.parametrize(
    ("shapes", "points", "digits", "message"),
    [
        (({},), 1, None, "agreed exactly at 1 point"),
        (({"N": 2},), 3, None, "agreed exactly at 3 points of 1 shape"),
        (({"N": 2}, {"N": 1}), 3, 60, "agreed to 60 digits at 3 points of 2 shapes"),
    ],
)
def test_what_agreed_is_counted(
    shapes: tuple[dict[str, int], ...], points: int, digits: int | None, message: str
) -> None:
    """Without extents there are no shapes to speak of."""
    assert Agreement(shapes, points, digits).message == message


@pytest.mark.parametrize(
    ("given", "left", "right"),
    [
        ("input x", "out = x / x", "out = 1"),
        ("input x", "out = (x^2 - 1) / (x - 1)", "out = x + 1"),
        ("input x", "out = [x > 0]", "out = [x >= 0]"),
        ("input x", "out = relu'(x)", "out = [x >= 0]"),
        ("input x", "out = relu'(x - 1)", "out = [x >= 1]"),
        ("input x[N]", "out = sum(i, j, [x[i] - x[j] > 1])", "out = sum(i, j, [x[i] - x[j] >= 1])"),
        ("input x\ninput y", "out = max(x, y)", "out = [x >= y]*x + [y > x]*y"),
        ("input x", "out = sqrt(x^2)", "out = abs(x)"),
        ("input x\nassume x > 0", "out = log(x^2)", "out = 2*log(x)"),
        ("input x", "out = tanh(x)", "out = 2*sigma(2*x) - 1"),
        ("input x", "out = softplus'(x)", "out = sigma(x)"),
        ("function f(y, z)\ninput x", "out = f_y(x, x)*f(x, x)", "out = f(x, x)*f_y(x, x)"),
        ("input y[K]\nassume sum(k, y[k]) == 1", "out = sum(k, y[k])", "out = 1"),
        ("input x[4] = [1, 3, 3, 0]", "out = argmax(k, x[k])", "out = 2"),
        ("input x[4] = [1, 3, 3, 0]", "for k: e[k] += exp(x[k])\nout = argmax(k, e[k])", "out = 2"),
        (
            "input x[N]\nfor k: e[k] += exp(x[k])\ntop = max(k, e[k])",
            "out = sum(k, [e[k] == top])",
            "out = 1",
        ),
    ],
)
def test_equal_texts_agree(given: str, left: str, right: str) -> None:
    assert agreement(given, left, right).points >= 1


def test_exact_agreement_has_no_number_of_digits() -> None:
    found = agreement("input x[N]", "out = 2*sum(i, x[i])", "out = sum(i, 2*x[i])")
    assert found.digits is None and "exactly" in found.message


# --- wrong answers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "left", "right"),
    [
        ("input x", "out = x + 1/10^12 * x", "out = x"),
        ("input x", "out = exp(x) * (1 + 10^(-12))", "out = exp(x)"),
        ("input x", "out = exp(x) * (1 + 10^(-60))", "out = exp(x)"),
        ("input x[N]", "out = 1/sqrt(sum(i, x[i]^2) + 1/10^9)", "out = 1/sqrt(sum(i, x[i]^2))"),
        ("input x", "out = log(x^2)", "out = 2*log(x)"),
        ("input x", "out = sqrt(x)^2", "out = x"),
        ("input x", "out = 1 / (x - x)", "out = x"),
        ("input x", "out = sqrt(x^2)", "out = x"),
        ("input x[N]", "out = x[1]", "out = max(i, x[i])"),
        ("input x[N]", "out = sum(i, x[i]) / 2", "out = sum(i, x[i]) / N"),
        ("input x[N]", "out = sum(i in 1..min(N, 4), x[i])", "out = sum(i, x[i])"),
        ("input A[N, N]", "out = sum(i, j, i*A[i, j])", "out = sum(i, j, i*A[j, i])"),
        ("input x[N]", "for i: out = x[i]", "for i: out += x[i]"),
        ("input x", "out = relu(x)", "out = x"),
        ("input x", "out = relu(x)", "out = 0"),
        ("input y[K]\nassume y >= 0\nassume sum(k, y[k]) == 1", "out = sum(k, y[k]^2)", "out = 1"),
        ("function f(y, z)\ninput x", "out = f(x, 2*x)", "out = f(2*x, x)"),
        ("function f(y, z)\ninput x", "out = f_y(x, x)", "out = f_z(x, x)"),
        ("function g(x)\ninput x", "out = g''(x)", "out = g'(x)^2"),
        ("input x[4] = [1, 3, 3, 0]", "out = argmax(k, x[k])", "out = 3"),
        ("input x[2] = [0, 1]", "out = sum(i, [x[i] > 0])", "out = sum(i, [x[i] >= 0])"),
        ("input x[2] = [0, 1]\ninput c", "out = c * relu'(x[1])", "out = c"),
        ("input y in 1..K\ninput p[K]", "out = p[y]", "out = p[K]"),
    ],
)
def test_different_texts_are_refuted(given: str, left: str, right: str) -> None:
    found = witness(given, left, right)
    assert found.target == "out" and found.left != found.right
    json.dumps(asdict(found))


@pytest.mark.parametrize(
    "wrong",
    [
        "for b, j: s.grad[b, j] += p.grad[b, j] * p[b, j] * (1 - p[b, j])",
        "for b, j: s.grad[b, j] += p[b, j] * (1 - sum(k, p[b, k]))",
        "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] + sum(k, p[b, k] * p.grad[b, k]))",
        "for b, j: s.grad[b, j] = p.grad[b, j] * exp(s[b, j]) / Z[b]\n"
        "for b, j: s.grad[b, j] = Z.grad[b] * exp(s[b, j])",
    ],
)
def test_wrong_gradients_are_refuted(wrong: str) -> None:
    assert witness(SOFTMAX, wrong, SOFTMAX_GRADIENT, "s.grad").kind == "value"


def test_a_relu_behind_max_pooling_is_seen_through_negative_windows() -> None:
    first = "[(a, b) == argmax(c in 0..1, d in 0..1, J[2*p-c, 2*q-d])]"
    right = f"""
for p, q: top.grad[p, q] += y.grad[p, q] * [top[p, q] > 0]
for p, q, a in 0..1, b in 0..1: J.grad[2*p-a, 2*q-b] += {first} * top.grad[p, q]
for i, j, l, m: K.grad[l, m] += J.grad[i, j] * I[i+l-1, j+m-1]"""
    agreement(POOLED, right, right.replace("top[p, q] > 0", "y[p, q] > 0"), "K.grad")
    assert witness(POOLED, right.replace(" * [top[p, q] > 0]", ""), right, "K.grad")


def test_extents_that_are_swapped_are_seen_where_they_differ() -> None:
    given = """
input I[H, W]
input K[h, w]
assume H >= h
assume W >= w
output J
for i in 1..H-h+1, j in 1..W-w+1, l, m: J[i, j] += I[i+l-1, j+m-1] * K[l, m]"""
    right = "for i, j, l, m: K.grad[l, m] += J.grad[i, j] * I[i+l-1, j+m-1] / h"
    found = witness(given, right.replace("/ h", "/ w"), right, "K.grad")
    assert found.extents["h"] != found.extents["w"]


def test_a_path_that_vanishes_at_true_forward_values_is_no_difference() -> None:
    """Σ (x - mu) = 0, so a variance may or may not hand its gradient on to the mean."""
    given = """
input x[N]
output s
for i: mu += x[i] / N
for i: s += (x[i] - mu)^2 / N"""
    short = "for i: x.grad[i] += s.grad * 2 * (x[i] - mu) / N"
    long = """for i: mu.grad -= s.grad * 2 * (x[i] - mu) / N
for i: x.grad[i] += s.grad * 2 * (x[i] - mu) / N + mu.grad / N"""
    agreement(given, short, long, "x.grad")


# --- what a witness says -----------------------------------------------------------------------


def test_a_witness_is_small_and_shown_in_small_integers() -> None:
    given = "input x[N]\noutput y\nfor i: y[i] = x[i]^2"
    right = "for i: x.grad[i] += 2 * y.grad[i] * x[i]"
    found = witness(given, right.replace("2 * ", ""), right, "x.grad")
    assert found.extents == {"N": 1} and found.element == (1,)
    x, seed = (int(cells(found.inputs[name])[1,]) for name in ("x", "y.grad"))
    assert (int(found.left), int(found.right)) == (x * seed, 2 * x * seed)
    assert found.message == (
        f"x.grad[1] is {x * seed} on the left and {2 * x * seed} on the right, for N = 1"
    )


def cells(nested: Nested) -> Cells:
    """Nested whole numbers as cells, counted from 1."""
    if isinstance(nested, str):
        return {(): fmpq(int(nested))}
    return {(n, *at): v for n, part in enumerate(nested, 1) for at, v in cells(part).items()}


def test_a_witness_can_be_replayed_by_the_evaluator() -> None:
    given = read("input x[N]\ninput A[N, M]")
    left = read("out = sum(i, j, A[i, j]*x[i])", given=given)
    right = read("out = sum(i, j, A[i, j])*sum(i, x[i])", given=given)
    found = refute(left, right, ["out"])
    assert isinstance(found, Witness)
    values: State = {name: cells(nested) for name, nested in found.inputs.items()}
    texts = [str(evaluate(side, found.extents, values)["out"][()]) for side in (left, right)]
    assert texts == [found.left, found.right]


def test_a_witness_shows_the_instances_of_opaque_functions() -> None:
    found = witness("function g(x)\ninput x", "out = g(x)", "out = g'(x)")
    assert found.functions == {"g": "x^2"}


def test_values_are_shown_with_the_digits_that_tell_them_apart() -> None:
    found = witness("input x", "out = exp(x) * (1 + 10^(-30)) + x", "out = exp(x) + x")
    assert found.left != found.right and len(found.left) > 30
    exact = witness("input x", "out = x + 10^(-30)", "out = x")
    assert exact.left == "1.000000000000000000000000000001000000000" and exact.right == "1"


def test_a_target_that_one_side_never_writes_is_missing() -> None:
    given = "input x\noutput y\ny = 2*x"
    found = witness(given, "t = y.grad", "x.grad += 2*y.grad", "x.grad")
    assert (found.kind, found.left, found.right) == ("missing", "never written", "written")


def test_a_target_of_another_shape_is_refuted() -> None:
    found = witness("input x[N]", "for i: out[i] = x[i]", "for i in 1..N+1: out[i] = 1")
    assert (found.kind, found.left, found.right) == ("shape", "1..1", "1..2")


def test_an_undefined_side_is_named() -> None:
    found = witness("input x", "out = log(x^2)", "out = 2*log(x)")
    assert found.kind == "undefined" and found.right == "undefined"


def test_an_access_outside_an_axis_refutes() -> None:
    """`check_accesses` refuses such a text; should one come through, nothing breaks."""
    i, size = index("i"), extent("N")
    given = Program((Input("x", (Axis(size),)),))
    total = Nest((Loop(i, Integer(1), size),), (Statement(scalar("out"), "+=", element("x", i)),))
    beyond = Nest(
        (Loop(i, Integer(1), size),), (Statement(scalar("out"), "+=", element("x", i + 1)),)
    )
    found = refute(Program((), (beyond,), given), Program((), (total,), given), ["out"])
    assert isinstance(found, Witness) and found.kind == "outside" and "x[2]" in found.left


# --- what agreement says -----------------------------------------------------------------------


def test_what_balls_cannot_decide_is_no_evidence() -> None:
    found = agreement("input x", "out = 1/(exp(x) - exp(x))", "out = 1/(exp(x) - exp(x))")
    assert found.points == 0 and found.undecided > 0
    assert found.message == "nothing could be decided at the points that were tried"


def test_overflow_is_no_evidence() -> None:
    tower = "exp(" * 6 + "x^2 + 9" + ")" * 6
    assert agreement("input x", f"out = {tower} * 2", f"out = {tower}").points == 0


def test_what_is_undefined_on_both_sides_is_no_evidence() -> None:
    found = agreement("input x", "out = 1/(x - x)", "out = log(-x^2)")
    assert found.points == 0 and found.message == "no admissible point was found"


def test_extents_that_nothing_admits_give_no_evidence() -> None:
    given = "input x[n]\nassume n * n == 2"
    assert agreement(given, "out = x[1]", "out = x[n]").points == 0


def test_work_is_limited() -> None:
    """Thirteen nested sums: the small shapes are run, the others are given up."""
    body = "x[1]"
    for n in range(13):
        body = f"sum(k{n} in 1..N, {body})"
    found = agreement("input x[N]", f"out = {body}", "out = N^13 * x[1]")
    assert {shape["N"] for shape in found.shapes} <= {1, 2} and found.undecided > 0


def test_programs_without_a_given_are_compared_whole() -> None:
    left = read("input x[N]\nfor i: y[i] = x[i] - 1\nfor i: z += y[i]")
    right = read("input x[N]\nz = sum(i, x[i]) - N")
    assert isinstance(refute(left, right, ["z"]), Agreement)
    assert isinstance(refute(left, read("input x[N]\nz = sum(i, x[i])"), ["z"]), Witness)


def test_sides_with_different_forward_passes_are_each_run_on_their_own() -> None:
    one = read("input x\nu = x + 1")
    same, other = read("input x\nu = 1 + x"), read("input x\nu = x + 2")
    texts = [read("out = u^2", given=forward) for forward in (one, same, other)]
    assert isinstance(refute(texts[0], texts[1], ["out"]), Agreement)
    assert isinstance(refute(texts[0], texts[2], ["out"]), Witness)


def test_a_side_may_write_the_gradient_of_an_output() -> None:
    """There it starts at zero; the true gradients still see the free one."""
    given = "input x\noutput y\nu = x^2\ny = 3*u"
    right = "x.grad += 6 * x * y.grad"
    agreement(given, "x.grad += u.grad * 2 * x", right, "x.grad")
    found = witness(given, "y.grad += 1\nx.grad += 6 * x * y.grad", right, "x.grad")
    assert found.inputs.keys() == {"x", "y.grad"}
    agreement(given, "y.grad += 0\nx.grad += u.grad * 2 * x", right, "x.grad")


def test_a_quick_search_tries_fewer_points() -> None:
    given = read("input x[N]")
    one, other = (read(text, given=given) for text in ("out = 2*x[1]", "out = x[1] + x[1]"))
    quick, thorough = (refute(one, other, ["out"], thorough=flag) for flag in (False, True))
    assert isinstance(quick, Agreement) and isinstance(thorough, Agreement)
    assert 0 < quick.points < thorough.points and quick.shapes == thorough.shapes


def test_a_hole_at_a_tried_point_is_no_witness() -> None:
    """x times (x - c)/(x - c), for enough numbers c that some tried x meets one, is x."""
    holes = [f"(x - {top}/{below})" for below in (1, 2, 3) for top in range(-9, 10)]
    holed = "out = x * " + " * ".join(f"{hole} / {hole}" for hole in holes)
    found = agreement("input x", holed, "out = x")
    assert found.points >= 2
    stepped = "out = x + " + " + ".join(f"[{hole} == 0]" for hole in holes)
    agreement("input x", stepped, "out = x")


def test_two_ways_to_write_a_guard_agree() -> None:
    given = read("input x[N]")
    i = index("i")
    loop, count = Loop(i, Integer(1), extent("N")), Statement(scalar("out"), "+=", Integer(1))
    conditions = sympy.Lt(i, 3, evaluate=False), sympy.Le(i, 2, evaluate=False)
    nests = [Nest((loop,), (count,), condition) for condition in conditions]
    left, right = (Program((), (nest,), given) for nest in nests)
    assert isinstance(refute(left, right, ["out"]), Agreement)


def test_a_later_look_begins_where_extents_differ() -> None:
    """1/N and 1/M agree where N is M, as at the smallest shape."""
    given = read("input A[N, M]")
    left, right = (read(f"out = sum(i, j, A[i, j]) / {n}", given=given) for n in "NM")
    search = Search(left, right, ("out",))
    assert not isinstance(search.glance(0, 1), Refuted)
    assert isinstance(search.glance(1, 1), Refuted)


def test_a_trial_that_takes_too_much_is_passed_over() -> None:
    """Where nine extents all differ too much is to be done; a small shape tells enough."""
    given = read("input x[A, B, C, D]\ninput u[E, F, G]\ninput v[H, K]")
    text = "out[a, b, c, d] = {} x[a, b, c, d] * sum(e, f, g, h, k, u[e, f, g]*v[h, k]) * [K > 1]"
    left, right = (read(text.format(sign), given=given) for sign in ("", "-"))
    search = Search(left, right, ("out",))
    assert not isinstance(search.glance(0, AT_SIGHT), Refuted)
    assert isinstance(search.glance(AT_SIGHT, FIRST_TRIALS), Refuted)
