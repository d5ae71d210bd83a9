# The two commands of the README: `make demo` and `make test`. They need Python 3.11 or newer, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEEDS ?= 1-200
IDENTITIES ?= 1-40
AMBIENT ?= 1-28
MIXED ?= 29-38
MIXED_GATEWAY ?= 1-2
CHANGES ?= 1-12
GATEWAY_CHANGES ?= 1-6
GATEWAY ?= 1-15
READ ?= 1-20
FORGED ?= 1000
PAIRS ?= 1-12
AMBIENT_PAIRS ?= 1-8
MIXED_PAIRS ?= 9-12
CLUSTERS ?= 1-8
CITY ?=
SCALE ?= 0.02
STORM ?= --writers 2 8 32
SERVERS ?= nginx gitolite
SIZE ?= 1
GROWTH ?= 1/10 1/3 3
ROUNDS ?= 2
RATIOS ?= bench/kept.json
KEEP ?=
EDITS ?= 1000
SEQUENCES ?= --count 10000
FUZZ ?= --count 200000
STRINGS ?= --count 100000
MUTANTS ?=
CASES ?= 20000
TIMES ?= 5
JUDGED ?=
BASE ?= HEAD
LEARNED ?= 1024
TOPOLOGIES ?= 1000
RENDER ?= --seeds 20
RANDOM_BASES ?= --count 2000
REQUESTS ?= 50000
SIMULATED ?=
RECORD ?=
ALL ?=
REFTABLE ?=
PAGE ?=
SCHEDULES ?= --count 1000
ENVOYS ?= 1.36.2 1.38.3 1.39.3 1.40.0

ASKED ?= 30000
FAKES ?= 2000
EDGES ?= 1.38.3 1.39.3 1.40.0

.PHONY: docs page pictures incremental schedules import learn storm edge demo test lint workflows coverage lowest newest dist-test sbom same render hostile fuzz differential editor mutants specification simulate track-record test-all mesh mesh-faults cluster-test judge torture reftable bench bench-edge clean

demo: $(VENV)/.installed
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash demo/run

# All, or what T names: a file's path or a word of its name, `make test T=routing`; K=word takes some of its tests.
test: $(VENV)/.installed
	@$(BIN)/python -m tests.some "$(T)" $(if $(K),-k "$(K)")

# The formatter, the linter and the types, as CI asks them. `make lint FIX=1` mends what machines can.
lint: $(VENV)/.installed
	@$(if $(FIX),$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix . || true)
	@$(BIN)/ruff format --check --quiet . || { echo "make lint FIX=1 formats these files"; exit 1; }
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# What runs in GitHub's CI, as zizmor and actionlint see it: this project's workflows, its action, and those of the starter. Needs Go.
workflows: $(VENV)/.workflows
	@$(BIN)/python -m tests.workflows

# The share of generator/ that the everyday tests run, by line; less than it was fails.
coverage: $(VENV)/.installed
	@$(BIN)/python -m tests.measured

# The tests with the oldest, or the newest, versions that pyproject.toml allows, in an environment of its own. T as above.
lowest newest: $(VENV)/.installed
	@$(BIN)/python -m tests.dependencies $@ "$(T)"

# Wheel and source archive in dist/, each installed into an empty environment and used there.
dist-test: $(VENV)/.installed
	@$(BIN)/python -m tests.distribution

# What a release holds, with hashes, in CycloneDX: build/sbom.json.
sbom: $(VENV)/.workflows
	@mkdir -p build
	@$(VENV)/workflows/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --mc-type application --output-reproducible --validate -o build/sbom.json

# The output of this tree beside that of another commit, for changes of structure: BASE=<commit>.
same: $(VENV)/.installed
	@$(BIN)/python -m tests.same --base $(BASE) --seeds $(TOPOLOGIES)

