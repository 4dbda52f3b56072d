# Everything this project can do. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8070

.PHONY: help run test soak soak-filters check format bench vendor clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: $(VENV)/.installed  ## Try Dockside here: database, demo data, Redis, workers, practice providers and the web server
	@$(BIN)/flask --app wsgi up --port $(PORT)

test: $(VENV)/.installed-dev  ## Run every test, on SQLite and on PostgreSQL
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

soak: $(VENV)/.installed-dev  ## Do 100,000 random things to the ledger, let 32 clients at it, kill workers, try providers in full
	@LEDGER_STEPS=$${LEDGER_STEPS:-100000} $(BIN)/pytest -n 2 tests/ledger_machine --capture=no
	@VOID_CLIENTS=32 VOID_SECONDS=60 $(BIN)/pytest tests/services/test_void_clients.py \
		tests/services/importing/test_import_clients.py --capture=no
	@KILL_REPEATS=20 $(BIN)/pytest -n 2 tests/jobs/test_voids_crashes.py tests/jobs/test_fulfilling_crashes.py
	@KILL_REPEATS=20 $(BIN)/pytest tests/jobs/test_bulk.py -k killed
	@BULK_RESYNC_ROWS=1000 PUBLISHED_LIMITS=real $(BIN)/pytest tests/jobs/test_bulk_at_providers.py \
		tests/providers/test_published_limits.py --durations=3

soak-filters: $(VENV)/.installed-dev  ## Try the filters for a night: 200,000 random trees and 20,000 hostile requests a test
	@FILTER_TREES=$${FILTER_TREES:-200000} FILTER_FUZZ=$${FILTER_FUZZ:-20000} $(BIN)/pytest -n auto --dist load --hypothesis-profile=default \
		tests/queries/filters tests/views/test_filters_fuzz.py

check: $(VENV)/.installed-dev  ## Lint, types, layers, templates: all that CI asks for besides the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_templates.py

format: $(VENV)/.installed-dev  ## Format the Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev  ## Measure speed against the hand-written floor; takes a while and a million rows
	@$(BIN)/python -m tests.benchmarks

vendor:  ## Fetch the front-end packages into static/vendor again
	$(PYTHON) tools/vendor.py

clean:  ## Remove the environment, the caches and the practice data
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Dockside needs Python 3.11 or newer. Install it, or name one: make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up the Python environment in $(VENV) (once, about a minute) …"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing. On Debian: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.installed: requirements.txt | $(VENV)/.python
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(VENV)/.python
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@
