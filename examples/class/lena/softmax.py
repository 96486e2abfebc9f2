"""Problems 1 and 2, in NumPy."""

import numpy as np


def part_a(dp, s, Z):
    return dp * np.exp(s) / Z[:, None]


def part_b(dp, p, Z):
    return -np.sum(dp * p, axis=1) / Z


def part_c(dZ, s):
    return dZ[:, None] * np.exp(s)


def part_d(dp, p):
    ds = np.zeros_like(p)
    for b in range(p.shape[0]):
        e = 0.0
        for j in range(p.shape[1]):
            e += p[b, j] * dp[b, j]
        ds[b] = p[b] * (dp[b] - e)
    return ds
