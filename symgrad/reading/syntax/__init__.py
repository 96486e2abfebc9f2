"""Text to syntax tree: limits, lines, the grammars of the dialects."""
