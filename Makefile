# What a user and a developer call. Everything is installed into .venv, nothing outside it.

PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
READY := .venv/.ready
DEV_READY := .venv/.ready-dev

.PHONY: help setup demo clean-demo manage export-events export-ledger test format openapi lock

help:
	@echo "make demo                     sample orders, live, until Ctrl-C (ONCE=1: exits by itself; ORDERS=FILE: yours)"
	@echo "make clean-demo               deletes the demo's data"
	@echo "make manage ARGS=\"…\"          any management command on the demo's data"
	@echo "make export-events OUT=FILE   the log as CloudEvents, a JSON a line"
	@echo "make export-ledger OUT=FILE   the sandbox card processor's own ledger"
	@echo "make test                     every check that we have"

setup: $(READY)

demo: $(READY)
	@$(MANAGE) demo $(if $(ONCE),--once) $(if $(ORDERS),--orders "$(ORDERS)")

clean-demo: $(READY)
	@$(BIN)/python -m config.servers remove

manage: $(READY)
	@$(MANAGE) $(ARGS)

export-events export-ledger: $(READY)
	@test -n "$(OUT)" || { echo "Say where to write: make $@ OUT=FILE"; exit 2; }
	@test ! -d "$(OUT)" || { echo "$(OUT) is a directory. Say which file to write: make $@ OUT=FILE"; exit 2; }
	@$(MANAGE) $(subst -,_,$@) > "$(OUT).part" && mv "$(OUT).part" "$(OUT)" || { rm -f "$(OUT).part"; exit 1; }

# The data of `manage.py` and of pytest are their own: a demo that is running is not disturbed.
test: export DATA_DIR = $(CURDIR)/.data/test
test: $(DEV_READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(MANAGE) check
	$(MANAGE) makemigrations --check --dry-run
	$(BIN)/python -m pytest -n 2

format: $(DEV_READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The API as it is promised: its tests fail where the code has drifted from it.
openapi: $(DEV_READY)
	$(MANAGE) spectacular --validate --fail-on-warn --file docs/openapi.yaml

# Needs uv on PATH; one lock for all systems and Python versions.
lock:
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --upgrade --generate-hashes --quiet \
	  --no-config --custom-compile-command "make lock" requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --upgrade --generate-hashes --quiet \
	  --no-config --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

$(READY): requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or name one: make setup PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) --version) is too old: 3.11 or newer is needed. Name one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(DEV_READY): $(READY) requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
