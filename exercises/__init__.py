"""The exercises of the course notes, in the order in which they are listed.

One module an exercise; its file name is the id with `_` for `-`.
"""

ORDER = (
    "softmax",
    "batchnorm",
    "ugrnn",
    "feedforward",
    "second-derivative",
    "vector-jacobian",
    "softmax-jacobian",
    "scalar-graph",
    "mlp",
    "relu",
    "linear",
    "cnn",
    "sgd",
    "scalar-net",
    "matrix-net",
    "l2-loss",
    "softmax-cross-entropy",
    "softmax-l2",
    "conv",
    "maxpool",
    "convnet",
    "shared-weights",
    "residual",
    "attention",
    "affine-loops",
    "batched-contraction",
    "array-net",
)
