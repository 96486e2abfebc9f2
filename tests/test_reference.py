"""Reference answers: derived, readable, and the same in every form."""

from __future__ import annotations

import pytest

from symgrad import equivalent, read
from symgrad.course.exercise import Exercise, Part, catalogue, exercise
from symgrad.course.reference import REFERENCES, closed, needed, reference, variants, writing
from symgrad.program import Program

PARTS = [(found, part) for found in catalogue().values() for part in found.parts]


def name_of(pair: tuple[Exercise, Part]) -> str:
    return f"{pair[0].id} {pair[1].name}"


def text(id: str, part: str) -> str:
    return str(reference(exercise(id).part(part)))


@pytest.mark.parametrize("pair", PARTS, ids=name_of)
def test_a_reference_reads_back_and_writes_what_is_asked(pair: tuple[Exercise, Part]) -> None:
    _, part = pair
    answer = reference(part)
    assert read(str(answer), given=part.forward) == answer
    written = {line.split("[")[0] for line in map(str, targets_of(answer))}
    assert set(part.targets) <= written


def targets_of(program: Program) -> list[object]:
    return [statement.target for _, statement in program.statements]


@pytest.mark.parametrize(
    ("id", "part", "expected"),
    [
        (
            "softmax",
            "d",
            "for b, j: s.grad[b, j] = p[b, j] * (p.grad[b, j] - sum(j2, p.grad[b, j2] * p[b, j2]))",
        ),
        ("softmax-jacobian", "a", "for i, j: Jac[i, j] = y[j] * ([j == i] - y[i])"),
        ("softmax-cross-entropy", "a", "for i: logits.grad[i] = yp[i] - y[i]"),
        ("second-derivative", "a", "l_xx = f_yy(y, z) * g''(x) + f_zz(y, z) * h''(x)"),
        ("second-derivative", "b", "l_yx = f_yy(y, z) * g'(x) + f_yz(y, z) * h'(x)"),
        (
            "attention",
            "a",
            "for i, j: z.grad[i, j] = s[i, j] * (s.grad[i, j] - sum(k, s.grad[i, k] * s[i, k]))",
        ),
        ("scalar-net", "1", "Yp.grad += Yp - Y"),
        ("mlp", "alpha2", "for k, j: alpha2.grad[j, k] += u2.grad[k] * z1[j]"),
        ("sgd", "a", "for i: theta_new[i] = theta[i] - gamma * theta.grad[i]"),
        (
            "conv",
            "b",
            "for p, q: I.grad[p, q] = sum(l in max(1, p+h-H)..min(p, h), "
            "m in max(1, q+w-W)..min(q, w), J.grad[p-l+1, q-m+1] * K[l, m])",
        ),
        (
            "conv",
            "c",
            "for i, j: P[i+h-1, j+w-1] = J.grad[i, j]\n"
            "for l in 1..h, m in 1..w: F[l, m] = K[h-l+1, w-m+1]\n"
            "for p, q: I.grad[p, q] = sum(l, m, P[l+p-1, m+q-1] * F[l, m])",
        ),
    ],
)
def test_references_look_like_the_notes(id: str, part: str, expected: str) -> None:
    assert squeezed(text(id, part)) == squeezed(expected)


def squeezed(text: str) -> str:
    return text.replace(" ", "")


SLOW = {("ugrnn", "b"), ("cnn", "a"), ("array-net", "a"), ("convnet", "b")}
"""Programs whose forms are compared by evaluation alone, in test_gradients.py."""


@pytest.mark.parametrize(
    "pair", [p for p in PARTS if (p[0].id, p[1].name) not in SLOW], ids=name_of
)
def test_other_forms_are_equal_to_the_reference(pair: tuple[Exercise, Part]) -> None:
    _, part = pair
    for title, answer in variants(part):
        verdict = equivalent(answer, reference(part), given=part.forward, targets=part.targets)
        assert verdict.status == "equal", title


def test_a_gradient_in_between_keeps_every_way_to_it() -> None:
    """The closed form of s.grad goes through Z also when Z.grad is asked for."""
    part = exercise("softmax").part("e")
    both = str(closed(part.forward, ["Z.grad", "s.grad"])).splitlines()
    assert both[1] == str(closed(part.forward, ["s.grad"]))


def test_parts_of_a_backward_pass() -> None:
    """What writes the targets, and all that they depend on."""
    forward = read("input x\noutput z\ny = x^2\nz = y^3")
    backward = read("y.grad += 3 * y^2 * z.grad\nx.grad += 2 * x * y.grad", given=forward)
    assert str(writing(backward, ["x.grad"])) == "x.grad += 2 * x * y.grad"
    assert needed(backward, ["x.grad"]) == backward


def test_every_kind_is_used() -> None:
    assert {part.reference for _, part in PARTS} == set(REFERENCES)
