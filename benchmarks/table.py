"""Every aim and what is measured for it, in one table.

    python benchmarks/table.py [--quick]

`--quick` leaves out what takes minutes: SymPy, and memory over many checks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median
from time import process_time

import bomb
import cold
import decide
import memory
from against_sympy import LABELS, METHODS, compared
from material import pairs

from symgrad import read

Row = tuple[str, str, str]


def deciding() -> Iterator[Row]:
    found = decide.measured()
    for label, times in (("again", found.again), ("a new answer", found.new)):
        milliseconds = [seconds * 1000 for seconds in times.values()]
        some, most, all_ = (decide.quantile(milliseconds, share) for share in (0.5, 0.99, 1))
        count = f"verdict on {len(milliseconds)} pairs, {label}"
        yield f"{count}: median", "3 ms", f"{some:.1f} ms"
        yield f"{count}: 99 % / slowest", "50 ms", f"{most:.0f} / {all_:.0f} ms"
    wrong, undecided = found.outcomes["WRONG"], found.outcomes["undecided"]
    yield "wrong / undecided", "0 / 1 %", f"{wrong} / {undecided}"


def reading() -> Iterator[Row]:
    """The left sides of all pairs, from their text."""
    times = []
    for pair in pairs():
        text = str(pair.left)
        start = process_time()
        read(text, given=pair.given)
        times.append((process_time() - start) * 1000)
    yield "reading an answer, median", "", f"{median(times):.1f} ms"


def first() -> Iterator[Row]:
    for name, arguments in cold.COMMANDS.items():
        yield f"`symgrad {name}`, a whole process", "", f"{cold.cold(arguments) * 1000:.0f} ms"


def bounded() -> Iterator[Row]:
    found = dict(bomb.measured())
    slowest, largest = (max(found, key=lambda n: found[n][place]) for place in (0, 1))
    yield f"{len(found)} bombs, slowest ({slowest})", "1 s", f"{found[slowest][0]:.1f} s"
    yield f"{len(found)} bombs, largest ({largest})", "200 MB", f"{found[largest][1]:.0f} MB"


def beside_sympy() -> Iterator[Row]:
    found = compared()
    for name in METHODS:
        outcomes = found.outcomes[name]
        what = f"{len(outcomes)} scalar pairs, SymPy's `{name}`"
        for place, label in enumerate(LABELS):
            all_, apart, right_ = (
                found.ratio(name, place, among) for among in found.groups(name).values()
            )
            told = f"{all_} times; {apart} on two expressions, {right_} where right"
            yield f"{what}, {label}: build and decide (decide alone)", "50 times slower", told
        right, wrong = outcomes.count("right"), outcomes.count("WRONG")
        yield (
            f"{what}: right / wrong / no answer",
            "",
            f"{right} / {wrong} / " + str(len(outcomes) - right - wrong),
        )


def remembering() -> Iterator[Row]:
    sizes = memory.main()
    told = " / ".join(f"{size:.0f}" for size in sizes.values())
    yield f"memory after {' / '.join(map(str, sizes))} checks", "flat", f"{told} MB"


def main(*arguments: str) -> None:
    print("| | aim | measured |\n|---|---|---|")
    parts = [deciding, reading, first, bounded]
    for part in parts if "--quick" in arguments else [*parts, beside_sympy, remembering]:
        for row in part():
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
