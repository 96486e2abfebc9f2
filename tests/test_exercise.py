"""The catalogue finds every exercise, in order, wherever the folder stands."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from symgrad.course import exercise as module
from symgrad.course.exercise import Exercise, Part, catalogue, exercise, files, order
from symgrad.course.reference import reference
from symgrad.errors import AuthorError
from symgrad.reading.text import read

TABLE = {
    "softmax": "a b c d e",
    "batchnorm": "a b",
    "ugrnn": "a b",
    "feedforward": "a",
    "second-derivative": "a b c",
    "vector-jacobian": "a",
    "softmax-jacobian": "a b",
    "scalar-graph": "f e d c b a x z numbers",
    "mlp": "y u3 z2 alpha3 u2 z1 alpha2 u1 alpha1 x",
    "relu": "a b",
    "linear": "a",
    "cnn": "a",
    "sgd": "a b c",
    "scalar-net": "1 2 3 4 5 W1 b1 W2 b2",
    "matrix-net": "1 2 3 4 5 W1 b1 W2 b2",
    "l2-loss": "a",
    "softmax-cross-entropy": "a",
    "softmax-l2": "a",
    "conv": "a b c d",
    "maxpool": "a b c",
    "convnet": "a b",
    "shared-weights": "a",
    "residual": "a",
    "attention": "a b c",
    "affine-loops": "a",
    "batched-contraction": "a",
    "array-net": "a",
}
"""The exercises of the course notes and the names of their parts."""

FORWARD = read("input x\noutput y\ny = 2 * x")


def test_the_catalogue_lists_the_notes_in_their_order() -> None:
    found = {id: " ".join(part.name for part in one.parts) for id, one in catalogue().items()}
    assert found == TABLE
    assert list(found) == list(TABLE) == list(order())


def test_every_file_of_the_folder_has_its_row() -> None:
    assert sorted(path.stem.replace("_", "-") for path in files()) == sorted(order())


@pytest.mark.parametrize("found", catalogue().values(), ids=lambda found: found.id)
def test_an_exercise_asks_for_arrays_that_its_forward_pass_explains(found: Exercise) -> None:
    """Questions end as sentences do; a gradient asked for is that of an array of the forward."""
    assert found.title and found.document and found.problem
    assert found.question.endswith((".", ")"))
    for part in found.parts:
        assert part.question.endswith((".", ")", "?")), part.question
        assert part.question.count("`") % 2 == 0
        assert part.points >= 1
        for target in part.targets:
            if target.endswith(".grad"):
                assert target.removesuffix(".grad") in part.forward.arrays


def test_exercises_hold_no_answers() -> None:
    """A gradient is never written in exercises/: references are derived."""
    for path in files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("add", "let", "subtract"):
                assert ".grad" not in ast.unparse(node), path.name


def test_an_unknown_exercise_is_met_with_the_nearest() -> None:
    with pytest.raises(AuthorError, match="there is no exercise softmx; did you mean softmax"):
        exercise("softmx")
    with pytest.raises(AuthorError, match="`symgrad list` shows them all"):
        exercise("zzz")


def test_an_unknown_part_is_met_with_all_names() -> None:
    with pytest.raises(AuthorError, match="softmax: no part z; there are a, b, c, d, e"):
        exercise("softmax").part("z")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x = 1", "broken.py: defines no EXERCISE"),
        (
            "from symgrad.course.author import *\n"
            "s, Z = arrays('s Z')\n(B,) = extents('B')\nb = idx('b', B)\n"
            "forward(inputs=[], updates=[add(Z[b], s[b])])",
            "broken.py, updates[0]: s is neither an input nor computed",
        ),
        (None, "broken.py: the file is missing"),
        (
            "from symgrad.course.author import *\n"
            "from symgrad.course.exercise import Exercise, Part\n"
            "x, y = scalars('x y')\n"
            "twice = forward(inputs=[x], updates=[let(y, 2 * x)], outputs=[y])\n"
            "EXERCISE = Exercise('fine', '', '', '', '', (Part('a', '', twice, ('x.grad',)),))",
            "broken.py: is listed as broken but calls itself fine",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, message: str
) -> None:
    (tmp_path / "__init__.py").write_text("ORDER = ('broken',)")
    exercise("softmax")
    if content is not None:
        (tmp_path / "broken.py").write_text(content)
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    with pytest.raises(AuthorError) as caught:
        module._load.__wrapped__("broken")
    assert str(caught.value) == message


def test_parts_are_checked_when_they_are_made() -> None:
    with pytest.raises(AuthorError, match="part a: asks for nothing"):
        Part("a", "?", FORWARD, ())
    with pytest.raises(AuthorError, match="go together"):
        Part("a", "?", FORWARD, ("y",), reference="forward")
    part = Part("a", "?", FORWARD, ("x.grad",))
    with pytest.raises(AuthorError, match="two parts named a"):
        Exercise("e", "E", "d", "p", "?", (part, part))
    with pytest.raises(AuthorError, match="e: no parts"):
        Exercise("e", "E", "d", "p", "?", ())
    with pytest.raises(AuthorError, match="alias z: w is not an array"):
        Exercise("e", "E", "d", "p", "?", (part,), {"z": "w"})


def test_names_of_the_notes_are_explained() -> None:
    naming = exercise("ugrnn").naming
    assert naming.startswith("Names: `hn` is h_{t+1}, `h` is h_t")
    assert exercise("softmax").naming == ""


def test_listing_derives_nothing() -> None:
    """The catalogue loads no stage beyond the program itself."""
    code = (
        "import sys; from symgrad.course.exercise import catalogue; catalogue();"
        "print(any(name in sys.modules for name in "
        "('symgrad.derivation.backward', 'symgrad.forms.gather', 'islpy')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_the_documented_example_is_an_exercise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/exercises.md shows a complete file; with its row it is found."""
    guide = (Path(__file__).parent.parent / "docs" / "exercises.md").read_text("utf-8")
    (tmp_path / "sigmoid.py").write_text(guide.partition("```python\n")[2].partition("```")[0])
    (tmp_path / "__init__.py").write_text('ORDER = ("sigmoid",)')
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    found = exercise("sigmoid")
    assert str(reference(found.part("a"))) == ("for i: x.grad[i] = y.grad[i] * y[i] * (1 - y[i])")
