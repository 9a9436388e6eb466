# Every target makes the virtual environment that it needs; nothing else has to be installed but Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.installed-bench

.PHONY: demo serve test check bench fmt messages clean help
.DEFAULT_GOAL := help

help:
	@echo "make demo      the platform with invented demo data, on http://127.0.0.1:8000 (PORT=... for another)"
	@echo "make serve     the platform with what KERVAN_DATA or DATABASE_URL hold"
	@echo "make test      every test, in as many processes as there are cores, at most 4. TESTS=... for some; files named"
	@echo "               with .py run in one process. Browser tests need Chromium:"
	@echo "               apt-get install chromium-headless-shell (quicker) or chromium"
	@echo "make check     formatting, lint, types, templates"
	@echo "make bench     the table of figures (about 20 minutes; BENCH='--quick' for a short one)"
	@echo "make fmt       format the code"
	@echo "make messages  collect the sentences to translate"

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kervan needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what Kervan needs into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(BENCH_STAMP): $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@

demo: $(STAMP)
	@$(BIN)/kervan demo

serve: $(STAMP)
	@$(BIN)/kervan serve

# A file has one process: see tests/workers.py.
WORKERS := $(if $(findstring .py,$(TESTS)),,--numprocesses=logical --maxprocesses=4)

test: $(STAMP)
	@$(BIN)/python -m pytest $(WORKERS) $(TESTS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/djlint --check --lint templates

fmt: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BENCH_STAMP)
	@$(BIN)/python bench/run.py $(BENCH)

# Sentences stand in _(), ngettext(), N_(), NN_() and as the first argument of NotFound, Conflict ....
KEYWORDS := -k N_ -k NN_:1,2 -k ngettext:1,2 -k NotFound -k Forbidden -k Conflict -k TooMany -k Unavailable

messages: $(STAMP)
	@cd platform/kervan && ../../$(BIN)/pybabel --quiet extract -F locale/babel.cfg $(KEYWORDS) --no-location --sort-output --width 110 \
		--project=Kervan -o locale/kervan.pot . ../../templates
	@cd platform/kervan && for l in en tr; do \
		../../$(BIN)/pybabel --quiet update -i locale/kervan.pot -d locale -D kervan -l $$l --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 110; done
	@rm platform/kervan/locale/kervan.pot

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
