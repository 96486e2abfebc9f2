"""Random Python functions over `x[N]`, `y[N]`, `A[N, M]` and `dz[N]`, for tests of their meaning.

Vectors share memory, are rebound in loops and under conditions, and are changed in place: what a
reader has to follow, and NumPy does.
"""

from __future__ import annotations

from random import Random


class Writer:
    """Writes one function; `loops` are its open loops with their extents."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.loops: list[tuple[str, str]] = []
        self.vectors = ["x", "y", "dz"]
        self.numbers: list[str] = []

    def function(self) -> str:
        body = "".join(self.statement(1, 0) for _ in range(self.random.randint(2, 5)))
        result = self.random.choice(self.vectors)
        return f"def f(x, y, A, dz):\n    N, M = A.shape\n{body}    return {result}\n"

    def one_of(self, *choices: str) -> str:
        return self.random.choice(choices)

    # --- expressions -------------------------------------------------------------------------

    def row(self) -> str:
        over = [index for index, extent in self.loops if extent == "N"]
        if over and self.random.random() < 0.85:
            index = self.random.choice(over)
            return index if self.random.random() < 0.9 else f"N - 1 - {index}"
        return self.one_of("0", "-1", "N - 1")

    def column(self) -> str:
        over = [index for index, extent in self.loops if extent == "M"]
        return self.random.choice(over) if over else self.one_of("0", "-1")

    def number(self, depth: int = 2) -> str:
        kind = self.random.random() if depth else 0.0
        if kind < 0.3:
            leaves = [f"{self.random.choice(self.vectors)}[{self.row()}]"] * 3
            leaves += [f"A[{self.row()}, {self.column()}]", "0.5", "2", "-1.0"]
            return self.random.choice(leaves + 3 * self.numbers)
        if kind < 0.7:
            sign = self.one_of("+", "-", "*")
            return f"({self.number(depth - 1)} {sign} {self.number(depth - 1)})"
        if kind < 0.8:
            return f"np.sum({self.vector(depth - 1)})"
        if kind < 0.9:
            return f"({self.number(depth - 1)} if {self.condition()} else {self.number(depth - 1)})"
        return f"np.tanh({self.number(depth - 1)})"

    def condition(self) -> str:
        if self.loops and self.random.random() < 0.25:
            index, _ = self.random.choice(self.loops)
            return f"{index} {self.one_of('>', '<', '==', '!=')} {self.one_of('0', '1')}"
        return f"{self.number(0)} {self.one_of('>', '<', '<=')} {self.number(0)}"

    def vector(self, depth: int = 2) -> str:
        kind = self.random.random() if depth else 0.0
        if kind < 0.35:
            return self.random.choice(self.vectors)
        if kind < 0.65:
            sign = self.one_of("+", "-", "*")
            return f"({self.vector(depth - 1)} {sign} {self.vector(depth - 1)})"
        return self.one_of(
            f"{self.random.choice(self.vectors)}[::-1]",
            f"({self.number(depth - 1)} * {self.vector(depth - 1)})",
            "A.sum(axis=1)",
            f"(A @ A.T @ {self.vector(depth - 1)})",
            f"np.where({self.vector(0)} > 0, {self.vector(depth - 1)}, {self.vector(0)})",
            "np.zeros(N)",
            self.reshaped(depth),
        )

    def reshaped(self, depth: int) -> str:
        """Axes made one, taken apart, put after one another."""
        return self.one_of(
            "(A.reshape(-1) * A.flatten()).reshape(N, M) @ np.ones(M)",
            f"np.concatenate([{self.vector(0)}[:1], {self.vector(0)}[1:]])",
            f"np.repeat({self.vector(depth - 1)}, 2)[{self.one_of('::2', '1::2', ':N')}]",
            f"np.tile({self.vector(0)}, 2)[{self.one_of(':N', 'N:')}]",
            f"np.kron({self.vector(0)}, A[0]).reshape(N, -1).sum(axis=1)",
            f"np.array([A[i, j] for i in range(N) for j in range(M)]).reshape(N, M)"
            f"[:, {self.column()}]",
            f"np.outer({self.vector(0)}, {self.vector(0)}).reshape(N, N)[{self.row()}]",
            "np.tensordot(A, A, axes=([1], [1])) @ x",
            "np.einsum('...j,...j->...', A, A)",
            f"np.vstack([A, A])[N:, {self.column()}]",
            "np.hstack([A, A]).reshape(N, 2, M)[:, 1].sum(1)",
        )

    # --- statements --------------------------------------------------------------------------

    def statement(self, indent: int, depth: int) -> str:
        kind = self.random.random()
        if kind < 0.8 or depth > 2:
            return "    " * indent + self.simple() + "\n"
        if kind < 0.93 and depth < 2:
            return self.loop(indent, depth)
        return self.branch(indent, depth)

    def simple(self) -> str:
        changed = self.random.choice([name for name in self.vectors if name != "x"])
        sign = self.one_of("+=", "-=", "*=")
        return self.random.choice([self.rebound, self.renumbered, self.filled])() or self.one_of(
            f"{changed} {sign} {self.vector()}",
            f"{changed}[{self.row()}] {self.one_of('=', sign)} {self.number()}",
            f"{changed}[{self.row()}] {self.one_of('=', sign)} {self.number()}",
            f"{changed}[{self.vector(0)} > 0] = {self.one_of('0', '1.5')}",
            f"{changed}[:] = {self.vector()}",
            f"{changed}[1:] {self.one_of('=', '+=')} {self.random.choice(self.vectors)}[:-1]",
        )

    def rebound(self) -> str:
        name = self.one_of("u", "v", "w")
        other = self.random.choice(self.vectors)
        value = self.one_of(self.vector(), self.vector(), other, f"{other}.copy()")
        self.vectors += [name] if name not in self.vectors else []
        return f"{name} = {value}"

    def renumbered(self) -> str:
        if self.numbers and self.random.random() < 0.5:
            name = self.random.choice(self.numbers)
            return f"{name} {self.one_of('+=', '*=', '-=')} {self.number()}"
        name, value = self.one_of("c", "d", "e"), self.number()
        self.numbers += [name] if name not in self.numbers else []
        return f"{name} = {value}"

    def filled(self) -> str:
        """Nothing: one of the changes in place is taken."""
        return ""

    def loop(self, indent: int, depth: int) -> str:
        index, extent = "ijkl"[len(self.loops)], self.one_of("N", "N", "M")
        over = self.one_of(extent, extent, extent, f"1, {extent}", f"{extent} - 1, -1, -1")
        self.loops.append((index, extent))
        body = "".join(
            self.statement(indent + 1, depth + 1) for _ in range(self.random.randint(1, 3))
        )
        self.loops.pop()
        return f"{'    ' * indent}for {index} in range({over}):\n{body}"

    def branch(self, indent: int, depth: int) -> str:
        space = "    " * indent
        text = f"{space}if {self.condition()}:\n{self.statement(indent + 1, depth + 1)}"
        if self.loops and self.random.random() < 0.2:
            return f"{text}{space}    continue\n"
        if self.random.random() < 0.5:
            text += f"{space}else:\n{self.statement(indent + 1, depth + 1)}"
        return text


def python_function(seed: int) -> str:
    return Writer(Random(seed)).function()
