r"""The commands of LaTeX that are read: each is a row that says what kind of sign it is.

    \mu -> the letter mu        \le -> a comparison <=        \quad -> a gap        \left -> nothing

What is no row is refused: nothing is skipped because it is unknown, and no macro is expanded.
"""

from __future__ import annotations

from difflib import get_close_matches

from symgrad.reading.slips.findings import Command
from symgrad.writing.names import GREEK

LETTERS = {*GREEK.values(), "ell"} - {"'", "omicron"}

SIGNS = {
    "FUNCTION": "exp log ln sin cos tanh",
    "BIG": "sum max min argmax",
    "PARTIAL": "partial",
    "NABLA": "nabla",
    "FRAC": "frac dfrac tfrac cfrac",
    "SQRT": "sqrt",
    "ACCENT": "hat widehat tilde widetilde bar overline",
    "TRANSPOSE": "top intercal",
    "IN": "in",
    "FOR": "forall",
    "AND": "land wedge",
    "OR": "lor vee",
    "NOT": "neg lnot",
    "STYLE": """mathbf mathcal mathfrak mathsf mathrm mathit mathtt mathbb boldsymbol bm vec
        textbf pmb mathrel mathbin mathop mathord""",
    "GAP": "quad qquad Rightarrow implies therefore Longrightarrow",
    "NOTHING": """left right limits nolimits displaystyle textstyle scriptstyle nonumber notag
        big Big bigg Bigg bigl bigr bigm Bigl Bigr Bigm biggl biggr Biggl Biggr
        thinspace enspace noindent""",
    "ROWEND": "newline cr",
    "SUBSTACK": "substack",
    "UNDERSET": "underset",
    "PRIMES": "prime",
    "ARG": "arg",
    "LFLOOR": "lfloor",
    "_RFLOOR": "rfloor",
    "LCEIL": "lceil",
    "_RCEIL": "rceil",
    "LANGLE": "langle",
    "_RANGLE": "rangle",
    "SETMINUS": "setminus smallsetminus",
    "LBAR": "lvert",
    "_RBAR": "rvert",
    "LNORM": "lVert",
    "_RNORM": "rVert",
    "DOUBLEBAR": "Vert",
    "BAR": "vert",
    "SLICE": "mid colon",
    "LPAR": "lparen",
    "RPAR": "rparen",
    "LSQB": "lbrack",
    "RSQB": "rbrack",
}
"""The commands of each kind that keep their name."""

MEANINGS = {
    "TIMES": {
        "·": "cdot",
        "×": "times",
        "*": "ast",
        "/": "div",
        "⊙": "odot circ",
        "⊗": "otimes",
        "mod": "bmod",
    },
    "COMPARE": {
        "<=": "le leq leqslant",
        ">=": "ge geq geqslant",
        "!=": "ne neq",
        "<": "lt",
        ">": "gt",
    },
    "ASSIGN": {
        "=": "gets leftarrow",
        "≡": "equiv triangleq coloneqq",
    },
    "RANGE": {"..": "dots ldots cdots dotsc"},
}
"""The commands of each kind by the sign that they are read as."""

COMMANDS: dict[str, tuple[str, str]] = {
    **{f"\\{name}": ("LETTER", name) for name in LETTERS},
    **{
        f"\\{name}": ("LETTER", letter)
        for name, letter in {
            "varepsilon": "epsilon",
            "vartheta": "theta",
            "varphi": "phi",
            "varrho": "rho",
            "varsigma": "sigma",
        }.items()
    },
    **{f"\\{name}": (kind, name) for kind, names in SIGNS.items() for name in names.split()},
    **{
        f"\\{name}": (kind, sign)
        for kind, rows in MEANINGS.items()
        for sign, names in rows.items()
        for name in names.split()
    },
}
"""Every command that is read: its kind, and what it is read as."""

CHARACTERS: dict[str, tuple[str, str]] = {
    "∑": ("BIG", "sum"),
    "Σ": ("BIG", "sum"),
    "∂": ("PARTIAL", "partial"),
    "∇": ("NABLA", "nabla"),
    "∈": ("IN", "in"),
    "∀": ("FOR", "for"),
    "√": ("ROOT", "√"),
}
"""Signs that are typed as one character."""

WORDS: dict[str, str] = {
    "for": "FOR",
    "if": "IF",
    "when": "IF",
    "else": "ELSE",
    "otherwise": "ELSE",
    "and": "AND",
    "or": "OR",
    "not": "NOT",
    "in": "IN",
    "to": "RANGE",
}
"""Words of the notation and their kind."""

DEFINING = {"where", "with"}
"""Words behind a formula with which the definitions of its names begin."""

AFTER_FOR = {"all", "each", "every", "any"}
"""Words that `for` may be followed by: for all b, j."""

ROWS = {
    "aligned", "align", "gather", "gathered", "split", "equation", "multline", "eqnarray",
    "alignat", "alignedat", "displaymath", "math", "flalign", "array",
}  # fmt: skip
"""Environments whose rows are lines."""

TABLES = {
    "cases": "CASES",
    "dcases": "CASES",
    **{f"{kind}matrix": "MATRIX" for kind in ("b", "p", "", "small")},
}
"""Environments that are part of a formula."""

MACROS = {
    "def", "gdef", "edef", "xdef", "let", "newcommand", "renewcommand", "providecommand",
    "DeclareMathOperator", "input", "include", "write", "immediate", "csname", "endcsname",
    "catcode", "expandafter", "openin", "openout", "read", "usepackage", "documentclass", "special",
    "directlua", "newenvironment", "loop", "repeat", "futurelet",
}  # fmt: skip
"""Commands that would run or define something."""

UNREAD = {
    "prod": ("products over a range are not read", ""),
    "int": ("integrals are not read", ""),
    "infty": ("infinity is not a number of the notation", ""),
    "lim": ("limits are not read", ""),
    "middle": ("\\middle is not read", "write \\mid"),
    "over": ("\\over is not read", "write \\frac{a}{b}"),
    "pmod": ("\\pmod is not read", "write i \\bmod 2"),
    "mod": ("\\mod is not read", "write i \\bmod 2"),
    "dot": ("\\dot is not read", "give it another name"),
    "approx": ("\\approx is no equation", "write ="),
    "propto": ("\\propto is no equation", "write ="),
    "pm": ("\\pm stands for two signs", "write + or -"),
    "not": ("\\not is not read", "write \\ne"),
    "underbrace": ("\\underbrace is not read", "write what stands below it as a line of its own"),
    "overbrace": ("\\overbrace is not read", "write what stands above it as a line of its own"),
    "overset": ("\\overset is not read", "write the sign alone"),
    "stackrel": ("\\stackrel is not read", "write the sign alone"),
    "pi": ("the number π is not read", ""),
}
"""What to say of commands that others know."""


def unread(command: str) -> Command:
    """What is wrong with a command that is no row."""
    name = command[1:].rstrip("*")
    close = get_close_matches(command, sorted(COMMANDS), 1, 0.75)
    return Command(command, name in MACROS, UNREAD.get(name), close[0] if close else "")
