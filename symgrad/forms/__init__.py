"""The same backward pass in other forms: sums, padded, closed."""
