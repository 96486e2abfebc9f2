"""Values that are whole arrays, and what is done with them."""
