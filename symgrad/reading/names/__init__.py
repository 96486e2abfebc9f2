"""What the names of a text mean, and which pieces of a term belong together by it."""