# Every kind of base that is allowed, the example, random topologies and bases drawn at random, built by the real Kustomize and held against the plan.
render: $(VENV)/.installed
	@bash tests/mesh/install
	@$(BIN)/python -m tests.render $(RENDER)
	@$(BIN)/python -m tests.render.random $(RANDOM_BASES)

# Random topologies on Istio's control plane and real Envoys. Needs root and Go; installs the rest on a Debian machine.
mesh: $(VENV)/.installed
	@bash tests/mesh/install
	@$(BIN)/python -m tests.mesh --held --seeds $(SEEDS) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh --held --mtls --seeds $(IDENTITIES)
	@$(BIN)/python -m tests.mesh --gateway --seeds $(GATEWAY)
	@$(BIN)/python -m tests.mesh --gateway --mtls --seeds $(GATEWAY)
	@$(BIN)/python -m tests.mesh --plane ambient --seeds $(AMBIENT)
	@$(BIN)/python -m tests.mesh --plane mixed --seeds $(MIXED)
	@$(BIN)/python -m tests.mesh --plane mixed --gateway --seeds $(MIXED_GATEWAY)
	@$(BIN)/python -m tests.mesh --plane ambient --gateway --seeds $(GATEWAY)
	@$(BIN)/python -m tests.mesh --ingress gateway --mtls --seeds $(GATEWAY)
	@$(BIN)/python -m tests.mesh --ingress gateway --gateway --seeds $(GATEWAY)
	@$(BIN)/python -m tests.mesh --ingress gateway --plane ambient --seeds $(GATEWAY)
	@$(BIN)/python -m tests.mesh --ingress gateway --plane ambient --gateway --seeds $(GATEWAY)
	@$(BIN)/python -m tests.mesh.ways $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.ambient_pairs --seeds $(AMBIENT_PAIRS)
	@$(BIN)/python -m tests.mesh.ambient_pairs --plane mixed --seeds $(MIXED_PAIRS)
	@$(BIN)/python -m tests.mesh.events --seeds $(CHANGES) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.events --mtls --seeds $(CHANGES) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.events --mtls --sleep --seeds $(CHANGES) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.events --mtls --lanes --seeds $(GATEWAY_CHANGES)
	@$(BIN)/python -m tests.mesh.events --gateway --seeds $(GATEWAY_CHANGES)
	@$(BIN)/python -m tests.mesh.events --plane ambient --seeds $(GATEWAY_CHANGES)
	@$(BIN)/python -m tests.mesh.events --plane ambient --gateway --seeds $(GATEWAY_CHANGES)
	@$(BIN)/python -m tests.mesh.events --plane ambient --sleep --seeds $(GATEWAY_CHANGES)
	@$(BIN)/python -m tests.mesh.events --plane ambient --lanes --seeds $(GATEWAY_CHANGES)
	@$(BIN)/python -m tests.mesh.forge --count $(FORGED) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.pairs --seeds $(PAIRS) $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.private $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.odd $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.queues
	@$(BIN)/python -m tests.mesh.limits
	@$(BIN)/python -m tests.mesh.kept $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.alive $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.seen $(addprefix --envoy ,$(ENVOYS))
	@$(BIN)/python -m tests.mesh.learned
	@$(BIN)/python -m tests.mesh.readers --seeds $(READ)
	@$(BIN)/python -m tests.mesh.clusters --seeds $(CLUSTERS)

# The compiled edge on real Envoys: odd but valid requests (ASKED=1000000 is the full measure, an hour on two cores), the
# headers that never arrive, shares of lanes, forged links (FAKES=10000 of each version), and baggage through the libraries of
# four languages and their sidecars. Needs what `make mesh`
# needs, and Node, Java and Maven.
edge: $(VENV)/.installed
	@bash tests/mesh/install edge
	@$(BIN)/python -m tests.edge.headers $(EDGES)
	@$(BIN)/python -m tests.edge.weights $(EDGES)
	@$(BIN)/python -m tests.edge.links --count $(FAKES) $(addprefix --envoy ,$(EDGES))
	@$(BIN)/python -m tests.edge.propagators $(EDGES)
	@$(BIN)/python -m tests.edge --count $(ASKED) $(addprefix --envoy ,$(EDGES))
	@$(BIN)/python -m tests.edge --ingress gateway --count $(ASKED) $(addprefix --envoy ,$(EDGES))

