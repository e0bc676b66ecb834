# make demo: Bursar with a sample company in the browser.   make test: all tests on SQLite and PostgreSQL.
CANDIDATES := python3.13 python3.12 python3.11 python3.14 python3 python
FITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PYTHON ?= $(shell for p in $(CANDIDATES); do if $$p -c '$(FITS)' >/dev/null 2>&1; then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
# PIP_CONSTRAINT holds also for what packages need to be built.
PIP := PIP_CONSTRAINT=$(CURDIR)/constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet

.PHONY: demo test test-browser test-playground lint format bench clean screenshots teams-package

demo: $(VENV)/.run
	@$(BIN)/bursar demo

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 -m "not browser and not playground"

test-browser: $(VENV)/.dev
	@$(BIN)/python -m pytest -m browser

# Microsoft 365 Agents Playground (npm): Teams' cards and conversations, driven in Chromium.
test-playground: $(VENV)/.dev .ci/playground/node_modules
	@$(BIN)/python -m pytest -m playground

.ci/playground/node_modules: .ci/playground/package.json
	@cd .ci/playground && npm install --silent --no-audit --no-fund --no-package-lock && touch node_modules

screenshots: $(VENV)/.dev .ci/playground/node_modules
	@BURSAR_SCREENSHOTS=manifests/screenshots $(BIN)/python -m pytest -m "browser or playground"

# make teams-package APP_ID=… HOST=bursar.company.com: the zip to upload in Teams.
teams-package: $(VENV)/.run
	@$(BIN)/python -m manifests.teams.package --host "$(HOST)" $(if $(APP_ID),--app-id "$(APP_ID)")

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.bench.bench_import --rows 1000000
	@$(BIN)/python -m tests.bench.bench_ask
	@$(BIN)/python -m tests.bench.bench_ack
	@$(BIN)/python -m tests.bench.bench_teams
	@$(BIN)/python -m tests.bench.bench_start

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Bursar needs Python 3.11, 3.12, 3.13 or 3.14 with venv and pip; none of $(CANDIDATES) fits." >&2; \
	  echo "Install one (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3" >&2; \
	  exit 1; fi
	@$(PYTHON) -c '$(FITS)' || { echo "$(PYTHON) is not a Python 3.11 to 3.14 with venv and pip." >&2; exit 1; }
	@echo "Using $$($(PYTHON) --version) in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Bursar (about a minute the first time) ..."
	@$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Bursar and its development tools ..."
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
