"""Affine constraints as isl has them: what they are written as, what they imply, how they are read.

@i >= 1 and H >= @i        -1 + 1*v_40_i >= 0 and 0 + -1*v_40_i + 1*vH >= 0 and vH >= 1
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import islpy as isl

from symgrad.sets.affine import (
    ATLEAST,
    EQUAL,
    FALSE,
    Affine,
    Constraint,
    Variable,
    constraint,
    is_index_variable,
    names,
    negations,
    plus,
    variable,
)

IslSet = Any


@lru_cache(maxsize=4096)
def isl_set(
    indices: tuple[Variable, ...], items: frozenset[Constraint], hidden: tuple[Variable, ...]
) -> IslSet:
    parameters = sorted(names(form for _, form in items).difference(indices, hidden))
    text = isl_text(sorted(items), parameters)
    inside = f"exists {', '.join(map(isl_name, hidden))} : {text}" if hidden else text
    return isl.Set(f"{isl_tuple(parameters)} -> {{ {isl_tuple(indices)} : {inside} }}")


def isl_tuple(variables: Iterable[Variable]) -> str:
    return f"[{', '.join(map(isl_name, variables))}]"


def isl_text(items: Iterable[Constraint], variables: Iterable[Variable]) -> str:
    """The constraints, and that the extents among the variables are at least 1."""
    sizes = (f"{isl_name(name)} >= 1" for name in variables if not is_index_variable(name))
    return " and ".join([*map(_written, items), *sizes]) or "true"


@lru_cache(maxsize=1024)
def equations(
    indices: tuple[Variable, ...], items: frozenset[Constraint]
) -> tuple[Constraint, ...]:
    known = {isl_name(name): name for name in (*indices, *names(form for _, form in items))}
    hull = isl_set(indices, items, ()).affine_hull()
    plain = (item for item in hull.get_constraints() if not has_own_indices(item))
    read = (constraint_of(item, known) for item in plain)
    return tuple(sorted(item for item in read if item is not None))


def has_own_indices(item: Any) -> bool:
    """Does a constraint speak of an integer that exists besides: N = 2 e?"""
    return bool(item.involves_dims(isl.dim_type.div, 0, item.dim(isl.dim_type.div)))


def is_empty(items: frozenset[Constraint]) -> bool:
    return FALSE in items or bool(isl_set((), items, ()).is_empty())


@lru_cache(maxsize=8192)
def _follows(condition: Constraint, items: frozenset[Constraint]) -> bool:
    """Does the condition hold wherever the constraints do?"""
    return all(
        opposite is not None and is_empty(items | {opposite}) for opposite in negations(condition)
    )


@lru_cache(maxsize=4096)
def is_implied(condition: Constraint, items: frozenset[Constraint]) -> bool:
    return condition in items or _follows(condition, linked(condition, items))


def linked(condition: Constraint, constraints: Iterable[Constraint]) -> frozenset[Constraint]:
    """The constraints that share variables with a condition, directly or through others."""
    return about(names([condition[1]]), constraints)


def about(
    variables: Iterable[Variable], constraints: Iterable[Constraint]
) -> frozenset[Constraint]:
    """The constraints that speak of variables, directly or through others."""
    reached = set(variables)
    found: list[Constraint] = []
    left = list(constraints)
    grows = True
    while grows:
        grows, apart = False, []
        for item in left:
            if any(name in reached for name, _ in item[1][1]):
                reached.update(name for name, _ in item[1][1])
                found.append(item)
                grows = True
            else:
                apart.append(item)
        left = apart
    return frozenset(found)


@lru_cache(maxsize=4096)
def isl_name(variable: Variable) -> str:
    """A name that isl reads, different for different variables."""
    return "v" + "".join(
        letter if letter.isascii() and letter.isalnum() else f"_{ord(letter):x}_"
        for letter in variable
    )


@lru_cache(maxsize=4096)
def _written(item: Constraint) -> str:
    kind, form = item
    return f"{_form(form)} {'>=' if kind == ATLEAST else '='} 0"


def _form(form: Affine) -> str:
    return " + ".join([str(form[0]), *(f"{slope}*{isl_name(name)}" for name, slope in form[1])])


def constraint_of(item: Any, known: Mapping[str, Variable]) -> Constraint | None:
    """A constraint of isl's."""
    form: Affine = (item.get_constant_val().to_python(), ())
    for kind in (isl.dim_type.param, isl.dim_type.set):
        for place in range(item.dim(kind)):
            slope = item.get_coefficient_val(kind, place).to_python()
            if slope:
                form = plus(form, variable(known[item.get_dim_name(kind, place)]), slope)
    return constraint(EQUAL if item.is_equality() else ATLEAST, form)
