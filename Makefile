# Each target sets up all that it needs in .venv. Needs python3 (3.11 or newer) and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TRAINING := .venv/.training
# make test TORCH=no leaves out torch: tests of what needs it are skipped
WITH_TORCH = $(if $(filter no,$(TORCH)),,$(TRAINING))

.DEFAULT_GOAL := help
.PHONY: help demo test test-browser lint bench fuzz clean

help:
	@echo "make demo   score the bundled sample"
	@echo "make test   check style, types and layers, and run the tests (TORCH=no: without torch)"
	@echo "make test-browser   test the pages of the leaderboard in Chromium; installs it where it may"
	@echo "make lint   style, types and layers only"
	@echo "make bench  run the benchmarks"
	@echo "make fuzz   damaged files for every reader, for an hour (SECONDS=3600 SEED=0)"
	@echo "make clean  remove .venv and caches"

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "roadmetrics needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@echo "setting up .venv (once, a minute or two) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,geo,ray,rl]'
	@touch $(READY)

$(TRAINING): $(READY)
	@echo "adding what the tests train to .venv (once, a minute; torch takes 0.9 GB) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[models,rl-test]'
	@touch $(TRAINING)

demo: $(READY)
	@$(BIN)/roadmetrics demo

test: lint $(WITH_TORCH)
	@echo "pytest"
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup

# axe-playwright-python brings the accessibility checker alone: its own browser is not needed
test-browser: $(READY)
	@tests/browser/install
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[browser]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'axe-playwright-python==0.1.8'
	@ROADMETRICS_BROWSER=1 $(BIN)/python -m pytest -q tests/browser

lint: $(READY)
	@echo "ruff check"
	@$(BIN)/ruff check --quiet .
	@echo "ruff format --check"
	@$(BIN)/ruff format --check --quiet .
	@echo "mypy"
	@$(BIN)/mypy
	@echo "lint-imports"
	@$(BIN)/lint-imports > .venv/lint-imports.log 2>&1 || { cat .venv/lint-imports.log; exit 1; }

bench: $(READY) $(WITH_TORCH)
	@$(BIN)/python tests/bench/bench.py
	@$(BIN)/python -m pytest -q --benchmark-only --benchmark-enable tests/bench

fuzz: $(READY)
	@ROADMETRICS_HOSTILE=1 $(BIN)/python -m pytest -q tests/hostile
	@$(BIN)/python tests/fuzz/fuzz.py --seconds $(or $(SECONDS),3600) --seed $(or $(SEED),0) --saved fuzz-failures

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
