"""Graphs as SVG, formulas as MathML, and the page on which one tries the rules."""
