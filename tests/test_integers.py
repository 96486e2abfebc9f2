"""Conditions as integer sets: checked against counting."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
import sympy
from sympy import Expr, Integer
from sympy.logic.boolalg import Boolean

from symgrad.expressions import element, extent, index, scalar
from symgrad.program import Array, Axis
from symgrad.sets.integers import Integers, Projection
from symgrad.sets.literals import componentwise, conjuncts, positive, within

H, h, P, Q = (extent(name) for name in ("H", "h", "P", "Q"))
i, j, m = (index(name) for name in ("i", "j", "m"))


def le(left: Expr | int, right: Expr | int) -> Boolean:
    return sympy.Le(left, right, evaluate=False)


CONVOLUTION = [*within(i, Axis(H - h + 1)), *within(m, Axis(h))]
CONV_CONTEXT = Integers({}, [sympy.Ge(H, h, evaluate=False)])


def test_a_set_is_empty_exactly_when_no_extents_admit_a_point() -> None:
    assert not CONV_CONTEXT.possible([*CONVOLUTION, sympy.Gt(i + m - 1, H, evaluate=False)])
    assert CONV_CONTEXT.possible([*CONVOLUTION, sympy.Gt(i + m, H, evaluate=False)])


def test_extents_are_at_least_one() -> None:
    assert not Integers().possible([le(H, 0)])
    assert Integers().implies([], le(1, H))


def test_extents_are_at_least_one_where_only_the_larger_set_speaks_of_them() -> None:
    """{ j = 1 } is in 1..H; { j = 2 } need not be."""
    whole: Projection = ([le(1, j), le(j, H)], [])
    assert Integers().includes(whole, ([sympy.Eq(j, 1, evaluate=False)], []))
    assert not Integers().includes(whole, ([sympy.Eq(j, 2, evaluate=False)], []))


def test_an_extent_of_which_no_condition_speaks_is_one() -> None:
    assert Integers().example([le(0, j), le(j, 0)], [H, j]) == {H: 1, j: 0}


def test_the_smallest_example_comes_first() -> None:
    found = CONV_CONTEXT.example([*CONVOLUTION, sympy.Gt(i + m, H, evaluate=False)], [H, h, i, m])
    assert found == {H: 1, h: 1, i: 1, m: 1}


def test_assumptions_restrict_every_answer() -> None:
    assert CONV_CONTEXT.implies([], le(h, H))
    assert not Integers().implies([], le(h, H))
    assert CONV_CONTEXT.example([le(2, h)], [H, h]) == {H: 2, h: 2}


def test_an_image_hides_the_indices_that_it_projects_away() -> None:
    """{ j : exists i, m: j = i + m - 1 } is 1..H."""
    image = CONV_CONTEXT.image([*CONVOLUTION, sympy.Eq(j, i + m - 1, evaluate=False)], [i, m])
    assert image.is_equal(CONV_CONTEXT.enclosing(within(j, Axis(H))))


def test_a_product_of_extents_is_at_least_each_of_them() -> None:
    assert Integers().implies([], le(P, P * Q))
    assert Integers().implies([], le(0, (P - 1) * (Q - 1)))
    assert not Integers().implies([], le(P * Q, P + Q))


def test_a_label_lies_in_its_range() -> None:
    labels = Integers({"y": Array("y", (Axis(P),), "input", values=Axis(Q))})
    assert labels.implies([], le(element("y", i), Q))
    assert not labels.implies([], le(element("y", i), Q - 1))


def test_two_elements_that_hold_an_index_may_differ() -> None:
    labels = Integers({"y": Array("y", (Axis(P),), "input", values=Axis(Q))})
    assert labels.possible([sympy.Ne(element("y", i), element("y", j), evaluate=False)])


def test_conditions_on_data_have_no_set() -> None:
    positive_data = sympy.Gt(element("x", i), 0, evaluate=False)
    assert Integers().exactly(positive_data) is None
    assert Integers().possible([positive_data])
    assert not Integers().implies([], positive_data)


def test_what_is_about_data_only_enlarges_a_set() -> None:
    data = sympy.Gt(scalar("x"), 0, evaluate=False)
    both = sympy.And(data, le(i, 0), evaluate=False)
    either = sympy.Or(data, le(i, 0), evaluate=False)
    assert not Integers().possible([both, le(1, i)])
    assert Integers().possible([either, le(1, i)])
    assert Integers().possible([sympy.Not(both, evaluate=False), le(i, 0)])
    assert not Integers().possible([sympy.Not(either, evaluate=False), le(i, 0)])


def test_names_that_differ_only_in_signs_stay_apart() -> None:
    first, second = index("i'"), index("i_27_")
    assert Integers().possible([sympy.Ne(first, second, evaluate=False)])
    assert Integers().possible([sympy.Ne(extent("a"), index("a"), evaluate=False)])


def test_keywords_of_isl_are_names_like_any_other() -> None:
    assert Integers().implies([le(2, index("mod"))], le(1, index("mod")))
    assert Integers().implies([], le(1, extent("exists")))


def test_tuples_are_compared_component_by_component() -> None:
    same = sympy.Eq(sympy.Tuple(i, j), sympy.Tuple(1, 2), evaluate=False)
    assert Integers().implies([same], sympy.Eq(i + j, 3, evaluate=False))
    assert positive(sympy.Not(same, evaluate=False)) == positive(
        componentwise(sympy.Ne(*same.args, evaluate=False))
    )


def test_a_conjunction_is_read_as_its_parts() -> None:
    first, second = le(1, i), le(i, H)
    assert set(conjuncts(sympy.And(first, second, evaluate=False))) == {first, second}
    assert conjuncts(sympy.true) == ()


TERMS = [i, j, i + 2 * j, sympy.floor(i / 2), sympy.ceiling((i + j) / 3), sympy.Mod(i, 3), H - i]
TERMS += [sympy.Max(i, j), sympy.Min(i, H, j + 1), Integer(2), 2 * sympy.floor((j - 1) / 2)]


def _condition(random: Random, depth: int) -> Boolean:
    if depth and random.random() < 0.6:
        head = random.choice([sympy.And, sympy.Or, sympy.Not])
        count = 1 if head is sympy.Not else 2
        return head(*(_condition(random, depth - 1) for _ in range(count)), evaluate=False)
    head = random.choice([sympy.Eq, sympy.Ne, sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge])
    return head(random.choice(TERMS), random.choice(TERMS), evaluate=False)


@pytest.mark.parametrize("seed", range(40))
def test_a_set_holds_exactly_the_points_that_satisfy_the_condition(seed: int) -> None:
    """The oracle is SymPy's own evaluation at every point of a box."""
    condition = _condition(Random(seed), 2)
    integers = Integers()
    for values in product((1, 3), range(-2, 3), range(-2, 3)):
        point = dict(zip((H, i, j), map(Integer, values), strict=True))
        here = [sympy.Eq(symbol, value, evaluate=False) for symbol, value in point.items()]
        expected = bool(condition.xreplace(point).doit())
        assert integers.possible([condition, *here]) == expected
        assert integers.possible([positive(condition, negated=True), *here]) != expected


def test_a_condition_that_is_too_long_for_isl_is_unknown() -> None:
    """Reading it would take minutes; nothing rests on it."""
    long = sympy.Ne(H, sympy.expand((H + h * P + 1) ** 12), evaluate=False)
    known = Integers({}, [])
    assert not known.implies((), long)
    assert not known.implies((), sympy.Eq(*long.args, evaluate=False))
    assert known.possible((long,))
