"""A notebook becomes a page of its cells, whoever wrote its JSON."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.errors import StudentError
from symgrad.grading.answers import KINDS, Submission
from symgrad.grading.notebook import MAX_CELLS, notebook_page

PARTS = ("a", "b")
STATEMENT = "for b: Z[b] += 1"


def markdown(source: str | list[str]) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str | list[str]) -> dict[str, Any]:
    printed = {"output_type": "stream", "name": "stdout", "text": "Z[b] = 2"}
    return {
        "cell_type": "code",
        "metadata": {},
        "execution_count": 1,
        "outputs": [printed],
        "source": source,
    }


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def submission(text: str, parts: tuple[str, ...] = PARTS) -> Submission:
    return KINDS[".ipynb"].split(text, parts)


def answers(text: str, parts: tuple[str, ...] = PARTS) -> dict[str, str]:
    return {part: answer.text.strip() for part, answer in submission(text, parts).answers.items()}


def test_markdown_and_code_cells_answer_below_their_headings() -> None:
    text = notebook(markdown("## a"), code(STATEMENT), markdown(["(b) so\n", "$$x = 1$$"]))
    assert answers(text) == {"a": STATEMENT, "b": "$$x = 1$$"}


def test_where_functions_are_defined_a_cell_that_only_calls_them_is_python() -> None:
    called = "# try it\nf(np.zeros(3))"
    text = notebook(
        markdown("## a"), code("def f(x):\n    return x"), code(called), code(STATEMENT)
    )
    found = submission(text).answers["a"]
    assert not found.python and found.text.strip() == STATEMENT
    without = submission(notebook(markdown("## a"), code("def f(x):\n    return x"), code(called)))
    assert without.answers["a"].python


def test_outputs_are_ignored() -> None:
    assert "2" not in answers(notebook(code(STATEMENT)), ("a",))["a"]


def test_a_place_is_a_cell_and_a_line_in_it() -> None:
    page = notebook_page(notebook(markdown("one\ntwo"), markdown(""), code("three\nfour")))
    named = {line.text: page.places.named(line.number) for line in page.lines if line.text}
    assert named == {
        "one": "cell 1, line 1",
        "two": "cell 1, line 2",
        "three": "cell 3, line 1",
        "four": "cell 3, line 2",
    }


def test_code_that_computes_is_no_answer_beside_one_in_markdown() -> None:
    text = notebook(markdown("## a\n$x = 1$"), code("import numpy as np\nx = np.zeros(3)"))
    assert answers(text)["a"] == "$x = 1$"
    assert submission(text).answers["a"].remarks == ("cell 2, line 1: this code was not graded",)


@pytest.mark.parametrize("magic", ["%%latex", "%%markdown"])
def test_a_cell_that_shows_its_text_is_text(magic: str) -> None:
    assert answers(notebook(code(f"{magic}\n(a) $x = 1$")))["a"] == "$x = 1$"


def test_a_notebook_of_version_3_is_read() -> None:
    """As nbformat itself writes it, with a heading in a cell of its own."""
    v3 = nbformat.v3
    sheet = v3.new_worksheet(
        cells=[
            v3.new_heading_cell("a", level=1),
            v3.new_code_cell(STATEMENT, outputs=[]),
            v3.new_text_cell("markdown", "## b\n$x = 1$"),
        ]
    )
    text = v3.writes_json(v3.new_notebook(worksheets=[sheet]))
    assert answers(text) == {"a": STATEMENT, "b": "$x = 1$"}


def test_a_notebook_of_version_4_is_read_as_nbformat_writes_it() -> None:
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("## a"), v4.new_code_cell(STATEMENT)]
    assert answers(nbformat.writes(v4.new_notebook(cells=cells)))["a"] == STATEMENT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is no JSON"),
        ("{" * 1000, "nests deeper"),
        ('{"a": ' + "[" * 100_000, "nests deeper"),
        ("[]", "this is not a notebook"),
        ("{}", "version None"),
        ('{"nbformat": 2}', "version 2"),
        ('{"nbformat": true, "cells": []}', "version True"),
        ('{"nbformat": 4, "cells": {}}', "not a list of cells"),
        ('{"nbformat": 4, "cells": [1]}', "not a list of cells"),
        ('{"nbformat": 3, "worksheets": [1]}', "not a list of cells"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "the text of a cell"),
        (
            '{"nbformat": 4, "cells": [{"cell_type": "code", "source": [["x"]]}]}',
            "the text of a cell",
        ),
        ('{"nbformat": 4, "cells": [{"source": "x"}]}', "without a type"),
        ('{"nbformat": 4, "cells": [], "cells": []}', "twice"),
        ('{"nbformat": 4, "x": ' + "9" * 5000 + "}", "it is no JSON"),
        (notebook(markdown("\x1b[31m")), "not a text file"),
        (notebook(markdown("x" * 200_001)), "larger than 200 kB"),
        (notebook(*[markdown("")] * (MAX_CELLS + 1)), "cells"),
    ],
)
def test_what_is_no_notebook_is_refused(text: str, message: str) -> None:
    with pytest.raises(StudentError, match=message):
        notebook_page(text)


def test_a_heading_of_any_depth_costs_nothing() -> None:
    deep = {"cell_type": "heading", "level": 10**11, "source": "a"}
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": [deep]}]})
    assert notebook_page(text).lines[0].text == "## a"


KEYS = st.sampled_from(
    ["nbformat", "nbformat_minor", "cells", "worksheets", "cell_type", "source", "input", "level"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["code", "x", "a"]),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(st.dictionaries(KEYS, JSON), st.sampled_from([3, 4]))
def test_any_json_is_a_page_or_refused(content: dict[str, Any], version: int) -> None:
    try:
        page = notebook_page(json.dumps({**content, "nbformat": version}))
    except StudentError:
        return
    assert [line.number for line in page.lines] == list(range(1, len(page.lines) + 1))
