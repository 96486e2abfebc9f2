"""LaTeX to the syntax tree of the notation."""
