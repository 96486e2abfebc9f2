"""The forward passes of the exercises once more, in torch: independent of symgrad.

Each takes the inputs as float64 tensors and returns the arrays that it computes, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

Arrays = Mapping[str, Tensor]
Forward = Callable[[Arrays], dict[str, Tensor]]


def correlate(image: Tensor, kernel: Tensor, padding: int = 0) -> Tensor:
    return functional.conv2d(image[None, None], kernel[None, None], padding=padding)[0, 0]


def pool(image: Tensor) -> Tensor:
    return functional.max_pool2d(image[None, None], 2)[0, 0]


def softmax(a: Arrays) -> dict[str, Tensor]:
    Z = a["s"].exp().sum(1)
    return {"Z": Z, "p": a["s"].exp() / Z[:, None]}


def softmax_second_loop(a: Arrays) -> dict[str, Tensor]:
    return {"p": a["s"].exp() / a["Z"][:, None]}


def batchnorm(a: Arrays) -> dict[str, Tensor]:
    x = a["x"]
    mu = x.mean(0)
    s = ((x - mu) ** 2).sum(0) / (len(x) - 1)
    return {"mu": mu, "s": s, "x'": (x - mu) / s.sqrt()}


def ugrnn(a: Arrays) -> dict[str, Tensor]:
    R = torch.tanh(a["h"] @ a["WhR"] + a["x"] @ a["WxR"] - a["BR"])
    G = torch.sigmoid(a["h"] @ a["WhG"] + a["x"] @ a["WxG"] - a["BG"])
    return {"R": R, "G": G, "hn": G * a["h"] + (1 - G) * R}


def vector_jacobian(a: Arrays) -> dict[str, Tensor]:
    return {"y": a["Jac"] @ a["x"]}


def softmax_vector(a: Arrays) -> dict[str, Tensor]:
    return {"y": torch.softmax(a["x"], 0)}


def scalar_graph(v: Arrays) -> dict[str, Tensor]:
    a = v["x"] * v["z"]
    b = v["x"].log()
    c = b.sin()
    d = a.exp()
    e = a / b
    f = c / a
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "y": d + e + f}


def mlp(a: Arrays) -> dict[str, Tensor]:
    found = {"z0": a["x"] * 1}
    for n in (1, 2, 3):
        found[f"u{n}"] = a[f"alpha{n}"].T @ found[f"z{n - 1}"]
        found[f"z{n}"] = torch.sigmoid(found[f"u{n}"])
    y = found["z3"][0]
    J = a["ystar"] * y.log() + (1 - a["ystar"]) * (1 - y).log()
    return {**found, "y": y, "J": J}


def relu(a: Arrays) -> dict[str, Tensor]:
    return {"y": torch.relu(a["x"])}


def linear(a: Arrays) -> dict[str, Tensor]:
    return {"u": a["omega"].T @ a["z"]}


def cnn(a: Arrays) -> dict[str, Tensor]:
    z1 = correlate(a["x"], a["alpha"])
    z2 = pool(z1)
    z3 = correlate(z2, a["beta"])
    z4 = torch.relu(z3)
    z5 = torch.einsum("ijk,ij->k", a["omega"], z4)
    y = torch.softmax(z5, 0)
    J = -(a["ystar"] * y.log()).sum()
    return {"z1": z1, "z2": z2, "z3": z3, "z4": z4, "z5": z5, "y": y, "J": J}


def regularised(a: Arrays) -> dict[str, Tensor]:
    return {"J": a["ellgrad"] @ a["theta"] + a["lam"] * (a["theta"] ** 2).sum()}


def scalar_net(a: Arrays) -> dict[str, Tensor]:
    Z1 = a["X"] * a["W1"]
    Z2 = Z1 + a["b1"]
    Z3 = torch.sigmoid(Z2)
    Z4 = Z3 * a["W2"]
    Yp = Z4 + a["b2"]
    return {"Z1": Z1, "Z2": Z2, "Z3": Z3, "Z4": Z4, "Yp": Yp, "L": (Yp - a["Y"]) ** 2 / 2}


def matrix_net(a: Arrays) -> dict[str, Tensor]:
    Z1 = a["X"] @ a["W1"]
    Z2 = Z1 + a["b1"]
    Z3 = torch.sigmoid(Z2)
    Z4 = Z3 @ a["W2"]
    Yp = Z4 + a["b2"]
    L = ((Yp - a["Y"]) ** 2).sum() / 2
    return {"Z1": Z1, "Z2": Z2, "Z3": Z3, "Z4": Z4, "Yp": Yp, "L": L}


def l2_loss(a: Arrays) -> dict[str, Tensor]:
    return {"Loss": ((a["Yp"] - a["Y"]) ** 2).sum() / 2}


def softmax_cross_entropy(a: Arrays) -> dict[str, Tensor]:
    return {"Loss": -(a["y"] * torch.log_softmax(a["logits"], 0)).sum()}


def softmax_l2(a: Arrays) -> dict[str, Tensor]:
    return {"Loss": ((torch.softmax(a["logits"], 0) - a["y"]) ** 2).sum() / 2}


def conv(a: Arrays) -> dict[str, Tensor]:
    return {"J": correlate(a["I"], a["K"])}


def window(a: Arrays) -> dict[str, Tensor]:
    return {"y": a["x"].max()}


def pooling(a: Arrays) -> dict[str, Tensor]:
    return {"y": pool(a["x"])}


def convnet(a: Arrays) -> dict[str, Tensor]:
    y = correlate(a["x"], a["K"])
    z = torch.relu(y)
    p = pool(z)
    return {"y": y, "z": z, "p": p, "Loss": ((p - a["q"]) ** 2).sum() / 2}


def convnet_example(a: Arrays) -> dict[str, Tensor]:
    J = correlate(a["I"], a["W"])
    K = torch.relu(J)
    pooled = pool(K)
    return {"J": J, "K": K, "O": pooled, "Loss": ((a["IO"] - pooled) ** 2).sum() / 2}


def shared_weights(a: Arrays) -> dict[str, Tensor]:
    Z1 = a["X"] @ a["W"]
    Z2 = torch.relu(Z1)
    Y = Z2 @ a["W"]
    return {"Z1": Z1, "Z2": Z2, "Y": Y, "L": ((Y - a["X"]) ** 2).sum() / 2}


def residual(a: Arrays) -> dict[str, Tensor]:
    z1 = correlate(a["x"], a["w1"], padding=1)
    return {"z": correlate(torch.relu(z1), a["w2"], padding=1) + a["x"]}


def attention(a: Arrays) -> dict[str, Tensor]:
    z = a["x"] @ a["y"].T
    return {"z": z, "s": torch.softmax(z, 1)}


def affine_loops(a: Arrays) -> dict[str, Tensor]:
    stilde = a["W"] @ a["h"]
    return {"stilde": stilde, "s": torch.sigmoid(stilde - a["B"])}


def batched_contraction(a: Arrays) -> dict[str, Tensor]:
    Ytilde = torch.einsum("hik,hjk->hij", a["A"], a["B"])
    return {"Ytilde": Ytilde, "Y": torch.sigmoid(Ytilde)}


def array_net(a: Arrays) -> dict[str, Tensor]:
    h = torch.sigmoid(a["W0"] @ a["x"] - a["B0"])
    s = torch.sigmoid(a["W1"] @ h - a["B1"])
    return {"h": h, "s": s, "L": -torch.log_softmax(s, 0)[int(a["y"]) - 1]}


FORWARDS: dict[tuple[str, str], tuple[dict[str, int], Forward]] = {
    ("softmax", "a"): ({"B": 2, "J": 3}, softmax_second_loop),
    ("softmax", "b"): ({"B": 2, "J": 3}, softmax_second_loop),
    ("softmax", "c"): ({"B": 2, "J": 3}, softmax),
    ("softmax", "d"): ({"B": 2, "J": 3}, softmax),
    ("softmax", "e"): ({"B": 3, "J": 2}, softmax),
    ("batchnorm", ""): ({"B": 3, "J": 2}, batchnorm),
    ("ugrnn", ""): ({"B": 2, "J": 3, "K": 4}, ugrnn),
    ("vector-jacobian", ""): ({"M": 2, "N": 3}, vector_jacobian),
    ("softmax-jacobian", ""): ({"N": 4}, softmax_vector),
    ("scalar-graph", ""): ({}, scalar_graph),
    ("mlp", ""): ({"n0": 2, "n1": 3, "n2": 4}, mlp),
    ("relu", ""): ({"k": 5}, relu),
    ("linear", ""): ({"m": 2, "n": 3}, linear),
    ("cnn", ""): (
        {"H": 7, "W": 10, "h": 2, "w": 3, "P": 3, "Q": 4, "r": 2, "s": 2, "K": 3},
        cnn,
    ),
    ("sgd", "c"): ({"R": 3}, regularised),
    ("scalar-net", ""): ({}, scalar_net),
    ("matrix-net", ""): ({"N": 2, "D": 3, "M": 4, "C": 2}, matrix_net),
    ("l2-loss", ""): ({"N": 3}, l2_loss),
    ("softmax-cross-entropy", ""): ({"K": 4}, softmax_cross_entropy),
    ("softmax-l2", ""): ({"K": 4}, softmax_l2),
    ("conv", ""): ({"H": 4, "W": 5, "h": 2, "w": 3}, conv),
    ("maxpool", "a"): ({"n": 4}, window),
    ("maxpool", "b"): ({"P": 2, "Q": 3}, pooling),
    ("maxpool", "c"): ({}, pooling),
    ("convnet", "a"): ({"H": 5, "V": 6, "h": 2, "w": 3, "P": 2, "Q": 2}, convnet),
    ("convnet", "b"): ({}, convnet_example),
    ("shared-weights", ""): ({"N": 2, "D": 3}, shared_weights),
    ("residual", ""): ({"H": 3, "V": 4}, residual),
    ("attention", ""): ({"n": 2, "m": 3, "d": 4}, attention),
    ("affine-loops", ""): ({"J": 2, "I": 3}, affine_loops),
    ("batched-contraction", ""): ({"NH": 2, "NI": 3, "NJ": 2, "NK": 4}, batched_contraction),
    ("array-net", ""): ({"I": 2, "J": 3, "K": 4}, array_net),
}
"""Extents and forward pass by exercise and part; "" stands for every part that has no row."""
