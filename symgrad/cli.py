"""The command line: `symgrad COMMAND`.

Exit codes: 0 success (all correct, equal), 1 the opposite, 2 usage or something that cannot be
read, 3 undecided. Whatever cannot be read is one line on stderr: what, where, what to do.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

import click

import symgrad
from symgrad.commands.derive import derive
from symgrad.commands.equal import equal
from symgrad.commands.exercises import list_, show
from symgrad.commands.explore import explore
from symgrad.commands.grade import check, grade
from symgrad.commands.refusal import Commands
from symgrad.commands.solution import solution_


@click.group("symgrad", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(symgrad.__version__, prog_name="symgrad")
def main() -> None:
    """Derive the backward pass of loops over indexed arrays, grade answers, say why they are wrong.

    \b
    symgrad list                              the exercises
    symgrad derive softmax                    a backward pass
    symgrad grade softmax examples/class      a class
    symgrad solution softmax                  a reference solution
    symgrad explore second-order              why naive second-order backprop fails
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without δ is no reason to stop


for command in (list_, show, derive, equal, check, grade, solution_, explore):
    main.add_command(command)
