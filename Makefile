# Only python3 (3.10 or newer) and make are assumed; everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# A user's own pip settings may stay; these keep the output short, and leave compiling to what is imported.
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile
# Some machines forbid Python to keep what it compiled. Then every process that a test starts, and there are hundreds,
# compiles pandas, SQLAlchemy and all of ours anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check suite mutations worlds environments floor soak bench bench-quick clean

demo: $(VENV)/.users
	@$(BIN)/python examples/demo.py

# In the order they are found: by themselves the files with few tests would be last, and those have the long ones.
test: $(VENV)/.developers
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests

check: $(VENV)/.developers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The lines that must not go missing, and the conformance suites on the oldest and the newest versions.
suite: mutations worlds

mutations: $(VENV)/.developers
	$(BIN)/python -m tests.mutations

# About an hour: a hundred times the random schedules that the tests play.
soak: $(VENV)/.developers
	$(BIN)/python -m tests.simulation --schedules 100000

# About a quarter of an hour: everything, the official connectors included, into docs/performance.md.
bench: $(VENV)/.developers .venv-official-v1/.ready .venv-official-v2/.ready
	$(BIN)/python -m benchmarks

# The numbers alone, of a small result, without the official connectors.
bench-quick: $(VENV)/.developers
	$(BIN)/python -m benchmarks quick

.venv-official-v1/.ready: REQUIREMENT = salesforce-cdp-connector==1.0.20
.venv-official-v2/.ready: REQUIREMENT = salesforce-datacloud-connector[pandas]==2.0.0b1
.venv-official-%/.ready: | $(BIN)/python
	$(BIN)/python -m venv .venv-official-$*
	.venv-official-$*/bin/python -m pip --disable-pip-version-check install --quiet '$(REQUIREMENT)'
	@touch $@

# The built wheel, tested in Python 3.10 with the oldest versions, in 3.13 with the newest, and SQLAlchemy's own suite
# in each and in 2.0 between them. Where an interpreter is missing, the last lines say so.
worlds: $(VENV)/.developers
	$(BIN)/python -m tests.worlds

# Their environments alone, which may be made while something else runs.
environments: | $(BIN)/python
	$(BIN)/python -m tests.worlds --set-up

floor: $(VENV)/.developers
	$(BIN)/python -m tests.worlds floor

clean:
	rm -rf $(VENV) .venv-floor .venv-middle .venv-newest .venv-official-v1 .venv-official-v2 build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "Python 3.10 or newer is needed; name one with: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (about a minute, once) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.users: pyproject.toml | $(BIN)/python
	@$(PIP) -e '.[all]'
	@touch $@

$(VENV)/.developers: pyproject.toml | $(BIN)/python
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.users
