"""Python's statements, followed as Python would run them, without running anything.

A name refers to a value; arrays are shared by all names that refer to them, so `dx = dy` makes no
copy and `dx += …` changes dy as well. Within a loop:

- what is assigned before it is read belongs to each round, and after the loop is the last round's;
- a number or array that an earlier round left is overwritten in place.

Conditions become guards; `continue` guards the rest of its block. Functions of the text are read
where they are called.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy
from sympy import Integer, Symbol
from sympy.logic.boolalg import Boolean

from symgrad.errors import StudentError
from symgrad.expressions import array_of, elements, rename
from symgrad.program import Loop, Operator
from symgrad.python.elementwise import opposite, truth
from symgrad.python.entry import is_main
from symgrad.python.expressions import LIBRARIES, Expressions
from symgrad.python.functions import FUNCTION_ROWS
from symgrad.python.names import Names
from symgrad.python.syntax import Text
from symgrad.python.trace import Trace
from symgrad.python.values import (
    Anything,
    Callee,
    Defined,
    Library,
    Named,
    Nothing,
    Several,
    Storage,
    Value,
    Words,
    single,
)

MAX_CALLS = 40
MAX_CALL_DEPTH = 8

IN_PLACE: dict[type[ast.operator], Operator] = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*="}

EFFECTS: dict[str, Operator] = {
    "add_": "+=",
    "sub_": "-=",
    "mul_": "*=",
    "copy_": "=",
    "fill": "=",
    "fill_": "=",
}
"""Methods that change their array."""

DECORATORS = ("staticmethod", "classmethod", "torch.no_grad", "njit", "jit", "numba.", "torch.jit")
"""What before a function changes nothing of what it computes."""

HARMLESS = {"print", "assert_allclose", "display", "seterr", "manual_seed", "requires_grad_"}
"""Calls that compute nothing of an answer."""

REFUSED: dict[type[ast.AST], tuple[str, str]] = {
    ast.While: ("`while` is not read", "write `for i in range(N):`"),
    ast.Break: ("`break` is not read", "write a condition, `if …:`, around the statements"),
    ast.Try: ("`try` is not read", "write the statements alone"),
    ast.Raise: ("`raise` is not read", "write the statements alone"),
    ast.Delete: ("`del` is not read", "leave it out"),
    ast.Global: ("`global` is not read", "hand the array in as a parameter"),
    ast.Nonlocal: ("`nonlocal` is not read", "hand the array in as a parameter"),
    ast.AsyncFor: ("`async` is not read", ""),
    ast.AsyncFunctionDef: ("`async` is not read", ""),
    ast.Match: ("`match` is not read", "write `if`"),
}
"""What to say of statements that are not read."""


@dataclass
class Unset:
    """A name that some way through the text leaves without a value."""

    why: str


@dataclass
class Frame:
    """The names of one function, or of the top level.

    `fixed` are the names that are overwritten in place, since another round or branch sees them;
    `loops` and `guards` count those that were open when the function was called.
    """

    names: dict[str, Anything | Unset] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    outer: Frame | None = None
    caller: Frame | None = None
    result: Anything | None = None
    returned: ast.expr | None = None
    depth: int = 0
    loops: int = 0
    guards: int = 0


class Statements(Expressions):
    """Follows statements; `frame` holds the names in force."""

    frame: Frame
    calls = 0

    def __init__(self, trace: Trace, names: Names) -> None:
        super().__init__(trace, names)
        self.detached: dict[Storage | None, list[tuple[Storage, int]]] = {}
        """Memory of names that a loop or branch assigns anew, and what they share it with at times:
        as long as neither changes, a copy is as good."""
        self.changed: set[Storage] = set()
        """Memory that was changed element by element."""

    def _detach(self, copy: Value, value: Value) -> None:
        if value.rank and value.storage is not None:
            pair = value.storage, value.storage.renewed
            self.detached.setdefault(copy.storage, []).append(pair)

    def _shared(self, name: str, node: ast.AST) -> StudentError:
        return self.trace.error(
            f"{name} may share its memory with another array here, or not",
            hint="copy it first, as in y = x.copy()",
            at=node,
        )

    # --- names -------------------------------------------------------------------------------

    def local(self, name: str, node: ast.AST) -> Anything | None:
        frame: Frame | None = self.frame
        while frame is not None:
            if name in frame.names:
                return self._current(name, frame.names[name], node)
            frame = frame.outer
        return None

    def _current(self, name: str, found: Anything | Unset, node: ast.AST) -> Anything:
        if isinstance(found, Unset):
            raise self.trace.error(f"{name} {found.why}", "name", at=node)
        if isinstance(found, Value) and any(
            source.renewed != renewed for source, renewed in self.detached.get(found.storage, ())
        ):
            raise self._shared(name, node)
        if isinstance(found, Kept):
            changed = [storage for storage, renewed in found.made if storage.renewed != renewed]
            if changed:
                raise self.trace.error(
                    f"{changed[0].wanted} has changed since {name} was computed from it",
                    hint=f"compute {name} where it is used",
                    at=node,
                )
        return found

    def with_local(self, name: str, value: Anything, read: Callable[[], Any]) -> Any:
        frame = self.frame
        self.frame = Frame({name: value}, outer=frame, depth=frame.depth)
        found = read()
        self.frame = frame
        return found

    def bind(self, name: str, value: Anything) -> None:
        """`name = value`"""
        self.trace.spend()
        if isinstance(value, Value):
            if name in self.frame.fixed:
                self._overwrite(name, value)
                return
            value = self._kept(name, value)
        self.frame.names[name] = value

    def _kept(self, name: str, value: Value) -> Value:
        """What a name refers to: a view, a plain number, or a new array with the values of now."""
        if value.mask is not None:
            raise self.trace.error("x[mask] has no name of its own", hint="write np.where(…)")
        if value.storage is not None and value.rank:
            return value
        at = tuple(self.trace.fresh_index() for _ in value.shape)
        expr = value.at(at)
        if value.sort == "number" and not isinstance(expr, sympy.Basic):
            raise self.trace.error("this is not a number")
        read = {array_of(found) for found in elements(expr)}
        if not read and not value.rank:
            return value
        if value.sort == "number":
            return self.trace.stored(value, name)
        made = [one for one in self._storages() if one.name in read]
        return Kept(
            value.shape,
            value.at,
            value.sort,
            value.storage if value.rank else None,
            value.place,
            made=tuple((storage, storage.renewed) for storage in made),
        )

    def _storages(self) -> list[Storage]:
        return [*self.trace.storages, *self.names.storages.values()]

    def _overwrite(self, name: str, value: Value) -> None:
        """A new value for a name that other rounds or branches see: in its own memory."""
        target = self.frame.names[name]
        assert isinstance(target, Value) and target.storage is not None
        if value.storage is target.storage and value.whole:
            return
        if self._holders(target.storage) > 1:
            raise self.trace.error(
                f"{name} shares its memory with another name and gets a new value in a loop",
                hint=f"write {name}[:] = … or copy it first",
            )
        if value.rank != target.rank:
            raise self.trace.error(
                f"{name} changes its shape from {self.trace.shown(target.shape)} to "
                f"{self.trace.shown(value.shape)}",
                "shape",
                "use another name",
            )
        self.algebra.fits(value, target.shape, name)
        self.trace.assign(target, "=", value)
        if value.rank and value.storage is not None and target.storage in self.changed:
            raise self._shared(name, self.trace.node)
        self._detach(target, value)

    def _holders(self, storage: Storage) -> int:
        """How many names refer to a memory."""
        waiting: list[Frame | None] = [self.frame]
        seen: list[Frame] = []
        while waiting:
            frame = waiting.pop()
            if frame is not None and not any(frame is other for other in seen):
                seen.append(frame)
                waiting += [frame.outer, frame.caller]
        return sum(_refers(value, storage) for frame in seen for value in frame.names.values())

    # --- blocks ------------------------------------------------------------------------------

    def block(self, statements: Sequence[ast.stmt], last: bool = True) -> None:
        """Statements in their order; `last`: after them the round of the loop ends."""
        for n, statement in enumerate(statements):
            rest = statements[n + 1 :]
            if isinstance(statement, ast.If) and not is_main(statement):
                if _leaves(statement):
                    self._skip(statement, rest, last)
                    return
                self.trace.node = statement
                self._if(statement, last and not rest)
            else:
                self.statement(statement)
            if isinstance(statement, (ast.Return, ast.Continue)):
                return

    def _skip(self, statement: ast.If, rest: Sequence[ast.stmt], last: bool) -> None:
        """`if c: …; continue` with what follows in its `else`."""
        if not last:
            raise self.trace.error(
                "`continue` within a condition that is not the last of its loop",
                hint="write a condition, `if …:`, around the statements",
                at=statement,
            )
        body, orelse = (
            part[:-1] if _continues(part) else [*part, *rest]
            for part in (statement.body, statement.orelse)
        )
        whole = ast.copy_location(ast.If(statement.test, body, orelse), statement)
        self.trace.node = whole
        self._if(whole, last)

    def surroundings(self, statements: Sequence[ast.stmt]) -> None:
        """What stands beside the function that is read: what it does not use need not be read."""
        for statement in statements:
            try:
                self.statement(statement)
            except StudentError as error:
                if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                    raise
                names = {part.asname or part.name for part in getattr(statement, "names", ())}
                for name in _assigned([statement]) | names:
                    self.frame.names[name] = Unset(f"is not read: {error.message}")

    def statement(self, node: ast.stmt) -> None:
        self.trace.node = node
        self.trace.spend()
        if is_main(node):
            return
        row = STATEMENTS.get(type(node))
        if row is None:
            what, hint = REFUSED.get(type(node), ("this statement is not read", ""))
            raise self.trace.error(what, hint=hint)
        row(self, node)

    # --- assignments -------------------------------------------------------------------------

    def _assign(self, node: ast.Assign) -> None:
        first = node.targets[0]
        self.wanted = first.id if isinstance(first, ast.Name) else ""
        value = self.read(node.value)
        if len(node.targets) > 1 and isinstance(value, Value):
            value = self._kept(self.wanted, value)
        for target in node.targets:
            self.trace.node = node
            self.put(target, value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.put(node.target, self.read(node.value))

    def put(self, target: ast.expr, value: Anything) -> None:
        """Assign a value to a name, to part of an array, or to several of them."""
        if isinstance(target, ast.Name):
            if isinstance(value, Several):
                value = self._listed(value)
            elif isinstance(value, Named):
                self._keep_entries(value)
            self.bind(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, value)
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            self._put_part(target, value)
        else:
            raise self.trace.error("this cannot be assigned", at=target)

    def _listed(self, value: Several) -> Several:
        """The entries with the values of now."""
        return Several(
            tuple(self._kept("", item) if isinstance(item, Value) else item for item in value.items)
        )

    def _keep_entries(self, value: Named) -> None:
        for key, item in value.items.items():
            if isinstance(item, Value):
                value.items[key] = self._kept(key, item)

    def _unpack(self, target: ast.Tuple | ast.List, value: Anything) -> None:
        names = target.elts
        if isinstance(value, Named) and value.open:
            for part in names:
                if not isinstance(part, ast.Name):
                    raise self.trace.error("a name is expected here", at=part)
                if part.id != "_":
                    self.frame.names[part.id] = self.item(value, part.id, part)
            return
        if isinstance(value, Value) and value.rank:
            count = value.shape[0]
            if not count.is_Integer:
                raise self.trace.error("an array is not taken apart row by row", hint=LOOP_HINT)
            rows = [[single(Integer(n), "integer")] for n in range(int(count))]
            value = Several(tuple(self.subscripts.subscripted(value, row) for row in rows))
        if not isinstance(value, Several) or len(value.items) != len(names):
            has = len(value.items) if isinstance(value, Several) else 1
            raise self.trace.error(f"{len(names)} names for {has} values", "shape")
        kept = self._listed(value) if len(names) > 1 else value
        for part, item in zip(names, kept.items, strict=True):
            if not (isinstance(part, ast.Name) and part.id == "_"):
                self.put(part, item)

    def _put_part(self, target: ast.Subscript | ast.Attribute, value: Anything) -> None:
        """`x[i] = …` and `x.grad = …` change the array itself."""
        holder = self.read(target.value)
        if isinstance(holder, Named):
            self._put_item(holder, target, value)
            return
        self.change(self.target(target), "=", self.as_array(value, target))

    def _put_item(self, holder: Named, target: ast.expr, value: Anything) -> None:
        key = target.attr if isinstance(target, ast.Attribute) else ""
        if isinstance(target, ast.Subscript):
            word = self.read(target.slice)
            if not isinstance(word, Words):
                raise self.trace.error("a dictionary is read by words", hint='as in grads["x"]')
            key = word.text
        if self.trace.loops or self.trace.guards:
            raise self.trace.error("a dictionary is filled outside of loops", at=target)
        holder.items[key] = self._kept(key, value) if isinstance(value, Value) else value

    def as_array(self, value: Anything, node: ast.AST) -> Value:
        """A number or array; of a list, the array that it spells out."""
        if isinstance(value, Value):
            return value
        if isinstance(value, Several):
            return self._call("array", [], {}).as_value(value)
        raise self._no_value(value, node)

    def target(self, node: ast.expr) -> Value:
        """Where an assignment writes: part of an array."""
        found = self.value(node)
        if found.storage is None:
            raise self.trace.error(
                "this cannot be changed", hint="only part of an array can be", at=node
            )
        return found

    def change(self, target: Value, operator: Operator, value: Value) -> None:
        """`x[…] op value`, the shapes held against each other."""
        assert target.storage is not None
        if target.storage in self.detached:
            raise self._shared(target.storage.wanted, self.trace.node)
        if target.storage.empty and operator != "=":
            raise self.trace.error(
                f"{target.storage.wanted} starts with what happens to be in memory",
                hint="start with np.zeros",
            )
        if target.mask is not None and value.mask is None and value.rank:
            raise self.trace.error("x[mask] is assigned numbers or y[mask]")
        if target.repeats and operator != "=":
            raise self.trace.error(
                "an element that is chosen twice is changed once", hint="write a loop, or np.add.at"
            )
        self.algebra.fits(value, target.shape, "the left side")
        self.changed.add(target.storage)
        self.trace.assign(target, operator, replace(value, mask=None))

    def _augmented(self, node: ast.AugAssign) -> None:
        value = self.value(node.value)
        if isinstance(node.target, ast.Name):
            current = self.value(node.target)
            if current.storage is None or not (current.rank or self._is_own(current)):
                found = self.operated(type(node.op), current, value, node)
                self.bind(node.target.id, found)
                return
            target = current
        else:
            target = self.target(node.target)
        self.trace.node = node
        operator = IN_PLACE.get(type(node.op))
        if operator is None:
            value, operator = self.operated(type(node.op), target, value, node), "="
        self.change(target, operator, value)

    def _is_own(self, number: Value) -> bool:
        """May a number be changed where it stands? Names do not share numbers."""
        return number.storage is not None and number.whole and number.sort == "number"

    # --- loops -------------------------------------------------------------------------------

    def _for(self, node: ast.For) -> None:
        if node.orelse:
            raise self.trace.error("`else` of a loop is not read", at=node.orelse[0])
        if not isinstance(node.target, ast.Name):
            raise self.trace.error("one index is read here", hint=LOOP_HINT, at=node.target)
        start, count, step = self.range(node.iter)
        symbol = self.trace.fresh_index(node.target.id)
        first = Integer(1)
        if step == 1 and start != 0:
            first, count = start + 1, sympy.expand(start + count)
            value = symbol - 1
        else:
            value = start + step * (symbol - 1)
        fixed = set(self.frame.fixed)
        self._prepare(node)
        before = dict(self.frame.names)
        loop = Loop(symbol, first, count)
        renewed = {storage: storage.renewed for storage in self._storages()}
        with self.trace.loop(loop):
            self.frame.names[node.target.id] = single(value, "integer")
            self.block(node.body)
        self._check_shared(renewed, node)
        self._after(before, loop)
        self.frame.fixed = fixed

    def _check_shared(self, renewed: Mapping[Storage, int], node: ast.For) -> None:
        """Memory that a name shares from an earlier round on must not change in the loop."""
        for name in sorted(self.frame.fixed):
            value = self.frame.names.get(name)
            if isinstance(value, Value):
                for source, _ in self.detached.get(value.storage, ()):
                    if source.renewed != renewed.get(source, 0):
                        raise self._shared(name, node)

    def _prepare(self, node: ast.For) -> None:
        """What the body assigns and an earlier round may have left needs memory of its own."""
        for name in _assigned(node.body):
            if name in self.frame.fixed or name not in self.frame.names:
                continue
            if not _is_read_first(name, node.body):
                del self.frame.names[name]
                continue
            self._own(name, node)

    def _own(self, name: str, node: ast.stmt) -> None:
        """Make a name refer to memory that nothing else refers to."""
        value = self.frame.names[name]
        if not isinstance(value, Value) or value.sort == "truth":
            return
        if value.rank and not _is_bound(name, node):
            return
        inside = {loop.index for loop in self.trace.loops}
        own = (
            value.whole
            and value.storage is not None
            and value.sort == "number"
            and value.storage.given is None
            and set(value.storage.outer) <= inside
            and self._holders(value.storage) == 1
        )
        if not own and not (value.storage is not None and value.storage.given and not value.rank):
            self.trace.node = node
            copy = self.trace.stored(value, name)
            self._detach(copy, value)
            self.frame.names[name] = copy
        self.frame.fixed.add(name)

    def _after(self, before: dict[str, Anything | Unset], loop: Loop) -> None:
        """After a loop its names have the values of the last round."""
        runs = self.trace.implied(sympy.Le(loop.lower, loop.upper, evaluate=False))
        for name, value in list(self.frame.names.items()):
            if before.get(name) is value or not isinstance(value, Value):
                continue
            if not runs:
                self.frame.names[name] = Unset("is set in a loop that may have no round")
            else:
                self.frame.names[name] = _last(value, loop)

    # --- conditions --------------------------------------------------------------------------

    def _if(self, node: ast.If, last: bool) -> None:
        condition = truth(self.trace, self.value(node.test))
        if condition.rank:
            raise self.trace.error("`if` of a whole array", hint="write np.where(c, a, b)")
        known = condition.at(())
        if known in (sympy.true, sympy.false):
            self.block(node.body if known == sympy.true else node.orelse, last)
            return
        first, fixed = _assigned(node.body), set(self.frame.fixed)
        for name in {*first, *_assigned(node.orelse)}:
            if name in self.frame.names and name not in self.frame.fixed:
                self._own(name, node)
        before = dict(self.frame.names)
        begun = len(self.trace.steps)
        with self.trace.guarded(known):
            self.block(node.body, last)
        then = dict(self.frame.names)
        both = {name for name in first if name not in before} & _assigned(node.orelse)
        shared = {name for name in both if isinstance(then.get(name), Value)} - self.frame.fixed
        self.frame.names = {**before, **{name: then[name] for name in shared}}
        self.frame.fixed |= shared
        for name in shared:
            self._memory(name)
        with self.trace.guarded(opposite(known)):
            self.block(node.orelse, last)
        self.frame.fixed = fixed
        for name in ({*then} | {*self.frame.names}) - {*before} - both:
            self.frame.names[name] = Unset("is set in one branch only")
        self._check_stable(known, begun)

    def _memory(self, name: str) -> None:
        value = self.frame.names[name]
        if not (isinstance(value, Value) and value.whole):
            raise self.trace.error(
                f"{name} gets a value in both branches", hint="give it a value before the `if`"
            )

    def _check_stable(self, condition: Boolean, begun: int) -> None:
        """A condition is asked once, before anything in its branches is written."""
        read = {array_of(found) for found in elements(condition)}
        written: set[str] = set()
        for step in self.trace.steps[begun:]:
            target = array_of(step.statement.target)
            looped = len(step.loops) > len(self.trace.loops)
            if read & (written | ({target} if looped else set())):
                raise self.trace.error(
                    "this changes what its own condition asks about",
                    hint="compute the condition before the `if`",
                    at=step.node,
                )
            written.add(target)

    # --- functions ---------------------------------------------------------------------------

    def _define(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            if not ast.unparse(decorator).startswith(DECORATORS):
                raise self.trace.error("this decorator is not read", hint="leave it out")
        self.frame.names[node.name] = Defined(node)

    def _class(self, node: ast.ClassDef) -> None:
        methods: dict[str, Anything] = {
            part.name: Defined(part) for part in node.body if isinstance(part, ast.FunctionDef)
        }
        self.frame.names[node.name] = Named(node.name, methods)

    def inline(self, function: Defined, call: ast.Call) -> Anything:
        arguments = [self.read(part) for part in call.args]
        keywords = {part.arg: self.read(part.value) for part in call.keywords if part.arg}
        self.trace.node = call
        self.calls += 1
        if self.calls > MAX_CALLS or self.frame.depth > MAX_CALL_DEPTH:
            raise self.trace.error(f"more than {MAX_CALLS} calls of functions", "limit")
        parameters = parameters_of(function.node, self.trace.text)
        if len(arguments) > len(parameters) or not keywords.keys() <= {*parameters}:
            raise self.trace.error("these arguments do not fit the function")
        given = {**dict(zip(parameters, arguments, strict=False)), **keywords}
        top = self.frame
        while top.outer is not None:
            top = top.outer
        names: dict[str, Anything | Unset] = {}
        for name, default in parameters.items():
            if name not in given and default is None:
                raise self.trace.error(f"the argument {name} is missing")
            found = given[name] if name in given else self.read(default) if default else None
            assert found is not None
            names[name] = self._kept(name, found) if isinstance(found, Value) else found
        return self.entered(function, names, top)

    def entered(
        self, function: Defined, names: dict[str, Anything | Unset], outer: Frame | None
    ) -> Anything:
        """What the body of a function gives, its parameters being bound."""
        frame = self.frame
        self.frame = Frame(
            names,
            outer=outer,
            caller=frame,
            depth=frame.depth + 1,
            loops=len(self.trace.loops),
            guards=len(self.trace.guards),
        )
        if isinstance(function.node, ast.Lambda):
            found = self.read(function.node.body)
        else:
            self.block(function.node.body)
            found = self.frame.result or Nothing()
        self.ended = self.frame
        self.frame = frame
        return found

    ended: Frame
    """The names of the function that ended last."""

    def _return(self, node: ast.Return) -> None:
        if self.frame.depth == 0:
            raise self.trace.error("`return` outside of a function")
        inside = len(self.trace.loops) > self.frame.loops
        if inside or len(self.trace.guards) > self.frame.guards:
            raise self.trace.error(
                "`return` within a loop or a condition", hint="return once, at the end"
            )
        self.frame.result = Nothing()
        if node.value is not None:
            self.frame.result = self.read(node.value)
            self.frame.returned = node.value

    # --- the rest ----------------------------------------------------------------------------

    def _expression(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Constant):
            return
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            name = call.func.id if isinstance(call.func, ast.Name) else name
            if name in HARMLESS:
                return
            if isinstance(call.func, ast.Attribute) and self._effect(call.func, call):
                return
        self.read(call)

    def _effect(self, function: ast.Attribute, call: ast.Call) -> bool:
        """`x.fill(0)`, `x.add_(y)`, `x.zero_()`, `np.add.at(x, i, v)`"""
        if function.attr == "zero_":
            self.change(self.target(function.value), "=", single(Integer(0)))
        elif function.attr in EFFECTS and len(call.args) == 1:
            value = self.value(call.args[0])
            self.change(self.target(function.value), EFFECTS[function.attr], value)
        elif ast.unparse(function) in ("np.add.at", "numpy.add.at") and len(call.args) == 3:
            part = ast.Subscript(call.args[0], call.args[1], ast.Store())
            target = replace(self.target(ast.copy_location(part, call)), repeats=False)
            self.change(target, "+=", self.value(call.args[2]))
        else:
            return False
        return True

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            name = (alias.asname or alias.name).split(".")[0]
            root = alias.name if isinstance(node, ast.Import) else (node.module or "")
            library = root.split(".")[0]
            if library not in LIBRARIES and library not in ("typing", "__future__", "symgrad"):
                raise self.trace.error(
                    f"{library} is not read", "name", "numpy, math and torch are"
                )
            if isinstance(node, ast.Import) or alias.name in LIBRARIES:
                self.frame.names[name] = Library(name, library == "torch")
            elif alias.name in FUNCTION_ROWS:
                self.frame.names[name] = Callee(alias.name, library == "torch")

    def _with(self, node: ast.With) -> None:
        if any("no_grad" not in ast.unparse(item.context_expr) for item in node.items):
            raise self.trace.error("`with` is not read", hint="write the statements alone")
        self.block(node.body)

    def _nothing(self, node: ast.stmt) -> None:
        """`pass`, `assert`, and `continue` at the end of a round."""


@dataclass(frozen=True, eq=False)
class Kept(Value):
    """A condition or index that is computed anew where it is used, and from what it was made."""

    made: tuple[tuple[Storage, int], ...] = ()


def parameters_of(node: ast.FunctionDef | ast.Lambda, text: Text) -> dict[str, ast.expr | None]:
    """The parameters of a function with their defaults."""
    found = node.args
    if found.vararg or found.kwarg:
        raise text.error("* before a parameter is not read", node, hint="name the parameters")
    plain = [*found.posonlyargs, *found.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(found.defaults))
    pairs = dict(zip((part.arg for part in plain), [*defaults, *found.defaults], strict=True))
    pairs.update(zip((part.arg for part in found.kwonlyargs), found.kw_defaults, strict=True))
    return pairs


def _refers(value: Anything | Unset, storage: Storage) -> bool:
    if isinstance(value, Value):
        return value.storage is storage
    if isinstance(value, Several):
        return any(_refers(item, storage) for item in value.items)
    if isinstance(value, Named):
        return any(_refers(item, storage) for item in value.items.values())
    return False


def _last(value: Value, loop: Loop) -> Value:
    """A value of the last round of a loop."""
    new = {loop.index: loop.upper}

    at = tuple(Symbol(f"at {n}", integer=True) for n in range(value.rank))
    if not value.at(at).free_symbols & {loop.index}:
        return value
    found = Value(value.shape, lambda at: rename(value.at(at), new), value.sort)
    storage, place = value.storage, value.place
    if storage is None:
        return found
    outer = storage.outer if value.outer is None else value.outer
    return replace(
        found,
        storage=storage,
        place=lambda at: tuple(rename(part, new) for part in (place(at) if place else at)),
        outer=tuple(rename(part, new) for part in outer),
    )


def _leaves(statement: ast.If) -> bool:
    """Does a branch end the round of the loop?"""
    return _continues(statement.body) or _continues(statement.orelse)


def _continues(body: Sequence[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ast.Continue)


def _stored_names(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _assigned(body: Sequence[ast.stmt]) -> set[str]:
    """The names that statements assign, `x[i] = …` not among them."""
    return {name for statement in body for name in _stored_names(statement)}


def _is_bound(name: str, node: ast.AST) -> bool:
    """Is a name assigned anew, not only by += in place?"""
    for part in ast.walk(node):
        targets: Sequence[ast.expr] = ()
        if isinstance(part, ast.Assign):
            targets = part.targets
        elif isinstance(part, ast.AnnAssign):
            targets = [part.target]
        if any(name in _stored_names(target) for target in targets):
            return True
    return False


def _loads(name: str, node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
        for part in ast.walk(node)
    )


def _is_read_first(name: str, body: Sequence[ast.stmt]) -> bool:
    """May a round read what an earlier one left under a name, or leave it as it is?"""
    assigned = False
    for statement in body:
        if isinstance(statement, ast.For):
            if _loads(name, statement.iter):
                return True
            if name in _stored_names(statement.target):
                return False
            inner = _is_read_first(name, statement.body)
            if name in _assigned(statement.body) and not inner:
                assigned = True
                continue
        if _loads(name, statement):
            return True
        if name in _assigned([statement]):
            return isinstance(statement, (ast.If, ast.For, ast.AugAssign, ast.With))
    return not assigned


LOOP_HINT = "write `for b in range(B):` and index with b"

STATEMENTS: dict[type[ast.stmt], Callable[[Any, Any], None]] = {
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._annotated,
    ast.AugAssign: Statements._augmented,
    ast.For: Statements._for,
    ast.FunctionDef: Statements._define,
    ast.ClassDef: Statements._class,
    ast.Return: Statements._return,
    ast.Expr: Statements._expression,
    ast.Import: Statements._import,
    ast.ImportFrom: Statements._import,
    ast.With: Statements._with,
    ast.Pass: Statements._nothing,
    ast.Assert: Statements._nothing,
    ast.Continue: Statements._nothing,
}
"""How each kind of statement is followed."""
