"""Names as people spell them, and the one spelling that programs use.

    μ, mu -> mu        x.grad, dx, d_x, x_grad, grad_x, δx, δ_x, ∂x, ∇_x -> the gradient of x
    W^{h,R}, h_{t+1}   one name each, where they are declared as names

A canonical name is ASCII. Whether `dx` is the gradient of x or a name of its own depends on what is
declared; here are only the spellings, as rows of a table. Nothing here imports SymPy.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon",
    "ζ": "zeta", "η": "eta", "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa",
    "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho",
    "ϱ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega",
    "Α": "Alpha", "Β": "Beta", "Γ": "Gamma", "Δ": "Delta", "Ε": "Epsilon", "Ζ": "Zeta",
    "Η": "Eta", "Θ": "Theta", "Ι": "Iota", "Κ": "Kappa", "Λ": "Lambda", "Μ": "Mu", "Ν": "Nu",
    "Ξ": "Xi", "Ο": "Omicron", "Π": "Pi", "Ρ": "Rho", "Σ": "Sigma", "Τ": "Tau", "Υ": "Upsilon",
    "Φ": "Phi", "Χ": "Chi", "Ψ": "Psi", "Ω": "Omega",
    "ℓ": "ell", "∑": "Sigma", "′": "'", "’": "'",
}  # fmt: skip
"""Greek letters (and four signs that stand for characters) and the names that they are read as."""

PUNCTUATION = dict(zip("^{},+-*/ ()", map(chr, range(0xE000, 0xE00B)), strict=True))
"""Private characters that stand for the punctuation inside a declared name while it is parsed."""

_LETTER_OF = {name: name for name in GREEK.values()} | {"nabla": "∇"}
"""How a command of LaTeX that stands for a letter is typed."""

LETTER = {private: sign for sign, private in PUNCTUATION.items()}

_FOREIGN = {ord(private): "\ufffd" for private in LETTER}
"""The private characters themselves are no notation."""

GRADIENT_SPELLINGS = (
    ("d_x", re.compile(r"d_(.+)")),
    ("δ_x", re.compile(r"δ_(.+)")),
    ("δ_x", re.compile(r"delta_(.+)")),
    ("∇_x", re.compile(r"∇_?(.+)")),
    ("x̄", re.compile("\u0304(.+)")),
    ("∂x", re.compile(r"∂_?(.+)")),
    ("x_grad", re.compile(r"(.+)_grad")),
    ("grad_x", re.compile(r"grad_(.+)")),
    ("δx", re.compile(r"δ(.+)")),
    ("dx", re.compile(r"d(.+)")),
)
"""How a gradient is spelled, besides `x.grad`; `(.+)` is the array."""

QUOTIENT_SPELLINGS = (("∂L/∂x", re.compile("∂(.+)")), ("dL/dx", re.compile("d(.+)")))
"""Numerator and denominator of a derivative written as a quotient."""

_LETTERS = r"[A-Za-zͰ-Ͽℓ∂∇_][A-Za-z0-9Ͱ-Ͽℓ_∂∇]*"
_MARK = r"(?:[\^_][ ]?\{[A-Za-z0-9Ͱ-Ͽℓ_,+*/ ()-]{1,40}\}|\^(?:\*|[A-Za-z0-9]+))"
_DECORATED = re.compile(rf"({_LETTERS})((?:{_MARK})+)'*")
_MARKS = re.compile(_MARK)
_BRACED = rf"{_LETTERS}(?:[\^_][ ]?\{{[A-Za-z0-9Ͱ-Ͽℓ_,+*/ ()-]{{1,40}}\}})+'*"
_DECLARATION = re.compile(rf"^[ \t]*(?:input|output|loss)[ \t]+({_BRACED})", re.M)
_COMMAND = re.compile(r"\\([A-Za-z]+) ?")
_LONE = re.compile(r"([\^_])(\*|[A-Za-z0-9]+)$")
_SUFFIX = re.compile(r"(.*?)((?:\.(?:grad[2-9]?|value))*)$", re.S)


def canonical(name: str) -> str:
    """The ASCII spelling: Greek letters by name, a declared name without its blanks.

    `μ` -> `mu`, `θ_new` -> `theta_new`, `W^{h, R}` -> `W^{h,R}`
    """
    if name.isascii():
        return str(name)  # a token of the parser is a name no longer
    plain = (LETTER.get(character, character) for character in name)
    return "".join(GREEK.get(character, character) for character in plain).replace(" ", "")


def split_suffix(name: str) -> tuple[str, str]:
    """The name and its chain of `.grad`, `.grad2`; `.value` is dropped: `x.value` is x."""
    match = _SUFFIX.match(name)
    assert match is not None
    return match[1], match[2].replace(".value", "")


def gradient_spellings(name: str) -> Iterator[tuple[str, str]]:
    """Every way to read a name as a gradient: the spelling's name and the array's.

    `d_s` -> ("d_x", "s"), ("dx", "_s")
    """
    for style, pattern in GRADIENT_SPELLINGS:
        match = pattern.fullmatch(name)
        if match:
            yield style, canonical(match[1])


def quotient_spelling(numerator: str, denominator: str) -> tuple[str, str, str] | None:
    """The spelling, what is differentiated and by what: `∂L`, `∂x` -> ("∂L/∂x", "L", "x")."""
    for style, pattern in QUOTIENT_SPELLINGS:
        above, below = pattern.fullmatch(numerator), pattern.fullmatch(denominator)
        if above and below:
            return style, canonical(above[1]), canonical(below[1])
    return None


def plain(decorated: str) -> str:
    """A decorated name in canonical spelling, as it stands in a text."""
    return "".join(GREEK.get(character, character) for character in decorated).replace(" ", "")


def typed(aliases: Mapping[str, str]) -> dict[str, str]:
    """Aliases as one types them: `\\alpha^{(1)}` as alpha^{(1)}, `Z_1` also as Z_{1}.

    What only LaTeX can say, such as a tilde, is left out.
    """
    found: dict[str, str] = {}
    for alias, name in aliases.items():
        letters = (_LETTER_OF.get(match[1]) for match in _COMMAND.finditer(alias))
        if all(letters):
            key = plain(_COMMAND.sub(lambda match: _LETTER_OF[match[1]], alias))
            found[key] = name
            found[_LONE.sub(r"\1{\2}", key)] = name
    return found


def protect(text: str, names: Collection[str]) -> str:
    """The text with the punctuation inside declared names hidden from the grammar.

    `names` are the canonical names known so far; those that the text declares itself are added.
    Every character keeps its place.
    """
    text = text.translate(_FOREIGN)
    known = {name for name in names if "{" in name or "^" in name}
    known.update(plain(match[1]) for match in _DECLARATION.finditer(text))
    if not known:
        return text

    def hide(match: re.Match[str]) -> str:
        end = _known_part(match, known) - match.start()
        hidden = (PUNCTUATION.get(character, character) for character in match[0][:end])
        return "".join(hidden) + match[0][end:]

    return _DECORATED.sub(hide, text)


def revealed(text: str) -> str:
    """The text with the punctuation that was hidden in it."""
    return text if text.isascii() else "".join(LETTER.get(sign, sign) for sign in text)


def _known_part(match: re.Match[str], known: Collection[str]) -> int:
    """Where the longest known name ends that the match begins with: `W^{h,R}` of `W^{h,R}^2`."""
    ends = [match.end(), *reversed([mark.end() for mark in _marks(match)])]
    return next(
        (end for end in ends if _is_known(match.string[match.start() : end], known)), match.start()
    )


def _marks(match: re.Match[str]) -> Iterator[re.Match[str]]:
    return _MARKS.finditer(match.string, match.start(2), match.end(2))


def _is_known(decorated: str, known: Collection[str]) -> bool:
    name = plain(decorated)
    return (
        name in known
        or any(base in known for _, base in gradient_spellings(decorated))
        or any(
            pattern.fullmatch(decorated) and plain(decorated[1:]) in known
            for _, pattern in QUOTIENT_SPELLINGS
        )
    )
