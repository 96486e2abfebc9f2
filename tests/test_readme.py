"""The README's commands are run, and what they print is what the README shows.

`python tests/test_readme.py` writes the outputs anew.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from symgrad.cli import main

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
    with contextlib.chdir(folder):
        run = CliRunner(env={"COLUMNS": "80"}).invoke(main, arguments)
    assert run.exit_code in (0, 1), run.stderr
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


PYTHON = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```\n", re.DOTALL)


def executed(code: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_the_python_example_prints_what_the_readme_shows() -> None:
    ((code, output),) = PYTHON.findall(README.read_text(encoding="utf-8"))
    assert executed(code) == output


def rewritten(readme: str, folder: Path) -> str:
    """The README with every output as it is now."""

    def block(match: re.Match[str]) -> str:
        parts = [
            f"$ {command}\n"
            + (printed(command, folder).strip("\n") + "\n\n" if output.strip() else "")
            for command, output in sessions(match[0])
        ]
        return "```console\n" + "".join(parts).rstrip("\n") + "\n```\n"

    def example(match: re.Match[str]) -> str:
        return match[0].replace(match[2], executed(match[1]))

    return PYTHON.sub(example, BLOCK.sub(block, readme))


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        text = rewritten(README.read_text(encoding="utf-8"), Path(place))
    README.write_text(text, encoding="utf-8")
