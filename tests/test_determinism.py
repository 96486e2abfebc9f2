"""The same pair gets the same verdict, witness and proof, in whatever process and after whatever.

Two processes that hash otherwise decide rows of the tables in opposite orders, and say the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "told.py"

STEP = 17
"""Every so-manieth row."""


def started(seed: int, *order: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(STEP), *order],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_neither_hashes_nor_what_was_decided_before_matter() -> None:
    processes = started(1), started(2, "backwards")
    one, other = (json.loads(process.communicate()[0]) for process in processes)
    assert len(one) > 25
    assert {status for status, *_ in one.values()} == {"equal", "different"}
    for name, told in one.items():
        assert told == other[name], name
