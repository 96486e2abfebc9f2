"""As-written products and sums: rearranged, tidied, their bound indices renamed."""
