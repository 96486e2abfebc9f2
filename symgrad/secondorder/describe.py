"""What was found, in words and as an object: verdicts, the terms in between, their causes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flint import arb
from sympy import Expr

from symgrad.efficient.operations import operations
from symgrad.efficient.operations import written as counted
from symgrad.evaluation.values import Nonvalue, Number
from symgrad.program import Opaque, Program
from symgrad.refutation.witness import value_text
from symgrad.secondorder import sides
from symgrad.secondorder.argument import Slip, Step, plain
from symgrad.secondorder.closed import written
from symgrad.secondorder.conditions import Condition, conditions
from symgrad.secondorder.contributions import Contribution, Path
from symgrad.secondorder.hessian import Direction, Hessian
from symgrad.secondorder.ladder import Ladder, Rung
from symgrad.secondorder.matrix import Matrix
from symgrad.secondorder.numbers import Numbers
from symgrad.secondorder.rules import RULES
from symgrad.secondorder.smallest import Search
from symgrad.secondorder.witness import Witness
from symgrad.writing.write import expression_text, nest_texts, parameters


def formula(program: Program, expr: Expr) -> str:
    return expression_text(expr, names=parameters(program))


def path_text(path: Path) -> str:
    return " → ".join(path)


def cause(part: Contribution) -> str:
    """Where a term comes from: the edge, the path or the two paths, and the node they meet at."""
    ends = [path_text(path) for path in part.paths]
    if part.kind == "first-order":
        return f"the slope at {part.node} times the curvature of the edge {ends[0]} → {part.node}"
    if part.kind == "square":
        last = part.paths[0][-1]
        return f"{part.node} is curved in {last}, and the slope along {ends[0]} enters squared"
    if part.kind == "seed":
        return f"second derivatives multiplied along {ends[0]}, from the seed 1, not 0"
    if len(ends) == 1:
        return f"the curvature of {part.node}, along {ends[0]}"
    whole = [path_text((*path, part.node)) for path in part.paths]
    return f"the paths {whole[0]} and {whole[1]} meet at {part.node}"


NAMES = {
    "first-order": "missing first-order term",
    "square": "missing square",
    "mixed": "missing mixed term",
    "seed": "wrong seed",
}


def named_terms(ladder: Ladder, rung: Rung) -> Iterator[tuple[str, str, str]]:
    """The name, the term with its sign, and the cause of whatever lies between rule and truth."""
    if rung.errors is None:
        return
    for sign, parts in (("+", rung.errors.missing), ("-", rung.errors.added)):
        for part in parts:
            value = formula(ladder.forward, written(ladder.forward, list(part.terms)))
            if sign == "-":
                value = f"-({value})" if len(part.terms) > 1 else f"-{value}"
            yield NAMES[part.kind], value.replace("--", ""), cause(part)


def condition_texts(ladder: Ladder, rung: Rung) -> list[str]:
    """`f is affine in y and g is affine`; those that are proved to be enough."""
    if rung.errors is None:
        return []
    found = conditions(ladder.graph, rung.rule, rung.errors)
    return [_condition(ladder.forward, one) for one in found if one.verdict]


def _condition(forward: Program, condition: Condition) -> str:
    of = {item.name: item.parameters for item in forward.declared(Opaque)}
    by_function: dict[str, list[tuple[int, ...]]] = {}
    for name, orders in sorted(condition.vanishing):
        by_function.setdefault(name, []).append(orders)
    return " and ".join(_form(name, of[name], zero) for name, zero in by_function.items())


def _form(name: str, parameters: tuple[str, ...], zero: list[tuple[int, ...]]) -> str:
    """What a function is like some of whose second derivatives vanish."""
    count = len(parameters)
    if len(zero) == count * (count + 1) // 2:
        return f"{name} is affine"
    places = [[place for place, order in enumerate(orders) if order] for orders in zero]
    affine = [parameters[pair[0]] for pair in places if len(pair) == 1]
    mixed = [f"{parameters[pair[0]]} with {parameters[pair[1]]}" for pair in places if pair[1:]]
    said = [f"is affine in {' and in '.join(affine)}"] if affine else []
    said += [f"does not mix {' or '.join(mixed)}"] if mixed else []
    return f"{name} {' and '.join(said)}"


def why_right(ladder: Ladder, rung: Rung) -> str:
    """What makes a rule right on this graph that is not right on all; empty where it is not.

    Two paths meet at a node that reads several names that depend on the input.
    """
    nodes = [node for node in ladder.graph.nodes if not node.copies]
    meeting = [node.name for node in nodes if len(node.sources) > 1]
    if not rung.right:
        return ""
    if rung.rule.name == "diagonal":
        if not meeting:
            return f"no two paths from {ladder.wrt} meet"
        return f"the paths that meet at {' and '.join(meeting)} are not mixed there"
    if rung.rule.name == "naive":
        if rung.value == 0:
            return "every second derivative is 0"
        return "a single operation passes nothing on" if len(nodes) == 1 else ""
    return ""


def hessian_rows(forward: Program, found: Hessian) -> Iterator[tuple[str, str]]:
    """Every second derivative with its value."""
    for name, value in found.entries.items():
        yield name, formula(forward, value)


def operations_text(program: Program) -> str:
    """How many operations a program has, in terms of its extents."""
    return expression_text(counted(operations(program).operations))


def matrix_object(forward: Program, found: Direction, whole: Matrix) -> dict[str, Any]:
    """The object that `explore second-order --json` prints of a program with axes."""
    return {
        "forward": str(forward),
        "program": str(found.program),
        "direction": found.direction,
        "product": found.result,
        "operations": operations_text(found.program),
        "hessian": {
            "program": str(whole.program),
            "array": whole.result,
            "operations": operations_text(whole.program),
            "times_direction": whole.is_product.status,
            "symmetric": whole.is_symmetric.status,
        },
    }


def step_object(step: Step) -> dict[str, Any]:
    """An object of `explore second-order --notes --json`."""
    claim, slip = step.claim, step.claim.slip
    return {
        "equation": claim.number,
        "says": plain(claim.says),
        "left": sides.written(claim.left),
        "relation": claim.relation,
        "right": sides.written(claim.right),
        "status": step.checks[0].verdict.status,
        "holds": step.holds,
        "slip": slip and _slip_text(slip),
    }


def _slip_text(slip: Slip) -> str:
    return f"{plain(slip.says)}: {sides.written(slip.taken_for)} = {sides.written(slip.true)}"


def search_lines(searches: Iterable[Search]) -> Iterator[str]:
    """For each rule the smallest graph on which it fails, or how many were tried in vain."""
    for search in searches:
        kind = "opaque functions" if search.operations == "opaque" else "elementary operations"
        if search.smallest is None:
            left = f", {search.undecided} not decided" if search.undecided else ""
            yield (
                f"{search.rule.title}: proved right on all {search.tried} graphs of up to "
                f"{search.nodes} nodes, {kind}{left}"
            )
        else:
            yield (
                f"{search.rule.title}: fails on {'; '.join(nest_texts(search.smallest))} "
                f"(graph {search.tried} in order of size, {kind})"
            )


def witness_text(example: Witness) -> str:
    """`f = y^2 + y*z + z^2, g = x^2, x = -4`"""
    values = {name: value_text(value) for name, value in example.inputs.items()}
    return ", ".join(f"{name} = {value}" for name, value in {**example.functions, **values}.items())


def numbers_rows(found: Numbers) -> Iterator[tuple[str, str, str]]:
    """The title, the value and the error of every rule, finite differences last."""
    titles = {rule.name: rule.title for rule in RULES}
    for row in found.rows:
        yield titles[row.rule], _number(row.value), _number(row.error)
    true = found.rows[-1].value
    yield "finite differences", _number(found.difference), _number(found.difference - true)


def _number(value: Number) -> str:
    """Ten digits; what is smaller than the error of a finite difference is 0."""
    if isinstance(value, Nonvalue):
        return value.name
    return "0" if abs(arb(value)) < TINY else value_text(value, 10)


TINY = arb("1e-20")


def ladder_object(ladder: Ladder) -> dict[str, Any]:
    """The object that `explore second-order --json` prints."""
    naive = ladder.rung("naive")
    return {
        "forward": str(ladder.forward),
        "loss": ladder.graph.loss,
        "wrt": ladder.wrt,
        "first": formula(ladder.forward, ladder.first),
        "naive": formula(ladder.forward, naive.value),
        "true": formula(ladder.forward, ladder.true),
        "missing": formula(ladder.forward, naive.missing),
        "witness": _witness_object(ladder.witness(naive), "naive"),
        "rules": [_rung_object(ladder, rung) for rung in ladder.rungs],
    }


def _rung_object(ladder: Ladder, rung: Rung) -> dict[str, Any]:
    return {
        "rule": rung.rule.name,
        "title": rung.rule.title,
        "program": str(rung.program),
        "value": formula(ladder.forward, rung.value),
        "status": rung.verdict.status,
        "missing": formula(ladder.forward, rung.missing),
        "terms": [
            {"name": name, "term": term, "cause": cause}
            for name, term, cause in named_terms(ladder, rung)
        ],
        "right_where": condition_texts(ladder, rung),
        "right_because": why_right(ladder, rung),
        "witness": _witness_object(ladder.witness(rung), "value"),
        "operations": rung.operations,
        "memory": rung.memory,
    }


def _witness_object(example: Witness | None, key: str) -> dict[str, Any] | None:
    if example is None:
        return None
    return {
        "inputs": {name: value_text(value) for name, value in example.inputs.items()},
        "functions": dict(example.functions),
        key: value_text(example.value),
        "true": value_text(example.true),
    }


def numbers_object(found: Numbers) -> dict[str, Any]:
    """The object that `explore second-order --at … --json` prints below `numbers`."""
    return {
        "functions": {name: formula(found.forward, expr) for name, expr in found.chosen.items()},
        "inputs": {name: value_text(value) for name, value in found.point.items()},
        "rows": [
            {"rule": title, "value": value, "error": error}
            for title, value, error in numbers_rows(found)
        ],
    }
