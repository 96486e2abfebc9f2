"""A file of code for one or several forward passes with their backward passes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symgrad.codegen.dialects import DIALECTS, NUMPY
from symgrad.codegen.function import Passes, header, module
from symgrad.codegen.node import node

LAYOUTS = (*DIALECTS, "edf")
"""What code can be written as."""


def source(passes: Sequence[Passes], layout: str, title: str) -> str:
    """The file: functions, or for "edf" a class for each forward pass, named after the title."""
    if layout != "edf":
        return module(passes, layout)
    name = "".join(word.capitalize() for word in re.split(r"[^0-9A-Za-z]+", title))
    name = f"Node{name}" if not name[:1].isalpha() else name
    classes = "\n\n\n".join(
        node(each.forward, each.backward, name + each.name.replace("_", "").upper())
        for each in passes
    )
    return f"{header(classes, NUMPY)}\n\n\n{classes}\n"
