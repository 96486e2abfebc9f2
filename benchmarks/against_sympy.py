"""The scalar pairs of the tables, decided by symgrad and by SymPy, side by side in one run.

    python benchmarks/against_sympy.py

SymPy gets what it can take: rows without indices, each side put together into one expression of
real symbols, with what is assumed to be positive declared so. It answers in a process of its own
for each method, which is ended when it takes longer than LIMIT seconds.

Both start from the programs as they were read, and are timed when they first see a pair and when
they see it again: SymPy with its caches filled, symgrad with what it keeps beside both programs
("again") or beside the right one alone ("a new answer": the left one is a new object). SymPy's way
from there has two parts, timed apart:

    build     the two expressions, of its own heads. It evaluates while it builds: what cancels at
              sight is decided here, and some pairs are one expression before anything is asked
    decide    `.equals` or `simplify(a - b)` on what was built

Each of the three goes through all pairs without a pause. A ratio is (build + decide) / symgrad, or
decide / symgrad, which gives SymPy the first part for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import process_time
from typing import Any, NamedTuple, TypeAlias

import sympy
from decide import anew, decided, quantile
from material import Pair, new_pairs
from sympy import Expr, Symbol

from symgrad.expressions import is_element
from symgrad.heads import Bracket, Partial, Reduction, Where, relu, sigma, softplus
from symgrad.program import Program, is_gradient, primal

LIMIT = 10

LABELS = ("first", "a new answer", "again")

METHODS: dict[str, Callable[[Expr, Expr], Any]] = {
    ".equals": lambda a, b: a.equals(b),
    "simplify(a - b)": lambda a, b: sympy.simplify(a - b) == 0 or None,
}
"""True, False, or None where SymPy gives up; a difference that is left over proves nothing."""


class Untold(Exception):
    """A pair that SymPy has no words for."""


# --- programs as SymPy's own expressions -------------------------------------------------------


def partial(expr: Partial, *_: Expr) -> Expr:
    names = [Symbol(f"slot{n}", real=True) for n in range(len(expr.arguments))]
    function = HEADS.get(expr.function) or sympy.Function(expr.function)
    slope = function(*names)
    for name, order in zip(names, expr.orders, strict=True):
        slope = slope.diff(name, order)
    return slope.subs(dict(zip(names, map(told, expr.arguments), strict=True)))


HEADS: dict[Any, Callable[..., Expr]] = {
    sigma: lambda u: 1 / (1 + sympy.exp(-u)),
    relu: lambda u: sympy.Max(0, u),
    softplus: lambda u: sympy.log(1 + sympy.exp(u)),
    Bracket: lambda condition: sympy.Piecewise((1, condition), (0, True)),
    Where: lambda condition, a, b: sympy.Piecewise((a, condition), (b, True)),
    "sigma": lambda u: 1 / (1 + sympy.exp(-u)),
    "relu": lambda u: sympy.Max(0, u),
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "tanh": sympy.tanh,
    "exp": sympy.exp,
}


def told(expr: Any) -> Any:
    """The expression as SymPy itself would build it."""
    if isinstance(expr, Reduction) or (is_element(expr) and not isinstance(expr, Symbol)):
        raise Untold
    if isinstance(expr, Partial):
        return partial(expr)
    if not expr.args:
        return expr
    return HEADS.get(expr.func, expr.func)(*map(told, expr.args))


def values(program: Program, given: Program) -> dict[Symbol, Expr]:
    """What every scalar holds in the end."""
    state: dict[Symbol, Expr] = {}
    for stage in (given, program):
        for nest, statement in stage.statements:
            if (
                nest.loops
                or nest.guard is not sympy.true
                or not isinstance(statement.target, Symbol)
            ):
                raise Untold
            before = state.get(statement.target, sympy.S.Zero)
            value = told(statement.value).xreplace(state)
            update = {"=": value, "+=": before + value, "-=": before - value, "*=": before * value}
            state[statement.target] = update[statement.op]
    return state


def sides(pair: Pair) -> Iterator[tuple[Expr, Expr]]:
    """Both sides of every target, as expressions of what is given."""
    left, right = (values(side, pair.given) for side in (pair.left, pair.right))
    positive = {
        part.lhs: Symbol(part.lhs.name, positive=True)
        for part in pair.given.assumptions
        if isinstance(part, sympy.Gt) and part.rhs == 0 and isinstance(part.lhs, Symbol)
    }
    for target in pair.targets:
        symbol = Symbol(target, real=True)
        both = [side[symbol].xreplace(positive) for side in (left, right)]
        outputs = {item.name for item in pair.given.all_declarations if hasattr(item, "name")}
        for item in both[0].free_symbols | both[1].free_symbols:
            if is_gradient(item.name) and primal(item.name) not in outputs:
                raise Untold
        yield both[0], both[1]


# --- SymPy, in a process that can be ended -----------------------------------------------------


class Seconds(NamedTuple):
    """What a pair costs; symgrad builds nothing that is not in its deciding."""

    build: float
    decide: float

    @property
    def whole(self) -> float:
        return self.build + self.decide


Times: TypeAlias = tuple[Seconds, Seconds, Seconds]
"""For each of LABELS."""


class Answer(NamedTuple):
    """What a method takes at first and again, and what it says."""

    first: Seconds
    again: Seconds
    said: Any

    @property
    def times(self) -> Times:
        """SymPy's cache knows expressions: to it an answer that was seen is never new."""
        return self.first, self.again, self.again


