"""Text to Program: limits, grammar, names, values, ranges; `read` is in `text`."""
