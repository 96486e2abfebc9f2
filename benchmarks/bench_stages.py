"""The stages one by one, each over the material of the tests: `make bench`."""

from __future__ import annotations

import pytest
from material import Pair, forwards, pairs
from pytest_benchmark.fixture import BenchmarkFixture

from symgrad import derive, equivalent, read
from symgrad.course.exercise import Part, catalogue
from symgrad.course.reference import reference
from symgrad.evaluation.arithmetic import BALLS, FLOATS, RATIONALS
from symgrad.evaluation.evaluate import evaluate
from symgrad.evaluation.values import Arithmetic
from symgrad.forms.gather import gather
from symgrad.program import Program

FORWARDS = forwards()
PARTS = {f"{id}-{part.name}": part for id, item in catalogue().items() for part in item.parts}

CONVOLUTION = read(
    """input I[H, W]
input K[h, w]
assume H >= h
assume W >= w
output J
for i in 1..H-h+1, j in 1..W-w+1, l, m: J[i, j] += I[i+l-1, j+m-1] * K[l, m]"""
)


@pytest.mark.parametrize("forward", FORWARDS.values(), ids=FORWARDS)
@pytest.mark.benchmark(group="derive")
def test_derive(benchmark: BenchmarkFixture, forward: Program) -> None:
    benchmark(derive, forward)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
@pytest.mark.benchmark(group="read the reference answer")
def test_read(benchmark: BenchmarkFixture, part: Part) -> None:
    text = str(reference(part))
    benchmark(read, text, given=part.forward)


@pytest.mark.parametrize("forward", [CONVOLUTION], ids=["convolution"])
@pytest.mark.benchmark(group="gather")
def test_gather(benchmark: BenchmarkFixture, forward: Program) -> None:
    benchmark(gather, derive(forward))


@pytest.mark.parametrize("arithmetic", [FLOATS, RATIONALS, BALLS], ids=lambda item: item.name)
@pytest.mark.benchmark(group="evaluate a 4 by 4 convolution")
def test_evaluate(benchmark: BenchmarkFixture, arithmetic: Arithmetic) -> None:
    extents = {"H": 4, "W": 4, "h": 2, "w": 2}
    image = {(i, j): i + j for i in range(1, 5) for j in range(1, 5)}
    kernel = {(i, j): i - 2 * j for i in range(1, 3) for j in range(1, 3)}
    benchmark(evaluate, CONVOLUTION, extents, {"I": image, "K": kernel}, arithmetic)


SAMPLE = [pair for pair in pairs() if pair.name.startswith(("softmax-", "batchnorm-", "conv-"))]


@pytest.mark.parametrize("pair", SAMPLE, ids=[pair.name for pair in SAMPLE])
@pytest.mark.benchmark(group="equivalent")
def test_equivalent(benchmark: BenchmarkFixture, pair: Pair) -> None:
    verdict = benchmark(equivalent, pair.left, pair.right, given=pair.given, targets=pair.targets)
    assert verdict.status in (pair.expected, "undecided")
