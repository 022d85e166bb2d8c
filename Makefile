.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

# Where a build reads and writes. Command line or environment; relative paths start where make is called.
# AS_OF, RUN_AT and VARS reach the programs too: make hands its command line on in the environment.
RAW_DIR ?= seeds/demo
WAREHOUSE_DIR ?= warehouse
export RAW_DIR WAREHOUSE_DIR

# The first interpreter that is Python 3.11 with venv.
PYTHON ?= $(shell for each in python3.11 python3 python; do \
	if "$$each" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; \
	then echo "$$each"; break; fi; done)
VENV := .venv
SUPERSET_VENV := .venv-superset
PY := $(VENV)/bin/python
PEERS := .venv-peers

# Programs that the tests start, as command:package of Debian. `make test` names the package that is missing.
DEBIAN_PACKAGES := pg_ctlcluster:postgresql chromium:chromium

PYTEST_ARGS ?=
SUPERSET_ARGS ?=
UI_ARGS ?=
REPORT_ARGS ?=
ARGS ?=

.PHONY: help setup setup-dev build report ui rollback audiences check sql mf docs superset demo test soak bench bench-peers lint lock clean debian-packages require-debian-packages

help:  ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  make build RAW_DIR=folder AS_OF=2026-06-30 WAREHOUSE_DIR=folder VARS='{\"churn_after_days\": 60}'"

setup: $(VENV)/.runtime  ## Install what a build needs into .venv (nothing to do when the lock is unchanged).

setup-dev: $(VENV)/.dev

build: setup  ## Build, check and publish the marts of RAW_DIR into WAREHOUSE_DIR.
	@$(PY) -m orchestration.build

report: $(VENV)/.report  ## Look at the published marts in the browser (REPORT_ARGS='--server.port 8600').
	@$(PY) -m report $(REPORT_ARGS)

ui: setup  ## Start the Dagster UI and its daemon (UI_ARGS='--port 3001' for another port).
	@$(PY) -m orchestration.ui $(UI_ARGS)

rollback: setup  ## Publish the version before the published one again.
	@$(PY) -m orchestration.rollback

audiences: setup  ## Say whom the lists of the published marts would contact; EXPORT=1 writes them as files.
	@$(PY) -m orchestration.audiences

check: setup  ## Say what RAW_DIR holds, what a build would reject, which metrics it allows.
	@$(PY) -m orchestration.check

sql: setup  ## Ask questions of the published marts in SQL.
	@$(PY) -m orchestration.sql_prompt

# MetricFlow reads what dbt parsed last from target/, so the project is parsed for the published file first.
mf: $(VENV)/.report  ## Ask the semantic layer (ARGS='query --metrics revenue_orders --group-by metric_time__month').
	@$(call need_published)
	@export DBT_TARGET=published; $(VENV)/bin/dbt parse --quiet && $(VENV)/bin/mf $(ARGS)

docs: setup  ## Write dbt's pages of every table, its columns, its lineage and its readers.
	@$(call need_published)
	@DBT_TARGET=published $(VENV)/bin/dbt --quiet docs generate --static --target-path "$(WAREHOUSE_DIR)/docs"
	@echo "$(WAREHOUSE_DIR)/docs/static_index.html"

superset: setup $(SUPERSET_VENV)/.ready  ## Start Apache Superset with a dashboard on the published marts (SUPERSET_ARGS='--port 8089').
	@$(PY) -m bi.superset $(SUPERSET_ARGS)

demo: setup  ## Write the demo shop's raw folder, seeds/demo, again.
	@$(PY) -m examples.demo_shop.generate

test: setup-dev require-debian-packages  ## Run every test (PYTEST_ARGS='-k flow' for some).
	@$(PY) -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

soak: setup-dev require-debian-packages  ## Run the long counts: kills, poisons, random shops; about an hour (figures: docs/soak.md).
	@$(PY) -m pytest -n 2 --dist loadfile -m soak -rP $(PYTEST_ARGS)

bench: setup  ## Measure a build of a million orders against the floor of the machine (BENCH_ARGS='--orders 10000000').
	@$(PY) -m bench.run $(BENCH_ARGS)

