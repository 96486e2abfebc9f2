"""Integer sets: loops, guards, ranges and accesses, decided by isl for all extents."""
