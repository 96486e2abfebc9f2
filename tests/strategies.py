"""Small random forward passes, for hypothesis: smooth almost everywhere, defined everywhere.

input a; input u[N]; input A[N, M]
for i, j: t1[i] += sin(A[i, j] * u[i]);  for i in 2..N: t2[i] = max(0, t1[i-1]) + a;  …
"""

from __future__ import annotations

from collections.abc import Callable

import sympy
from hypothesis import strategies as st
from sympy import Expr, Integer

from symgrad.expressions import (
    add,
    call,
    divide,
    element,
    extent,
    index,
    mul,
    negate,
    opaque,
    partial,
    power,
    root,
)
from symgrad.heads import Bracket, MaxOver, MinOver, SumOver, Where
from symgrad.program import (
    Axis,
    Input,
    Loop,
    Loss,
    Nest,
    Opaque,
    Operator,
    Output,
    Program,
    Statement,
)

N, M = extent("N"), extent("M")
AXES = {"i": N, "j": M, "k": N, "l": M}
"""Loop and bound indices with the extents of the axes that they run over."""

INPUTS = {"a": (), "u": (N,), "v": (M,), "A": (N, M)}
ONE, TWO = Integer(1), Integer(2)

UNARY: list[Callable[[Expr], Expr]] = [
    negate,
    lambda e: power(e, TWO),
    lambda e: power(e, Integer(3)),
    lambda e: root(add(ONE, power(e, TWO))),
    lambda e: divide(ONE, add(ONE, power(e, TWO))),
    lambda e: call("exp", call("sin", e)),
    lambda e: call("log", add(TWO, call("cos", e))),
    lambda e: call("tanh", e),
    lambda e: call("sigma", e),
    lambda e: call("relu", e),
    lambda e: call("softplus", e),
    lambda e: call("erf", e),
    lambda e: call("abs", e),
    lambda e: call("max", Integer(0), e),
    lambda e: mul(Bracket(sympy.StrictGreaterThan(e, 0, evaluate=False)), e),
    lambda e: partial("sigma", (1,), e),
    lambda e: opaque("g")(e),
]

BINARY: list[Callable[[Expr, Expr], Expr]] = [
    add,
    mul,
    lambda left, right: add(left, negate(right)),
    lambda left, right: divide(left, add(ONE, power(right, TWO))),
    lambda left, right: call("max", left, right),
    lambda left, right: call("min", left, right),
    lambda left, right: Where(sympy.LessThan(left, 1, evaluate=False), left, right),
    lambda left, right: opaque("f")(left, right),
]


@st.composite
def expressions(
    draw: st.DrawFn, arrays: dict[str, tuple[Expr, ...]], scope: tuple[str, ...], depth: int = 3
) -> Expr:
    """A value over elements that the indices of a scope reach."""
    kind = draw(
        st.sampled_from(["read", "unary", "binary", "reduce", "shift"] if depth else ["read"])
    )
    inner = expressions(arrays, scope, max(depth - 1, 0))
    if kind == "unary":
        return draw(st.sampled_from(UNARY))(draw(inner))
    if kind == "binary":
        return draw(st.sampled_from(BINARY))(draw(inner), draw(inner))
    if kind == "reduce":
        return draw(_reductions(arrays, scope, depth - 1))
    if kind == "shift":
        return draw(_shifted(arrays, scope))
    return draw(_reads(arrays, scope))


@st.composite
def _reads(draw: st.DrawFn, arrays: dict[str, tuple[Expr, ...]], scope: tuple[str, ...]) -> Expr:
    reached = {AXES[name] for name in scope}
    name = draw(st.sampled_from([name for name, axes in arrays.items() if reached >= {*axes}]))
    indices = (
        draw(st.sampled_from([index(name) for name in scope if AXES[name] == axis]))
        for axis in arrays[name]
    )
    return element(name, *indices)


@st.composite
def _shifted(draw: st.DrawFn, arrays: dict[str, tuple[Expr, ...]], scope: tuple[str, ...]) -> Expr:
    """`[i > 1] * u[i-1]`: a bracket that guards an access."""
    along = [name for name in scope if AXES[name] == N]
    vectors = [name for name, axes in arrays.items() if axes == (N,)]
    if not along or not vectors:
        return draw(_reads(arrays, scope))
    i = index(draw(st.sampled_from(along)))
    return mul(
        Bracket(sympy.StrictGreaterThan(i, 1)), element(draw(st.sampled_from(vectors)), i - 1)
    )


@st.composite
def _reductions(
    draw: st.DrawFn, arrays: dict[str, tuple[Expr, ...]], scope: tuple[str, ...], depth: int
) -> Expr:
    bound = draw(st.sampled_from([name for name in AXES if name not in scope] or ["l2"]))
    if bound not in AXES:
        return draw(_reads(arrays, scope))
    body = draw(expressions(arrays, (*scope, bound), depth))
    head = draw(st.sampled_from([SumOver, SumOver, MaxOver, MinOver]))
    if head is SumOver:
        return head.over([(index(bound), draw(st.sampled_from([ONE, TWO])), AXES[bound])], body)
    vector = next(name for name, axes in INPUTS.items() if axes == (AXES[bound],))
    untied = add(element(vector, index(bound)), body)
    return head.over([(index(bound), ONE, AXES[bound])], untied)


@st.composite
def forward_programs(draw: st.DrawFn, depth: int = 3) -> Program:
    """A forward pass of one to three arrays over `INPUTS`, with outputs or a loss."""
    arrays: dict[str, tuple[Expr, ...]] = dict(INPUTS)
    nests = []
    count = draw(st.integers(1, 3))
    for n in range(count):
        name = f"t{n + 1}"
        scope = draw(st.sampled_from([(), ("i",), ("j",), ("i", "j"), ("j", "i")]))
        op: Operator = draw(st.sampled_from(["=", "+=", "-="]))
        extra = draw(st.booleans()) and op != "="
        outer = tuple(k for k in ("i", "j") if k not in scope)[:1] if extra else ()
        start = draw(st.sampled_from([ONE, TWO]))
        loops = (
            *(Loop(index(k), ONE, AXES[k]) for k in scope),
            *(Loop(index(k), start, AXES[k]) for k in outer),
        )
        value = draw(expressions(arrays, (*scope, *outer), depth))
        target = element(name, *(index(k) for k in scope))
        guard = draw(_guards(loops))
        nests.append(Nest(loops, (Statement(target, op, value),), guard))
        arrays[name] = tuple(AXES[k] for k in scope)
    return Program(
        (
            *(Input(name, tuple(map(Axis, axes))) for name, axes in INPUTS.items()),
            Opaque("f", ("y", "z")),
            Opaque("g", ("x",)),
            *draw(_goals(arrays, count)),
        ),
        tuple(nests),
    )


@st.composite
def _guards(draw: st.DrawFn, loops: tuple[Loop, ...]) -> sympy.Basic:
    if not loops or draw(st.integers(0, 4)):
        return sympy.true
    return sympy.Ne(loops[0].index, 2)


@st.composite
def _goals(draw: st.DrawFn, arrays: dict[str, tuple[Expr, ...]], count: int) -> list[Output | Loss]:
    last = f"t{count}"
    if not arrays[last] and draw(st.booleans()):
        return [Loss(last)]
    earlier = draw(st.sets(st.sampled_from([f"t{n + 1}" for n in range(count)])))
    return [Output(name) for name in sorted({*earlier, last})]
