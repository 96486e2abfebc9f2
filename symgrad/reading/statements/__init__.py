"""Statements, loops and declarations: tree to the parts of a Program."""
