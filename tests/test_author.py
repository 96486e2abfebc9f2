"""Forward passes written in SymPy become programs that print the way they were typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sympy import (
    Eq,
    Function,
    IndexedBase,
    Piecewise,
    Sum,
    exp,
    symbols,
)

from symgrad.course.author import (
    add,
    arrays,
    as_written,
    extents,
    fixed,
    forward,
    idx,
    label,
    let,
    scalars,
    subtract,
)
from symgrad.course.exercise import catalogue
from symgrad.errors import AuthorError
from symgrad.program import Program
from symgrad.reading.text import read

B, J = extents("B J")
b, j = idx("b", B), idx("j", J)
s, Z, p = arrays("s Z p")
u, v, L = scalars("u v L")


def test_a_forward_pass_prints_as_the_notes_have_it() -> None:
    with as_written():
        softmax = forward(
            inputs=[s[B, J]],
            updates=[add(Z[b], exp(s[b, j])), add(p[b, j], exp(s[b, j]) / Z[b])],
            outputs=[p],
        )
    assert str(softmax) == (
        "input s[B, J]\n"
        "output p\n"
        "for b, j: Z[b] += exp(s[b, j])\n"
        "for b, j: p[b, j] += exp(s[b, j]) / Z[b]"
    )


def test_the_loops_of_an_update_are_its_free_indices() -> None:
    k = idx("k", J)
    with as_written():
        program = forward(
            inputs=[s[B, J]], updates=[add(Z[b], s[b, j] * Sum(s[b, k], k)), let(u, Sum(Z[b], b))]
        )
    assert [[loop.index.name for loop in nest.loops] for nest in program.nests] == [["b", "j"], []]


def test_loops_can_be_ordered_and_conditions_set() -> None:
    with as_written():
        update = subtract(Z[b], s[b, j], loops=[j, b], where=b + 1 <= j)
        program = forward(inputs=[s[B, J]], updates=[update])
    assert str(program.nests[0].loops[0].index) == "j"
    assert str(program).endswith("for j, b if b + 1 <= j: Z[b] -= s[b, j]") or str(
        program
    ).endswith("for j, b if j >= b + 1: Z[b] -= s[b, j]")


def test_every_kind_of_declaration() -> None:
    f = Function("f")
    x, y = arrays("x y")
    (t,) = scalars("t")
    with as_written():
        program = forward(
            inputs=[x[(0, B - 1), 2], fixed(y[3], [1, 2.5, -1]), label(t, J), u],
            functions=[f(u, v)],
            assume=[B >= 2, u > 0, Eq(Sum(y[idx("k", 3)], idx("k", 3)), 1)],
            updates=[let(L, f(u, u) + Sum(x[idx("i", B - 1, 0), 1], idx("i", B - 1, 0)))],
            loss=L,
        )
    lines = str(program).splitlines()
    assert lines[:5] == [
        "input x[0..B - 1, 2]",
        "input y[3] = [1, 5/2, -1]",
        "input t in 1..J",
        "input u",
        "function f(u, v)",
    ]
    assert lines[5:9] == [
        "assume B >= 2",
        "assume u > 0",
        "assume sum(k, y[k]) == 1",
        "loss L",
    ]


def test_symbols_without_assumptions_are_scalars() -> None:
    a, c = symbols("a c")
    with as_written():
        program = forward(inputs=[a], updates=[let(c, 2 * a)])
    assert str(program) == "input a\nc = 2 * a"
    assert program.arrays["a"].rank == 0


def programs() -> dict[str, Program]:
    found = {}
    for exercise in catalogue().values():
        for part in exercise.parts:
            found[f"{exercise.id} {part.name}"] = part.forward
            if part.rewriting is not None:
                found[f"{exercise.id} {part.name}, rewritten"] = part.rewriting
    return found


@pytest.mark.parametrize("program", [pytest.param(p, id=name) for name, p in programs().items()])
def test_what_is_written_reads_back(program: Program) -> None:
    """A forward pass from SymPy is the one that its text means."""
    assert read(str(program), given=program.given) == program


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: forward(inputs=[s[B, J]], updates=[add(Z[b], p[b])]),
            "updates[0]: p is neither an input nor computed",
        ),
        (
            lambda: forward(inputs=[s[B, J]], updates=[add(Z[b], s[b, j], loops=[b])]),
            "updates[0]: no loop over j",
        ),
        (lambda: forward(inputs=[], outputs=[p]), "outputs: p is neither an input nor computed"),
        (
            lambda: forward(inputs=[fixed(s[2], [1, 2, 3])]),
            "inputs[0]: 3 values for an axis of 2",
        ),
        (
            lambda: forward(inputs=[fixed(s[2, 2], [1, 2])]),
            "inputs[0]: the data have fewer axes than the array",
        ),
        (
            lambda: forward(inputs=[fixed(u, [1])]),
            "inputs[0]: the data have more axes than the array",
        ),
        (
            lambda: forward(inputs=[u], updates=[let(u + 1, u)]),
            "updates[0]: u + 1 cannot be assigned to",
        ),
        (
            lambda: forward(inputs=[u], updates=[let(v, Piecewise((u, u > 0)))]),
            "updates[0]: a Piecewise needs a last case for everything else",
        ),
        (
            lambda: forward(inputs=[u], functions=[u]),
            "functions[0]: u is not a function of named parameters, as f(y, z)",
        ),
        (
            lambda: forward(inputs=[u], updates=[let(v, Function("gamma")(u).diff(u))]),
            "updates[0]: Derivative has no place in a program: Derivative(gamma(u), u)",
        ),
        (lambda: forward(inputs=[u + 1]), "inputs[0]: u + 1 is not an array"),
    ],
)
def test_a_mistake_is_named_with_its_place(build: Callable[[], object], message: str) -> None:
    with pytest.raises(AuthorError) as caught:
        build()
    assert str(caught.value) == message


def test_an_array_is_plain_sympy() -> None:
    assert isinstance(s, IndexedBase)
    assert b.upper == B
