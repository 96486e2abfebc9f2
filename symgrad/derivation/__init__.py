"""The backward pass by one rule; `derive` is in `backward`."""
