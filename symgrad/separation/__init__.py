"""Programs as definitions, where isl proves that nothing changes."""
