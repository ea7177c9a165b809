# Demo, tests and checks, each in one command. `make` alone lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
IN_VENV := $(VENV)/bin/python
CODE := guides orders shop sandbox tests tools $(patsubst %/,%,$(dir $(firstword $(wildcard benchmarks/*.py))))
# A file of settings for one command: `$(call with,sandbox/demo.env) command`
with = set -a && . ./$(1) && set +a &&

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-all chaos chaos-money fuzz check audit bench bench-codes bench-computed bench-serials bench-desk bench-short bench-pipeline bench-labels bench-mixed manage pins settings-doc venv clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

run: venv ## Run the whole shop on this machine, with stand-ins: no account, no network
	@$(IN_VENV) -m sandbox.demo

test: venv ## All that a change can break in ordinary use, on PostgreSQL; PYTEST="-k serial" for some
	@$(call timed,test-postgres)

test-slow: venv ## The same on SQLite, killed processes, several machines, browsers, whole tables of cases, hostile requests
	@$(call timed,--jobs=2 test-sqlite test-processes)

test-all: venv ## Both
	@$(MAKE) --no-print-directory --keep-going test test-slow

# make these targets, and print how long they took
timed = began=$$(date +%s); $(MAKE) --no-print-directory --keep-going $(1); result=$$?; \
	echo "make $@: $$(($$(date +%s) - began)) s"; exit $$result
FAST := not slow or sentinel
SQLITE_LOG := var/tests/sqlite.log
.PHONY: test-postgres test-sqlite test-processes
test-postgres:
	$(IN_VENV) -m pytest -n 3 --dist=worksteal -m "$(FAST)" $(PYTEST)
# beside the other run, so it is quiet; 5: PYTEST chose none of these
test-sqlite:
	@mkdir -p $(dir $(SQLITE_LOG))
	@$(IN_VENV) -m pytest --sqlite -q -m "also_on_sqlite and ($(FAST))" $(PYTEST) >$(SQLITE_LOG) 2>&1 || \
		[ $$? -eq 5 ] || { cat $(SQLITE_LOG); exit 1; }
	@echo "SQLite: $$(tail -n 1 $(SQLITE_LOG))"
test-processes:
	$(IN_VENV) -m pytest -n 3 -m "slow and not sentinel" $(PYTEST)

chaos: venv ## 2,000 orders while one machine after the other fails; ARGS="--orders 300"
	@$(IN_VENV) -m tests.chaos $(ARGS)

chaos-money: venv ## 1,000 orders, each with a fault, then our books against Stripe's; ARGS="--orders 100"
	@$(IN_VENV) -m tests.chaos.money $(ARGS)

fuzz: venv ## hostile requests, lists of the admin and files: no 5xx, no 600 MB, no 15 s; ARGS="--seed x --part files"
	@$(IN_VENV) -m tests.hostile.fuzz $(ARGS)

check: venv ## Format, lint, types, words, templates, imports, migrations, deployment
	@$(MAKE) --no-print-directory --keep-going $(CHECKS)

CHECKS := check-format check-lint check-types check-words check-templates check-imports check-migrations check-deployment check-alerts
.PHONY: $(CHECKS)

check-format:
	$(IN_VENV) -m ruff format --check .
check-lint:
	$(IN_VENV) -m ruff check .
check-types:
	$(call with,tests/production.env) $(IN_VENV) -m mypy $(CODE)
check-words:
	$(IN_VENV) -m tools.words
check-templates:
	$(IN_VENV) -m djlint --check --lint --quiet templates
	$(IN_VENV) -m djlint --profile jinja --check --lint --quiet sandbox
check-imports:
	$(IN_VENV) $(VENV)/bin/lint-imports
check-migrations:
	$(call with,sandbox/demo.env) $(IN_VENV) manage.py makemigrations --check --dry-run
	$(IN_VENV) -m tools.operations.migrations
check-deployment:
	$(call with,tests/production.env) $(IN_VENV) manage.py check --deploy --fail-level WARNING
check-alerts:
	@command -v promtool >/dev/null || { echo "NOT TRIED: the alert rules, as there is no promtool: apt-get install prometheus"; exit 0; }; \
		promtool check rules deploy/prometheus/alerts.yml && promtool test rules tools/operations/alerts.yml

audit: venv ## Pages, the way to the code, code, packages and their licences; ARGS="code licences" for some. Or audit-code, audit-…
	@$(IN_VENV) -m tools.audit $(ARGS)

AUDITS := audit-pages audit-walk audit-code audit-packages audit-licences
.PHONY: $(AUDITS)
$(AUDITS): audit-%: venv
	@$(IN_VENV) -m tools.audit.$* $(ARGS)

bench: venv ## Requests a second of the public pages, against a bare view in turns
	@$(IN_VENV) -m benchmarks.pages

bench-codes: venv ## Seconds to read a million codes into the code book, against a bare COPY; ARGS="--rows 100000"
	@$(IN_VENV) -m benchmarks.code_book $(ARGS)

bench-pipeline: venv ## Seconds from paid to mailed and orders a second, against bare tasks; ARGS="--orders 20 --old 1000"
	@$(IN_VENV) -m benchmarks.pipeline $(ARGS)

bench-computed: venv ## Seconds to compute the codes of a million serials of each family
	@$(IN_VENV) -m benchmarks.computed $(ARGS)

bench-serials: venv ## CPU of the live check of a serial, and of recognition alone
	@$(IN_VENV) -m benchmarks.serial_check $(ARGS)

bench-short: venv ## Words, height and bytes of guides on a phone
	@$(IN_VENV) -m benchmarks.short_pages

bench-desk: venv ## Key presses and page loads that one order costs staff
	@$(IN_VENV) -m benchmarks.desk_keys

bench-staff: venv ## What staff wait for with 1,000 orders and with a million; ARGS="--old 1000 200000"
	@$(IN_VENV) -m benchmarks.staff $(ARGS)

bench-labels: venv ## How many serials are read from drawn photos of labels
	@$(IN_VENV) -m benchmarks.labels

bench-mixed: venv ## Guides, serial checks, order pages and orders at once: requests a second; ARGS="--old 1000"
	@$(IN_VENV) -m benchmarks.mixed $(ARGS)

manage: venv ## One of Django's commands with the demo's settings and database: make manage ARGS="shell"
	@$(IN_VENV) -m sandbox.demo.manage $(ARGS)

settings-doc: venv ## Write docs/settings.md from .env.example
	@$(IN_VENV) -m tools.settings_doc

pins: venv ## Compile the pinned requirements from pyproject.toml
	@.ci/pins

venv:
	@PYTHON="$(PYTHON)" .ci/venv

clean: ## Remove what these commands made, the demo's data included
	rm -rf $(VENV) var static-collected .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
