"""The exercises of the course notes, in the order in which they are listed.

One module an exercise; its file name is the id with `_` for `-`.
"""

ORDER = (
    "softmax",
    "batchnorm",
)
