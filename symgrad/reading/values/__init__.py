"""Values: tree to SymPy, never evaluated."""
