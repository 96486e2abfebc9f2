"""What code is written in: one row each for plain Python, NumPy and torch.

A row says how an elementary function is called, how arrays are made and reduced, and which
definitions a file needs that the library lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Dialect:
    """How the code of one kind is spelled; `{}` stands for an argument.

    arrays    whole arrays are computed at once; otherwise element by element
    axis      the name of a reduction's argument
    permute   the method that reorders axes
    """

    name: str
    imports: tuple[str, ...]
    functions: Mapping[str, str]
    arrays: bool = True
    axis: str = "axis"
    permute: str = "transpose"
    operations: Mapping[str, str] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)


def _called(module: str, names: str) -> dict[str, str]:
    return {name: f"{module}.{name}({{}})" for name in names.split()}


_SIGMOID = "def sigmoid(x):\n    return 1 / (1 + {exp}(-x))"

PYTHON = Dialect(
    name="python",
    imports=(),
    arrays=False,
    functions={
        **_called("math", "exp log tanh sin cos sqrt erf"),
        "abs": "abs({})",
        "relu": "max({}, 0.0)",
        "sigma": "sigmoid({})",
        "softplus": "softplus({})",
    },
    operations={"max": "max({})", "min": "min({})", "zeros": "zeros({})", "fixed": "{}"},
    definitions={
        "sigmoid": _SIGMOID.format(exp="math.exp"),
        "softplus": "def softplus(x):\n    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))",
        "zeros": (
            "def zeros(*shape):\n"
            "    return [zeros(*shape[1:]) for _ in range(shape[0])] if shape else 0.0"
        ),
    },
)

NUMPY = Dialect(
    name="numpy",
    imports=("import numpy as np",),
    functions={
        **_called("np", "exp log tanh sin cos sqrt abs"),
        "relu": "np.maximum({}, 0)",
        "sigma": "sigmoid({})",
        "softplus": "np.logaddexp({}, 0)",
        "erf": "erf({})",
    },
    operations={
        "max": "np.maximum({})",
        "min": "np.minimum({})",
        "largest": "{}.max",
        "least": "{}.min",
        "arange": "np.arange({})",
        "numbers": "np.arange({})",
        "indicator": "1.0 * {}",
        "where": "np.where({})",
        "stack": "np.stack([{}])",
        "einsum": "np.einsum({})",
        "fixed": "np.array({})",
        "copy": "{}.copy()",
        "zeros": "np.zeros({shape})",
    },
    definitions={
        "sigmoid": _SIGMOID.format(exp="np.exp"),
        "erf": "erf = np.vectorize(math.erf)",
    },
)

TORCH = Dialect(
    name="torch",
    imports=("import torch",),
    axis="dim",
    permute="permute",
    functions={
        **_called("torch", "exp log tanh sin cos sqrt abs relu erf"),
        "sigma": "torch.sigmoid({})",
        "softplus": "softplus({})",
    },
    operations={
        "max": "torch.maximum({})",
        "min": "torch.minimum({})",
        "largest": "{}.amax",
        "least": "{}.amin",
        "arange": "torch.arange({})",
        "zero": "torch.zeros((), dtype=torch.float64)",
        "numbers": "torch.arange({}, dtype=torch.float64)",
        "indicator": "{}.double()",
        "where": "torch.where({})",
        "stack": "torch.stack([{}])",
        "einsum": "torch.einsum({})",
        "fixed": "torch.tensor({}, dtype=torch.float64)",
        "copy": "{}.clone()",
        "zeros": "torch.zeros({}, dtype=torch.float64)",
        "zeros alike": "{model}.new_zeros({})",
        "max with number": "{}.clamp(min={})",
        "min with number": "{}.clamp(max={})",
    },
    definitions={
        "softplus": "def softplus(x):\n    return torch.logaddexp(x, torch.zeros_like(x))",
    },
)

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (PYTHON, NUMPY, TORCH)}
