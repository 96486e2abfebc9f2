"""What several commands share: their options, and how they print JSON."""

from __future__ import annotations

import json
from typing import Any

import click

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
UNDECIDED = click.option(
    "--undecided",
    type=click.Choice(["accept", "reject"]),
    default="accept",
    show_default=True,
    help="Whether an answer that is neither proved nor refuted earns its points.",
)


def print_json(value: Any) -> None:
    """A value on stdout, as programs read it."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
