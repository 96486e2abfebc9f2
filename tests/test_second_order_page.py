"""The chapter on second derivatives shows what its commands print.

`python tests/test_second_order_page.py` writes the outputs anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from test_readme import ROOT, printed, rewritten, sessions

PAGE = ROOT / "docs" / "second-order.md"

COMMANDS = sessions(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[item[0] for item in COMMANDS])
def test_a_command_prints_what_the_page_shows(command: str, output: str, tmp_path: Path) -> None:
    assert printed(command, tmp_path).strip("\n") == output.strip("\n") != ""


if __name__ == "__main__":
    import tempfile

    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as place:
        PAGE.write_text(rewritten(text, Path(place)), encoding="utf-8")
