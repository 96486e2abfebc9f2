"""symgrad derives backward passes of loops over indexed arrays and decides whether answers agree.

    from symgrad import read, derive, equivalent, StudentError

The public names load what they need on first use, so that `symgrad --help` imports neither sympy
nor flint. For the same reason no module at this level carries the name of a public function:
importing a submodule binds its name in the package, and `from symgrad import read` would then find
the module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symgrad.derivation.backward import derive
    from symgrad.efficient.economise import economise
    from symgrad.equivalence import equivalent
    from symgrad.errors import AuthorError, StudentError
    from symgrad.program import Program
    from symgrad.reading.text import read

__version__ = "0.1.0"

__all__ = ["AuthorError", "Program", "StudentError", "derive", "economise", "equivalent", "read"]

_HOME = {
    "read": "symgrad.reading.text",
    "derive": "symgrad.derivation.backward",
    "economise": "symgrad.efficient.economise",
    "equivalent": "symgrad.equivalence",
    "Program": "symgrad.program",
    "StudentError": "symgrad.errors",
    "AuthorError": "symgrad.errors",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'symgrad' has no attribute {name!r}")
