# Everything that a person or a machine does with this repository. Each target does all its own set-up: python3 and make
# are enough. The environment is .venv; it is made again, or brought up to date, when pyproject.toml or the lock changes.

VENV    := .venv
PY      := $(VENV)/bin/python
STAMP   := $(VENV)/.installed
TYPED   := actors runtime cluster benchmarks examples
# pyright is a Python package, but runs on node, which pip does not bring: it is left out where there is none.
PYRIGHT := $(shell command -v node >/dev/null && echo pyright)
LOCKING := build/lock-tools

.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock clean install

help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

demo: $(STAMP) ## Run the main job through the death of a TaskManager and of the leading JobManager
	@$(VENV)/bin/deathwatch demo

test: $(STAMP) ## Run the whole test suite
	@.ci/get-zookeeper
	@$(PY) -m pytest $(PYTEST_ARGS)

check: $(STAMP) ## Format, lint, types, import contracts
	@test -n "$(PYRIGHT)" || echo "pyright is left out: node is not installed" >&2
	@export PYRIGHT_PYTHON_IGNORE_WARNINGS=1; failed=; \
	for tool in "ruff format --check ." "ruff check ." "mypy $(TYPED)" lint-imports $(PYRIGHT); do \
		echo "$$tool" >&2; \
		$(VENV)/bin/$$tool || failed="$$failed [$$tool]"; \
	done; \
	test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

bench: $(STAMP) ## Measure: messages per second, time to detect a death, time to fail over
	@$(PY) -m benchmarks

install: $(STAMP) ## Only make the environment

lock: ## Choose the newest versions of all dependencies and write them to requirements.lock
	@python="$$(.ci/find-python)" && { test -x $(LOCKING)/bin/uv || "$$python" -m venv $(LOCKING); }
	@$(LOCKING)/bin/python -m pip install --quiet --upgrade uv
	@$(LOCKING)/bin/uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--output-file requirements.lock pyproject.toml

clean: ## Remove the environment and everything that tools have left
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml requirements.lock
	@.ci/make-venv $(VENV)
	@echo "Installing what requirements.lock names into $(VENV) ..." >&2
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
