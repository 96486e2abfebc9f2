"""Second order: what each rule gives, what is true, and what is missing, held against SymPy."""

from __future__ import annotations

import pytest
import sympy
from flint import fmpq
from oracles import FUNCTIONS, close, run
from sympy import Add, Expr

from symgrad import StudentError, derive, read
from symgrad.algebra.monomials import Monomial, collected
from symgrad.evaluation.values import Number
from symgrad.expressions import element
from symgrad.program import Nest, Program, Statement
from symgrad.secondorder.closed import terms
from symgrad.secondorder.contributions import KNOWN, Kind, contributions, errors
from symgrad.secondorder.cost import memory
from symgrad.secondorder.derivatives import SecondOrder, mixed_derivative, second_order
from symgrad.secondorder.describe import named_terms, why_right
from symgrad.secondorder.graph import graph
from symgrad.secondorder.ladder import ladder
from symgrad.secondorder.numbers import numbers
from symgrad.secondorder.rules import RULES, Rule, diagonal, pushing, twice
from symgrad.secondorder.witness import Witness, witness
from symgrad.writing.write import expression_text, parameters

GRAPH = read(
    "input x\nfunction f(y, z)\nfunction g(x)\nfunction h(x)\nloss l\n"
    "y = g(x)\nz = h(x)\nu = f(y, z)\nl = u"
)


def text(program: Program, expr: Expr) -> str:
    return expression_text(expr, names=parameters(program))


