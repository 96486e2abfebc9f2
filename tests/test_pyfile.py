"""A Python file is split into parts by its functions' names or by comments."""

from __future__ import annotations

import pytest

from symgrad.grading.answers import split, split_python
from symgrad.grading.markdown import markdown_page
from symgrad.grading.pyfile import is_program, python_parts

PARTS = ("a", "b")


def texts(text: str) -> dict[str, str]:
    return {part: found.strip() for part, found in python_parts(text, PARTS).texts.items()}


@pytest.mark.parametrize(
    "name",
    ["a", "A", "part_a", "parta", "a_backward", "backward_a", "problem_a", "grad_a", "PartA"],
)
def test_a_function_is_named_after_its_part(name: str) -> None:
    kind = "class" if name == "PartA" else "def"
    text = f"import numpy as np\n{kind} {name}(x):\n    return x\n\ndef part_b(x):\n    return 2\n"
    found = texts(text)
    assert found["a"] == f"import numpy as np\n{kind} {name}(x):\n    return x"
    assert found["b"].endswith("def part_b(x):\n    return 2")


@pytest.mark.parametrize("name", ["backward", "data", "gradient", "area", "softmax_backward"])
def test_other_names_name_no_part(name: str) -> None:
    found = python_parts(f"def {name}(x):\n    return x", PARTS)
    assert not found.texts
    assert "no part is named in this file" in found.remarks[0]


@pytest.mark.parametrize("heading", ["# a", "## a", "# (a)", "# Part a", "#%% a", "# --- a ---"])
def test_a_comment_announces_a_part(heading: str) -> None:
    text = f"import numpy as np\ndef helper(x): return x\n{heading}\ndx = helper(x)\n# b\ndx = 2"
    found = texts(text)
    assert found["a"].startswith("import numpy as np\ndef helper")
    assert "helper" not in found["b"] and found["b"].endswith("dx = 2")


def test_a_function_named_after_a_part_belongs_to_it_below_another_heading() -> None:
    """Unless it is used there, or the part has an answer of its own."""
    text = "# part a\ndef a(x): return x\n\ndef b(x):\n    return 2 * x\n"
    found = texts(text)
    assert found["b"] == "def b(x):\n    return 2 * x"
    assert found["a"] == "# part a\ndef a(x): return x"
    used = texts("# part a\ndef b(x):\n    return x\ndx = b(1)")
    assert used.keys() == {"a"}
    tried = texts(
        "# part a\ndef b(x):\n    return x\n\nprint(b(2))\nif __name__ == '__main__':\n    b(1)"
    )
    assert tried == {"b": "def b(x):\n    return x"}
    both = texts("# part a\ndx = 1\ndef b(x): return x\n# part b\ndx = 2")
    assert both["b"] == "# part b\ndx = 2"


def test_a_comment_on_several_parts_is_no_heading() -> None:
    text = "# part a\n# (b), (a) below\ndx = 1\n# (a) and (b) are done\n# (b)\ndx = 2"
    assert texts(text)["b"] == "# (b)\ndx = 2"


def test_lines_keep_their_places() -> None:
    text = "\n\n# a\ndx = 1\n# b\ndx = 2"
    assert python_parts(text, PARTS).texts["b"].split("\n")[5] == "dx = 2"


def test_a_comment_on_an_array_is_no_heading() -> None:
    assert python_parts("# x: the input\ndx = 1", ("x", "W1")).texts == {}


def test_a_part_that_is_announced_twice_is_said() -> None:
    submission = split_python("# a\ndx = 1\n# b\ndx = 2\n# a\ndx = 3", PARTS)
    problem = submission.answers["a"].problem
    assert problem is not None and "part a is answered twice, from lines 1 and 5" in str(problem)


def test_a_part_that_does_not_exist_is_said() -> None:
    submission = split_python("# a\ndx = 1\n# c\ndx = 2", PARTS)
    assert submission.remarks == ("line 3: there is no part c; the parts are a, b",)


def test_one_part_has_the_whole_file() -> None:
    assert python_parts("dx = 1", ("a",)).texts == {"a": "dx = 1"}


def test_code_in_a_page_may_be_python() -> None:
    """A block that defines a function is Python; a formula is read as the notation."""
    page = "## a\n```python\ndef f(x):\n    return x\n```\n## b\n```python\ndx = x\n```\n"
    answers = split(markdown_page(page), PARTS).answers
    assert (answers["a"].python, answers["b"].python) == (True, False)
    assert not is_program("for b, j: Z[b] += exp(s[b, j])")
