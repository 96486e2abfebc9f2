"""How long a verdict takes: every pair of the tables, already read, after one round of warm-up.

    python benchmarks/decide.py

Once with programs that were compared before, whose compiled and separated forms are kept with them;
once with the left one as a new object, like the next student's answer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from time import process_time
from typing import NamedTuple

from material import Pair, pairs

from symgrad import equivalent

ROUNDS = 3
SLOWEST = 8


def decided(pair: Pair) -> tuple[float, str]:
    """Seconds and verdict."""
    start = process_time()
    status = equivalent(pair.left, pair.right, given=pair.given, targets=pair.targets).status
    return process_time() - start, status


def quantile(numbers: list[float], share: float) -> float:
    return sorted(numbers)[min(len(numbers) - 1, int(len(numbers) * share))]


class Measured(NamedTuple):
    """How the pairs ended, and their seconds by name: seen again, and with a new left side."""

    outcomes: Counter[str]
    again: dict[str, float]
    new: dict[str, float]


def measured() -> Measured:
    outcomes = Counter[str]()
    for pair in pairs():
        status = decided(pair)[1]
        outcomes[status if status in (pair.expected, "undecided") else "WRONG"] += 1
    again = {pair.name: min(decided(pair)[0] for _ in range(ROUNDS)) for pair in pairs()}
    new = {pair.name: min(decided(anew(pair))[0] for _ in range(ROUNDS)) for pair in pairs()}
    return Measured(outcomes, again, new)


def anew(pair: Pair) -> Pair:
    """The pair with a left side of which nothing is kept."""
    return pair._replace(left=replace(pair.left))


def main() -> None:
    outcomes, times, new = measured()
    print(f"{len(pairs())} pairs: {dict(outcomes)}")
    for label, share in (("median", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("slowest", 1)):
        found = [quantile(list(item.values()), share) * 1000 for item in (times, new)]
        print(f"  {label:8}{found[0]:8.1f} ms again, {found[1]:8.1f} ms with a new left side")
    for name in sorted(times, key=times.__getitem__, reverse=True)[:SLOWEST]:
        print(f"{times[name] * 1000:10.1f} ms  {name}")


if __name__ == "__main__":
    main()
