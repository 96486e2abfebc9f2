"""The derivation of an answer, step by step, each step proved."""
