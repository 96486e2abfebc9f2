"""Every command does what its help says; bad input is one line and exit code 2."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symgrad.cli import main
from symgrad.course.exercise import exercise, order
from symgrad.derivation.backward import derive
from symgrad.reading.text import read

CLASS = Path(__file__).parent.parent / "examples" / "class"
SOFTMAX = (
    "input s[B, J]\noutput p\nfor b, j: Z[b] += exp(s[b, j])\n"
    "for b, j: p[b, j] += exp(s[b, j]) / Z[b]\n"
)
COMMANDS = ("list", "show", "derive", "check", "equal", "grade", "solution", "explore")


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=given)


@pytest.fixture
def forward(tmp_path: Path) -> str:
    path = tmp_path / "forward.txt"
    path.write_text(SOFTMAX)
    return str(path)


def right(*arguments: str, given: str | None = None) -> str:
    result = run(*arguments, given=given)
    assert result.exit_code == 0, result.output
    return result.stdout


# --- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert f"symgrad {command}" in right(command, "--help")


def test_all_commands_are_listed() -> None:
    assert all(f"\n  {command}  " in right("--help") for command in COMMANDS)


def test_a_bare_checkout_runs_from_anywhere(tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).parent.parent / "cli.py"), "list"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "softmax" in done.stdout


# --- exercises -----------------------------------------------------------------------------------


def test_list_shows_every_exercise() -> None:
    shown = right("list")
    assert all(f"\n{id} " in shown for id in order())
    rows = json.loads(right("list", "--json"))
    assert [row["exercise"] for row in rows] == list(order())
    assert rows[0]["parts"] == ["a", "b", "c", "d", "e"]


def test_show_has_the_question_and_no_answer() -> None:
    shown = right("show", "softmax")
    assert "(e)" in shown and "for b, j: p[b, j] += exp(s[b, j]) / Z[b]" in shown
    assert "grad[b, j] +=" not in shown
    data = json.loads(right("show", "softmax", "--json"))
    assert data["parts"][1]["targets"] == ["Z.grad"]


# --- derive --------------------------------------------------------------------------------------


def test_derive_prints_notation_that_reads_back(forward: str) -> None:
    program = read(SOFTMAX)
    assert read(right("derive", "--program", forward), given=program) == derive(program)


def test_derive_takes_stdin() -> None:
    printed = right("derive", "--program", "-", given="input x\noutput y\ny = sin(x)\n")
    assert printed == "x.grad += y.grad * cos(x)\n"


def test_derive_of_an_exercise_separates_its_forward_passes() -> None:
    headings = [line for line in right("derive", "softmax").splitlines() if line.startswith("#")]
    assert headings == ["# parts a, b", "# part c", "# parts d, e"]


def test_derive_writes_latex_and_json(forward: str) -> None:
    assert right("derive", "--program", forward, "--format", "latex").startswith(r"\begin{align*}")
    (row,) = json.loads(right("derive", "--program", forward, "--format", "json"))
    assert row["form"] == "loops" and read(row["backward"], given=read(row["forward"]))


def test_derive_in_sums_has_one_statement_for_each_gradient(forward: str) -> None:
    lines = right("derive", "--program", forward, "--form", "sums").splitlines()
    assert sorted(line.split(": ")[1].split("[")[0] for line in lines) == ["Z.grad", "s.grad"]


# --- equal ---------------------------------------------------------------------------------------

LEFT = "for b: Z.grad[b] = -sum(j, p.grad[b, j] * p[b, j]) / Z[b]"
RIGHT = "for b, j: Z.grad[b] -= p.grad[b, j] * exp(s[b, j]) / Z[b]^2"


def test_equal_exits_with_0_for_equal_texts(forward: str) -> None:
    result = run("equal", LEFT, RIGHT, "--given", forward, "--target", "Z.grad")
    assert (result.exit_code, result.stdout.split()[1]) == (0, "equal")


def test_equal_exits_with_1_and_a_witness_for_different_texts(forward: str) -> None:
    wrong = RIGHT.replace("-=", "+=")
    result = run("equal", LEFT, wrong, "--given", forward, "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert list(data) == ["status", "witness", "evidence"]
    assert data["status"] == "different" and data["witness"]["target"] == "Z.grad"
    shown = run("equal", LEFT, wrong, "--given", forward).stdout
    assert "left Z.grad" in shown and "right Z.grad" in shown


@pytest.mark.parametrize(
    ("right", "said"),
    [
        ("t = x", "refuted by these values"),
        ("u = x", "one side does not write it"),
        ("for k in 1..2: t[k] = x", "the axes are not the same"),
    ],
)
def test_what_refutes_is_told_apart(right: str, said: str, tmp_path: Path) -> None:
    forward = tmp_path / "forward.txt"
    forward.write_text("input x")
    shown = run("equal", "t = 2*x", right, "--given", str(forward)).stdout
    assert shown.splitlines()[0].endswith(said)


def test_a_side_that_assigns_nothing_is_different(tmp_path: Path) -> None:
    forward = tmp_path / "forward.txt"
    forward.write_text("input x")
    for sides in (("t = x", ""), ("", "t = x")):
        assert run("equal", *sides, "--given", str(forward)).exit_code == 1


def test_equal_exits_with_3_where_nothing_is_decided(
    monkeypatch: pytest.MonkeyPatch, forward: str
) -> None:
    monkeypatch.setattr("symgrad.equivalence.proving", lambda _: iter(()))
    monkeypatch.setattr("symgrad.equivalence.prove", lambda _: None)
    result = run("equal", LEFT, RIGHT, "--given", forward, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["evidence"]["points"] > 0
    assert "agreed" in run("equal", LEFT, RIGHT, "--given", forward).stdout


def test_equal_explains_a_proof(forward: str) -> None:
    shown = run("equal", LEFT, RIGHT, "--given", forward, "--explain").stdout
    assert shown.splitlines()[0].split()[1] == "equal"
    assert "put in the definition of p: p[b, j] = exp(s[b, j]) / Z[b]" in " ".join(shown.split())
    assert shown.rstrip().endswith("the difference is 0")


def test_equal_explains_in_latex_and_prints_nothing_else(forward: str) -> None:
    for options in ((), ("--explain",)):
        shown = run("equal", LEFT, RIGHT, "--given", forward, "--format", "latex", *options).stdout
        assert shown.startswith("\\begin{align*}") and shown.rstrip().endswith("\\end{align*}")


def test_equal_explains_a_witness_and_what_was_tried(
    monkeypatch: pytest.MonkeyPatch, forward: str
) -> None:
    wrong = RIGHT.replace("-=", "+=")
    shown = run("equal", LEFT, wrong, "--given", forward, "--explain").stdout
    assert "both sides were run" in shown
    data = json.loads(run("equal", LEFT, wrong, "--given", forward, "--explain", "--json").stdout)
    assert data["explanation"].startswith("both sides were run")
    monkeypatch.setattr("symgrad.equivalence.asked", lambda *_: "statement 1: it is read too early")
    undecided = run("equal", LEFT, RIGHT, "--given", forward, "--explain")
    assert undecided.exit_code == 3 and "no proof was tried: statement 1" in undecided.stdout


def test_equal_reads_files(forward: str, tmp_path: Path) -> None:
    (tmp_path / "left.txt").write_text(LEFT)
    result = run("equal", f"@{tmp_path / 'left.txt'}", RIGHT, "--given", forward)
    assert result.exit_code == 0


def test_equal_needs_no_forward_pass() -> None:
    assert run("equal", "input x\ny = (x + 1)^2", "input x\ny = x^2 + 2 x + 1").exit_code == 0


# --- check and grade -----------------------------------------------------------------------------


def test_check_exits_with_0_if_all_is_correct_and_1_if_not() -> None:
    assert run("check", "softmax", str(CLASS / "ada" / "softmax.md")).exit_code == 0
    result = run("check", "softmax", str(CLASS / "farah" / "softmax.md"))
    assert result.exit_code == 1
    assert "✓ (a) correct  1 of 1 point" in result.stdout
    assert "⚠ (b) unreadable  0 of 1 point" in result.stdout
    assert result.stdout.endswith("3 of 7 points\n")


def test_check_shows_how_each_answer_was_read(tmp_path: Path) -> None:
    path = tmp_path / "alice.md"
    path.write_text("(a) ds[n, k] += dp[n, k] p[n, k]\n(b) Z.grad[b] =\n")
    shown = run("check", "softmax", str(path), "--show").stdout
    assert "read as\n    for n, k: s.grad[n, k] += p.grad[n, k] * p[n, k]\n" in shown
    assert shown.count("read as") == 1
    latex = run("check", "softmax", str(path), "--show", "--latex").stdout
    assert r"s.\text{grad}[n, k] \mathrel{+}= p.\text{grad}[n, k] \, p[n, k]" in latex
    parts = json.loads(run("check", "softmax", str(path), "--show", "--json").stdout)["parts"]
    assert parts[0]["reading"] == "for n, k: s.grad[n, k] += p.grad[n, k] * p[n, k]"
    assert parts[1]["reading"] == ""
    plain = json.loads(run("check", "softmax", str(path), "--json").stdout)
    assert "reading" not in plain["parts"][0]


def test_check_prints_json() -> None:
    result = run("check", "softmax", str(CLASS / "dara" / "softmax.md"), "--json")
    report = json.loads(result.stdout)
    assert list(report) == ["exercise", "file", "score", "max_score", "parts"]
    assert report["file"] == "softmax.md" and report["max_score"] == 7
    assert report["parts"][1]["witness"]["target"] == "Z.grad"


def test_grade_prints_a_table_and_writes_scores_and_feedback(tmp_path: Path) -> None:
    for name in ("ada", "farah", "ivo"):
        shutil.copytree(CLASS / name, tmp_path / "class" / name)
    out = tmp_path / "out"
    shown = right("grade", "softmax", str(tmp_path / "class"), "-o", str(out))
    rows = [line.split() for line in shown.splitlines() if "/7" in line]
    assert [(row[0], row[-1]) for row in rows[:2]] == [("ada", "7/7"), ("farah", "3/7")]
    assert rows[2][0] == "ivo"
    assert len((out / "scores.csv").read_text().splitlines()) == 4
    assert sorted(path.name for path in (out / "feedback").iterdir()) == [
        "ada.md",
        "farah.md",
        "ivo.md",
    ]


# --- solution and explore ------------------------------------------------------------------------


def test_the_markdown_solution_is_an_answer_that_earns_full_marks(tmp_path: Path) -> None:
    path = tmp_path / "softmax.md"
    right("solution", "softmax", "--format", "markdown", "-o", str(path))
    assert right("check", "softmax", str(path)).endswith("7 of 7 points\n")


def test_solution_prints_latex() -> None:
    assert right("solution", "softmax").startswith(r"\documentclass")


def test_explore_shows_the_naive_value_the_true_one_and_the_rest() -> None:
    shown = right("explore", "second-order")
    assert "f_yy(y, z) * g''(x) + f_zz(y, z) * h''(x)\n" in shown
    assert "2 * f_yz(y, z) * g'(x) * h'(x)" in shown
    data = json.loads(right("explore", "second-order", "--json"))
    assert data["naive"] == "f_yy(y, z) * g''(x) + f_zz(y, z) * h''(x)"
    assert data["witness"]["naive"] != data["witness"]["true"]


def test_explore_takes_any_scalar_forward_pass() -> None:
    text = "input x\ninput a\nloss y\ny = a * x\n"
    shown = right("explore", "second-order", "--program", "-", "--wrt", "a", given=text)
    assert "naive: proved right" in shown


def test_explore_shows_the_hessian_of_several_inputs() -> None:
    text = "input a\ninput b\nloss l\nl = a^2 * b\n"
    shown = right("explore", "second-order", "--program", "-", given=text)
    assert "l_ab = 2 * a\n" in shown
    data = json.loads(right("explore", "second-order", "--program", "-", "--json", given=text))
    assert data["hessian"] == {"l_aa": "2 * b", "l_ab": "2 * a", "l_bb": "0"}


def test_explore_shows_the_product_with_a_direction_where_there_are_axes() -> None:
    text = "input x[N]\nloss l\nl = sum(i, x[i]^2)\n"
    shown = right("explore", "second-order", "--program", "-", given=text)
    assert "for i: x_grad_v[i] += 2 * v[i] * l.grad\n" in shown
    data = json.loads(right("explore", "second-order", "--program", "-", "--json", given=text))
    assert (data["direction"], data["product"]) == ("v", "x_grad_v")
    assert "x_grad_x[i, c] = [i == c] * 2 * l.grad\n" in shown
    assert "it is symmetric: proved right" in shown
    assert (data["hessian"]["times_direction"], data["hessian"]["symmetric"]) == ("equal", "equal")


@pytest.mark.parametrize("option", [("--at", "x=2"), ("--svg", "a.svg"), ("--smallest",)])
def test_what_explore_does_with_scalars_only_is_refused_where_there_are_axes(
    option: tuple[str, ...],
) -> None:
    text = "input x[N]\nloss l\nl = sum(i, x[i]^2)\n"
    message = refused("explore", "second-order", "--program", "-", *option, given=text)
    assert message == f"{option[0]} is for programs of scalars, and this one has axes"


def test_explore_draws_the_graph_and_writes_a_page(tmp_path: Path) -> None:
    picture, page = tmp_path / "graph.svg", tmp_path / "page.html"
    right("explore", "second-order", "--svg", str(picture), "--html", str(page))
    assert "<svg" in picture.read_text() and "two paths that meet" in page.read_text()
    refused("explore", "second-order", "--svg", str(tmp_path / "none" / "graph.svg"))


def test_explore_draws_and_evaluates_at_once(tmp_path: Path) -> None:
    text = "input x\nloss l\ny = x^2\nl = x * y\n"
    picture = tmp_path / "graph.svg"
    options = ("--program", "-", "--svg", str(picture), "--at", "x=2")
    shown = right("explore", "second-order", *options, given=text)
    assert shown.startswith(f"{picture} written\n") and "finite differences  " in shown


def test_explore_shows_the_smallest_graphs_after_the_rules_of_the_graph_that_is_given() -> None:
    text = "input x\nloss l\ny = x^2\nl = x * y\n"
    rules = right("explore", "second-order", "--program", "-", given=text)
    both = right("explore", "second-order", "--program", "-", "--smallest", given=text)
    assert both.startswith(rules)
    assert both[len(rules) :].startswith("The smallest graph on which each rule fails")


def test_explore_prints_nothing_but_json_where_it_is_asked_for(tmp_path: Path) -> None:
    options = ("--json", "--svg", str(tmp_path / "graph.svg"), "--html", str(tmp_path / "a.html"))
    shown = json.loads(right("explore", "second-order", *options))
    assert shown == json.loads(right("explore", "second-order", "--json"))
    assert "<svg" in (tmp_path / "graph.svg").read_text()


@pytest.mark.parametrize(
    "option",
    [
        ("--program", "none.txt"),
        ("--wrt", "x"),
        ("--let", "f=y*z"),
        ("--at", "x=2"),
        ("--svg", "none.svg"),
        ("--html", "none.html"),
        ("--smallest",),
    ],
)
def test_what_is_not_about_the_notes_argument_is_refused_beside_it(option: tuple[str, ...]) -> None:
    message = refused("explore", "second-order", "--notes", *option)
    assert message == (
        f"{option[0]} does not go with --notes, which prints the notes' argument alone"
    )


def test_explore_evaluates_every_rule_at_a_point() -> None:
    chosen = ("--let", "f=y*z, g=x^2, h=sin(x)", "--at", "x=2")
    assert "-5.147769546" in right("explore", "second-order", *chosen)
    data = json.loads(right("explore", "second-order", *chosen, "--json"))
    assert [row["rule"] for row in data["numbers"]["rows"]][-1] == "finite differences"


# --- bad input -----------------------------------------------------------------------------------


def refused(*arguments: str, given: str | bytes | None = None) -> str:
    """The one line on stderr, with exit code 2."""
    result = run(*arguments, given=given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("symgrad: ") and result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    return result.stderr.removeprefix("symgrad: ").rstrip("\n")


@pytest.mark.parametrize("command", ["show", "derive", "solution"])
def test_an_unknown_exercise_is_refused_with_the_nearest(command: str) -> None:
    assert refused(command, "sofmax") == "there is no exercise sofmax; did you mean softmax?"


@pytest.mark.parametrize("command", ["check", "grade"])
def test_an_unknown_exercise_is_refused_before_its_file(command: str) -> None:
    assert "there is no exercise" in refused(command, "xyz", "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("nobody.md", None, "there is no such file; check the name"),
        ("folder.md", None, "this is a folder, not a file; name one file"),
        ("binary.md", b"\x7fELF\0\0", "this is not a text file; save the answers as plain text"),
        ("latin.md", b"\x81", "this is not a text file; save the file as UTF-8"),
        ("large.md", b"x" * 10_000_000, "larger than 200 kB; the answers alone are enough"),
        (
            "a.docx",
            b"",
            ".docx is not a kind of answer file that is read; "
            "hand in one of .ipynb, .md, .py, .tex, .txt",
        ),
    ],
)
def test_an_unreadable_file_is_refused_with_the_reason(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    path = tmp_path / name
    (tmp_path / "folder.md").mkdir()
    if content is not None:
        path.write_bytes(content)
    assert refused("check", "softmax", str(path)) == f"{path}: {message}"
    if name != "a.docx":
        assert refused("derive", "--program", str(path)) == f"{path}: {message}"
        assert refused("equal", f"@{path}", "x = 1") == f"{path}: {message}"
        assert refused("equal", "x = 1", "x = 1", "--given", str(path)) == f"{path}: {message}"


@pytest.mark.parametrize(
    "text",
    [
        "input x\noutput y\ny = 9^9^9^9 * x",
        "input x\noutput y\ny = " + "(" * 10_000 + "x" + ")" * 10_000,
        "input x\noutput y\ny = q",
        "input x\noutput y\ny = x +",
        "",
        "\0",
        "for " * 1000,
    ],
    ids=["power", "parentheses", "undeclared", "unfinished", "empty", "nul", "words"],
)
def test_a_text_that_cannot_be_read_is_refused_with_the_place(text: str) -> None:
    assert refused("derive", "--program", "-", given=text).startswith("stdin: ")
    assert refused("explore", "second-order", "--program", "-", given=text).startswith("stdin: ")


def test_a_side_of_equal_that_cannot_be_read_is_named(forward: str) -> None:
    assert refused("equal", RIGHT, "for b Z[b] =", "--given", forward).startswith("RIGHT: line 1")
    assert refused("equal", "Z.grad = q", RIGHT, "--given", forward).startswith("LEFT: line 1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["derive"], "name an exercise, or give --program FILE; one of the two"),
        (["derive", "softmax", "--program", "-"], "name an exercise, or give --program FILE"),
        (["derive", "softmax", "--extent", "J"], "--extent J: give a name and a whole number"),
        (["derive", "softmax", "--extent", "J=1" + "0" * 5000], "--extent J=1"),
        (["derive", "softmax", "--extent", "J=9"], "--extent is for --form efficient"),
        (
            ["derive", "softmax", "--form", "efficient", "--extent", "X=9"],
            "there is no extent X; extents: B, J",
        ),
        (["equal", "y = 1", "y = 1", "--target", "z"], "neither text assigns to z; there is"),
        (["equal", "", ""], "neither text assigns to anything; there is nothing to compare"),
        (["check", "softmax"], "Missing argument 'FILE'. `symgrad check --help` shows how"),
        (["explore"], "Missing argument '{second-order}'. Choose from: second-order. `symgrad"),
        (["differentiate"], "No such command 'differentiate'. `symgrad --help` shows how"),
        (["derive", "softmax", "--form", "sum"], "Invalid value for '--form': 'sum' is not one of"),
        (["check", "softmax", "/"], "/: this is a folder, not a file; name one file"),
        (["check", "softmax", "nobody"], "nobody: there is no such file; check the name"),
        (["explore", "second-order", "--wrt", "q"], "there is no input q; inputs: x"),
        (["solution"], "name an exercise, or give --all; one of the two"),
        (["grade", "softmax", "nowhere"], "nowhere: this is not there"),
        (["grade", "softmax", __file__], f"{__file__}: this is a file, not a folder"),
        (["solution", "softmax", "-o", "/dev/null/x"], "/dev/null/x: cannot be written"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], message: str) -> None:
    assert refused(*arguments).startswith(message)


def test_the_efficient_form_is_printed_with_its_counts(forward: str) -> None:
    """As comments, so that what is printed is notation; as JSON, an object of its own."""
    printed = right("derive", "--program", forward, "--form", "efficient")
    assert "# operations: 4 * B * J   (naive: 37 * B * J + B)" in printed
    assert "p.grad" in str(read(printed, given=read(SOFTMAX)))
    (found,) = json.loads(
        right("derive", "--program", forward, "--form", "efficient", "--format", "json")
    )
    assert found["counts"]["operations"]["naive"] == "37 * B * J + B"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert "the folder is empty" in refused("grade", "softmax", str(tmp_path))


def test_a_forward_pass_that_cannot_be_derived_is_refused_with_the_reason() -> None:
    text = "input x\noutput y\nu = y\ny = x\n"
    assert refused("derive", "--program", "-", given=text).startswith("stdin: ")


def test_every_exercise_can_be_shown() -> None:
    for id in order():
        assert exercise(id).title in right("show", id)
