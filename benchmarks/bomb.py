"""What the worst texts cost: seconds of this process and megabytes, each in a process of its own.

    python benchmarks/bomb.py [NAME]

A bomb is read, and compared with another text of the same value (tests/bombs.py).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from resource import RUSAGE_SELF, getrusage
from time import process_time

from material import TESTS

from symgrad import StudentError, equivalent, read

sys.path.insert(0, str(TESTS))

from bombs import BOMBS, GIVEN, SAME

Cost = tuple[float, float, str]
"""Seconds, the highest resident size in megabytes, and how it ended."""


def dropped(name: str) -> Cost:
    given = read(GIVEN)
    equivalent("out = c", "out = 1*c", given=given)
    start = process_time()
    try:
        left, right = (read(BOMBS[name] + more, given=given) for more in ("", SAME))
        outcome: str = equivalent(left, right, given=given, targets=["out"]).status
    except StudentError:
        outcome = "refused"
    return process_time() - start, getrusage(RUSAGE_SELF).ru_maxrss / 1024, outcome


def measured() -> Iterator[tuple[str, Cost]]:
    """Every bomb, each in a process of its own."""
    return ((name, apart(name)) for name in BOMBS)


def apart(name: str) -> Cost:
    command = [sys.executable, __file__, name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, size, outcome = done.stdout.split()
    return float(seconds), float(size), outcome


def main(*names: str) -> None:
    if names:
        print(*dropped(names[0]))
        return
    for name, (seconds, size, outcome) in measured():
        print(f"{seconds:8.2f} s {size:6.0f} MB  {outcome:10} {name}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
