"""The README's commands are run, and what they print is what the README shows.

`python tests/test_readme.py` writes the outputs anew.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```\n", re.DOTALL)


def sessions(readme: str) -> list[tuple[str, str]]:
    """Each command behind a `$`, with the output below it."""
    found = []
    for block in BLOCK.findall(readme):
        for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = session.partition("\n")
            found.append((command, output))
    return found


def printed(command: str, folder: Path) -> str:
    """What a command prints on stdout in a folder that has examples/."""
    if not (folder / "examples").exists():
        shutil.copytree(ROOT / "examples", folder / "examples")
    name, *arguments = shlex.split(command)
    assert name == "symgrad"
    run = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert run.returncode in (0, 1), run.stderr
    return "".join(line.rstrip() + "\n" for line in run.stdout.splitlines())


COMMANDS = [item for item in sessions(README.read_text(encoding="utf-8")) if item[1].strip()]


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[item[0] for item in COMMANDS])
def test_a_command_prints_what_the_readme_shows(command: str, output: str, tmp_path: Path) -> None:
    assert printed(command, tmp_path).strip("\n") == output.strip("\n")


def test_the_readme_shows_each_of_the_three_uses() -> None:
    shown = " ".join(command for command, _ in COMMANDS)
    assert all(use in shown for use in ("grade ", "solution ", "explore second-order"))


def test_every_make_target_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"`?make ([a-z]+)", README.read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def rewritten(readme: str, folder: Path) -> str:
    """The README with every output as it is now."""

    def block(match: re.Match[str]) -> str:
        parts = [
            f"$ {command}\n"
            + (printed(command, folder).strip("\n") + "\n" if output.strip() else "")
            for command, output in sessions(match[0])
        ]
        return "```console\n" + "\n".join(parts) + "```\n"

    return BLOCK.sub(block, readme)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        text = rewritten(README.read_text(encoding="utf-8"), Path(place))
    README.write_text(text, encoding="utf-8")
