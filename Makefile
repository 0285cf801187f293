# The one entry for people and CI. `make demo` needs only Python 3.11 and its venv module.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLEET := $(BIN)/fleet
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes

.PHONY: demo test check lint workflows types contracts schemas bench performance soak screenshots clean requirements

# The demo's journal is its own: nothing of it is written to anybody's home.
demo: export FLEET_STATE_DIR = $(or $(TMPDIR),/tmp)/fleet-demo-$(shell id -u)
demo: $(VENV)/run  ## the main job: validate, plan, apply, plan again
	$(BIN)/python -m compileall -q reconciler
	$(FLEET) validate
	$(FLEET) sandbox reset
	$(FLEET) plan
	$(FLEET) apply --auto-approve --allow-removals 3
	$(FLEET) plan

test: $(VENV)/dev  ## the tests, on all cores
	$(BIN)/python -m pytest -n auto --dist worksteal

check: lint workflows types contracts schemas test  ## every gate of CI

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell --skip '.git,.venv,build,*.txt,LICENSE' --ignore-words-list fo,te,ans,als,nd,bundel,nam,adresse,mobiel,complet,formule,juni,juli,oktober,reste
	$(BIN)/deptry reconciler

WORKFLOWS := $(wildcard .github/workflows/*.yml)

workflows: $(VENV)/dev  ## what GitHub and GitLab run is well-formed, and does nothing unsafe
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS) examples/github.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/fleet/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci examples/gitlab.yml
	$(BIN)/zizmor --offline --pedantic --quiet . examples/github.yml

types: $(VENV)/dev
	$(BIN)/mypy

contracts: $(VENV)/dev
	$(BIN)/lint-imports

schemas: $(VENV)/dev  ## schemas and their guide in step with the code, the example in step with the schemas
	$(BIN)/python -m tests.schemas --check
	$(BIN)/python -m tests.guides --check
	$(BIN)/check-jsonschema --schemafile schemas/fleet.schema.json fleet-config/fleet.yaml
	$(BIN)/check-jsonschema --schemafile schemas/users.schema.json $$(find fleet-config/users -name '*.yaml')

bench: $(VENV)/dev  ## what plans of up to 10,000 services take beside others' tools; two minutes
	$(BIN)/python -m tests.bench --quick

performance: $(VENV)/dev  ## the same up to 1,000,000, written down as docs/performance.md; twelve minutes of a quiet machine
	$(BIN)/python -m tests.bench --page docs/performance.md

soak: $(VENV)/dev  ## a thousand kills and tens of pauses of an apply, kills of edits, ten thousand edits; an hour of each storm at most
	SOAK_KILLS=1000 SOAK_SECONDS=3600 SOAK_PAUSES=20 SOAK_EDIT_KILLS=500 $(BIN)/python -m pytest -n auto -o log_cli=true \
		--log-cli-level=INFO tests/crash
	SOAK_EDITS=10000 $(BIN)/python -m pytest -n auto tests/properties/test_edit_comments.py
	FLEET_MUTATIONS=6000 $(BIN)/python -m pytest -n auto tests/partial
	FUZZ_VALUES=20000 $(BIN)/python -m pytest -n auto tests/security/test_fuzz.py

screenshots: $(VENV)/dev  ## the pictures of docs/, by the system's Chromium
	$(BIN)/python -m tests.browser.screenshots

requirements:  ## compile the hashed requirements anew
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile $(COMPILE) -o requirements/run.txt pyproject.toml requirements/build.in
	$(BIN)/pip-compile $(COMPILE) -c requirements/run.txt --extra postgres -o requirements/postgres.txt \
		pyproject.toml requirements/build.in
	$(BIN)/pip-compile $(COMPILE) -c requirements/run.txt -o requirements/dev.txt \
		pyproject.toml requirements/build.in requirements/dev.in
	$(BIN)/pip-compile $(COMPILE) -c requirements/run.txt -o requirements/bench.txt requirements/bench.in

COMPILE := --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	--strip-extras --allow-unsafe --no-header

$(VENV)/run: requirements/run.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements/run.txt
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev: $(VENV)/run requirements/dev.txt
	$(PIP) -r requirements/dev.txt
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
