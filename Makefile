# Every target makes its own environment in .venv. Where wheels/ is there, nothing is
# fetched: the machine of the crisis may have no network.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
DEMO := .venv/demo-ready
INDEX := $(if $(wildcard wheels),--no-index --find-links wheels)

.PHONY: demo test check soak fuzz reliability tasks first-plan notices outages mistakes lint format bench lock readme man screenshots wheels sbom synapse mutants clean

# An environment that was copied here, or whose Python is gone, is made anew.
$(shell test -x $(BIN)/python && grep -qsF '$(CURDIR)/.venv' $(BIN)/secours \
	|| rm -f $(READY) $(DEMO))

demo: $(DEMO)
	@$(BIN)/secours demo $(ARGS)

# The tests start many processes: what these import is compiled once.
test check: export PYTHONDONTWRITEBYTECODE :=
check: export SECOURS_HISTORIES := 120

# More workers than cores: many tests wait for sockets and clocks. Those of a file share a
# browser or a server, so one worker has them all, and begins with what takes longest.
PYTEST := $(BIN)/pytest -q -n 6 --dist loadfile --no-loadscope-reorder

# What starts no process, and a little of what does: a clone works. `check` does the rest,
# and holds the core to its properties for a minute of two processors. With six workers on
# two processors a test may get none for a minute: those that fail have one more try, by
# themselves, and what fails there again fails the run. Both tries are printed; a test
# that needed the second is a race, to be mended.
RUN_TWICE = $(PYTEST) -m $(1) $(ARGS) || \
    { test $$? = 1 && $(BIN)/pytest -v -x --lf --lfnf none -m $(1); }
test: $(READY)
	$(call RUN_TWICE,"smoke or not process")
check: $(READY)
	$(call RUN_TWICE,"process and not smoke or histories")

# The second model against the core, for longer: days of random plans; so the core against
# what is found by trying. Then, alone on the machine, eight real servers and a hundred
# faults, held to the bounds that are promised; all that tests/faults does, for hours;
# the everyday tasks, 200 times by a mouse and by a finger; edits of plans; and the tests of
# engines that publish, write and begin late.
soak: $(READY)
	SECOURS_DAYS=5000 $(BIN)/pytest -n auto tests/model $(ARGS)
	SECOURS_SOAK=1 $(BIN)/pytest -n auto --timeout 1200 tests/core $(ARGS)
	SECOURS_SOAK=1 $(BIN)/pytest -s tests/engine/test_faults.py $(ARGS)
	SECOURS_SOAK=1 $(BIN)/pytest -s --timeout 20000 tests/faults $(ARGS)
	SECOURS_SOAK=1 $(BIN)/pytest -q -n 2 tests/dashboard/test_duty_browser.py $(ARGS)
	SECOURS_SOAK=1 $(BIN)/pytest -q tests/config/test_edits.py tests/cli/test_init_person.py $(ARGS)
	PYTHONPATH=$(CURDIR)/tests/late $(BIN)/pytest -n auto -m 'process and not browser' \
	    --timeout 1200 tests/engine tests/cli tests/sites tests/web tests/notify $(ARGS)

# Some minutes of the same damage, and the page that says what each fault costs.
reliability: $(READY)
	SECOURS_SOAK=short SECOURS_TABLE=docs/reliability.md $(BIN)/pytest -q tests/faults $(ARGS)

# The page that says how many clicks and seconds the everyday tasks take.
tasks: $(READY)
	SECOURS_TABLE=docs/tasks.md $(BIN)/pytest -q tests/dashboard/test_duty_browser.py $(ARGS)

# The page that says how long a first plan takes at a terminal, and on the page.
first-plan: $(READY)
	SECOURS_TABLE=docs/first-plan.md $(BIN)/pytest -q tests/cli/test_init_person.py tests/dashboard/test_edit_person_browser.py $(ARGS)

# The page that says which notices the recorded outages make.
notices: $(READY)
	PYTHONPATH=src:tests $(BIN)/python -m core.notices.page

# The page that says who hears what in the recorded outages.
outages: $(READY)
	PYTHONPATH=src:tests $(BIN)/python -m core.receivers.page

# What each typical mistake is answered, written anew: read it as who made the mistake.
mistakes: $(READY)
	PYTHONPATH=src:tests $(BIN)/python -m mistakes.said

