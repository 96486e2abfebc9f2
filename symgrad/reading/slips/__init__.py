"""What is wrong in a text: what is found, and what is said of it."""
