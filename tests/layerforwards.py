"""The layers of answers/layers.toml once more, in torch: independent of symgrad."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

Arrays = Mapping[str, Tensor]
Forward = Callable[[Arrays], Tensor | dict[str, Tensor]]


def normalised(x: Tensor, dim: int | tuple[int, ...], eps: Tensor | float = 0.0) -> Tensor:
    """Mean 0 and mean square 1 along some axes."""
    centred = x - x.mean(dim, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(dim, keepdim=True) + eps)


def unit(x: Tensor) -> Tensor:
    return x / torch.sqrt((x**2).sum(-1, keepdim=True))


def batch_normalised(x: Tensor) -> Tensor:
    return (x - x.mean(0)) / x.std(0)


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    return -(y * torch.log_softmax(logits, -1)).sum()


def divergence(a: Arrays) -> Tensor:
    p, q = torch.log_softmax(a["s"], 1), torch.log_softmax(a["t"], 1)
    return functional.kl_div(q, p, log_target=True, reduction="sum")


def gated(x: Tensor, z: Tensor) -> Tensor:
    return x * z * torch.sigmoid(1.702 * z)


def focal(x: Tensor, y: Tensor | float = 1.0) -> Tensor:
    p = torch.sigmoid(x)
    right = y * p + (1 - y) * (1 - p)
    return -((1 - right) ** 2 * torch.log(right)).sum()


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = q @ k.transpose(-1, -2)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return torch.softmax(scores, -1) @ v


def causal(a: Arrays) -> Tensor:
    n = len(a["q"])
    return attend(a["q"], a["k"], a["v"], torch.ones(n, n, dtype=torch.bool).tril())


def heads(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention of [n, h, d] arrays, head by head."""
    q, k, v = (x.transpose(0, 1) for x in (q, k, v))
    return attend(q, k, v).transpose(0, 1)


def linear_attention(a: Arrays) -> Tensor:
    scores = a["q"] @ a["k"].T
    return (scores / scores.sum(1, keepdim=True)) @ a["v"]


def block(a: Arrays) -> Tensor:
    z = a["g1"] * normalised(a["x"], 1, a["eps"]) + a["a1"]
    q, k, v = (torch.einsum("nc,chd->nhd", z, a[name]) for name in "QKV")
    t = a["x"] + torch.einsum("nhd,hdc->nc", heads(q / k.shape[-1] ** 0.5, k, v), a["O"])
    z = a["g2"] * normalised(t, 1, a["eps"]) + a["a2"]
    return torch.relu(z @ a["U"] + a["u0"]) @ a["W"] + a["w0"] + t


def three_layers(a: Arrays) -> Tensor:
    hidden = torch.sigmoid(torch.sigmoid(a["x"] @ a["U"]) @ a["V"])
    return cross_entropy(hidden @ a["W"], a["y"])


def ugrnn(a: Arrays) -> Tensor:
    new = torch.tanh(a["h"] @ a["U"] + a["x"] @ a["V"])
    gate = torch.sigmoid(a["h"] @ a["S"] + a["x"] @ a["T"])
    return gate * a["h"] + (1 - gate) * new


def gru(a: Arrays) -> Tensor:
    z = torch.sigmoid(a["x"] @ a["Uz"] + a["h"] @ a["Wz"])
    r = torch.sigmoid(a["x"] @ a["Ur"] + a["h"] @ a["Wr"])
    n = torch.tanh(a["x"] @ a["Un"] + (r * a["h"]) @ a["Wn"])
    return (1 - z) * n + z * a["h"]


def lstm(i: Tensor, f: Tensor, g: Tensor, o: Tensor, c: Tensor) -> dict[str, Tensor]:
    state = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return {"d": state, "h": torch.sigmoid(o) * torch.tanh(state)}


def lstm_layer(a: Arrays) -> dict[str, Tensor]:
    i, f, g, o = (a["x"] @ a[f"U{n}"] + a["hp"] @ a[f"W{n}"] for n in "ifgo")
    return lstm(i, f, g, o, a["c"])