# M1 to M8 over every configuration of a small size, gen's plan against a model of a hundred lines, which is held to the oracle of
# `make mesh`. What is wrong is told as a repository and a curl line.
specification: $(VENV)/.installed
	@$(BIN)/python -m tests.specification

# The compiled output read as Istio and Envoy read it, without either: a million requests over random topologies, beside the oracle;
# then each fault of `make mesh-faults`, which it must notice. SIMULATED="--from 5000" takes other topologies.
simulate: $(VENV)/.installed
	@$(BIN)/python -m tests.simulate $(SIMULATED)
	@$(BIN)/python -m tests.simulate.faults

# Each fault that was ever found, put back one at a time; the test beside it must notice. RECORD=word takes some.
track-record: $(VENV)/.installed
	@$(BIN)/python -m tests.track_record $(RECORD)

# Deliberate faults in the plan and its printers; the suite must notice each.
mesh-faults: $(VENV)/.installed
	@bash tests/mesh/install
	@$(BIN)/python -m tests.mesh.mutations

# The whole road, from an edited line to a request: etcd, API server, controllers, Argo CD, istiod and Envoys, all real.
# Needs root and Go; installs the rest on a Debian machine. The first builds take minutes. ARGOCD=3.6.1 and
# KUBERNETES=1.37.2 take other versions than those of `tests/cluster/tools.py`; each has a module of its own beside it.
cluster-test: $(VENV)/.installed
	@bash tests/mesh/install cluster
	@$(BIN)/python -m tests.cluster --rounds $(TIMES) --requests $(REQUESTS)

# gen's word on manifests beside a real API server's: wrong variants, valid documents, custom resources. Needs Go.
judge: $(VENV)/.installed
	@bash tests/mesh/install
	@$(BIN)/python -m tests.schemas $(JUDGED)

# Publishing under kills, races, late deliveries, mass deletions and failing disks, and to real servers by the rules with
# which they refuse. SCALE=1 is the full measure: two to three hours on two cores. SERVERS=all builds and asks Gitea, too.
torture: $(VENV)/.installed
	@bash tests/torture/install $(SERVERS)
	@$(BIN)/python -m tests.torture --scale $(SCALE)
	@$(BIN)/python -m tests.torture.servers $(SERVERS)
	@STRAY=40000 $(BIN)/pytest tests/io/test_servers.py -k stray_tags

# Many writers of one configuration repository at once, by gen and by `git pull --rebase && git push`: seconds, processor, pushes.
# STORM="--writers 200 --usual-up-to 50" is the full measure.
storm: $(VENV)/.installed
	@$(BIN)/python -m tests.storm $(STORM)

# Publishing, edits that land and each verb, with a git that keeps refs in tables: of a newer Debian, laid down once. Needs root.
reftable: $(VENV)/.installed
	@$(BIN)/python -m tests.reftable $(REFTABLE)

# Hostile and unlucky files, and what is no file at all.
hostile: $(VENV)/.installed
	@$(BIN)/pytest tests/test_hostile.py tests/vocabulary/test_findings.py tests/vocabulary/test_yaml_reader.py tests/io/test_report.py

# Random sequences of edits of every kind: after each, a compile that remembers says and prints what a cold one does.
incremental: $(VENV)/.installed
	@$(BIN)/python -m tests.incremental $(SEQUENCES)
	@SEEDS=4 $(BIN)/pytest tests/io/test_cache_publish.py

# Random schedules in random topologies, through the days on which clocks change: at no time does a lane lead to what sleeps.
schedules: $(VENV)/.installed
	@$(BIN)/python -m tests.schedules $(SCHEDULES)

