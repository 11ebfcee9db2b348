# The two commands: `make demo` and `make test`, each alone on a fresh clone with Python 3.11 or newer.

PYTHON ?= python3
# Where to take PyTorch from; for the CPU build on other machines:
#   make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
BENCHES ?= embed ingest match search start ack deliver peers
# Where the quality bench is; what it is asked: make bench-quality QUALITY_ASKED='--tasks rec --tricks'
QUALITY ?= ../shared/quality
QUALITY_ASKED ?=

PIP := .venv/bin/python -m pip --disable-pip-version-check
QUIET_PIP := $(PIP) install --quiet --no-input

.PHONY: demo test venv lint types bench bench-quality faults lock clean
.DELETE_ON_ERROR:

demo: .venv/ready
	@.venv/bin/paperbot demo

# Tests wait now and then, so one more than there are cores run at a time; what starts whole bots, and waits for them
# against a clock, runs after the rest, one at a time.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
test: .venv/ready-for-work
	.venv/bin/python -m pytest -n $(WORKERS) --dist worksteal -m 'not alone'
	.venv/bin/python -m pytest -m alone

venv: .venv/ready

lint: .venv/ready-for-work
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types: .venv/ready-for-work
	.venv/bin/pyright

bench: .venv/ready-for-work
	.venv/bin/python -m tests.bench $(BENCHES)

# How well we rank, beside simpler ways; the first run embeds 55,000 texts.
bench-quality: .venv/ready-for-work
	.venv/bin/python -m tests.bench.quality --bench $(QUALITY) $(QUALITY_ASKED)

# Every fault in full, under an hour; the suite runs a tenth of it.
faults: .venv/ready-for-work
	.venv/bin/python -m tests.faults --write deploy/RELIABILITY.md

# After a change of dependencies in pyproject.toml; torch stands in deploy/torch.txt, by plain version.
LOCK := .venv/bin/pip-compile --quiet --generate-hashes --strip-extras --unsafe-package torch \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header
lock: .venv/ready-for-work
	$(LOCK) --output-file deploy/requirements.txt pyproject.toml
	$(LOCK) --extra dev --constraint deploy/requirements.txt --output-file deploy/requirements-dev.txt pyproject.toml

clean:
	rm -rf .venv

.venv/ready: deploy/requirements.txt deploy/torch.txt pyproject.toml bot/embedder/export.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Paperbot needs Python 3.11 or newer: make demo PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'Making .venv and installing the locked packages: a few minutes, once.'
	$(PYTHON) -m venv .venv
	$(QUIET_PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) --requirement deploy/torch.txt
	$(QUIET_PIP) --no-deps --require-hashes --requirement deploy/requirements.txt
	$(QUIET_PIP) --no-deps --editable .
	.venv/bin/python -m bot.embedder.export
	@touch $@

.venv/ready-for-work: .venv/ready deploy/requirements-dev.txt
	$(QUIET_PIP) --no-deps --require-hashes --requirement deploy/requirements-dev.txt
	@touch $@
