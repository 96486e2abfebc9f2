"""How long a verdict takes: every pair of the tables, already read, after one round of warm-up.

python benchmarks/decide.py
"""

from __future__ import annotations

from collections import Counter
from time import perf_counter

from material import Pair, pairs

from symgrad import equivalent

ROUNDS = 3
SLOWEST = 8


def decided(pair: Pair) -> tuple[float, str]:
    """Seconds and verdict."""
    start = perf_counter()
    status = equivalent(pair.left, pair.right, given=pair.given, targets=pair.targets).status
    return perf_counter() - start, status


def quantile(numbers: list[float], share: float) -> float:
    return sorted(numbers)[min(len(numbers) - 1, int(len(numbers) * share))]


def main() -> None:
    outcomes = Counter[str]()
    for pair in pairs():
        status = decided(pair)[1]
        outcomes[status if status in (pair.expected, "undecided") else "WRONG"] += 1
    times = {pair.name: min(decided(pair)[0] for _ in range(ROUNDS)) for pair in pairs()}
    found = list(times.values())
    print(f"{len(pairs())} pairs: {dict(outcomes)}")
    for label, share in (("median", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("slowest", 1)):
        print(f"  {label:8}{quantile(found, share) * 1000:8.1f} ms")
    for name in sorted(times, key=times.__getitem__, reverse=True)[:SLOWEST]:
        print(f"{times[name] * 1000:10.1f} ms  {name}")


if __name__ == "__main__":
    main()
