"""The first verdict of a process: imports, grammar, caches that are empty.

    python benchmarks/cold.py

Seconds of processor time of whole processes, the fastest of a few.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

CLI = Path(__file__).parent.parent / "cli.py"

TIMES = 5

ANSWER = """a)
for b, j: s.grad[b, j] += p.grad[b, j] * exp(s[b, j]) / Z[b]
"""

COMMANDS = {
    "help": ["--help"],
    "equal": ["equal", "input x\nout = (x + 1)^2", "input x\nout = x^2 + 2*x + 1"],
    "check": ["check", "softmax", "ANSWER"],
}


def cold(arguments: list[str]) -> float:
    """Seconds of one command."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.md"
        answer.write_text(ANSWER, encoding="utf-8")
        command = [str(answer) if item == "ANSWER" else item for item in arguments]
        return min(_seconds([sys.executable, str(CLI), *command]) for _ in range(TIMES))


def _seconds(command: list[str]) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=False)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    for name, arguments in COMMANDS.items():
        print(f"{cold(arguments) * 1000:8.0f} ms  symgrad {name}")


if __name__ == "__main__":
    main()
