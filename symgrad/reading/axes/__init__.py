"""The axes of arrays while a text is read, and the ranges of the indices that run over them."""
