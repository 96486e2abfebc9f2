"""Programs as text. That every text reads back is tested with the reader; here is how it looks."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import sympy
from sympy import Integer, Pow, Rational

from symgrad import read
from symgrad.expressions import (
    add,
    divide,
    element,
    extent,
    index,
    mul,
    negate,
    partial,
    power,
    scalar,
)
from symgrad.heads import Bracket, MaxOver, SumOver
from symgrad.program import Axis, Input, Loop, Nest, Opaque, Program, Statement
from symgrad.writing.write import condition_text, declaration_text, expression_text, text

ANSWERS = Path(__file__).parent / "answers"

x, y = scalar("x"), scalar("y")
i, j, N, M = index("i"), index("j"), extent("N"), extent("M")
ONE, TWO = Integer(1), Integer(2)


@pytest.mark.parametrize(
    ("expr", "written"),
    [
        (add(x, negate(mul(TWO, y))), "x - 2 * y"),
        (negate(add(x, y)), "-(x + y)"),
        (mul(x, negate(y)), "x * (-1) * y"),
        (divide(x, mul(y, TWO)), "x / (y * 2)"),
        (mul(Rational(1, 2), x), "1/2 * x"),
        (mul(Rational(-3, 2), x), "-3/2 * x"),
        (mul(x, Rational(3, 2)), "x * (3/2)"),
        (mul(x, Rational(1, 2)), "x / 2"),
        (power(add(x, y), TWO), "(x + y)^2"),
        (power(power(x, TWO), Integer(3)), "(x^2)^3"),
        (Pow(x, Rational(-3, 2), evaluate=False), "1 / x^(3/2)"),
        (Pow(x, Rational(-1, 2), evaluate=False), "1 / sqrt(x)"),
        (power(Integer(-2), x), "(-2)^x"),
        (power(TWO, element("v", i)), "2^(v[i])"),
        (add(Integer(-1), N), "-1 + N"),
        (element("v", N - i + 1), "v[N - i + 1]"),
        (element("v", -i - 1), "v[-i - 1]"),
        (element("v", 3 - i), "v[3 - i]"),
        (element("v", sympy.floor((i - j + 1) / 2)), "v[floor((i - j + 1)/2)]"),
        (element("v", sympy.Mod(i, 2) + 2 * j), "v[2 * j + mod(i, 2)]"),
        (element("A", (N - 1) * (M - 1)), "A[(M - 1) * (N - 1)]"),
        (partial("g", (2,), x), "g''(x)"),
        (partial("f", (1, 2), x, y), "f_yzz(x, y)"),
        (Bracket(sympy.false), "[1 == 0]"),
    ],
)
def test_an_expression_is_written_as_people_do(expr: sympy.Expr, written: str) -> None:
    assert expression_text(expr, names={"f": ("y", "z")}) == written


def test_conditions_on_one_middle_are_a_chain() -> None:
    first = sympy.LessThan(1, i, evaluate=False)
    second = sympy.LessThan(i, N, evaluate=False)
    third = sympy.Ne(j, 2, evaluate=False)
    either = sympy.Or(third, sympy.Not(second, evaluate=False))
    assert condition_text(sympy.And(second, first)) == "1 <= i <= N"
    assert condition_text(sympy.And(either, first)) == "1 <= i and (j != 2 or not (i <= N))"


@pytest.mark.parametrize(
    "line",
    [
        "input x[2 * P, 0..N - 1]",
        "input x[2, 2] = [[1, -1/2], [0, 3]]",
        "input y in 1..K",
        "input r = -1/3",
        "function f(y, z)",
    ],
)
def test_a_declaration_is_written_as_it_is_read(line: str) -> None:
    (item,) = read(line).declarations
    assert declaration_text(item) == line


def test_a_range_is_left_out_only_where_the_reader_finds_it() -> None:
    v = Input("v", (Axis(N),))
    bare = Nest((Loop(i, ONE, N),), (Statement(element("t", i), "=", element("v", i)),))
    shifted = Nest((Loop(i, TWO, N),), (Statement(element("t", i), "=", element("v", i)),))
    later = Nest((Loop(i, ONE, N),), (Statement(element("u", i), "=", element("t", i)),))
    assert text(Program((v,), (bare, later))).splitlines()[1:] == [
        "for i: t[i] = v[i]",
        "for i: u[i] = t[i]",
    ]
    # Here loops over two ranges stand on the axis of t, so none can be inferred from it.
    mixed = Program((v,), (bare, shifted, later))
    assert text(mixed).splitlines()[1:] == [
        "for i: t[i] = v[i]",
        "for i in 2..N: t[i] = v[i]",
        "for i in 1..N: u[i] = t[i]",
    ]
    assert read(text(mixed)) == mixed


def test_an_auxiliary_that_nothing_fixed_before_gives_no_range() -> None:
    nest = Nest((Loop(i, ONE, N),), (Statement(element("t", i), "=", ONE),))
    program = Program((Input("v", (Axis(N),)),), (nest,))
    assert text(program).splitlines()[1:] == ["for i in 1..N: t[i] = 1"]
    assert read(text(program)) == program


def test_an_axis_on_which_no_loop_stood_alone_gives_no_range() -> None:
    """c[N] and c[N - i] do not tell that c runs over 1..N."""
    texts = ("c[N] = v[N]", "for i in 1..N - 1: c[N - i] = v[N - i]", "for i in 1..N: t[i] = c[i]")
    program = read("input v[N]\n" + "\n".join(texts))
    assert tuple(text(program).splitlines()[1:]) == texts
    assert read(text(program)) == program


def test_a_maximum_over_an_index_that_is_bound_already_names_its_range() -> None:
    inner = MaxOver.over([(i, ONE, N)], element("v", i))
    outer = SumOver.over([(i, ONE, N)], mul(element("v", i), inner))
    known = {"v": (Axis(N),)}
    assert expression_text(outer, known) == "sum(i, v[i] * max(i in 1..N, v[i]))"


def test_a_guard_needs_no_loop() -> None:
    guard = sympy.StrictGreaterThan(x, 0, evaluate=False)
    nest = Nest((), (Statement(y, "=", x), Statement(y, "+=", x)), guard)
    program = Program((Input("x"), Opaque("g", ("x",))), (nest,))
    assert text(program).splitlines()[2:] == ["if x > 0: y = x; y += x"]
    assert read(text(program)) == program


def test_every_side_of_the_table_is_written_so_that_it_reads_back() -> None:
    table = tomllib.loads((ANSWERS / "identities.toml").read_text(encoding="utf-8"))
    for row in table["pair"]:
        given = read(table["given"][row["given"]])
        for side in ("left", "right"):
            program = read(row[side], given=given)
            assert read(str(program), given=given) == program, row
