"""`python cli.py …` is `symgrad …` from a checkout that is not installed."""

from symgrad.cli import main

if __name__ == "__main__":
    main(prog_name="symgrad")
