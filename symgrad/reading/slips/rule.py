"""A rule says what is wrong: of findings of one kind, where its test holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from symgrad.errors import Kind
from symgrad.reading.slips.findings import Finding

Found = TypeVar("Found", bound=Finding)


@dataclass(frozen=True)
class Rule(Generic[Found]):
    """What is said of a finding of one kind, where its test holds; `{0.index}` is the finding's."""

    name: str
    of: type[Found]
    holds: Callable[[Found], object]
    message: str
    hint: str = ""
    kind: Kind = "syntax"


def always(_: Finding) -> bool:
    return True