lint: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	! grep -n '://' requirements*.lock tools/locks/*.lock

format: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# Every figure beside its peers, and the page of them. Some rows, or a little of each:
# make bench ARGS='--short check'
bench: $(READY)
	PYTHONPATH=src:tests $(BIN)/python -m bench $(ARGS)

# What the demo needs, for the first minutes; all the rest comes with the tests.
$(DEMO): requirements-demo.lock pyproject.toml
	@$(PYTHON) tools/install.py $< $(INDEX)
	@touch $@
$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) tools/install.py $< $(INDEX) --compile
	@touch $(DEMO) $@

# Names, versions, markers and hashes only: no address may stand in a lock file. Tools
# have dependencies of their own; what cosmic-ray draws its reports with has no wheel.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate
lock:
	$(COMPILE) pyproject.toml --extra all --group build -o requirements.lock
	$(COMPILE) pyproject.toml --all-extras --group dev -o requirements-dev.lock
	$(COMPILE) pyproject.toml --extra demo --group build -c requirements-dev.lock \
	    -o requirements-demo.lock
	echo matrix-synapse==1.163.2 | $(COMPILE) - -o tools/locks/synapse.lock
	echo atheris==3.0.0 | $(COMPILE) - -o tools/locks/fuzz.lock
	printf 'cosmic-ray==8.7.0\ncoverage==7.17.5\n' | \
	    $(COMPILE) - --no-emit-package yattag -o tools/locks/mutants.lock
	echo cyclonedx-bom==7.5.0 | $(COMPILE) - -o tools/locks/sbom.lock

# An environment for one tool, apart: what its lock file names, and nothing built.
LOCKED := install --quiet --no-deps --only-binary :all: --require-hashes
.synapse/ready .mutants/ready .sbom/ready: .%/ready: tools/locks/%.lock
	$(PYTHON) -m venv --clear .$*
	.$*/bin/python -m pip $(LOCKED) -r $<
	touch $@

# The pictures of the README.
screenshots: $(READY)
	PYTHONPATH=src:tests $(BIN)/python tests/screenshots.py

# The table of probe types is what the code says.
readme: $(READY)
	$(BIN)/secours probes --format markdown > probe-types.md
	sed -i -e '/^<!-- secours probes/,/^<!-- end/{//!d}' \
	    -e '/^<!-- secours probes/r probe-types.md' docs/probes.md
	rm probe-types.md

# The manual page is what the parsers say.
man: $(READY)
	$(BIN)/python -m secours.cli.man_page "$$(date +%F)" > docs/secours.1

# A Matrix server for the tests, apart: it has dependencies of its own.
synapse: .synapse/ready

# One target of tests/fuzz, for as long as it holds, by a fuzzer that sees where the code
# goes; it needs an environment of its own, beside what tests need.
fuzz: .fuzz/ready
	PYTHONPATH=src:tests .fuzz/bin/python tests/fuzz_atheris.py $(TARGET) $(ARGS)
.fuzz/ready: requirements-dev.lock tools/locks/fuzz.lock
	$(PYTHON) -m venv --clear .fuzz
	.fuzz/bin/python -m pip $(LOCKED) $(INDEX) -r $<
	.fuzz/bin/python -m pip $(LOCKED) -r tools/locks/fuzz.lock
	touch $@

# Does a test notice, if the core is changed in one place? Samples 100 changes by a seed:
# make mutants ARGS='--seed 7 --count 20'. The tool needs an environment of its own.
mutants: $(READY) .mutants/ready
	.mutants/bin/python tools/mutants.py $(ARGS)

# What a service has installed, with its licences, as CycloneDX; fails where one is not in
# tools/licences.toml.
sbom: .sbom/ready .service/ready
	.sbom/bin/cyclonedx-py environment --pyproject pyproject.toml \
	    --output-reproducible -o sbom.cdx.json .service/bin/python
	$(PYTHON) tools/licences.py sbom.cdx.json
.service/ready: requirements.lock .sbom/ready
	$(PYTHON) -m venv --clear --without-pip .service
	.sbom/bin/python -m pip --python .service/bin/python $(LOCKED) --no-compile -r $<
	touch $@

# Fill wheels/ on a machine with a network; copy the folder to the one without.
wheels: $(READY)
	$(BIN)/python -m pip download --quiet --no-deps --only-binary :all: --require-hashes \
	    -r requirements-dev.lock -d wheels

clean:
	rm -rf .venv .synapse .fuzz .mutants .sbom .service .mypy_cache .ruff_cache .pytest_cache .hypothesis
