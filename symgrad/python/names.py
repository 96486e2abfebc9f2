"""The exercise's names in a Python text.

    s, p          arrays                       dp, d_p, p_grad, grad_p, p.grad     gradients
    B, J          extents, as numbers          x_prime                             x'
    dout          the gradient of the only output

A name that the text itself assigns hides the exercise's.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from lark import Token

from symgrad.errors import StudentError
from symgrad.expressions import extent
from symgrad.program import GRADIENT, Array, Axis, Loss, Output, Program, is_gradient, primal
from symgrad.python.syntax import Text
from symgrad.python.values import Callee, Storage, Value, single, view
from symgrad.reading.names.unknown import unknown
from symgrad.reading.names.vocabulary import Vocabulary
from symgrad.writing.names import canonical

UPSTREAM = {"dout", "d_out", "grad_out", "grad_output", "upstream", "upstream_grad", "grad_outputs"}
"""What the gradient of the only output is also called."""

LIBRARIES = {
    "np": "np", "numpy": "np", "jnp": "np", "math": "np", "scipy": "np", "special": "np",
    "torch": "torch", "F": "torch", "nn": "torch", "functional": "torch", "linalg": "np",
    "signal": "np", "random": "random",
}  # fmt: skip
"""Modules by the names they usually have."""

NAMESPACES = {"cache", "ctx", "self", "params", "saved", "grads", "model", "parameters", "context"}
"""Parameters that hold arrays of the exercise under their own names."""


@dataclass
class Names:
    """Looks up what the forward pass knows under a name."""

    text: Text
    vocabulary: Vocabulary
    given: Program
    storages: dict[str, Storage] = field(default_factory=dict)

    def find(self, name: str, node: ast.AST) -> Value | Callee | None:
        """The array, extent or function of that name; None where there is none."""
        token = self.token(name, node)
        array = self.array(token)
        if array is not None:
            return view(self.storage(array))
        if canonical(token) in self.vocabulary.extents:
            return single(extent(canonical(token)), "integer")
        for spelled in (token, _primed(token)):
            function = self.vocabulary.function(spelled)
            if function is not None and function.function in self.vocabulary.functions:
                return Callee(f"opaque {spelled}")
        return None

    def array(self, token: Token) -> str | None:
        found = self.vocabulary.array(token)
        if found is None and "_prime" in token:
            found = self.vocabulary.array(_primed(token))
        if found is None and canonical(token) in UPSTREAM:
            outputs = self._outputs()
            found = outputs[0] + GRADIENT if len(outputs) == 1 else None
        return found

    def of(self, name: str, node: ast.AST) -> str | None:
        """The array that a name stands for."""
        return self.array(self.token(name, node))

    def storage(self, array: str) -> Storage:
        """The one storage of an array of the exercise."""
        if array not in self.storages:
            known = self.known(array)
            lowers = tuple(axis.lower for axis in known.axes)
            shape = tuple(axis.extent for axis in known.axes)
            self.storages[array] = Storage(array, array, shape, (), lowers, array)
            if known.values is not None:
                self.storages[array].sort = "integer"
                self.storages[array].base = known.values.lower
        return self.storages[array]

    def known(self, array: str) -> Array:
        """The array of the forward pass; a gradient has its array's axes."""
        arrays = self.given.arrays
        if array in arrays:
            return arrays[array]
        return Array(array, arrays[primal(array)].axes, "gradient")

    def axes(self, array: str) -> Sequence[Axis]:
        return self.known(array).axes

    def is_free(self, array: str) -> bool:
        """Is this the gradient of an output or of the loss, which an answer starts from?"""
        return is_gradient(array) and primal(array) in self._outputs()

    def unknown(self, name: str, node: ast.AST) -> StudentError:
        token = self.token(name, node)
        if canonical(token) in UPSTREAM:
            outputs = ", ".join(f"d{output}" for output in self._outputs())
            return self.text.error(
                f"{name} could be the gradient of several arrays", node, "name", f"write {outputs}"
            )
        return unknown(self.vocabulary, token)

    def _outputs(self) -> list[str]:
        found = [
            item.name for item in self.given.all_declarations if isinstance(item, (Output, Loss))
        ]
        return list(dict.fromkeys(found))

    def token(self, name: str, node: ast.AST) -> Token:
        line, column = self.text.place(node)
        return Token("NAME", name, line=line, column=column)


def _primed(token: Token) -> Token:
    """x_prime is x', g_prime is g'."""
    return token.update(value=token.replace("_prime", "'"))
