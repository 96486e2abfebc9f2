"""Texts that would take forever if work were not bounded: each ends in a verdict or a refusal."""

from __future__ import annotations

GIVEN = "input c\ninput s\ninput v[N]\ninput A[N, N]"

BOMBS = {
    "power": "out = c^(9^9^9)",
    "power of a sum": "out = (c + s + 1 + c*s)^200",
    "power of functions": "out = (1 + c + s + exp(c) + exp(s))^40",
    "tower": "out = " + "(1 + " * 60 + "c" + ")^2" * 60,
    "squares": "out = " + "(1 + " * 36 + "c^2" + ")^2" * 36,
    "forty squares": "out = " + "(" * 40 + "c" + " + 1)^2" * 40,
    "factorials": "out = c" + "!" * 40,
    "powers": "out = " + "c^(" * 40 + "2" + ")" * 40,
    "functions": "out = " + "+".join(f"exp({n}*c)" for n in range(300)),
    "thousand functions": "out = " + "+".join(f"exp({n}*c)" for n in range(1000)),
    "3000 terms": "out = " + "+".join(f"c*{n}" for n in range(1, 3001)),
    "nested": "out = " + "sigma(" * 60 + "c" + ")" * 60,
    "400 nested": "out = " + "sigma(" * 400 + "c" + ")" * 400,
    "nested sums": "out = " + "sum(i, v[i]*" * 10 + "c" + ")" * 10,
    "quotients": "out = " + "sum(i, v[i]/(s + " * 15 + "c" + "))" * 15,
    "scalar quotients": "out = " + "1/(c + " * 38 + "s" + ")" * 38,
    "maxima": "out = " + "sum(i, max(v[i], " * 12 + "c" + "))" * 12,
    "scalar maxima": "out = " + "max(c, s - " * 38 + "1" + ")" * 38,
    "absolute values": "out = " + "abs(c + " * 38 + "s" + ")" * 38,
    "brackets": "out = " + "*".join(f"([c > {n}] + [s > {n}])" for n in range(30)),
    "product of sums": "out = " + "*".join(f"(c + s*sum(i, v[i]^{n}))" for n in range(1, 13)),
    # A ring: each index stands in two factors, and no two of them can be told apart.
    "ring": "out = sum(i0"
    + "".join(f", i{n}" for n in range(1, 10))
    + ", "
    + "*".join(f"A[i{n}, i{(n + 1) % 10}]" for n in range(10))
    + ")",
    "range": "for i in 1..1000000: out[i] = c",
    "300 arrays": "for i: x0[i] = v[i]\n"
    + "\n".join(f"for i: x{n}[i] = sigma(x{n - 1}[i])" for n in range(1, 300))
    + "\nfor i: out[i] = x299[i]",
}

SAME = " + 0*s"
"""Behind a bomb, it makes another text of the same value."""
