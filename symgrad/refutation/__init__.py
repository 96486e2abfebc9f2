"""A point at which two programs differ, or the agreement of all that were tried."""
