"""Decimals as answers: agreement to the digits that a question asks for."""

from __future__ import annotations

from symgrad.derivation.completion import complete
from symgrad.evaluation.arithmetic import FLOATS
from symgrad.evaluation.evaluate import Cells, evaluate
from symgrad.evaluation.values import Budget, Nonvalue, Number
from symgrad.program import Program


def agrees_to(digits: int, answer: Program, reference: Program, target: str) -> bool:
    """Do both give a target the same values, to that many significant digits?

    |answer - reference| <= 1/2 * 10^(1 - digits) * |reference|, for each element

    Both are about one forward pass, whose inputs are all fixed data.
    """
    try:
        mine, true = _values(answer, target), _values(reference, target)
    except (Budget, ArithmeticError):
        return False
    bound = 0.5 * 10.0 ** (1 - digits)
    return mine.keys() == true.keys() and all(_close(mine[key], true[key], bound) for key in true)


def _close(mine: Number, true: Number, bound: float) -> bool:
    if isinstance(mine, Nonvalue) or isinstance(true, Nonvalue):
        return False
    return bool(abs(mine - true) <= bound * abs(true))


def _values(program: Program, target: str) -> Cells:
    assert program.given is not None
    return evaluate(complete(program, program.given), {}, {}, FLOATS)[target]