# Damaged and odd inputs by the hundred thousand: no traceback, none over 2 s, none over 300 MB. FUZZ="--minutes 20 --seed 7" runs by time.
fuzz: $(VENV)/.installed
	@$(BIN)/python -m tests.fuzz $(FUZZ)
	@$(BIN)/python -m tests.fuzz.strings $(STRINGS)

# Shapes of what people have, taken over, compiled and brought again; a thousand objects in three seconds.
import: $(VENV)/.installed
	@$(BIN)/python -m tests.adoption

# Random call graphs through every kind of telemetry, and a log of LEARNED megabytes in at most 100 MB of memory.
learn: $(VENV)/.installed
	@$(BIN)/python -m tests.adoption.telemetry --megabytes $(LEARNED)

# The report in a real Chromium, pictures of it in build/page; and links into lanes, against a real Envoy. Needs Node; Debian's
# packages of Chromium are installed if they are missing.
page: $(VENV)/.installed
	@bash tests/page/install
	@$(BIN)/python -m tests.page $(PAGE)

# docs/ and the project's own pages as a site in build/docs/site, each page as plain Markdown beside it; a link that leads
# nowhere fails.
docs: $(VENV)/.docs
	@$(BIN)/python -m tests.site

# Pictures of the page for README and docs/, in docs/pictures. Needs what `make page` needs.
pictures: $(VENV)/.installed
	@bash tests/page/install
	@$(BIN)/python -m tests.page.pictures

# The editor's own language server, driven over its protocol on this repository's example. Needs Node.
editor: $(VENV)/.installed
	@$(BIN)/python -m tests.editor

# Generated bases and patches through gen's reader and through Kustomize's own library, 5.5.0 and 5.8.2: the same objects, or
# gen refuses. Needs Go; both are built once. CI takes a tenth.
differential: $(VENV)/.installed
	@$(BIN)/python -m tests.kustomize --count $(CASES)

# Faults put into the reader, the checks and all that judges manifests, one at a time; at least 90 of 100 must be noticed
# (of a sample, unless twice its error explains what is missing).
# MUTANTS="--only manifests/rules/pods" takes one file, --each tells the share of each.
mutants: $(VENV)/.installed
	@$(BIN)/python -m tests.mutants $(MUTANTS)

# What a city costs, beside the floor of parsing and git; fails if a limit is missed, or a ratio is clearly worse than the one
# in bench/kept.json (KEEP=--keep writes those of this run). CI takes SIZE=1/10 GROWTH=1/3.
bench: $(VENV)/.installed
	@$(BIN)/python -m bench --size $(SIZE) --rounds $(ROUNDS) --growth $(GROWTH) --ratios $(RATIOS) $(KEEP)
	@$(BIN)/python -m bench.units --size $(SIZE)
	@EDITS=$(EDITS) $(BIN)/pytest tests/compiler/test_paths.py

# What the compiled edge and a sidecar cost, on real Envoys under wrk. Needs what `make mesh` needs.
bench-edge: $(VENV)/.installed
	@bash tests/mesh/install
	@$(BIN)/python -m bench.edge $(CITY)

# Everything, for a free afternoon: one line a target with what it takes; what is green at this commit is not run again.
# ALL="mesh edge" takes some.
test-all: $(VENV)/.installed
	@$(BIN)/python -m tests.everything $(ALL)

$(VENV)/.installed: requirements-test.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "installing into $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Tools that look at CI's own files, apart from gen's: they bring much along.
$(VENV)/.workflows: $(VENV)/.installed requirements-workflows.lock
	@$(PYTHON) -m venv $(VENV)/workflows
	@$(VENV)/workflows/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-workflows.lock
	@touch $@

# What builds the site, apart from gen's.
$(VENV)/.docs: $(VENV)/.installed requirements-docs.lock
	@$(PYTHON) -m venv $(VENV)/docs
	@$(VENV)/docs/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@

clean:
	rm -rf build $(VENV)