def serve(pipe: Connection, name: str) -> None:
    warm = Symbol("w", real=True)
    METHODS[name](warm * (warm + 1), warm**2 + warm)
    pipe.send("ready")
    while True:
        pair = pipe.recv()
        first, said = timed(name, pair)
        again, said = timed(name, pair)
        pipe.send(Answer(first, again, said))


def timed(name: str, pair: Pair) -> tuple[Seconds, Any]:
    start = process_time()
    questions = list(sides(pair))
    built = process_time()
    said: Any
    try:
        found = [METHODS[name](a, b) for a, b in questions]
        said = False if False in found else None if None in found else True
    except Exception as error:  # whatever SymPy raises is what is measured
        said = type(error).__name__
    return Seconds(built - start, process_time() - built), said


class Worker:
    """One method, in a process of its own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=serve, args=(other, self._name), daemon=True)
        self._process.start()
        self._pipe.recv()

    def ask(self, pair: Pair) -> Answer:
        self._pipe.send(pair)
        if self._pipe.poll(LIMIT):
            found: Answer = self._pipe.recv()
            return found
        self.end()
        self._start()
        return Answer(Seconds(0, LIMIT), Seconds(0, LIMIT), "no answer")

    def end(self) -> None:
        self._process.kill()
        self._process.join()


# --- the comparison ----------------------------------------------------------------------------


def judged(answer: Any, expected: str) -> str:
    if answer in (True, False):
        return "right" if answer is (expected == "equal") else "WRONG"
    return "gives up" if answer is None else str(answer)


class Ratio(NamedTuple):
    """A method's seconds over symgrad's: with what it builds, and without."""

    whole: float
    decide: float

    def __str__(self) -> str:
        return f"{self.whole:.1f} ({self.decide:.1f})"


class Compared(NamedTuple):
    """What every method did with the scalar pairs, by its name."""

    times: dict[str, list[Times]]
    outcomes: dict[str, list[str]]
    """"right", "WRONG", "gives up", …"""
    pairs: list[Pair]
    apart: list[bool]
    """Are the sides still two expressions where SymPy is asked? Else it has nothing to decide."""

    def median(self, name: str, place: int) -> Seconds:
        """What a method takes, part by part, at the median of all pairs."""
        return Seconds(*(quantile([t[place][n] for t in self.times[name]], 0.5) for n in (0, 1)))

    def ratio(self, name: str, place: int, among: Sequence[bool]) -> Ratio:
        """How many times longer than symgrad a method takes, at the median of some pairs."""
        own = self.times["symgrad"]
        both = [
            (mine[place].whole, theirs[place])
            for mine, theirs, counts in zip(own, self.times[name], among, strict=True)
            if counts
        ]
        return Ratio(
            quantile([theirs.whole / mine for mine, theirs in both], 0.5),
            quantile([theirs.decide / mine for mine, theirs in both], 0.5),
        )

    def groups(self, name: str) -> dict[str, list[bool]]:
        """The pairs over which a method is compared, by what they have in common."""
        return {
            "all": [True] * len(self.pairs),
            "two expressions": self.apart,
            "answered rightly": [outcome == "right" for outcome in self.outcomes[name]],
        }


def compared() -> Compared:
    rows = []
    for pair in new_pairs():
        try:
            rows.append((pair, list(sides(pair))))
        except (Untold, KeyError):
            continue
    decided(rows[0][0])
    times: dict[str, list[Times]] = {"symgrad": []}
    outcomes: dict[str, list[str]] = {"symgrad": []}
    for pair, _ in rows:
        first, status = decided(pair)
        again, new = decided(pair)[0], decided(anew(pair))[0]
        times["symgrad"].append((Seconds(0, first), Seconds(0, new), Seconds(0, again)))
        outcomes["symgrad"].append("right" if status == pair.expected else status)
    for name in METHODS:
        worker = Worker(name)
        answers = [worker.ask(pair) for pair, _ in rows]
        worker.end()
        times[name] = [answer.times for answer in answers]
        outcomes[name] = [
            judged(answer.said, pair.expected)
            for answer, (pair, _) in zip(answers, rows, strict=True)
        ]
    apart = [any(a != b for a, b in questions) for _, questions in rows]
    return Compared(times, outcomes, [pair for pair, _ in rows], apart)


def main() -> None:
    found = compared()
    print(f"{len(found.pairs)} scalar pairs, of which SymPy makes one expression of both sides")
    print(f"of {found.apart.count(False)} while it builds them; medians in ms, and of the ratios:")
    print("build and decide (decide alone)")
    for name in found.times:
        for place, label in enumerate(LABELS):
            median = found.median(name, place)
            told = ", ".join(
                f"{group} {found.ratio(name, place, among)}"
                for group, among in found.groups(name).items()
            )
            parts = f"{median.build * 1000:7.2f} +{median.decide * 1000:7.2f}"
            print(f"  {name:16} {label:12} {parts}   times: {told}")
        for pair, outcome in zip(found.pairs, found.outcomes[name], strict=True):
            if outcome != "right":
                print(f"      {outcome}: {pair.name} ({pair.expected})")


if __name__ == "__main__":
    main()
