"""What is said of what is wrong in a text: one table.

    OneSided("j", "=")      j occurs on the right side only (did you forget a sum over j?)

The first rule of `RULES` that is about a finding and whose test holds says it. Here are those about
names, indices and left sides. tests/answers/slips.toml has each rule at work in three exercises.
"""

from __future__ import annotations

from typing import Any

from symgrad.reading.slips.characters import OF_CHARACTERS
from symgrad.reading.slips.findings import (
    Command,
    Finding,
    Glued,
    NoArgument,
    NoTarget,
    OneSided,
    OtherAxis,
    Prose,
    Unbound,
    Unknown,
    WrongRank,
)
from symgrad.reading.slips.misfits import OF_MISFITS
from symgrad.reading.slips.rule import Rule, always


def rule_of(finding: Finding) -> Rule[Any]:
    """The first rule that is about a finding: for each kind, the last one always holds."""
    return next(rule for rule in RULES if type(finding) is rule.of and rule.holds(finding))


RULES: tuple[Rule[Any], ...] = (
    *OF_CHARACTERS,
    *OF_MISFITS,
    # names
    Rule(
        "a function of arrays alone",
        Unknown,
        lambda it: it.calls,
        "{0.name} is a function without its argument",
        "write {0.name}(…)",
    ),
    Rule(
        "a name of another notation",
        Unknown,
        lambda it: it.spelled,
        "{0.name} is not known",
        "{0.spelled}",
        "name",
    ),
    Rule(
        "indices in the name",
        Unknown,
        lambda it: it.element,
        "{0.name} is not known",
        "indices stand in brackets: {0.element[0]}[{0.element[1]}]",
        "name",
    ),
    Rule(
        "a gradient written in one word",
        Unknown,
        lambda it: it.gradient,
        "{0.name} is not known",
        "did you mean {0.gradient}?",
        "name",
    ),
    Rule(
        "another spelling of an array",
        Unknown,
        lambda it: it.close,
        "{0.name} is not known",
        "did you mean {0.close}?",
        "name",
    ),
    Rule(
        "the gradient of no array",
        Unknown,
        lambda it: it.arrays and it.array != it.name,
        "{0.name} is not known",
        "there is no array {0.array}; arrays are {0.arrays}",
        "name",
    ),
    Rule(
        "an input that is not declared",
        Unknown,
        lambda it: it.arrays is None,
        "{0.name} is not known",
        "a forward pass declares what it starts from: `input {0.name}[…]`",
        "name",
    ),
    Rule(
        "a name that nothing has",
        Unknown,
        always,
        "{0.name} is not known",
        "arrays are {0.arrays}",
        "name",
    ),
    Rule(
        "an index in the place of an argument",
        NoArgument,
        lambda it: it.indexed,
        "{0.function} is a function",
        "write {0.function}(…)",
    ),
    Rule(
        "a function beside its argument",
        NoArgument,
        always,
        "{0.function} is a function without its argument",
        "write {0.function}(…)",
    ),
    # indices
    Rule(
        "a row without its second index",
        WrongRank,
        lambda it: it.indices and it.indices < it.axes,
        "{0.name} has {0.has}, here it has {0.here}",
        "the whole of an axis is written {0.row}",
        kind="shape",
    ),
    Rule(
        "too few or too many indices",
        WrongRank,
        always,
        "{0.name} has {0.has}, here it has {0.here}",
        kind="shape",
    ),
    Rule(
        "a forgotten sum",
        OneSided,
        lambda it: it.operator == "=",
        "{0.index} occurs on the right side only",
        "did you forget a sum over {0.index}?",
        "name",
    ),
    Rule(
        "a product without its loop",
        OneSided,
        always,
        "{0.index} occurs on the right side only",
        "write its loop, as in `for {0.index}: …`, if every factor is meant",
        "name",
    ),
    Rule(
        "a forgotten loop",
        Unbound,
        lambda it: not it.index[0].isupper(),
        "no loop and no sum runs over {0.index}",
        "did you forget `for {0.index}`?",
        "name",
    ),
    Rule(
        "an extent that is not declared",
        Unbound,
        lambda it: it.extents,
        "no loop and no sum runs over {0.index}",
        "the extents are {0.extents}",
        "name",
    ),
    Rule(
        "an extent where there are none",
        Unbound,
        always,
        "no loop and no sum runs over {0.index}",
        "extents are named as in `input x[N]`",
        "name",
    ),
    Rule(
        "an index of another axis",
        OtherAxis,
        always,
        "{0.index} {0.clash}",
        "write the range of {0.index} if this is meant",
        "shape",
    ),
    # left sides
    Rule(
        "the value on the left",
        NoTarget,
        lambda it: it.turned,
        "the left side must be an array or one of its elements",
        "what is assigned stands on the left: {0.turned} = …",
    ),
    Rule(
        "a left side that is no array",
        NoTarget,
        always,
        "the left side must be an array or one of its elements",
        "as in Z[b] += … ; prose is not read",
    ),
    Rule(
        "a statement that runs into another",
        Glued,
        always,
        "{0.target} is assigned again",
        "did you forget a line break or ';' between two statements?",
    ),
    # LaTeX
    Rule(
        "a macro",
        Command,
        lambda it: it.macro,
        "{0.command} is not read: no macros are defined or run",
        "write the formula out",
    ),
    Rule(
        "a command of another notation",
        Command,
        lambda it: it.known,
        "{0.known[0]}",
        "{0.known[1]}",
    ),
    Rule(
        "another spelling of a command",
        Command,
        lambda it: it.close,
        "the command {0.command} is not read",
        "did you mean {0.close}?",
    ),
    Rule(
        "a command that is no mathematics", Command, always, "the command {0.command} is not read"
    ),
    Rule("a sign in a text", Prose, lambda it: it.symbol, "this text is not read"),
    Rule("a sentence in a formula", Prose, always, "prose is not read"),
)
"""Every rule, in the order in which they are tried."""
