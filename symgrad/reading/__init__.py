"""Text to Program, a package for each part of the way; `read` is in `text`."""