bench-peers:  ## Measure what a user would take instead, in an environment of its own (BENCH_ARGS as for bench).
	@$(call need_python)
	@test -x $(PEERS)/bin/python || { "$(PYTHON)" -m venv $(PEERS) && \
		$(PEERS)/bin/python -m pip install -q --require-hashes -r requirements/bench.lock; }
	@$(PEERS)/bin/python -m bench.peers $(BENCH_ARGS)

lint: setup-dev  ## Check the style, the types and the project's own rules.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(PY) -m lint

# Extras stay in the locks: pip takes a hashed pin only where it names the extras that are asked for.
lock:  ## Resolve requirements/*.in into hashed locks.
	@$(call need_python)
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	"$(PYTHON)" -m venv "$$folder"; \
	"$$folder/bin/python" -m pip install -q -r requirements/bootstrap.in; \
	resolve() { "$$folder/bin/uv" pip compile -q --python-version 3.11 --generate-hashes --no-strip-extras \
		--no-header --no-emit-index-url --no-emit-find-links "$$@"; }; \
	resolve requirements/bootstrap.in -o requirements/bootstrap.lock; \
	resolve requirements/dev.in -o requirements/dev.lock; \
	resolve -c requirements/dev.lock requirements/report.in -o requirements/report.lock; \
	resolve requirements/superset.in -o requirements/superset.lock; \
	resolve -c requirements/dev.lock requirements/runtime.in -o requirements/runtime.lock; \
	resolve requirements/bench.in -o requirements/bench.lock

clean:  ## Remove what the tools made, but no warehouse and no environment.
	rm -rf target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# The development set holds the report's, which holds the run-time set, all at the same versions.
$(VENV)/.uv: requirements/bootstrap.lock
	@$(call need_python)
	@test -x $(PY) || "$(PYTHON)" -m venv $(VENV)
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@touch $@

$(VENV)/.runtime: requirements/runtime.lock $(VENV)/.uv
	@$(call install,requirements/runtime.lock,$(PY))
	@touch $@

$(VENV)/.report: requirements/report.lock $(VENV)/.uv
	@$(call install,requirements/report.lock,$(PY))
	@touch $@ $(VENV)/.runtime

$(VENV)/.dev: requirements/dev.lock $(VENV)/.uv
	@$(call install,requirements/dev.lock,$(PY))
	@touch $@ $(VENV)/.report $(VENV)/.runtime

# Superset's packages contradict the others, so it has an environment of its own.
$(SUPERSET_VENV)/.ready: requirements/superset.lock $(VENV)/.uv
	@$(call need_python)
	@test -x $(SUPERSET_VENV)/bin/python || "$(PYTHON)" -m venv $(SUPERSET_VENV)
	@$(call install,requirements/superset.lock,$(SUPERSET_VENV)/bin/python)
	@touch $@

# pip reads the settings of a machine (mirrors, wheel folders) that uv does not know, so it is the second way.
# $(1) the lock, $(2) the interpreter of the environment.
define install
echo "installing $(1)"; \
$(PY) -m uv pip install -q --require-hashes --python $(2) -r $(1) \
	|| $(2) -m pip install -q --disable-pip-version-check --require-hashes -r $(1)
endef

define need_published
test -e "$(WAREHOUSE_DIR)/marts.duckdb" || { \
	echo "$(WAREHOUSE_DIR)/marts.duckdb: nothing is published yet; run make build" >&2; exit 1; }
endef

define need_python
test -n "$(PYTHON)" || { \
	echo "Python 3.11 with venv is needed (Debian: python3.11 and python3.11-venv); or name it: make PYTHON=path" >&2; \
	exit 1; }
endef

# The packages whose command is missing, one a line.
debian-packages:
	@for pair in $(DEBIAN_PACKAGES); do \
		command -v "$${pair%%:*}" >/dev/null 2>&1 || echo "$${pair#*:}"; done

require-debian-packages:
	@missing=$$($(MAKE) -s --no-print-directory debian-packages); test -z "$$missing" || { \
		echo "the tests need Debian packages that are not installed: "$$missing >&2; exit 1; }
