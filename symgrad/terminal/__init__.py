"""What the command line prints for people: the only package that knows rich.

Nothing here decides anything; each function takes values of the domain and draws them.
"""