def highway(a: Arrays) -> Tensor:
    gate = torch.sigmoid(a["v"])
    return gate * torch.tanh(a["u"]) + (1 - gate) * a["x"]


def contrastive(a: Arrays) -> Tensor:
    """The right ones are on the diagonal."""
    return functional.cross_entropy(a["x"] @ a["y"].T / a["t"], torch.arange(len(a["x"])))


def factorisation(a: Arrays) -> Tensor:
    pairs = (a["x"] @ a["v"]) ** 2 - a["x"] ** 2 @ a["v"] ** 2
    return pairs.sum(1) / 2


def smoothed(a: Arrays) -> Tensor:
    return cross_entropy(a["s"], (1 - a["a"]) * a["y"] + a["a"] / a["s"].shape[1])


def triplet(a: Arrays) -> Tensor:
    return ((a["a"] - a["p"]) ** 2).sum(1) - ((a["a"] - a["n"]) ** 2).sum(1)


def correlation(a: Arrays) -> Tensor:
    return torch.corrcoef(torch.stack([a["x"], a["y"]]))[0, 1]


def correlated(a: Arrays) -> Tensor:
    return functional.conv2d(a["I"][None, None], a["K"][None, None])[0, 0]


FORWARDS: dict[str, Forward] = {
    "softmax": lambda a: torch.softmax(a["s"], 1),
    "softmax, normaliser not stored": lambda a: torch.softmax(a["s"], 1),
    "softmax, shifted by the maximum": lambda a: torch.softmax(a["s"], 1),
    "softmax with a temperature": lambda a: torch.softmax(a["s"] / a["t"], 1),
    "softmax and cross-entropy, any y": lambda a: cross_entropy(a["s"], a["y"]),
    "softmax and cross-entropy, y adding up to 1": lambda a: cross_entropy(a["s"], a["y"]),
    "smoothed labels": smoothed,
    "log-softmax, p stored": lambda a: torch.log_softmax(a["s"], 1),
    "log-softmax, p not stored": lambda a: torch.log_softmax(a["s"], 1),
    "softmax and squared error": lambda a: ((torch.softmax(a["s"], 1) - a["y"]) ** 2).sum() / 2,
    "softmax twice": lambda a: torch.softmax(torch.softmax(a["s"], 1), 1),
    "divergence of two softmaxes": divergence,
    "divergence of two softmaxes, logarithms not stored": divergence,
    "batch norm": lambda a: batch_normalised(a["x"]),
    "batch norm, scaled and shifted": lambda a: a["g"] * batch_normalised(a["x"]) + a["a"],
    "batch norm, by mean squares": lambda a: normalised(a["x"], 0),
    "batch norm when it is used": lambda a: (
        a["g"] * (a["x"] - a["m"]) / torch.sqrt(a["v"] + a["eps"]) + a["a"]
    ),
    "layer norm": lambda a: a["g"] * normalised(a["x"], 1, a["eps"]) + a["a"],
    "layer norm and a linear layer": lambda a: normalised(a["x"], 1) @ a["W"],
    "layer norm, stored root without eps": lambda a: a["g"] * normalised(a["x"], 1) + a["a"],
    "RMS norm": lambda a: a["g"] * a["x"] / (a["x"] ** 2).mean(1, keepdim=True).sqrt(),
    "group norm": lambda a: normalised(a["x"], 2),
    "instance norm of images": lambda a: normalised(a["x"], (2, 3)),
    "vectors of length 1": lambda a: unit(a["x"]),
    "cosine similarity": lambda a: functional.cosine_similarity(a["x"], a["y"]),
    "cosine loss, vectors of length 1 stored": lambda a: (
        1 - functional.cosine_similarity(a["x"], a["y"])
    ).sum(),
    "correlation": correlation,
    "sigmoid": lambda a: torch.sigmoid(a["x"]),
    "sigmoid, by exp": lambda a: torch.sigmoid(a["x"]),
    "tanh": lambda a: torch.tanh(a["x"]),
    "tanh, by exp": lambda a: torch.tanh(a["x"]),
    "relu of a linear layer": lambda a: torch.relu(a["x"] @ a["W"].T + a["a"]),
    "PReLU": lambda a: functional.prelu(a["x"], a["a"]),
    "leaky relu": lambda a: functional.leaky_relu(a["x"]),
    "Huber loss": lambda a: functional.huber_loss(a["x"], a["y"], reduction="sum"),
    "softplus": lambda a: functional.softplus(a["x"]),
    "softplus, by exp and log": lambda a: functional.softplus(a["x"]),
    "logarithm of a mean of exponentials": lambda a: torch.exp(a["x"]).mean(1).log(),
    "sigmoid and binary cross-entropy": lambda a: functional.binary_cross_entropy_with_logits(
        a["x"], a["y"], reduction="sum"
    ),
    "cross-entropy of logits, by softplus": lambda a: functional.binary_cross_entropy_with_logits(
        a["x"], a["y"], reduction="sum"
    ),
    "Gaussian likelihood": lambda a: (
        (a["l"] + (a["x"] - a["m"]) ** 2 / torch.exp(a["l"])).sum() / 2
    ),
    "SiLU": lambda a: functional.silu(a["x"]),
    "Mish": lambda a: functional.mish(a["x"]),
    "swish with a slope": lambda a: a["x"] * torch.sigmoid(a["beta"] * a["x"]),
    "GELU": lambda a: functional.gelu(a["x"], approximate="tanh"),
    "GELU, by erf": lambda a: functional.gelu(a["x"]),
    "gated linear unit": lambda a: a["x"] * torch.sigmoid(a["z"]),
    "GEGLU, by sigma": lambda a: gated(a["x"], a["z"]),
    "GEGLU, sigma not stored": lambda a: gated(a["x"], a["z"]),
    "focal loss": lambda a: focal(a["x"]),
    "focal loss, binary labels": lambda a: focal(a["x"], a["y"]),
    "linear layer": lambda a: a["x"] @ a["W"].T + a["a"],
    "three sigmoid layers, softmax and cross-entropy": three_layers,
    "X W W": lambda a: a["X"] @ a["W"] @ a["W"],
    "residual linear layer and layer norm": lambda a: normalised(a["x"] @ a["W"] + a["x"], 1),
    "batch norm, softmax and cross-entropy": lambda a: cross_entropy(
        batch_normalised(a["x"]), a["y"]
    ),
    "softmax, then batch norm": lambda a: normalised(torch.softmax(a["s"], 1), 0),
    "UGRNN": ugrnn,
    "GRU": gru,
    "LSTM cell": lambda a: lstm(*(a[name] for name in "ifgoc")),
    "LSTM layer": lstm_layer,
    "highway layer": highway,
    "attention weights": lambda a: torch.softmax(a["x"] @ a["y"].T, 1),
    "attention": lambda a: attend(a["q"] / a["q"].shape[1] ** 0.5, a["k"], a["v"]),
    "attention with a mask": causal,
    "linear attention": linear_attention,
    "self-attention": lambda a: attend(
        a["x"] @ a["Q"] / a["Q"].shape[1] ** 0.5, a["x"] @ a["K"], a["x"] @ a["V"]
    ),
    "multi-head attention": lambda a: heads(a["q"], a["k"], a["v"]),
    "transformer block": block,
    "radial basis functions": lambda a: torch.exp(-(torch.cdist(a["x"], a["c"]) ** 2)),
    "weight norm": lambda a: a["x"] @ (a["g"][:, None] * unit(a["v"])).T,
    "factorisation machine": factorisation,
    "squash": lambda a: (
        a["x"] * a["x"].norm(dim=1, keepdim=True) / (1 + (a["x"] ** 2).sum(1, keepdim=True))
    ),
    "triplet distances": triplet,
    "triplet loss with a margin": lambda a: torch.relu(triplet(a) + 1).sum(),
    "InfoNCE": contrastive,
    "convolution": correlated,
    "max pooling": lambda a: a["x"].max(1).values,
}
"""What a layer puts out: its one output or loss, or several by their names."""
