"""What it costs to join operands, two at a time, the smallest result first.

    1/B * a[j] * x[b, j]        J + B J: 1/B a[j] once for each j, that times x for each b and j

An operation costs the product of the extents of the indices that its result depends on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from symgrad.efficient.trees import Ids


@dataclass
class Joining:
    """Costs where ranges have these sizes."""

    sizes: Mapping[str, float]
    _products: dict[tuple[Ids, tuple[str, ...]], float] = field(default_factory=dict)

    def size(self, ids: Ids, ranges: tuple[str, ...]) -> float:
        """The product of the extents of some indices."""
        key = (ids, ranges)
        found = self._products.get(key)
        if found is None:
            found = self._products[key] = prod([self.sizes[ranges[~i]] for i in ids], start=1.0)
        return found

    def cost(self, sets: Sequence[Ids], ranges: tuple[str, ...]) -> float:
        """The cost of joining operands that depend on these indices."""
        if len(sets) < 2:
            return 0.0
        left = list(set(sets))
        total = 0.0
        if len(left) < len(sets):
            total += sum(self.size(own, ranges) for own in sets)
            total -= sum(self.size(own, ranges) for own in left)
        return total + (self._of_different(left, ranges) if len(left) > 1 else 0.0)

    def _of_different(self, left: list[Ids], ranges: tuple[str, ...]) -> float:
        """The cost of joining operands with different indices."""
        total = 0.0
        while len(left) > 1:
            _, _, one, other = min(
                (self.size(a | b, ranges), len(a | b), n, m)
                for n, a in enumerate(left)
                for m, b in enumerate(left[:n])
            )
            joined = left[one] | left[other]
            total += self.size(joined, ranges)
            left = [own for n, own in enumerate(left) if n not in (one, other)]
            if joined in left:
                total += self.size(joined, ranges)
            else:
                left.append(joined)
        return total
