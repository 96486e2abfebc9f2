"""The functions of NumPy and torch that are read: one row each, as function and as method.

np.exp(x)  x.exp()  torch.exp(x)       np.sum(x, axis=1, keepdims=True)  x.sum(1)  x.sum(dim=1)
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy
from sympy import Integer, Rational

from symgrad.expressions import add, call, divide, mul, negate, power, reciprocal, root
from symgrad.heads import FUNCTIONS, MaxOver, MinOver, SumOver
from symgrad.python.calls import Call, Row
from symgrad.python.elementwise import (
    clip,
    compared,
    connected,
    each,
    filled_in,
    function,
    heaviside,
    negated,
    raised,
    sign,
    where,
)
from symgrad.python.joining import joined_up, kronecker, repeated, stacked, tiled
from symgrad.python.newarrays import (
    arange,
    array,
    as_list,
    cast,
    copy,
    diag,
    embedded,
    empty,
    eye,
    filled,
    full,
    full_like,
    like,
    one_hot,
    same,
    whole,
)
from symgrad.python.rearranging import (
    diagonal_of,
    flat_vector,
    flipped,
    narrower,
    padded,
    reshape,
    stretched,
    transposed,
    wider,
)
from symgrad.python.reductions import (
    argmax,
    divided,
    dot,
    each_by_each,
    einsum,
    flat_dot,
    inner,
    logsumexp,
    matmul,
    mean,
    norm,
    outer,
    reduced,
    softmax,
    tensordot,
    unravelled,
    variance,
)
from symgrad.python.sliding import convolved, correlated, windows
from symgrad.python.values import (
    Anything,
    Infinity,
    Named,
    Nothing,
    Several,
    Value,
    Words,
    single,
    whole_number,
)
from symgrad.python.views import numeric


def _extreme(head: str) -> Row:
    """max(a, b); of whole numbers again one."""

    def read(it: Call) -> Value:
        values = [it.value(n) for n in range(len(it.arguments))]
        if len(values) == 1:
            if values[0].rank != 1:
                raise it.error(f"{head} of an array of several axes", hint=f"write np.{head}(x)")
            return it.algebra.reduced(MaxOver if head == "max" else MinOver, values[0], None, False)
        if any(value.rank for value in values):
            raise it.error(f"{head} of whole arrays", hint=f"write np.{head}imum(a, b)")
        if all(value.sort == "integer" for value in values):
            least = sympy.Max if head == "max" else sympy.Min
            return single(least(*(value.at(()) for value in values)), "integer")
        return it.algebra.elementwise(lambda *x: call(head, *x), *map(numeric, values))

    return read


def _total(it: Call) -> Value:
    """`sum(xs)`, `sum(rows, start)`: of rows again a row, as Python adds them up."""
    value, start = it.value(0), it.take(1, "start")
    if not value.rank:
        raise it.error("sum of a number", "shape")
    found = it.algebra.reduced(SumOver, value, [0], False)
    return found if start is None else it.algebra.elementwise(add, found, it.as_value(start))


def _length(it: Call) -> Value:
    found = it.take(0)
    if isinstance(found, Several):
        return whole_number(len(found.items))
    value = it.as_value(found or Nothing())
    it.algebra.unmasked(value)
    if not value.rank:
        raise it.error("len of a number", "shape")
    return single(value.shape[0], "integer")


def _size(it: Call) -> Anything:
    """torch: `x.size(0)`, `x.size()`"""
    value, axes = it.value(0), it.axes(1)
    if axes is None:
        return shape_of(value)
    return single(value.shape[it.algebra.axis(axes[0], value.rank)], "integer")


def shape_of(value: Value) -> Several:
    return Several(tuple(single(extent, "integer") for extent in value.shape))


def _refused(why: str, hint: str) -> Row:
    def read(it: Call) -> Value:
        raise it.error(why.format(it.name), hint=hint)

    return read


ROWS: Mapping[tuple[str, ...], Row] = {
    **{(name,): function(name) for name in FUNCTIONS},
    ("absolute", "fabs"): function("abs"),
    ("sigmoid", "expit", "logistic"): function("sigma"),
    ("ln",): function("log"),
    ("sqrt",): each(root),
    ("square",): each(lambda x: power(x, Integer(2))),
    ("negative", "neg"): each(negate),
    ("reciprocal",): each(reciprocal),
    ("rsqrt",): each(lambda x: power(x, Rational(-1, 2))),
    ("log1p",): each(lambda x: call("log", add(Integer(1), x))),
    ("expm1",): each(lambda x: add(call("exp", x), Integer(-1))),
    ("sign",): sign,
    ("heaviside",): heaviside,
    ("add",): each(add, 2),
    ("subtract", "sub"): each(lambda a, b: add(a, negate(b)), 2),
    ("multiply", "mul"): each(mul, 2),
    ("divide", "true_divide", "div"): each(divide, 2),
    ("maximum",): each(lambda a, b: call("max", a, b), 2),
    ("minimum",): each(lambda a, b: call("min", a, b), 2),
    ("power", "pow", "float_power"): raised,
    ("greater", "gt"): compared(sympy.Gt),
    ("greater_equal", "ge"): compared(sympy.Ge),
    ("less", "lt"): compared(sympy.Lt),
    ("less_equal", "le"): compared(sympy.Le),
    ("equal", "eq"): compared(sympy.Eq),
    ("not_equal", "ne"): compared(sympy.Ne),
    ("logical_and", "bitwise_and"): connected(sympy.And),
    ("logical_or", "bitwise_or"): connected(sympy.Or),
    ("logical_not", "invert", "bitwise_not"): negated,
    ("where",): where,
    ("masked_fill",): filled_in,
    ("clip", "clamp"): clip,
    ("sum", "nansum"): reduced(SumOver),
    ("max", "amax"): reduced(MaxOver),
    ("min", "amin"): reduced(MinOver),
    ("mean", "average"): mean,
    ("var", "std"): variance,
    ("argmax", "argmin"): argmax,
    ("unravel_index",): unravelled,
    ("divmod",): divided,
    ("norm",): norm,
    ("softmax", "log_softmax"): softmax,
    ("logsumexp",): logsumexp,
    ("matmul", "mm", "mv", "bmm"): matmul,
    ("dot",): dot,
    ("vdot",): flat_dot,
    ("outer", "ger"): outer,
    ("einsum",): einsum,
    ("zeros",): filled(0),
    ("ones",): filled(1),
    ("zeros_like", "new_zeros"): like(0),
    ("ones_like",): like(1),
    ("full",): full,
    ("full_like",): full_like,
    ("empty", "empty_like"): empty,
    ("eye", "identity"): eye,
    ("diag", "diagonal"): diag,
    ("diag_embed",): embedded,
    ("one_hot",): one_hot,
    ("arange",): arange,
    ("array", "asarray", "tensor", "as_tensor", "ascontiguousarray"): array,
    ("copy", "clone", "float", "double", "float64", "float32", "float16"): copy,
    ("astype", "type", "to", "type_as"): cast,
    ("int", "long", "int64", "int32"): whole,
    ("tolist",): as_list,
    ("detach", "cpu", "numpy", "contiguous", "item", "atleast_1d"): same,
    ("transpose", "permute", "swapaxes", "t"): transposed,
    ("reshape", "view", "view_as", "reshape_as"): reshape,
    ("ravel", "flatten"): flat_vector,
    ("expand_dims", "unsqueeze"): wider,
    ("squeeze",): narrower,
    ("flip", "flipud", "fliplr", "rot90"): flipped,
    ("broadcast_to", "expand", "expand_as"): stretched,
    ("pad",): padded,
    ("size",): _size,
    ("prod", "cumsum", "cumprod", "product"): _refused("{} is not read", "write a loop"),
    ("repeat", "repeat_interleave"): repeated,
    ("stack",): stacked,
    ("diagflat",): diagonal_of,
    ("concatenate", "cat", "hstack", "vstack", "column_stack"): joined_up,
    ("append",): _refused("{} is not read", "write np.concatenate([a, b])"),
    ("tile",): tiled,
    ("kron",): kronecker,
    ("tensordot",): tensordot,
    ("inner",): inner,
    ("multiply.outer",): each_by_each,
    ("lib.stride_tricks.sliding_window_view", "sliding_window_view"): windows,
    ("random", "rand", "randn"): _refused("{} is not read", "an answer has no random numbers"),
    ("correlate",): correlated(1, "valid", turns=False),
    ("convolve",): correlated(1, "full", turns=True),
    ("correlate2d", "signal.correlate2d"): correlated(2, "full", turns=False),
    ("convolve2d", "signal.convolve2d"): correlated(2, "full", turns=True),
    ("signal.correlate",): correlated(None, "full", turns=False),
    ("signal.convolve", "signal.fftconvolve"): correlated(None, "full", turns=True),
    ("conv1d",): convolved(1),
    ("conv2d",): convolved(2),
    ("conv_transpose1d",): convolved(1, transposed=True),
    ("conv_transpose2d",): convolved(2, transposed=True),
    ("backward", "grad"): _refused("{} is not read", "write the gradient out, do not ask for it"),
    ("eval", "exec", "compile", "open", "getattr", "setattr", "globals", "__import__"): _refused(
        "{} is not read", "answers are read, never run"
    ),
}
"""What each function does; a new function is a row."""

OF_CHOSEN = {
    *FUNCTIONS, "absolute", "sigmoid", "expit", "ln", "square", "sqrt", "negative", "sum", "max",
    "amax", "min", "amin", "mean", "average", "norm", "maximum", "minimum", "multiply", "add",
    "subtract", "divide", "power", "clip", "copy", "clone", "where",
}  # fmt: skip
"""Functions that may be asked of `x[mask]`: of each element, or of all."""

FUNCTION_ROWS: Mapping[str, Row] = {name: row for names, row in ROWS.items() for name in names}


def _dictionary(it: Call) -> Named:
    """`dict(ds=ds, dZ=dZ)`"""
    if it.arguments:
        raise it.error("dict takes names here", hint="dict(ds=ds)")
    found = Named(items={**it.keywords})
    it.keywords.clear()
    return found


def _float(it: Call) -> Anything:
    """`float(m)`, `float("-inf")`"""
    if it.arguments and isinstance(it.arguments[0], Words):
        word = it.arguments[0].text.lower().lstrip("+")
        if word.lstrip("-") not in ("inf", "infinity"):
            raise it.error("float of a word", hint="write the number")
        return Infinity(word.startswith("-"))
    return copy(it)


BUILTINS: Mapping[str, Row] = {
    "abs": FUNCTION_ROWS["abs"],
    "divmod": divided,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "sum": _total,
    "len": _length,
    "range": arange,
    "dict": _dictionary,
    "list": as_list,
    "tuple": as_list,
    "int": whole,
    "float": _float,
    "pow": raised,
    "round": _refused("{} is not read", "numbers are exact"),
    **{
        name: FUNCTION_ROWS[name]
        for name in ("eval", "exec", "compile", "open", "getattr", "setattr", "globals",
                     "__import__")
    },
}  # fmt: skip
"""Functions that Python has without a library."""

IMPORTED = {
    "exp", "log", "sqrt", "tanh", "sigmoid", "expit", "softmax", "relu", "where", "maximum",
    "einsum", "outer", "dot", "matmul", "zeros", "ones", "zeros_like", "ones_like", "eye", "diag",
    "sin", "cos", "softplus", "erf", "sigma", "mean", "arange", "minimum", "norm", "array",
    "flip", "pad", "argmax", "transpose", "correlate2d", "convolve2d", "conv2d",
}  # fmt: skip
"""Functions that may stand without a library's name before them, as after `from numpy import *`."""
