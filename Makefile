# Boucle. `make` alone lists the targets. Needs Python 3.11 or later and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed
CLIENTS := tests/clients/node_modules/.installed
BOUCLE := $(BIN)/python -m boucle
UV ?= $(shell command -v uv 2>/dev/null || echo "uvx uv")
COMPILE := $(UV) pip compile --quiet --generate-hashes --universal --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock" pyproject.toml
ONLY ?=
SEED ?=
COUNT ?= 20000
CASES ?=
LONG ?=
KINDS ?=
WALKS ?=

.DEFAULT_GOAL := help
.PHONY: help install run serve worker relay sender clock migrate migrations seed schema feed doctor test \
	check lint types contracts schema-check migrations-check clients format fuzz faults walks proof feeds-proof \
	bench lock \
	clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- set up -------------------------------------------------------------------------------------

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "Boucle needs Python 3.11 or later: install it, or name it with make PYTHON=/path"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Boucle needs Python 3.11 or later, $(PYTHON) is $$($(PYTHON) -V): install a later one," \
			"or name it with make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "This Python cannot make a virtual environment: install its venv package"; \
		rm -rf $(VENV); exit 1; }

$(INSTALLED): requirements.txt | $(BIN)/python
	@echo "installing requirements.txt into $(VENV)"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements.txt
	@touch $@

$(DEVELOPED): requirements.txt requirements-dev.txt | $(BIN)/python
	@echo "installing requirements-dev.txt into $(VENV)"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $(INSTALLED) $@

$(CLIENTS): tests/clients/package-lock.json tests/clients/package.json tests/clients/.npmrc
	@command -v npm >/dev/null || { echo "The clients need Node 20 or later with npm: install it"; exit 1; }
	@echo "installing tests/clients/package-lock.json into tests/clients/node_modules"
	@cd tests/clients && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

install: $(INSTALLED) ## Create .venv and install the locked requirements

# --- run ----------------------------------------------------------------------------------------

run: $(INSTALLED) ## Run everything with demo data: servers, API, workers; Ctrl-C stops it
	@BOUCLE_RULES_STRICT=$${BOUCLE_RULES_STRICT:-false} \
	BOUCLE_TAX_PROVIDER=$${BOUCLE_TAX_PROVIDER:-simulator} exec $(BOUCLE) run

serve worker relay sender clock: $(INSTALLED)
	@exec $(BOUCLE) $@

migrate: $(INSTALLED) ## Bring the tables up to date
	@$(BOUCLE) migrate

seed: $(INSTALLED) ## Load the reference data and the demo
	@$(BOUCLE) seed

doctor: $(INSTALLED) ## Check servers, migrations, queues, clock, disk
	@$(BOUCLE) doctor

# --- check --------------------------------------------------------------------------------------

test: $(DEVELOPED) ## Run all tests on servers of their own
	@$(BIN)/python -m pytest -n 2 --ignore=tests/fuzz --ignore=tests/clients

check: lint types contracts test schema-check migrations-check ## Everything that CI runs

lint: $(DEVELOPED) ## Rules and form of the code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEVELOPED) ## Types
	@$(BIN)/python -m mypy

contracts: $(DEVELOPED) ## Who may import whom
	@$(BIN)/lint-imports

schema-check: $(DEVELOPED) ## The GraphQL snapshot is current
	@$(BOUCLE) schema --check

migrations-check: $(DEVELOPED) ## Models and migrations agree
	@$(BOUCLE) migrations --check

fuzz: $(DEVELOPED) ## Property tests of the whole server; CASES=10000 for each role, SEED=1
	@FUZZ_CASES=$(CASES) $(BIN)/python -m pytest -n 2 tests/fuzz $(if $(SEED),--hypothesis-seed=$(SEED))

faults: $(DEVELOPED) ## Kill workers and Valkey in the middle of the work; SEED=1, LONG=1, KINDS=imports
	@$(BIN)/python -m tests.faults --seed $(or $(SEED),1) $(if $(LONG),--long) \
		$(if $(KINDS),--kinds $(KINDS))

walks: $(DEVELOPED) ## Walk through the life of trade-ins and of lots on a database; WALKS=5000 of each
	@WALKS=$(or $(WALKS),300) $(BIN)/python -m pytest -n 0 -q \
		tests/models/test_trade_in_life.py tests/models/test_lot_life.py

proof: $(DEVELOPED) ## Compiled plans answer as graphql-core does; COUNT=20000 documents, SEED=1
	@$(BIN)/python -m tests.graphql --count $(COUNT) --seed $(or $(SEED),1)
	@PROOF_COUNT=$$(($(COUNT) / 20)) PROOF_SEED=$(or $(SEED),1) \
		$(BIN)/python -m pytest -n 0 -s tests/graphql/test_ours.py

feeds-proof: $(DEVELOPED) ## The faster ways of reading feeds say what the careful one does; COUNT, SEED=1
	@$(BIN)/python -m tests.integrations.feeds --count $(COUNT) --seed $(or $(SEED),1)

clients: $(DEVELOPED) $(CLIENTS) ## Standard GraphQL clients against the server; needs Node 20
	@$(BIN)/python -m pytest -n 0 -vv -rsx tests/clients

bench: $(DEVELOPED) ## Measure; ONLY=name measures one thing
	@$(BIN)/python -m bench $(ONLY)

# --- write --------------------------------------------------------------------------------------

format: $(DEVELOPED) ## Put the code into form
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

schema: $(DEVELOPED) ## Write schema/schema.graphql
	@$(BOUCLE) schema

migrations: $(DEVELOPED) ## Write the migration that the models ask for
	@$(BOUCLE) migrations

lock: ## Write requirements*.txt from pyproject.toml; needs uv
	$(COMPILE) -o requirements.txt
	$(COMPILE) --group dev -o requirements-dev.txt

clean: ## Remove .venv and caches; data in .boucle stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
