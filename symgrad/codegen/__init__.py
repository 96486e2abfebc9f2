"""Programs as functions that run: Python loops, NumPy, torch; `function.module` writes them."""
