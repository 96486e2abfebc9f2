"""Whole arrays mean what NumPy means by them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from arraytexts import ARRAYS, EXTENTS, INPUTS, NUMPY, SHAPES, expressions
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad import StudentError, derive, equivalent, read
from symgrad.evaluation.arithmetic import FLOATS
from symgrad.evaluation.evaluate import evaluate
from symgrad.reading.names.words import ARRAY_FUNCTIONS
from symgrad.reading.values.functions import ARRAY_FUNCTIONS as ROWS

VALUES = {
    name: np.random.default_rng(number).normal(size=[EXTENTS[axis] for axis in axes])
    for number, (name, axes) in enumerate(ARRAYS.items())
}


def cells(array: Any) -> dict[tuple[int, ...], float]:
    array = np.asarray(array)
    return {tuple(n + 1 for n in place): float(array[place]) for place in np.ndindex(array.shape)}


def ours(text: str, name: str, values: dict[str, Any] = VALUES) -> Any:
    """What the literal evaluator of the program that is read gives, as an array from 0."""
    program = read(text)
    state = evaluate(
        program, EXTENTS, {key: cells(value) for key, value in values.items()}, FLOATS
    )[name]
    if () in state:
        return state[()]
    found = np.zeros([max(place) for place in zip(*state, strict=True)])
    for place, value in state.items():
        found[tuple(n - 1 for n in place)] = value
    return found


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(SHAPES).flatmap(expressions))
def test_an_expression_has_the_value_that_numpy_gives_it(text: str) -> None:
    """The same text is read by symgrad and evaluated by Python on the same arrays."""
    expected = eval(text, {**NUMPY, **VALUES})
    found = ours(f"{INPUTS}\nt = {text}", "t")
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


STATEMENTS = [
    ("A = A @ A", "A = A @ A", "A"),
    ("A = A.T\nA += A.T", "A = A.T.copy()\nA += A.T", "A"),
    ("u -= A @ u", "u = u - A @ u", "u"),
    ("u *= A @ u", "u = u * (A @ u)", "u"),
    ("A[1, :] = A[:, 2]", "A[0, :] = A[:, 1]", "A"),
    ("X[:, 1] += v[1]\nX[2, :] = v", "X[:, 0] += v[0]\nX[1, :] = v", "X"),
    ("t = zeros(N, M)\nfor n: t[n, :] += X[n, :] * u[n]", "t = X * u[:, None]", "t"),
    ("for n: t[n] = dot(X[n, :], v)", "t = X @ v", "t"),
    ("for n: t = dot(X[n, :], v); Y[:, n] += t * v", "Y += np.outer(v, X @ v)", "Y"),
    # A row that is computed in each iteration is there, whole, for the statement behind it.
    ("for n: t[n] = u[n]\nv += v * t[1]\nu += t", "v = v + v * u[0]; u = u + u", "u"),
    ("t[1] = a\nfor n in 2..N: t[n] = u[n]\nu += t", "u[1:] += u[1:]; u[0] += a", "u"),
    ("for n: r = X[n, :] * v; Y[:, n] = r / sum(abs(r))",
     "for n in range(2):\n r = X[n] * v; Y[:, n] = r / np.sum(abs(r))", "Y"),
    # A recurrence: each iteration reads what the one before wrote.
    ("for k in 1..3: u = tanh(A @ u)", "for k in range(3): u = np.tanh(A @ u)", "u"),
    ("for k in 1..3: u = A @ u; v += X.T @ u; w[k] = u.sum()",
     "for k in range(3):\n u = A @ u; v = v + X.T @ u; w[k] = u.sum()", "v"),
    ("for k in 1..3: u = A @ u; v += X.T @ u; w[k] = u.sum()",
     "for k in range(3):\n u = A @ u; v = v + X.T @ u; w[k] = u.sum()", "w"),
    ("for n: X[n, :] += v; v += X[n, :]", "for n in range(2):\n X[n] += v; v = v + X[n]", "v"),
    ("for n: X[n, :] += v; v += X[n, :]", "for n in range(2):\n X[n] += v; v = v + X[n]", "X"),
    ("for n if n > 1: X[n, :] = X[n-1, :] + v", "X[1] = X[0] + v", "X"),
    ("for i: t[i, :] = sum(m, Q[i, :, m])", "t = Q.sum(axis=2)", "t"),
    ("t = sum_m X[:, m] * v[m] + u", "t = X @ v + u", "t"),
    ("t = max(m, X[:, m])", "t = X.max(axis=1)", "t"),
    ("t = X v\nt = t + u", "t = X @ v + u", "t"),
    ("t = X B^T C / 2", "t = X @ B.T @ C / 2", "t"),
    ("t = tanh(X) * A X", "t = np.tanh(X) * (A @ X)", "t"),
    ("t = 2 X a v", "t = 2 * (X * a) @ v", "t"),
    ("t = u^T A u", "t = u @ A @ u", "t"),
    ("t = u v^T B", "t = np.outer(u, v) @ B", "t"),
    ("t = [X > 0] * X", "t = (X > 0) * X", "t"),
    ("t = where([X > 0 and X < 1] == 1, X, -v)", "t = np.where((X > 0) & (X < 1), X, -v)", "t"),
    ("t = (X > 0) * X", "t = (X > 0) * X", "t"),
    ("t = X * (v < 0).astype(float)", "t = X * (v < 0).astype(float)", "t"),
    ("t = X if X > u[:, None] else v", "t = np.where(X > u[:, None], X, v)", "t"),
    ("t = (X @ B)[2, 3] + X.T[3, 2]", "t = (X @ B)[1, 2] + X.T[2, 1]", "t"),
    ("t = w[2..K] - w[1..K-1]", "t = w[1:] - w[:-1]", "t"),
    ("t = X[None]", "t = X[None]", "t"),
    ("t = X * u[:, np.newaxis]", "t = X * u[:, np.newaxis]", "t"),
    ('t = einsum("knm,n->km", Q, u)', 't = np.einsum("knm,n->km", Q, u)', "t"),
    ('t = einsum("nn", A) + einsum("nm,mn", X, Y)', "t = np.trace(A) + np.trace(X @ Y)", "t"),
    ("t = pad(X, (1, 0), (2, 1))", "t = np.pad(X, ((1, 0), (2, 1)))", "t"),
    ("t = pad(v, 2)[2..M+3]", "t = np.pad(v, 2)[1:-1]", "t"),
    ("t = conv(w, v)", "t = np.correlate(w, v, 'valid')", "t"),
    ("t = flip(Q, 1)", "t = np.flip(Q, 1)", "t"),
    ("t = softmax(Q, axis=1)", "e = np.exp(Q); t = e / e.sum(axis=1, keepdims=True)", "t"),
    ("t = X[argmax(X.sum(axis=1)), :]", "t = X[np.argmax(X.sum(axis=1)), :]", "t"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "python", "name"), STATEMENTS)
def test_statements_do_what_python_does(text: str, python: str, name: str) -> None:
    """Right sides are evaluated whole before anything is assigned; loops run as written."""
    names = {**NUMPY, **{key: value.copy() for key, value in VALUES.items()}}
    exec(python, names)
    np.testing.assert_allclose(ours(f"{INPUTS}\n{text}", name), names[name], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("text", "python", "name"), STATEMENTS)
def test_what_is_read_is_printed_so_that_it_is_read_again(
    text: str, python: str, name: str
) -> None:
    program = read(f"{INPUTS}\n{text}")
    assert read(str(program)) == program


VECS = [
    ("t = vec(X) @ vec(X)", lambda X, G: np.sum(X * X)),
    (
        "o = 2 * vec(X)\nt = dot(o, o) + norm2(o)",
        lambda X, G: np.sum(4 * X * X) + np.linalg.norm(2 * X),
    ),
    ("t = unvec(3 * vec(X), X)", lambda X, G: 3 * X),
    ("t = G.T @ vec(X)", lambda X, G: G.T @ X.ravel()),
    ("t = unvec(G @ ones(K), X)", lambda X, G: G.sum(axis=1).reshape(X.shape)),
    (
        "G += outer(vec(X), ones(K))\nt = G.sum(axis=0)",
        lambda X, G: (G + X.ravel()[:, None]).sum(axis=0),
    ),
    ('t = einsum("ik,i->k", G, X.flatten())', lambda X, G: X.ravel() @ G),
    ("t = sum(n in 1..N*M, G[n, :])", lambda X, G: G.sum(axis=0)),
]


@pytest.mark.parametrize(("text", "expected"), VECS)
def test_a_vec_has_the_elements_row_by_row(text: str, expected: Any) -> None:
    """An axis of N*M elements beside an image of N rows of M, whatever N and M are."""
    values = {"X": VALUES["X"], "G": np.random.default_rng(0).normal(size=(6, 4))}
    head = "input X[N, M]\ninput G[N*M, K]\n"
    np.testing.assert_allclose(ours(head + text, "t", values), expected(**values))
    program = read(head + text)
    assert read(str(program)) == program


SOFTMAX = read(
    """
    input s[B, J]
    output p
    for b, j: Z[b] += exp(s[b, j])
    for b, j: p[b, j] += exp(s[b, j]) / Z[b]
    """
)

BACKWARD = [
    "s.grad += p * (p.grad - (p * p.grad).sum(axis=1, keepdims=True))",
    "g = p.grad - einsum('bj,bj->b', p, p.grad)[:, None]\ng *= p\ns.grad += g",
    "for b: c = dot(p[b, :], p.grad[b, :]); s.grad[b, :] += p[b, :] * (p.grad[b, :] - c)",
    "for b: r = p[b, :] * p.grad[b, :]; e = sum(r); s.grad[b, :] += r; s.grad[b, :] -= p[b, :] * e",
    "for b: g = p.grad[b, :]; g -= dot(g, p[b, :]); s.grad[b, :] += p[b, :] * g",
    "for b: M = diag(p[b, :]) - outer(p[b, :], p[b, :]); s.grad[b, :] += p.grad[b, :] @ M",
    "for b: M[b, :, :] = diag(p[b, :]) - p[b, :] p[b, :]^T\n"
    "s.grad += einsum('bi,bij->bj', p.grad, M)",
    "e = np.sum(p * p.grad, axis=-1)\ns.grad += p * p.grad - (p.T * e).T",
    "e = zeros(B)\nfor b: e[b] += dot(p[b, :], p.grad[b, :])\ns.grad += p * (p.grad - e[:, None])",
]


@pytest.mark.parametrize("answer", BACKWARD)
def test_answers_on_whole_arrays_are_proved(answer: str) -> None:
    """Every way to write softmax's backward pass on whole arrays; its near misses are refuted."""
    verdict = equivalent(answer, derive(SOFTMAX), given=SOFTMAX, targets=["s.grad"])
    assert verdict.status == "equal"
    wrong = equivalent(f"{answer}\ns.grad += p", derive(SOFTMAX), given=SOFTMAX, targets=["s.grad"])
    assert wrong.status == "different"


def test_every_function_that_is_called_by_name_has_its_row() -> None:
    """What is known to be a function of whole arrays is read as one."""
    assert ROWS.keys() >= ARRAY_FUNCTIONS


LIMITS = [
    "B = " + "A @ " * 300 + "A",
    "B = " + "A " * 300,
    "B = A" + ".T" * 3000,
    "B = " + "(" * 38 + "A" + ".T.T.T.T)" * 38,
    "y = " + "softmax(" * 35 + "x" + ")" * 35,
    "y = " + "(" * 30 + "x" + "[1..N])" * 30,
    "for k in 1..3: " + "; ".join(["x = A @ x"] * 30),
    "\n".join(f"for i: t{n}[i] = x[i]\nz{n} = t{n} * x" for n in range(100)),
]


@pytest.mark.parametrize("text", LIMITS, ids=lambda text: text[:20])
def test_what_would_grow_without_bounds_is_refused(text: str) -> None:
    with pytest.raises(StudentError):
        read(f"input x[N]\ninput A[N, N]\n{text}")


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SHAPES).flatmap(expressions))
def test_every_expression_is_printed_so_that_it_is_read_again(text: str) -> None:
    program = read(f"{INPUTS}\nt = {text}")
    assert read(str(program)) == program
