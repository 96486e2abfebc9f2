"""Programs and reference solutions as LaTeX, Markdown and PDF."""
