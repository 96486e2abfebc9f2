"""What a backward pass starts from and what it is asked for."""

from __future__ import annotations

from symgrad import derive, read
from symgrad.derivation.seeds import results, roots, suffix, wanted
from symgrad.program import Output, Program

FORWARD = read("input x[K]\ninput y in 1..K\nloss L\noutput p\nfor k: p[k] = x[k]^2\nL = -p[y]")


def test_roots_are_the_declared_outputs_and_losses() -> None:
    assert (roots(FORWARD).outputs, roots(FORWARD).losses) == (("p",), ("L",))


def test_a_backward_pass_starts_from_the_gradients_of_inputs_that_it_writes() -> None:
    assert roots(derive(FORWARD)).outputs == ("x.grad",)


def test_a_backward_pass_to_an_intermediate_starts_from_what_it_does_not_read() -> None:
    backward = derive(read("input x\noutput z\ny = x^2\nz = sin(y)"), wrt=["y"])
    assert results(backward) == ("y.grad",)


def test_own_declarations_come_before_the_results() -> None:
    backward = derive(FORWARD)
    chosen = Program((Output("p_total"),), backward.nests, backward.given)
    assert roots(chosen).outputs == ("p_total",)


def test_the_suffix_is_one_that_no_array_carries() -> None:
    assert suffix(FORWARD) == ".grad"
    assert suffix(derive(FORWARD)) == ".grad2"
    assert suffix(derive(derive(FORWARD))) == ".grad3"


def test_by_default_all_arrays_but_those_of_indices_are_wanted() -> None:
    assert wanted(FORWARD, None) == ("x", "p", "L")
