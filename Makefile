# The one entrance. `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 5000
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONWARNINGS := ignore
WORKERS ?= auto
# Without bytecode every process compiles its libraries anew, and the tests start dozens.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check bench seed screenshots setup setup-dev requirements clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

.make/venv:
	@mkdir -p .make
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

.make/packages: .make/venv requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

# The project itself, by a link to this folder: so Flask finds commands that need no application before it loads one.
.make/project: .make/packages pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.make/packages-dev: .make/project requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

.make/node: .make/project package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

.make/assets: .make/node app/web/assets.py $(shell find templates static/src -type f) $(shell find static/js -name '*.js')
	$(BIN)/flask --app wsgi assets
	@touch $@

setup: .make/assets ## Install packages and build the browser assets

setup-dev: .make/packages-dev .make/assets

run: setup ## Set up, migrate, seed the demo community and serve on http://127.0.0.1:$(PORT)
	@PORT=$(PORT) $(BIN)/flask --app wsgi dev serve

seed: setup ## Seed the demo community into an empty database
	$(BIN)/flask --app wsgi db upgrade
	$(BIN)/flask --app wsgi demo seed

test: setup-dev ## Set up and run every test
	$(BIN)/flask --app wsgi dev prepare-tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=
	@echo "Line and branch coverage of rules, services and queries:"
	@$(BIN)/coverage report --precision=1 --skip-covered --fail-under=95 \
	  --include='app/*/rules*,app/*/rules/*,app/*/services*,app/*/services/*,app/*/queries*,app/*/queries/*'

check: setup-dev ## Format, lint, types, layers, templates, security, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/bandit -q -c pyproject.toml -r app
	$(BIN)/deptry . --config pyproject.toml

bench: setup-dev ## The benchmarks: tables and ratios
	$(BIN)/flask --app wsgi dev prepare-bench
	$(BIN)/python -m tests.bench

screenshots: setup-dev ## Take the pictures of the README from the running application
	$(BIN)/python -m tests.screenshots

requirements: .make/venv ## Compile the locked requirements again
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra dev -c requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.txt

clean: ## Remove what the set-up made
	rm -rf .venv .make node_modules static/vendor static/dist instance
