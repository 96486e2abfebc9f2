"""Exercises as data, the language they are written in, and their reference answers."""