WHY = {
    "input x\nfunction f(y)\nfunction g(x)\nloss l\ny = g(x)\nl = f(y)": (
        "", "no two paths from x meet"
    ),
    "input x\nloss l\ny = x^2\nz = sin(x)\nl = y + z": (
        "", "the paths that meet at l are not mixed there"
    ),
    "input x\nloss u\nl = sin(x)\nu = l": (
        "a single operation passes nothing on", "no two paths from x meet"
    ),
    "input x\nloss l\ny = 2 * x\nl = 3 * y": (
        "every second derivative is 0", "no two paths from x meet"
    ),
    "input x\nloss l\ny = x^2\nl = x * y": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize("forward", WHY)
def test_why_a_rule_is_right_on_a_graph(forward: str) -> None:
    """By the shape of the graph or its functions; nothing is said of a rule that is wrong."""
    found = ladder(read(forward))
    assert (
        tuple(why_right(found, found.rung(rule)) for rule in ("naive", "diagonal")) == WHY[forward]
    )


def test_the_graph_of_the_notes() -> None:
    found = second_order(GRAPH)
    assert text(GRAPH, found.first) == "f_y(y, z) * g'(x) + f_z(y, z) * h'(x)"
    assert text(GRAPH, found.naive) == "f_yy(y, z) * g''(x) + f_zz(y, z) * h''(x)"
    assert text(GRAPH, found.true) == (
        "f_yy(y, z) * g'(x)^2 + f_y(y, z) * g''(x) + f_zz(y, z) * h'(x)^2 + f_z(y, z) * h''(x) "
        "+ 2 * f_yz(y, z) * g'(x) * h'(x)"
    )


def test_missing_is_what_the_true_value_has_more() -> None:
    found = second_order(GRAPH)
    terms = [Monomial.of(part) for part in Add.make_args(found.true)]
    terms += [-Monomial.of(part) for part in Add.make_args(found.naive)]
    terms += [-Monomial.of(part) for part in Add.make_args(found.missing)]
    assert collected(terms) == []


def test_the_gradient_of_one_array_changes_with_an_input() -> None:
    """d (dl/dy) / dx = f_yy g' + f_yz h'"""
    mixed = text(GRAPH, mixed_derivative(GRAPH, "y", "x"))
    assert mixed == "f_yy(y, z) * g'(x) + f_yz(y, z) * h'(x)"


GRAPHS = {
    "a chain": "input x\nloss l\ny = sin(x)\nl = exp(y)",
    "a sum, whose second derivative is nothing": "input x\nloss l\ny = x^2\nz = exp(x)\nl = y + z",
    "an input read twice": "input x\nloss l\ny = x^3\nl = x * y",
    "opaque functions": str(GRAPH),
    "branches": "input x\nloss l\ny = x^3\nl = where(x > 0, y^2, sin(y)) + max(x, y) * x",
    "a loop": "input x\nloss l\nfor k in 1..3: y += x^k\nl = y^2",
    "a sum over a range": "input x\nloss l\ny = sum(k in 1..4, k * x^k)\nl = exp(y / 100)",
    "a difference": "input x\nloss l\ny = x^2\nl = y^2\nl -= sin(x)",
}


def value(found: SecondOrder, expr: Expr, at: fmpq) -> Number:
    program = Program((), (Nest((), (Statement(element("t"), "=", expr),)),), found.forward)
    return run(program, {}, {"x": {(): at}})["t"][()]


@pytest.mark.parametrize("name", GRAPHS)
def test_the_true_second_derivative_is_the_slope_of_the_gradient(name: str) -> None:
    forward = read(GRAPHS[name])
    found = second_order(forward)
    at, step = fmpq(3, 7), fmpq(1, 10**15)
    backward = derive(forward)
    slopes = [run(backward, {}, {"x": {(): at + sign * step}})["x.grad"][()] for sign in (1, -1)]
    assert close(value(found, found.true, at), (slopes[0] - slopes[1]) / (2 * step))
    assert close(
        value(found, found.missing, at),
        value(found, found.true, at) - value(found, found.naive, at),
    )


def naive_witness(text: str) -> Witness | None:
    found = second_order(read(text))
    return witness(found.forward, found.naive, found.true)


def test_naive_is_right_on_a_single_operation() -> None:
    assert second_order(read("input x\nloss l\nl = sin(x)")).missing == 0
    assert naive_witness("input x\nloss l\nl = sin(x)") is None


def test_a_witness_shows_both_values() -> None:
    """f = y^2 + y*z + z^2, g = x^2, h = x^3: naive 4 + 12 x, true 12 x^2 + 20 x^3 + 30 x^4."""
    found = naive_witness(str(GRAPH))
    assert found is not None
    x = found.inputs["x"]
    assert dict(found.functions) == {"f": "y^2 + y*z + z^2", "g": "x^2", "h": "x^3"}
    assert found.value == 4 + 12 * x
    assert found.true == 12 * x**2 + 20 * x**3 + 30 * x**4


def test_a_witness_satisfies_the_assumptions() -> None:
    assumed = "assume x > 0\nassume x < 1"
    found = naive_witness(f"input x\n{assumed}\nloss l\ny = log(x)\nl = y^3")
    assert found is not None and 0 < found.inputs["x"] < 1


REFUSED = {
    "input x[N]\nloss l\nl = sum(i, x[i])": "takes scalars only, and x has axes",
    "input x\noutput l\nl = x": "one loss is needed",
    "loss l\nl = 1": "there is no input",
    "input x\ninput w\nloss l\nl = w^2": "l is not computed from x",
}


@pytest.mark.parametrize("forward", REFUSED)
def test_what_is_no_scalar_graph_is_refused(forward: str) -> None:
    with pytest.raises(StudentError, match=REFUSED[forward]):
        second_order(read(forward))


def test_an_unknown_input_is_refused() -> None:
    with pytest.raises(StudentError, match="there is no input w"):
        second_order(GRAPH, "w")


assert FUNCTIONS  # the instances of f, g and h with which `run` evaluates


IN_ONE_LINE = [
    "x * exp(x) + sin(log(x)) / x",
    "exp(x * z) + x * z / log(x) + sin(log(x)) / (x * z)",
    "(x + z) * cos(x) * (x^2 - z)",
]


@pytest.mark.parametrize("value", IN_ONE_LINE)
def test_within_one_statement_nothing_is_missing(value: str) -> None:
    """The naive method takes the second derivative of each statement, which is all there is."""
    found = second_order(read(f"input x\ninput z\nassume x > 1\nassume z > 0\nloss y\ny = {value}"))
    assert found.missing == 0


# --- the ladder of rules --------------------------------------------------------------------------


def test_every_rule_on_the_graph_of_the_notes() -> None:
    """What is right is proved, what is wrong has a witness and its missing terms by name."""
    found = ladder(GRAPH)
    status = {rung.rule.name: rung.verdict.status for rung in found.rungs}
    assert status == {
        "naive": "different",
        "diagonal": "different",
        "twice": "equal",
        "pushing": "equal",
    }
    assert list(named_terms(found, found.rung("diagonal"))) == [
        (
            "missing mixed term",
            "2 * f_yz(y, z) * g'(x) * h'(x)",
            "the paths x → y → u and x → z → u meet at u",
        )
    ]
    assert [(name, term) for name, term, _ in named_terms(found, found.rung("naive"))] == [
        ("missing first-order term", "f_y(y, z) * g''(x)"),
        ("missing first-order term", "f_z(y, z) * h''(x)"),
        ("missing square", "f_yy(y, z) * g'(x)^2"),
        ("missing mixed term", "2 * f_yz(y, z) * g'(x) * h'(x)"),
        ("missing square", "f_zz(y, z) * h'(x)^2"),
        ("wrong seed", "-f_yy(y, z) * g''(x)"),
        ("wrong seed", "-f_zz(y, z) * h''(x)"),
    ]
    assert found.rung("pushing").verdict.proof is not None
    assert all((found.witness(rung) is None) == rung.right for rung in found.rungs)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_a_program_in_the_notation(name: str, rule: Rule) -> None:
    forward = read(GRAPHS[name])
    program = rule.program(graph(forward))
    assert read(str(program), given=forward) == program


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("rule", KNOWN)
def test_the_named_terms_are_all_that_lies_between_a_rule_and_the_truth(
    name: str, rule: str
) -> None:
    """true = rule + missing - added, at a point."""
    one = graph(read(GRAPHS[name]))
    found = errors(one, rule)
    sides = {
        "true": terms(twice(one), one.second("x", "x")),
        "rule": terms(next(row for row in RULES if row.name == rule).program(one), "l_xx"),
        "missing": [term for part in found.missing for term in part.terms],
        "added": [term for part in found.added for term in part.terms],
    }
    body = tuple(
        Statement(element(f"{side}_"), "+=", term.tree())
        for side, summands in sides.items()
        for term in summands
    )
    program = Program((), (Nest((), body),), one.forward)
    state = run(program, {}, {"x": {(): fmpq(3, 7)}})
    value = {side: state.get(f"{side}_", {(): fmpq(0)})[()] for side in sides}
    assert close(value["rule"] + value["missing"] - value["added"], value["true"])


def test_the_diagonal_rule_misses_exactly_the_mixed_terms() -> None:
    """On a chain there is none, so the rule is proved right there."""
    chain = read("input x\nfunction f(y)\nfunction g(x)\nloss l\ny = g(x)\nl = f(y)")
    found = ladder(chain)
    assert found.rung("diagonal").right and not found.rung("naive").right
    kinds: list[Kind] = [part.kind for part in contributions(found.graph)]
    assert kinds == ["first-order", "square"]


def test_what_is_held_at_once_is_counted() -> None:
    """On a chain of 8 nodes both rules hold the gradients of 8 nodes and the input, then fewer."""
    lines = [f"v{n} = sin(v{n - 1})" for n in range(1, 9)]
    chain = graph(read("\n".join(["input v0", "loss v8", *lines])))
    assert memory(diagonal(chain)) == memory(pushing(chain)) == 9


# --- numbers --------------------------------------------------------------------------------------


def test_numbers_at_a_point() -> None:
    """l = x^2 sin x: l'' = (2 - x^2) sin x + 4 x cos x; the diagonal rule lacks 4 x cos x."""
    found = numbers(graph(GRAPH), "f=y*z, g=x^2, h=sin(x)", "x=2")
    values = {row.rule: row.value for row in found.rows}
    true = float((2 * sympy.sin(2) + 8 * sympy.cos(2) - 4 * sympy.sin(2)).evalf())
    assert values["naive"] == 0
    assert close(values["diagonal"], float(-2 * sympy.sin(2)))
    assert all(close(values[rule], true) for rule in ("twice", "pushing"))
    assert close(found.difference, true)


UNUSABLE = {
    ("f=y*z", "x=2"): "g has no value here",
    ("f=y*w, g=x, h=x", "x=2"): "w is not known",
    ("f=y, g=x, h=x, k=x", "x=2"): "there is no function k",
    ("f=y, g=x, h=x", ""): "x has no value here",
    ("f=y, g=x, h=x", "x=2, t=1"): "there is no input t",
    ("f=y, g=x, h=x", "x=1/0"): "is no number",
    ("f=y, g=x, h=x", "x"): "gives nothing a value",
    ("f=y, g=x, h=x\ninput q", "x=1"): "declares nothing",
    ("f=y, g=x; t = 1, h=x", "x=1"): "is not one value",
}


@pytest.mark.parametrize(("let", "at"), UNUSABLE)
def test_functions_and_points_that_cannot_be_used_are_refused(let: str, at: str) -> None:
    with pytest.raises(StudentError, match=UNUSABLE[let, at]):
        numbers(graph(GRAPH), let, at)
