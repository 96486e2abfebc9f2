"""The points: admissible, generic, reproducible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sympy
from flint import fmpq
from sympy import Integer

from symgrad import read
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.values import Budget
from symgrad.expressions import element, extent, index
from symgrad.heads import SumOver
from symgrad.program import Assume
from symgrad.refutation.domains import STYLES, Domain, domains
from symgrad.refutation.equations import Equation
from symgrad.refutation.instances import Point, Sampler
from symgrad.refutation.trials import Trials


def points(text: str, extents: dict[str, int], *gradients: str) -> Iterator[Point]:
    sampler = Sampler(read(text), gradients)
    for style in STYLES:
        yield from sampler.points(extents, style)


def numbers(point: Point, name: str) -> list[fmpq]:
    return list(point.values[name].values())


def test_numbers_are_nonzero_and_in_most_styles_pairwise_different() -> None:
    sampler = Sampler(read("input a[N]\ninput b[N, M]"))
    for style in STYLES:
        for point in sampler.points({"N": 2, "M": 3}, style):
            drawn = numbers(point, "a") + numbers(point, "b")
            assert 0 not in drawn
            assert style == "integers" or len(set(drawn)) == len(drawn) == 8


def test_styles_have_the_signs_and_sizes_that_they_name() -> None:
    sampler = Sampler(read("input a[N]\ninput b[N]\noutput y\ny = a[1]*b[1]"), ["y.grad"])

    def drawn(style: str, name: str) -> list[fmpq]:
        return [n for p in sampler.points({"N": 6}, style) for n in numbers(p, name)]

    assert all(number < 0 for number in drawn("negative", "a"))
    assert all(number > 0 for number in drawn("negative", "b"))
    assert all(number > 0 for number in drawn("positive", "a") + drawn("positive", "b"))
    assert {number > 0 for number in drawn("positive", "y.grad")} == {True, False}
    assert {number > 0 for number in drawn("mixed", "a")} == {True, False}
    assert all(number.q == 1 for number in drawn("integers", "a"))
    assert max(map(abs, drawn("small", "a"))) < 1 < max(map(abs, drawn("large", "a"))) / 5


@pytest.mark.parametrize(
    ("assumption", "domain"),
    [
        ("x > 0", Domain(fmpq(0))),
        ("0 < x < 1", Domain(fmpq(0), fmpq(1))),
        ("x <= 1/2", Domain(None, fmpq(1, 2))),
        ("x > 1 and x < 5", Domain(fmpq(1), fmpq(5))),
    ],
)
def test_elements_stay_in_the_interval_that_is_assumed(assumption: str, domain: Domain) -> None:
    text = f"input x[N]\nassume {assumption}"
    assert domains(read(text).assumptions) == {"x": domain}
    for point in points(text, {"N": 5}):
        assert all(number in domain for number in numbers(point, "x"))


def test_soft_labels_sum_to_one_and_are_not_one_hot() -> None:
    """For every b, over which no text can quantify yet."""
    b, k = index("b"), index("k")
    row_sum = SumOver.over([(k, Integer(1), extent("K"))], element("y", b, k))
    rows = Assume(sympy.Eq(row_sum, 1, evaluate=False))
    sampler = Sampler(read("input y[B, K]\nassume y >= 0").with_declarations(rows))
    for point in (next(sampler.points({"B": 2, "K": 3}, style)) for style in STYLES):
        for row in (1, 2):
            labels = [point.values["y"][row, k] for k in (1, 2, 3)]
            assert sum(labels, fmpq(0)) == 1
            assert all(0 < label < 1 for label in labels)


def test_fixed_data_and_labels_are_not_changed_to_satisfy_an_equation() -> None:
    assert not list(points("input y[2] = [1, 2]\nassume sum(k, y[k]) == 1", {}))
    (data, *_) = points("input y[2] = [1/4, 3/4]\ninput x\nassume sum(k, y[k]) == 1", {})
    assert numbers(data, "y") == [fmpq(1, 4), fmpq(3, 4)]
    text = "input y[B] in 1..2\ninput m\nassume m == sum(b, y[b])"
    for point in points(text, {"B": 3}):
        assert point.values["m"][()] == sum(numbers(point, "y"), fmpq(0))
        assert set(numbers(point, "y")) <= {1, 2}


def test_other_equations_are_solved_for_one_element() -> None:
    text = "input x[N]\ninput m\nassume m == sum(i, x[i]) / N\nassume sum(i, x[i]) == 0"
    found = list(points(text, {"N": 3}))
    assert found
    for point in found:
        assert sum(numbers(point, "x"), fmpq(0)) == 0 == point.values["m"][()]


def test_an_equation_on_what_the_forward_pass_computes_is_checked_afterwards() -> None:
    text = "input x\nassume x > 0\nassume y > 1/2\nloss y\ny = x / (1 + x)"
    trials = Trials(read(text), (), ())
    for style in STYLES:
        trial = trials.of({}, style)
        assert trial is None or trial.point.values["x"][()] > 1
    assert trials.of({}, "mixed") is not None
    true = "input s[J]\nassume sum(j, p[j]) == 1\nfor j: p[j] = exp(s[j]) / sum(k, exp(s[k]))"
    assert Trials(read(true), (), ()).of({"J": 3}, "mixed") is not None
    false = true.replace("== 1", "== 2")
    assert Trials(read(false), (), ()).of({"J": 3}, "mixed") is None


def test_relations_between_arrays_are_met_by_drawing_again() -> None:
    for point in _accepted("input a\ninput b\nassume a > b\nc = a - b"):
        assert point.values["a"][()] > point.values["b"][()]


def test_points_without_a_defined_forward_pass_are_replaced() -> None:
    found = list(_accepted("input x\ny = log(x - 1/2)"))
    assert found and all(point.values["x"][()] > fmpq(1, 2) for point in found)


def _accepted(text: str) -> Iterator[Point]:
    trials = Trials(read(text), (), ())
    return (trial.point for style in STYLES if (trial := trials.of({}, style)) is not None)


def test_data_labels_and_the_gradient_of_a_loss_are_what_they_must_be() -> None:
    text = "input x[n] = [1, 3, 3, 0]\ninput y[B] in 1..K\nloss L\nL = x[1]"
    sampler = Sampler(read(text), ["L.grad"])
    labels = set()
    for style in STYLES:
        for point in sampler.points({"n": 4, "B": 3, "K": 2}, style):
            assert numbers(point, "x") == [1, 3, 3, 0]
            assert numbers(point, "L.grad") == [1]
            assert point.fixed
            labels.update(numbers(point, "y"))
    assert labels == {1, 2}


def test_a_nudge_moves_every_free_number_a_little_and_keeps_the_assumptions() -> None:
    text = "input y[K]\ninput x = 3\nassume y > 0\nassume sum(k, y[k]) == 1\noutput z\nz = y[1]*x"
    sampler = Sampler(read(text), ["z.grad"])
    point = next(sampler.points({"K": 3}, "mixed"))
    moved = sampler.nudged(point)
    assert moved is not None and numbers(moved, "x") == [3]
    assert sum(numbers(moved, "y"), fmpq(0)) == 1
    for name in ("y", "z.grad"):
        for before, after in zip(numbers(point, name), numbers(moved, name), strict=True):
            assert 0 < abs(after - before) < fmpq(1, 10**4)


def test_points_depend_on_the_declarations_alone() -> None:
    text = "function f(x)\ninput a[N]\nfor i: b[i] = f(a[i])"
    first, second = (next(Sampler(read(text)).points({"N": 2}, "mixed")) for _ in range(2))
    assert first.values == second.values
    assert str(first.functions["f"]) == str(second.functions["f"])
    other = next(Sampler(read(text + "\ninput c")).points({"N": 2}, "mixed"))
    assert other.values["a"] != first.values["a"]


def test_opaque_functions_are_drawn_by_name() -> None:
    text = "function f(y, z)\nfunction g(x)\ninput x\nw = f(g(x), x) + g'(x)"
    point = next(points(text, {}))
    assert point.functions["g"].parameters == ("x",)
    state = evaluate(read(text), {}, point.values, functions=point.functions)
    assert type(state["w"][()]) is fmpq


def test_points_of_enormous_arrays_are_not_drawn() -> None:
    program = read("input x[N]\noutput y\nassume N == 50000\ny = sum(i, x[i])")
    with pytest.raises(Budget):
        next(Sampler(program).points({"N": 50_000}, "mixed"))


def test_equations_that_hold_are_looked_at_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds over all equations end when none of them changes a value."""
    solved = []
    solve = Equation.solve

    def counted(equation: Equation, *arguments: Any) -> Any:
        solved.append(equation)
        return solve(equation, *arguments)

    monkeypatch.setattr(Equation, "solve", counted)
    count = 20
    lines = [f"input y{n}[M]\nassume sum(k, y{n}[k]) == 1" for n in range(count)]
    next(Sampler(read("\n".join(lines))).points({"M": 2}, "mixed"))
    assert len(solved) <= 3 * count


def test_points_do_not_depend_on_what_anything_is_called() -> None:
    """The same declarations under other names give the same numbers, in the same order."""
    first = read("input x[N, M]\ninput a\nassume a > 0\nfunction f(y, z)\noutput u\nu = a")
    other = read("input w[K, B]\ninput q\nassume q > 0\nfunction g(r, s)\noutput v\nv = q")
    for style in ("mixed", "wide"):
        one = next(Sampler(first, ("u.grad",)).points({"N": 2, "M": 3}, style))
        two = next(Sampler(other, ("v.grad",)).points({"B": 3, "K": 2}, style))
        values = [[[*cells.values()] for cells in point.values.values()] for point in (one, two)]
        assert values[0] == values[1]
