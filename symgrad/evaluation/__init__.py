"""The literal evaluator: a program run as it is written, in three arithmetics."""
