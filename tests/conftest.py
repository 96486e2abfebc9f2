"""How properties are tried: the same examples in every run, or others each time.

A run that was green is green again on the next machine, whatever its speed. To look for what no
run has seen, `HYPOTHESIS_PROFILE=explore make test`.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
