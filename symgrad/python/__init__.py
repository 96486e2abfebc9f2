"""Answers written in Python: read through `ast`, never run."""
