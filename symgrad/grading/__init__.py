"""From an answer file to points and reasons, for one student and for a class."""
