# make report   sets everything up and builds every report under params/ into outputs/
# make test     sets everything up and runs the tests
# Needs Python 3.11 or later with venv, and the package index on the first run.

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: report test coverage generated lint audit oldest clean

report: $(READY)
	$(VENV)/bin/gkstats build

test: $(READY)
	$(VENV)/bin/python -m pytest -q -m "slow or not slow" -n 2 --dist worksteal

# Which branches the tests reach; fails below nine in ten.
coverage: $(READY)
	$(VENV)/bin/coverage run -m pytest -q -m "slow or not slow" -n 2 --dist worksteal
	$(VENV)/bin/coverage combine --quiet
	$(VENV)/bin/coverage report --fail-under=90 --skip-covered --sort=cover

# The files that are written by the program itself and kept in the repository.
generated: $(READY)
	$(VENV)/bin/python tools/generated.py

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# Known vulnerabilities of the locked packages; needs the network.
audit:
	$(PYTHON) tools/audit.py

# The tests under the oldest versions that pyproject.toml allows; needs the network.
oldest:
	$(PYTHON) tools/oldest.py

clean:
	rm -rf $(VENV) outputs/20*

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gkstats needs Python 3.11 or later (PYTHON=... chooses one); this is %s" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)
