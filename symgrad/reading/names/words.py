"""Words that mean something in every text: those of the notation, functions, modules of Python.

`Vocabulary` has what the names of one text mean.
"""

from __future__ import annotations

from symgrad.heads import FUNCTIONS

SYNONYMS = {"sigmoid": "sigma", "logistic": "sigma", "ln": "log"}
"""Other names of elementary functions."""

LOSSES = {"L", "J", "E", "l", "ell", "loss", "Loss"}
"""Names that a loss has which no forward pass computes."""

SHORT_FORMS = {"lambda": "lam"}
"""Names that a Greek letter may also stand for: λ where `lam` is declared."""

WORDS = {"for", "in", "if", "else", "and", "or", "not"}
"""Words of the notation, which name nothing."""

REDUCTIONS = {"sum", "max", "min", "argmax"}
INTEGER_PARTS = {"floor", "ceil", "mod"}
ELEMENTARY = FUNCTIONS.keys() | {"sqrt"}
RESERVED = WORDS | REDUCTIONS | INTEGER_PARTS | ELEMENTARY | SYNONYMS.keys() | {"where"}

ARRAY_FUNCTIONS = {
    "dot", "outer", "diag", "eye", "ones", "zeros", "norm2", "einsum", "conv", "pad", "flip",
    "vec", "unvec", "ravel", "flatten", "softmax", "mean", "transpose", "matmul", "amax", "amin",
    "maximum", "minimum", "identity", "ones_like", "zeros_like", "square", "copy", "clone",
}  # fmt: skip
"""Functions of whole arrays. Their names are free: an array may be called so."""

UNEVALUATED = "∂"
"""Among the functions that a text uses: the derivative of one array by another, not written out."""

PREFIXES = {"np", "numpy", "torch", "math", "F", "linalg", "nn", "functional", "special"}
"""Modules in whose functions the notation's are found: `np.exp`, `torch.nn.functional.relu`."""

SPELLINGS = {
    "e": "the exponential function is written exp(x)",
    "max": "write max(j, x[j])",
    "min": "write min(j, x[j])",
    "argmax": "write argmax(j, x[j])",
    "argmin": "write argmax(j, -x[j])",
    "norm": "write norm2(x), or sqrt(sum(j, x[j]^2))",
    "heaviside": "write [x > 0]",
    "step": "write [x > 0]",
    "onehot": "write [j == y]",
    "one_hot": "write [j == y]",
    "trace": "write sum(j, A[j, j])",
    "prod": "products over a range are not read",
    "Sigma": "write sum(j, x[j]) or Σ_j x[j]",
    "delta": "write δ[i, j] or [i == j]",
    "I": "write I[i = j] or [i == j]",
    "sign": "write [x > 0] - [x < 0]",
    "sgn": "write [x > 0] - [x < 0]",
    "log2": "write log(x) / log(2)",
    "log10": "write log(x) / log(10)",
    "tan": "write sin(x) / cos(x)",
    "pi": "the number π is not read",
}
"""What to write instead of a name that other notations know."""
