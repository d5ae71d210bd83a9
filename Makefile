# The two commands of the README: `make demo` and `make test`. They need Python 3.11 or newer, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEEDS ?= 1-200
IDENTITIES ?= 1-40
CHANGES ?= 1-12
READ ?= 1-20
FORGED ?= 1000
PAIRS ?= 1-12
CITY ?=
SCALE ?= 0.02
SIZE ?= 1
GROWTH ?= 1/10 1/3 3
ROUNDS ?= 2
RATIOS ?= bench/kept.json
KEEP ?=
EDITS ?= 1000
FUZZ ?= --count 200000
STRINGS ?= --count 100000
MUTANTS ?=
TIMES ?= 5
REQUESTS ?= 50000
ENVOYS ?= 1.36.2 1.38.3 1.39.3 1.40.0

.PHONY: demo test hostile fuzz editor mutants mesh mesh-faults cluster-test torture bench bench-edge clean

demo: $(VENV)/.installed
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash demo/run

test: $(VENV)/.installed
	@$(BIN)/pytest -n 2

# Random topologies on Istio's control plane and real Envoys. Needs root and Go; installs the rest on a Debian machine.
mesh: $(VENV)/.installed
	@bash tests/mesh/install
	@$(BIN)/python -m tests.mesh --seeds $(SEEDS) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh --mtls --seeds $(IDENTITIES)
	@$(BIN)/python -m tests.mesh.events --seeds $(CHANGES) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.events --mtls --seeds $(CHANGES) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.forge --count $(FORGED) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.pairs --seeds $(PAIRS) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.private $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.odd $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.queues
	@$(BIN)/python -m tests.mesh.kept $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.readers --seeds $(READ)

# Deliberate faults in the emitters; the suite must notice each.
mesh-faults: $(VENV)/.installed
	@bash tests/mesh/install
	@$(BIN)/python -m tests.mesh.mutations

# The whole road, from an edited line to a request: etcd, API server, controllers, Argo CD, istiod and Envoys, all real.
# Needs root and Go; installs the rest on a Debian machine. The first builds take minutes.
cluster-test: $(VENV)/.installed
	@bash tests/mesh/install cluster
	@$(BIN)/python -m tests.cluster --rounds $(TIMES) --requests $(REQUESTS)

# Publishing under kills, races, late deliveries, mass deletions and failing disks. SCALE=1 is the full measure: two to three hours on two cores.
torture: $(VENV)/.installed
	@$(BIN)/python -m tests.torture --scale $(SCALE)

# Hostile and unlucky files, and what is no file at all.
hostile: $(VENV)/.installed
	@$(BIN)/pytest tests/test_hostile.py tests/test_findings.py tests/test_yaml_reader.py tests/test_report.py

# Damaged and odd inputs by the hundred thousand: no traceback, none over 2 s, none over 300 MB. FUZZ="--minutes 20 --seed 7" runs by time.
fuzz: $(VENV)/.installed
	@$(BIN)/python -m tests.fuzz $(FUZZ)
	@$(BIN)/python -m tests.fuzz.strings $(STRINGS)

# The editor's own language server, driven over its protocol on this repository's example. Needs Node.
editor: $(VENV)/.installed
	@$(BIN)/python -m tests.editor

# Faults put into the reader and the rules, one at a time; at least 90 of 100 must be noticed.
mutants: $(VENV)/.installed
	@$(BIN)/python -m tests.mutants $(MUTANTS)

# What a city costs, beside the floor of parsing and git; fails if a limit is missed, or a ratio is clearly worse than the one
# in bench/kept.json (KEEP=--keep writes those of this run). CI takes SIZE=1/10 GROWTH=1/3.
bench: $(VENV)/.installed
	@$(BIN)/python -m bench --size $(SIZE) --rounds $(ROUNDS) --growth $(GROWTH) --ratios $(RATIOS) $(KEEP)
	@$(BIN)/python -m bench.units --size $(SIZE)
	@EDITS=$(EDITS) $(BIN)/pytest tests/test_paths.py

# What the compiled edge and a sidecar cost, on real Envoys under wrk. Needs what `make mesh` needs.
bench-edge: $(VENV)/.installed
	@bash tests/mesh/install
	@$(BIN)/python -m bench.edge $(CITY)

$(VENV)/.installed: requirements-test.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "installing into $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf build $(VENV)
