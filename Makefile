# The verbs of the template. Those of a baked project are in its own Makefile.

PYTHON ?= $(firstword $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p; done) python3)
VENV ?= .venv
PROJECT := {{cookiecutter.project_slug}}
DECLARED := $(shell find '$(PROJECT)' -name '*.toml' -not -name ruff.toml)

# uv where it is; else one of our own, from PyPI.
UV := $(shell command -v uv 2>/dev/null || echo $(VENV)/bin/uv)
NARROWED := $(strip $(ORM)$(TOKEN)$(HASHING)$(JWT))
TESTS := $(if $(NARROWED),tests/test_combinations.py tests/test_served.py,tests)
RUN := PATH="$(abspath $(VENV))/bin:$(PATH)"

ifdef RESOLUTION
export UV_RESOLUTION := $(RESOLUTION)
endif
export ORM TOKEN HASHING JWT
# Not in the folder that is baked, where it would be read as a part of the project.
export RUFF_CACHE_DIR := $(abspath .cache/ruff)

.PHONY: help
help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-13s%s\n", $$1, $$2}' Makefile
	@echo 'ORM= TOKEN= HASHING= JWT= choose the answers, PYTHON= and VENV= the interpreter,'
	@echo 'RESOLUTION=lowest-direct (with a VENV= of its own) the oldest versions that are allowed.'

.PHONY: demo
demo: $(VENV)/bake ## bake the default project and serve it on http://127.0.0.1:8000
	@$(RUN) python tools/demo.py

.PHONY: test
test: $(VENV)/all ## run all tests; ORM=tortoise TOKEN=jwt those of some combinations
	$(RUN) python -m pytest -n auto --dist worksteal $(TESTS)

.PHONY: laws
laws: $(VENV)/all ## run the tests that need no project's own tests
	$(RUN) python -m pytest -n auto tests/test_options.py tests/test_questions.py

.PHONY: work
work: $(VENV)/bake ## bake a project whose files are links to their sources
	@$(RUN) python tools/work.py

.PHONY: screenshots
screenshots: $(VENV)/all ## take the pictures of the pages in docs/screenshots
	@PYTHONPATH=tests $(RUN) python tools/screenshots.py

.PHONY: benchmarks
benchmarks: $(VENV)/benchmarks ## measure the combinations side by side, into benchmarks/README.md
	PYTHONPATH=tests:tools $(RUN) python benchmarks/run.py

.PHONY: check
check: $(VENV)/all ## format, lint and type the template itself
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy

.PHONY: clean
clean: ## remove what was made here
	rm -rf $(VENV) build .cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=... names one.")'
	@rm -rf $(VENV)
	@$(if $(findstring $(VENV)/,$(UV)),$(PYTHON) -m venv $(VENV) && $@ -m pip install -q uv,$(UV) venv -q --python $(PYTHON) $(VENV))

# What bakes a project.
$(VENV)/bake: pyproject.toml | $(VENV)/bin/python
	@$(UV) pip install -q --compile-bytecode --python $(VENV)/bin/python --group dev
	@touch $@

# What all combinations need besides, to run their tests in one environment.
$(VENV)/all: cookiecutter.json $(DECLARED) | $(VENV)/bake
	@$(RUN) python tools/requirements.py $(VENV)/requirements.txt
	@$(UV) pip install -q --compile-bytecode --python $(VENV)/bin/python $(if $(RESOLUTION),--upgrade) --group dev -r $(VENV)/requirements.txt
	@touch $@

# What is measured against asks for exact versions: it has an environment of its own.
$(VENV)/benchmarks: $(VENV)/all
	@$(UV) pip install -q --compile-bytecode --python $(VENV)/bin/python --group benchmarks
	@$(UV) venv -q --clear --python $(PYTHON) $(VENV)/peer
	@$(UV) pip install -q --compile-bytecode --python $(VENV)/peer/bin/python --group peer
	@touch $@
