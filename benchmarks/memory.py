"""Does memory grow with the number of submissions? Resident size after 1000 and 10 000 checks.

    python benchmarks/memory.py [CHECKS]

Every check reads and decides a text that was never seen before: names and a constant are its own.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from symgrad import equivalent, read

GIVEN = """input s[B, J]
output p
for b, j: Z[b] += exp(s[b, j])
for b, j: p[b, j] += exp(s[b, j]) / Z[b]"""

ANSWER = """for b{n}, j{n}: e{n}[b{n}] += {n} * p[b{n}, j{n}] * p.grad[b{n}, j{n}]
for b{n}, j{n}: s.grad[b{n}, j{n}] += p[b{n}, j{n}] * (p.grad[b{n}, j{n}] - e{n}[b{n}] / {n})"""

TRUTH = "for b, j: s.grad[b, j] += p[b, j] * (p.grad[b, j] - sum(k, p[b, k] * p.grad[b, k]))"


def resident() -> float:
    """Megabytes."""
    line = next(x for x in Path("/proc/self/status").read_text().split("\n") if "VmRSS" in x)
    return int(line.split()[1]) / 1024


def main(checks: int = 10_000) -> dict[int, float]:
    """Megabytes after so many checks."""
    forward = read(GIVEN)
    truth = read(TRUTH, given=forward)
    sizes: dict[int, float] = {}
    marks = {checks // 10, checks // 4, checks // 2, checks}
    for n in range(1, checks + 1):
        # One in three is wrong, each by another factor.
        text = ANSWER.format(n=n).replace(
            f" / {n})", f" / {n} * {n + 1})" if n % 3 == 0 else f" / {n})"
        )
        status = equivalent(text, truth, given=forward, targets=["s.grad"]).status
        assert status == ("different" if n % 3 == 0 else "equal"), (n, status)
        if n in marks:
            gc.collect()
            sizes[n] = resident()
    return sizes


if __name__ == "__main__":
    for checks, size in main(*map(int, sys.argv[1:])).items():
        print(f"{checks:7} checks {size:8.1f} MB")
