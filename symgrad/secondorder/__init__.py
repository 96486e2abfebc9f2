"""Second derivatives of scalar graphs: rules for them, which are right, and why others are not."""
