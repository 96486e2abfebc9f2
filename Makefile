# `make demo` and `make test` are all that a fresh clone needs: python3 (3.11 or later) with its
# venv module, make, and a package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
SYMGRAD := $(BIN)/symgrad
SOURCES := $(wildcard symgrad exercises tests benchmarks cli.py)

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types layers wheel bench solutions compiled clean

help:
	@echo "make demo       install, grade examples/class/ and print the table"
	@echo "make test       install, run the tests (a few minutes on two cores)"
	@echo "make check      formatter, linter, types, import layers, tests, wheel"
	@echo "make bench      the benchmarks"
	@echo "make solutions  write solutions/ anew from exercises/"
	@echo "make compiled   compile solutions/ with pdflatex; nothing may run off the page"

# Installed once, and again whenever the requirements change. The checkout itself is installed
# editable: there is no second copy of the sources that could be stale.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
$(VENV)/installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@
$(VENV)/installed-test: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/installed
$(VENV)/installed-dev: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[test,dev]'
	@touch $@ $(VENV)/installed $(VENV)/installed-test

demo: $(VENV)/installed
	$(SYMGRAD) grade softmax examples/class
	$(SYMGRAD) grade batchnorm examples/class

test: $(VENV)/installed-test
	$(BIN)/python -m pytest -n 2

check: format lint types layers test wheel

format: $(VENV)/installed-dev
	$(BIN)/ruff format --check $(SOURCES)
lint: $(VENV)/installed-dev
	$(BIN)/ruff check $(SOURCES)
types: $(VENV)/installed-dev
	$(BIN)/mypy --strict $(SOURCES)
layers: $(VENV)/installed-test
	$(BIN)/python -m pytest -q tests/test_layers.py

# A wheel of its own, from no stale build/, in an environment of its own: the top level holds
# `symgrad` alone, and the command runs outside the checkout.
wheel: $(VENV)/installed-dev
	rm -rf build dist
	$(BIN)/python -m build --wheel --outdir dist . >/dev/null
	$(BIN)/python tests/wheel.py dist/*.whl
	rm -rf build

bench: $(VENV)/installed-test
	$(BIN)/python -m pytest benchmarks --benchmark-only --benchmark-group-by=group --benchmark-columns=min,median,max,rounds --benchmark-sort=fullname
	$(BIN)/python benchmarks/table.py

solutions: $(VENV)/installed
	$(SYMGRAD) solution --all -o solutions/

compiled: $(VENV)/bin/python
	$(BIN)/python tests/compiled.py solutions/*.tex

clean:
	rm -rf $(VENV) build dist *.egg-info graded
