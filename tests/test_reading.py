"""What a text means, what is said of one that means nothing, and that nothing else can happen."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import forward_programs

from symgrad import StudentError, derive, read
from symgrad.expressions import add, divide, element, extent, index, mul, negate, scalar
from symgrad.heads import Bracket, SumOver
from symgrad.program import Assume, Axis, Input, Loop, Loss, Opaque, Output, Program
from symgrad.reading.syntax.parse import normalised

ANSWERS = Path(__file__).parent / "answers"
TABLE = tomllib.loads((ANSWERS / "forms.toml").read_text(encoding="utf-8"))
FORMS = TABLE["form"]
ERRORS = tomllib.loads((ANSWERS / "errors.toml").read_text(encoding="utf-8"))["error"]
FORWARD = read(TABLE["forward"])

B, J, K = extent("B"), extent("J"), extent("K")
b, j, k = index("b"), index("j"), index("k")
ONE = sympy.Integer(1)

SOFTMAX = read(
    """
    input s[B, J]
    output p
    for b, j: Z[b] += exp(s[b, j])
    for b, j: p[b, j] += exp(s[b, j]) / Z[b]
    """
)


def value(text: str, forward: Program = FORWARD) -> Any:
    """The right side of the only statement of a text."""
    ((_, statement),) = read(text, forward).statements
    return statement.value


# --- the table of forms ------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["text"])
def test_every_form_means_what_the_table_says(form: dict[str, str]) -> None:
    assert str(read(form["text"], FORWARD)) == form["means"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["text"])
def test_the_meaning_of_a_form_is_itself_a_text_of_that_meaning(form: dict[str, str]) -> None:
    assert read(form["means"], FORWARD) == read(form["text"], FORWARD)


# --- trees, built by hand ----------------------------------------------------------------------


def test_a_program_is_its_declarations_and_nests() -> None:
    loops = (Loop(b, ONE, B), Loop(j, ONE, J))
    first, second = SOFTMAX.nests
    assert SOFTMAX.declarations == (Input("s", (Axis(B), Axis(J))), Output("p"))
    assert first.loops == second.loops == loops
    assert first.body[0].target == element("Z", b)
    assert second.body[0].value == divide(
        sympy.exp(element("s", b, j), evaluate=False), element("Z", b)
    )


def test_values_keep_their_order_and_are_not_evaluated() -> None:
    a, c = scalar("a"), scalar("c")
    assert value("t = a - a") == add(a, negate(a))
    assert value("t = a / a") == divide(a, a)
    assert value("t = -a * c") == negate(mul(a, c))
    assert value("t = 0 * v[1] + c") == add(mul(sympy.Integer(0), element("v", ONE)), c)
    assert value("t = exp(log(a))") == sympy.exp(sympy.log(a, evaluate=False), evaluate=False)


def test_numbers_are_exact() -> None:
    assert value("t = 0.1") == sympy.Rational(1, 10)
    assert value("t = 1e-5") == sympy.Rational(1, 100000)
    assert value("t = 1/3") == sympy.Rational(1, 3)


def test_index_expressions_are_evaluated() -> None:
    text = "for n in 2..N: w[n] = v[n + 1 - 2]"
    assert value(text) == element("v", index("n") - 1)


def test_a_chain_of_comparisons_is_a_conjunction() -> None:
    found = value("w[n] = [1 <= n < N] * v[n]").args[0]
    n = index("n")
    assert isinstance(found, Bracket)
    assert found.condition == sympy.And(
        sympy.LessThan(1, n, evaluate=False), sympy.StrictLessThan(n, extent("N"), evaluate=False)
    )


def test_a_sum_without_parentheses_ends_at_the_next_plus() -> None:
    n, N = index("n"), extent("N")
    a, c = scalar("a"), scalar("c")
    body = mul(element("v", n), a)
    assert value("t = sum_n v[n] * a + c") == add(SumOver.over([(n, ONE, N)], body), c)


def test_a_name_followed_by_parentheses_is_a_call_an_access_or_a_product() -> None:
    assert value("t = g(a)").func.__name__ == "g"
    assert value("t = v(1)") == element("v", ONE)
    assert value("t = a(1 + c)") == mul(scalar("a"), add(ONE, scalar("c")))


def test_statements_of_a_body_share_its_loops() -> None:
    (nest,) = read("for n: w[n] = v[n]; u[n] = w[n]", FORWARD).nests
    assert [statement.target for statement in nest.body] == [
        element("w", index("n")),
        element("u", index("n")),
    ]


def test_under_plus_equals_the_indices_of_both_sides_loop() -> None:
    (nest,) = read("Z.grad[b] += s[b, j] * p.grad[b, j]", SOFTMAX).nests
    assert nest.loops == (Loop(b, ONE, B), Loop(j, ONE, J))


def test_two_spellings_of_a_name_are_one_array() -> None:
    assert read("dμ[j] += mu[j]", FORWARD) == read("mu.grad[j] += μ[j]", FORWARD)


def test_an_exercise_may_give_further_names() -> None:
    aliases = {"W^{h,R}": "v", "h_{t+1}": "v'"}
    renamed = read("dW^{h, R}[n] += h_{t+1}[n]", FORWARD, aliases=aliases)
    assert renamed == read("v.grad[n] += v'[n]", FORWARD)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("∂L/∂B^R[n] += 2 B^R[n]^2", "v.grad[n] += 2 * v[n]^2"),
        ("dB^{R}[n] += W^{h,R}[n, m]^{2}", "v.grad[n] += x[n, m]^2"),
        ("y^* = 2y^*", "a = 2 * a"),
        ("α^{(1)}[n] = alpha^{(1)}[n]", "v[n] = v[n]"),
        ("t[n] = ∇ℓ[n] * Z_1[1] * Z_{1}[1]", "t[n] = v[n] * Z[1] * Z[1]"),
    ],
)
def test_names_that_an_exercise_lists_are_typed_in_plain_text(text: str, means: str) -> None:
    listed = {"B^R": "v", "W^{h,R}": "x", "y^*": "a", r"\alpha^{(1)}": "v", "Z_1": "Z"}
    aliases = {**listed, r"\nabla\ell": "v", r"\tilde{s}": "s"}
    assert read(text, FORWARD, aliases=aliases) == read(means, FORWARD)


def test_a_message_shows_names_as_they_were_typed() -> None:
    with pytest.raises(StudentError, match=re.escape("W^{h,R} has 2 axes")):
        read("W^{h,R}[n] = 1", FORWARD, aliases={"W^{h,R}": "x"})


# --- declarations ------------------------------------------------------------------------------


def test_declarations_in_all_their_forms() -> None:
    program = read(
        """
        input x[2*P, 0..N-1]
        input d[2, 2] = [[1, -0.5], [1/2, 3]]
        input r = 2
        input y in 1..K
        input q[K]
        function f(y, z)
        assume 0 < r < 3
        assume sum(k, q[k]) == 1
        assume N == 2*Q
        output q
        loss l
        l = f(r, q[y])
        """
    )
    P, N, Q = map(extent, "PNQ")
    half = sympy.Rational(1, 2)
    total = SumOver.over([(k, ONE, K)], element("q", k))
    assert program.declarations == (
        Input("x", (Axis(2 * P), Axis(N - 1, sympy.Integer(0)))),
        Input("d", (Axis(sympy.Integer(2)),) * 2, None, ((ONE, -half), (half, 3 * ONE))),
        Input("r", (), None, sympy.Integer(2)),
        Input("y", (), Axis(K)),
        Input("q", (Axis(K),)),
        Opaque("f", ("y", "z")),
        Assume(
            sympy.And(
                sympy.StrictLessThan(0, scalar("r"), evaluate=False),
                sympy.StrictLessThan(scalar("r"), 3, evaluate=False),
            )
        ),
        Assume(sympy.Eq(total, 1, evaluate=False)),
        Assume(sympy.Eq(N, 2 * Q, evaluate=False)),
        Output("q"),
        Loss("l"),
    )
    assert read(str(program)) == program


@pytest.mark.parametrize(
    "condition",
    [
        "-sum(k, y[b, k]) == -1",
        "sum(k, y[b, k]) == 1",
        "y[b, k] > 0",
        "y >= 0 and sum(k, y[b, k]) == 1",
    ],
)
def test_an_assumption_may_speak_about_every_row(condition: str) -> None:
    text = f"input y[B, K]\nassume {condition}"
    assert str(read(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input x\ninput x", "x is declared twice"),
        ("input x[N]\ninput N", "N is an extent already"),
        ("input x[2] = [1, 2, 3]", "3 values on an axis of 2"),
        ("input x[N, 2] = [[1, 2], [3]]", "1 value on an axis of 2"),
        ("input x[N, M] = [[1, 2], [3]]", "rows of different lengths"),
        ("input x = [1]", "a number is expected here"),
        ("input x[2] = 1", "a list in brackets, one level for each axis is expected here"),
        ("input x\noutput y", "y is neither an input nor computed"),
        ("input x[N]\nloss x", "the loss x must be a scalar"),
        ("input x[N]\nassume y > 0", "y is not known"),
        ("input x\nassume x = 1", "'=' inside a condition"),
        ("function f(y, y)", "a parameter is named twice"),
        ("y = x", "x is not known"),
        ("input x[3..2]", "an axis without elements"),
        ("input x[0]", "an axis without elements"),
        ("input for[N]", "for is a word of the notation"),
        ("input x, y", "',' does not fit here"),
        ("input x[N]\nassume x[q + 1] > 0", "q is not known"),
        ("input y[B, K]\nassume sum(k, y[b, k]) == q", "q is not known"),
    ],
)
def test_a_forward_pass_that_does_not_hold_together_is_refused(text: str, message: str) -> None:
    with pytest.raises(StudentError) as caught:
        read(text)
    assert caught.value.message == message


# --- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ERRORS, ids=lambda row: row["text"])
def test_every_error_says_what_where_and_what_to_do(row: dict[str, Any]) -> None:
    with pytest.raises(StudentError) as caught:
        read(row["text"], FORWARD)
    error = caught.value
    assert {
        "text": row["text"],
        "kind": error.kind,
        "line": error.line,
        "column": error.column,
        "message": error.message,
        **({"hint": error.hint} if error.hint else {}),
    } == row


@pytest.mark.parametrize("row", ERRORS, ids=lambda row: row["text"])
def test_every_error_shows_the_line_as_it_was_typed(row: dict[str, Any]) -> None:
    with pytest.raises(StudentError) as caught:
        read(row["text"], FORWARD)
    assert caught.value.source == row["text"].split("\n")[row["line"] - 1]


# --- properties --------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, derandomize=True)
@given(forward_programs(depth=2))
def test_every_program_is_read_back_from_its_text(program: Program) -> None:
    assert read(str(program)) == program


@settings(max_examples=15, deadline=None, derandomize=True)
@given(forward_programs(depth=2))
def test_every_backward_pass_is_read_back_from_its_text(program: Program) -> None:
    backward = derive(program)
    assert read(str(backward), given=program) == backward


WORDS = [*(ANSWERS / "words.txt").read_text(encoding="utf-8").split(), "\n"]
"""The words and signs of the notation, and some that are none."""


def refused_or_read(text: str) -> None:
    try:
        program = read(text, FORWARD)
    except StudentError as error:
        lines = normalised(text).split("\n")
        assert error.message
        assert error.source == lines[error.line - 1]
        assert 1 <= error.column <= len(error.source) + 1
    else:
        assert read(str(program), FORWARD) == program


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_any_characters_are_read_or_refused(text: str) -> None:
    refused_or_read(text)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(WORDS), max_size=16).map(" ".join))
def test_any_row_of_words_is_read_or_refused(text: str) -> None:
    refused_or_read(text)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.sampled_from(FORMS), st.integers(0, 200), st.sampled_from([*WORDS, ""]), st.data())
def test_any_damaged_text_is_read_or_refused(
    form: dict[str, str], start: int, word: str, data: st.DataObject
) -> None:
    text = form["text"]
    start %= len(text) + 1
    end = start + data.draw(st.integers(0, 4))
    refused_or_read(text[:start] + word + text[end:])


STRANGE = [*"\u200b\u202e\ufeff\u0301\t\f\v\r\0\u2028\u00a0–∗′ΑАѕ²①K\ue000\ue003", "x" * 400, "zoo"]
"""Invisible characters, accents, look-alikes, long names and names that SymPy knows."""


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(FORMS), st.integers(0, 200), st.lists(st.sampled_from(STRANGE), max_size=3))
def test_any_text_with_strange_characters_is_read_or_refused(
    form: dict[str, str], place: int, strange: list[str]
) -> None:
    text = form["text"]
    place %= len(text) + 1
    refused_or_read(text[:place] + "".join(strange) + text[place:])


@pytest.mark.parametrize(
    "name",
    [
        "S",
        "E",
        "I",
        "N",
        "O",
        "Q",
        "pi",
        "zoo",
        "oo",
        "nan",
        "lambda",
        "beta",
        "gamma",
        "None",
        "class",
    ],
)
def test_names_that_mean_something_to_python_or_sympy_are_plain_names(name: str) -> None:
    program = read(f"input {name}[B]\noutput y\nfor b: y[b] = {name}[b]^2 * {name}[b]")
    assert read(str(program)) == program
    assert str(derive(program)).startswith(f"for b: {name}.grad[b] +=")


def test_reading_takes_any_line_ends() -> None:
    text = "t = a\nw[n] = v[n]"
    for end in ("\r\n", "\r"):
        assert read(text.replace("\n", end), FORWARD) == read(text, FORWARD)
    assert read("", FORWARD) == read("\n \n# nothing", FORWARD) == Program((), (), FORWARD)


@pytest.mark.parametrize(
    "assumptions",
    ["assume N >= 3\nassume N < 3", "assume N == 2*P\nassume N == 3", "assume N == N + 1"],
)
def test_assumptions_that_no_extents_satisfy_are_refused(assumptions: str) -> None:
    """Of no extents everything would hold, so nothing could be decided."""
    with pytest.raises(StudentError, match="no extents satisfy all the assumptions") as caught:
        read(f"input x[N]\n{assumptions}")
    assert caught.value.kind == "shape"
    assert caught.value.line == assumptions.count("\n") + 2
    read("input x[N]\nassume N >= 3\nassume N <= 3")


def test_a_forward_pass_may_name_an_array_like_a_gradient_without_its_mark() -> None:
    """`ellgrad` beside `ell`: only an answer could have meant ell.grad."""
    forward = read("input x[R]\nell = sum(r, x[r])\nfor r: ellgrad[r] = 2 * x[r]")
    assert "ellgrad" in forward.arrays
    with pytest.raises(StudentError):
        read("for r: xgrad[r] = 1", forward)


@pytest.mark.parametrize(
    ("statement", "meant"),
    [
        ("o = g(f_y(a, c))", "t = g'(f_y(a, c))"),
        ("o = g(a) + f(a, c)", "t = g'(a) * f_y(a, c)"),
    ],
)
def test_a_derivative_is_taken_at_a_derivative_only_where_the_forward_pass_does_so(
    statement: str, meant: str
) -> None:
    given = read(f"input a\ninput c\nfunction g(u)\nfunction f(y, z)\noutput o\n{statement}")
    assert str(read("t = g'(f_y(a, c))", given)) == meant
