"""Second derivatives step by step: the gradient of the gradient, and what is naively done instead.

naive     u_second = 1;  y_second += u_second * f_yy(y, z);  x_second += y_second * g''(x)
true      x.grad = f_y(y, z) * g'(x) + …;  its own gradient, seeded with 1

On the graph of the notes the steps are theirs, equation by equation.
"""

from __future__ import annotations

from sympy import Expr, Integer

from symgrad.course.exercise import Part
from symgrad.course.reference import closed, reference
from symgrad.derivation.backward import derive
from symgrad.explaining.notes import told
from symgrad.explaining.proving import checked
from symgrad.explaining.steps import Claim, Derivation, Step
from symgrad.expressions import Element, element, scalar
from symgrad.program import GRADIENT, Nest, Program, Statement
from symgrad.secondorder.argument import NAIVE, TRUE, notes_graph
from symgrad.secondorder.graph import graph
from symgrad.secondorder.rules import naive as naively


def naive(part: Part) -> tuple[Derivation, ...]:
    """Every update passes on the second derivatives that it has by itself."""
    if part.forward == notes_graph():
        return (told(NAIVE),)
    program = naively(graph(part.forward))
    step = Step(
        ("Each update passes back its own second derivative, from 1 at the loss:",),
        (Claim(program, part.targets),),
    )
    return checked([Derivation(None, (step,))], reference(part))


def second(part: Part) -> tuple[Derivation, ...]:
    """The gradient, and its gradient."""
    if part.forward == notes_graph() and part.reference == "second":
        return (told(TRUE),)
    of, wrt = (_source(part), _source(part)) if part.reference == "second" else part.of
    first = closed(part.forward, [of + GRADIENT])
    once = Step(("The first derivative:",), (Claim(first, (of + GRADIENT,)),))
    again = Step(
        ("This again by", scalar(wrt), ", with the product rule and the chain rule:"),
        (Claim(reference(part), part.targets),),
    )
    return (
        *checked([Derivation(None, (once,))], derive(part.forward, [of])),
        *checked([Derivation(None, (again,))], _twice(part, of, wrt)),
    )


def _twice(part: Part, of: str, wrt: str) -> Program:
    """The backward pass of the backward pass, from the seed 1."""
    backward = derive(part.forward, [of])
    again = derive(backward, [wrt])
    seed = _assigned(element(f"{of}{GRADIENT}{GRADIENT}2"), Integer(1))
    end = _assigned(element(part.targets[0]), element(f"{wrt}{GRADIENT}2"))
    return Program((), (*backward.nests, seed, *again.nests, end), part.forward)


def _source(part: Part) -> str:
    """The input by which is differentiated."""
    return part.of[0] if part.of else next(iter(part.forward.arrays))


def _assigned(target: Element, value: Expr) -> Nest:
    return Nest((), (Statement(target, "=", value),))
