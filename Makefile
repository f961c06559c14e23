# vertikal: `make run` and `make test` are all a newcomer needs.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
STAMP := $(VENV)/.installed
SCENARIO ?= stalins-court
RUNS ?= 10000
OUT ?= runs/$(SCENARIO)

.PHONY: run test check lint types floors docs bench env clean

run: $(STAMP)
	@if [ -f $(OUT)/manifest.json ]; then \
	  $(BIN)/vertikal run --resume $(OUT); \
	else \
	  $(BIN)/vertikal run $(SCENARIO) --runs $(RUNS) --seed 1953 --out $(OUT); \
	fi
	$(BIN)/vertikal report $(OUT)

# in the order of the files: by number of tests, the longest file would begin last and alone
test: $(STAMP)
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

check: lint types floors

lint: $(STAMP)
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/ruff format --check src tests benchmarks docs

types: $(STAMP)
	$(BIN)/mypy

floors: $(STAMP)
	$(BIN)/lint-imports

docs: $(STAMP)
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

bench: $(STAMP)
	$(BIN)/python -m benchmarks

env: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,bench,lint,docs]"
	touch $@

clean:
	rm -rf $(VENV) build dist docs/_build .mypy_cache .ruff_cache .hypothesis
