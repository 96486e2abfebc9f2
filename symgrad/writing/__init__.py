"""Programs and expressions as plain-text notation: the inverse of reading."""
