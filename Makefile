# `make up` and `make test` do all of their own set-up: Python 3.11 or newer and git are enough.
PYTHON ?= python3
VENV := .venv
SMCTL := $(VENV)/bin/python -m smctl
READY := $(VENV)/.ready
COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11

# Bytecode is what makes every start after the first one fast.
export PYTHONDONTWRITEBYTECODE =

.PHONY: up down test unit lint format bench lock clean

up: $(READY)
	@$(SMCTL) up

down: $(READY)
	@$(SMCTL) down

test: lint
	@$(VENV)/bin/python -m pytest tests --numprocesses 2 --dist loadfile --no-loadscope-reorder

unit: $(READY)
	@$(VENV)/bin/python -m pytest tests --ignore tests/e2e

lint: $(READY)
	@$(VENV)/bin/black --check --quiet smctl tests bench || { echo '→ make format'; exit 1; }
	@$(VENV)/bin/isort --check-only --quiet smctl tests bench || { echo '→ make format'; exit 1; }
	@$(VENV)/bin/flake8 smctl tests bench
	@$(VENV)/bin/mypy
	@$(SMCTL) render --check --quiet

format: $(READY)
	@$(VENV)/bin/isort --quiet smctl tests bench
	@$(VENV)/bin/black --quiet smctl tests bench

bench: $(READY)
	@$(VENV)/bin/python -m bench

lock: $(READY)
	@echo uv | $(COMPILE) - -o requirements/uv.txt
	@$(COMPILE) --group dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .import_linter_cache

# A virtual environment does not survive being moved: one that was made elsewhere is made again.
ifneq ($(wildcard $(READY)),)
ifneq ($(shell cat $(READY)),$(CURDIR))
$(shell rm -f $(READY))
endif
endif

$(READY): requirements/uv.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "smctl needs Python 3.11 or newer; this is %s. Name one: make PYTHON=python3.12 up" % sys.version.split()[0])'
	@echo 'Making $(VENV) with the locked packages.'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --require-hashes -r requirements/dev.txt
	@$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --no-deps --no-build-isolation --editable .
	@printf '%s\n' '$(CURDIR)' > $@
