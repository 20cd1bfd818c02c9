# The habits, one word each. Every target makes its own .venv where there is none.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test bench fuzz accuracy check clean

$(VENV)/.ready: pyproject.toml .ci/constraints.txt
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.lab

$(VENV)/.lab: pyproject.toml .ci/constraints.txt
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e '.[lab]'
	@touch $@

demo: $(VENV)/.lab     ## a simulated building, scanned for real: its devices, their makers, what the lists say
	@$(BIN)/camcensus demo

test: $(VENV)/.ready   ## everything: style, types, behaviour; in a network namespace of its own
	@$(BIN)/python tests/isolated.py $(BIN)/python -m pytest $(ARGS)

bench: $(VENV)/.ready  ## speed, side by side with the tools that people would pick
	@for bench in tests/bench/bench_*.py; do $(BIN)/python tests/isolated.py $(BIN)/python $$bench || exit 1; done

fuzz: $(VENV)/.ready   ## damaged recordings into every reader, for as long as ARGS="--seconds N" says
	@$(BIN)/python tests/isolated.py $(BIN)/python tests/fuzz/fuzzing.py $(ARGS)

accuracy: $(VENV)/.ready ## the recorded devices scored, and fixtures/ACCURACY.md written anew
	@$(BIN)/python tests/isolated.py $(BIN)/python tests/accuracy.py

check: $(VENV)/.ready  ## style and types only
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
