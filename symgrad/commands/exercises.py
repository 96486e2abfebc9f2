"""`symgrad list` and `symgrad show`: the exercises and their questions."""

from __future__ import annotations

import click

from symgrad.commands.options import JSON, print_json


@click.command("list")
@JSON
def list_(as_json: bool) -> None:
    """List the exercises, their parts and sources.

    \b
    symgrad list
    symgrad list --json
    """
    from symgrad.course.exercise import catalogue

    exercises = list(catalogue().values())
    if as_json:
        from symgrad.grading.report import exercise_object

        return print_json([exercise_object(exercise) for exercise in exercises])
    from symgrad.terminal.questions import print_exercises

    print_exercises(exercises)


@click.command()
@click.argument("exercise")
@JSON
def show(exercise: str, as_json: bool) -> None:
    """Show the question as the student gets it.

    \b
    symgrad show softmax
    """
    from symgrad.course.exercise import exercise as find

    found = find(exercise)
    if as_json:
        from symgrad.grading.report import question_object

        return print_json(question_object(found))
    from symgrad.terminal.questions import print_question

    print_question(found)
