"""Equality for all extents: normal form, rules, and the search for a proof."""
