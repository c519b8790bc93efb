# Every recipe sets itself up: a fresh machine needs Python 3.11+ (with venv), make and git only.
PYTHON ?= python3
VENV := .venv
TEST := .venv-test
EXTRAS := .venv-extras
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export OMP_NUM_THREADS ?= 1
.PHONY: install demo up test test-extras lint format bench docs kill-sweep lock clean help
.DEFAULT_GOAL := help

help: ## list these recipes
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

install: $(VENV)/.done ## the run-time environment at .venv, with .venv/bin/perdure
demo: $(VENV)/.done ## sample data through the whole life cycle, then the console
	$(VENV)/bin/perdure demo $(ARGS)
up: $(VENV)/.done ## the console of the project around this folder
	$(VENV)/bin/perdure up $(ARGS)
test: $(TEST)/.done ## everything that must pass: rules, types, tests, docs
	$(TEST)/bin/python -m tools.check_all
test-extras: $(EXTRAS)/.done ## the tests that need an extra
	$(EXTRAS)/bin/python -m pytest -m extra -q
lint: $(TEST)/.done ## style, types, layers
	$(TEST)/bin/python -m tools.check_all --only lint
format: $(TEST)/.done ## format the code
	$(TEST)/bin/ruff format . && $(TEST)/bin/ruff check --fix .
bench: $(VENV)/.done ## the benchmarks, small enough for a laptop
	$(VENV)/bin/python -m benchmarks $(ARGS)
docs: $(TEST)/.done ## the documentation site, in site/
	$(TEST)/bin/python -m tools.build_docs
kill-sweep: $(VENV)/.done ## kill -9 at random points, 200 times
	$(VENV)/bin/python -m tools.kill_sweep $(ARGS)
lock: ## lock the requirements again (needs uv)
	sh tools/lock.sh
clean: ## remove the environments and everything that was built
	rm -rf $(VENV) $(TEST) $(EXTRAS) site dist .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.done: requirements/run.txt pyproject.toml
	$(PYTHON) tools/environment.py $(VENV) requirements/run.txt
$(TEST)/.done: requirements/test.txt pyproject.toml
	$(PYTHON) tools/environment.py $(TEST) requirements/test.txt
$(EXTRAS)/.done: requirements/extras.txt requirements/torch.in pyproject.toml
	$(PYTHON) tools/environment.py $(EXTRAS) requirements/extras.txt requirements/torch.in
