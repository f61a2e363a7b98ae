# Everything a newcomer needs: `make demo` and `make test` install into .venv by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := kb ontology ingest checks api
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test lint types format bench bench-law bench-clauses bench-partners generated gold train lock browser clean

help:  ## Show what each target does.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; raise SystemExit(not ((3, 11) <= sys.version_info[:2] < (3, 14)))' || \
	  { echo "Duegraph needs Python 3.11, 3.12 or 3.13; say which one with: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "The venv module is missing. Install it with: sudo apt-get install -y python3-venv"; rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements/runtime.lock requirements/build.lock pyproject.toml
	@echo "Installing Duegraph into $(VENV) (about 600 MB, one to three minutes)"
	$(PIP) --require-hashes -r requirements/runtime.lock
	$(PIP) --require-hashes -r requirements/build.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

demo: $(VENV)/.runtime  ## Install, then run the main job on the bundled sample.
	@$(BIN)/duegraph demo

test: $(VENV)/.dev browser  ## Install, then run the tests.
	$(BIN)/python -m pytest -n auto

browser:  # Debian's chromium for the page tests; without it they are skipped, and say so
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium chromium-driver fonts-noto-cjk >/dev/null || \
	    echo "Chromium could not be installed; the page tests will be skipped."; \
	  else echo "For the page tests: sudo apt-get install -y chromium chromium-driver fonts-noto-cjk"; fi

lint: $(VENV)/.dev  ## Check style and the layer direction.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev  ## Rewrite the sources in the project's style.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev  ## Check types.
	$(BIN)/mypy

generated: $(VENV)/.dev  ## Fail when a generated file is not what its generator writes.
	$(BIN)/python -m ontology.generate --check
	$(BIN)/python -m checks.catalogue --check
	$(BIN)/python -m ingest.samples.build --check
	$(BIN)/python -m api.openapi --check

bench: $(VENV)/.dev  ## Print every benchmark beside its peer.
	$(BIN)/python -m tests.bench

bench-partners: $(VENV)/.dev  ## Print every figure about partners: names, lists, who is who, owners, rules, credit.
	$(BIN)/python -m tests.bench names screening screening_real lists entities ownership partner_ownership partner_rules hits

bench-law: $(VENV)/.dev  ## Print every figure of law: reading, aligning, citing, impact.
	$(BIN)/python -m tests.bench law impact

bench-clauses: $(VENV)/.dev  ## Print every figure about clauses, values, parties and norms, beside its baseline.
	$(BIN)/python -m tests.bench clause_types values parties norms zh_clauses unfair nda clauses_speed

train: $(VENV)/.dev  ## Train the shipped clause models again from ../shared/data.
	$(BIN)/python -m ingest.typing.train --cuad ../shared/data/contracts/cuad/train.json.gz
	$(BIN)/python -m ingest.typing.train_chinese
	$(BIN)/python -m ingest.unfair.train --corpus ../shared/data/contracts/unfair_tos
	$(BIN)/python -m ingest.choice.train --cuad ../shared/data/contracts/cuad/train.json.gz \
	  --answers ../shared/data/contracts/cuad/master_clauses.csv

lock:  ## Resolve the dependencies again (needs uv).
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -q -o requirements/runtime.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -q -c requirements/runtime.lock -o requirements/dev.lock
	uv pip compile requirements/build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -q -c requirements/dev.lock -o requirements/build.lock

clean:  ## Remove what the other targets made, but no data.
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +
