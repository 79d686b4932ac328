# Lapak Berdaya: build, run, test. `make` alone lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:

# The program is pure Go; only the race detector needs a C compiler.
export CGO_ENABLED := 0
# A build or a test never rewrites go.mod, whatever this computer's habit.
export GOFLAGS := $(filter-out -mod=%,$(shell go env GOFLAGS)) -mod=readonly

# What runs things at once: small packages whole, large ones by the tests that
# run in parallel (SQLite is 25 times slower under the race detector).
RACE_PKGS ?= internal/database ledger payment/xenditsim server/web
RACE_PKGS_PARALLEL ?= account catalog checkout curation finance internal/jobs media order payment
RACE_TESTS ?= [Rr]ace|[Pp]arallel|AtOnce|at_once|Once|once|Deadlock|DoubleClick|FiftyTimes|TwoTabs|TwoInstances|OneDecision|SoldTwice|TwoHundred|LoseNoSale|Hurried|TakesOver|CommittedCause|WhenTheirCause
TEST_TIMEOUT ?= 45m
# The tests wait more than they compute (for jobs, leases, a gateway that does not
# answer): more of them at once than there are processors.
TESTFLAGS ?= -p 4 -parallel 4
# The long runs: random kills on each database, at least for how long (8h), and
# where they report (a line of JSON each).
SOAK_KILLS ?= 200
SOAK_FOR ?=
# Steps of the random walk over everybody's moves, each followed by the whole audit.
SOAK_STEPS ?= 5000
SOAK_REPORT ?= $(CURDIR)/bin/soak.jsonl
GO_TEST = go test -timeout $(TEST_TIMEOUT) $(TESTFLAGS) ./...
# Continuous integration trusts no cached result, and no order of tests. As in the
# browser, a test that fails there is tried once more and named at the end with what
# it said: one slow second of a shared machine is no reason to hold back everybody's
# work. More than a few are no chance, at a developer's desk one is too many, and what
# the race detector finds is never chance.
ifdef CI
TESTFLAGS += -count=1 -shuffle=on
GO_TEST = bin/gotestsum --format standard-quiet --rerun-fails=1 --rerun-fails-max-failures=6 --rerun-fails-run-root-test \
	--packages=./... -- -timeout $(TEST_TIMEOUT) $(TESTFLAGS)
endif

WITH_POSTGRES := scripts/with-postgres.sh
GO_DIRS = $(filter-out bin e2e scripts tools docs static,$(patsubst %/,%,$(wildcard */))) $(wildcard *.go)

##@ Everyday

.PHONY: help
help: ## List what make can do
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z-]*:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Run the demo shop: embedded database, pretend payment gateway
	go run . demo

.PHONY: build
build: ## Build the program into bin/lapak
	go build -trimpath -o bin/lapak .

.PHONY: generate
generate: bin/templ ## Write the Go code of the templates
	bin/templ generate -log-level warn

.PHONY: fmt
fmt: bin/templ ## Format Go code and templates
	gofmt -w $(GO_DIRS)
	bin/templ fmt -prettier-command none -log-level warn .

.PHONY: shots
shots: setup ## Take the pictures of README.md from the real program
	node e2e/shots.mjs

##@ Proof

.PHONY: test
test: setup check-fmt check-generated vet staticcheck ## Everything that must hold before a change goes in
	$(WITH_POSTGRES) $(MAKE) --no-print-directory test-go test-race test-browser

.PHONY: test-go
test-go: $(if $(CI),bin/gotestsum) ## Go tests, each database test on SQLite and PostgreSQL
	$(WITH_POSTGRES) $(GO_TEST)

.PHONY: test-race
test-race: ## Go tests of the concurrent packages under the race detector
	CGO_ENABLED=1 $(WITH_POSTGRES) go test -race -timeout $(TEST_TIMEOUT) $(TESTFLAGS) \
		$(or $(patsubst %,./%/...,$(wildcard $(RACE_PKGS))),$(error none of RACE_PKGS exists))
	CGO_ENABLED=1 $(WITH_POSTGRES) go test -race -timeout $(TEST_TIMEOUT) $(TESTFLAGS) -run '$(RACE_TESTS)' \
		$(or $(patsubst %,./%,$(wildcard $(RACE_PKGS_PARALLEL))),$(error none of RACE_PKGS_PARALLEL exists))

.PHONY: test-browser
test-browser: setup ## The journeys in a real Chromium at phone width
	$(WITH_POSTGRES) npm --prefix e2e --silent test

.PHONY: soak
soak: setup ## Kill the program at every named moment, then at random, then walk at random: make soak SOAK_KILLS=200 SOAK_FOR=8h
	@mkdir -p $(dir $(SOAK_REPORT))
	SOAK_KILLS=$(SOAK_KILLS) SOAK_FOR=$(SOAK_FOR) SOAK_REPORT=$(SOAK_REPORT) \
		$(WITH_POSTGRES) go test -tags soak -count=1 -timeout 48h -run '^TestSoak' -v .
	LAPAK_TEST_SEED=$${LAPAK_TEST_SEED:-$$(date +%s)} LAPAK_TEST_STEPS=$(SOAK_STEPS) $(WITH_POSTGRES) go test -count=1 -timeout 48h -run random_walk -v ./audit
	@echo "report: $(SOAK_REPORT)"

.PHONY: bench
bench: setup ## Load the site, print what things cost: make bench BENCH='-bench.n 8 -bench.for 3s -bench.sizes 1000,100000'
	go test -c -tags bench -o bin/bench.test .
	$(WITH_POSTGRES) bin/bench.test -test.run '^TestBench' -test.timeout 2h $(BENCH)

.PHONY: lighthouse
lighthouse: setup ## Lighthouse as a phone on the shop window, median of five, and accessibility of makers' pages: make lighthouse RUNS=5
	@npm --prefix e2e/lighthouse --silent ci --ignore-scripts
	node e2e/lighthouse/lighthouse.mjs $(or $(RUNS),5)

.PHONY: setup
setup: ## Install what the tests need and this machine lacks
	@scripts/setup.sh

##@ Checks

.PHONY: check-fmt
check-fmt: bin/templ ## Fail when a Go file or template is not formatted
	@scripts/check-fmt.sh

.PHONY: check-generated
check-generated: bin/templ ## Fail when the templates' Go code is out of date
	@scripts/check-generated.sh

.PHONY: vet
vet: ## go vet
	go vet ./...
	go vet -tags bench,soak .

.PHONY: staticcheck
staticcheck: bin/staticcheck ## staticcheck
	bin/staticcheck ./...

.PHONY: lint
lint: bin/golangci-lint ## golangci-lint: more opinions (its first build takes minutes)
	bin/golangci-lint run

# Tools. Each has its own go.mod under tools/, so that none of their needs
# reaches the program. One is built again when its go.mod or Go itself changes.
go_stamp := bin/.$(shell go env GOVERSION)

$(go_stamp):
	@mkdir -p bin && rm -f bin/.go1* && touch $@

bin/templ: tools/templ/go.mod $(go_stamp)
	go build -C tools/templ -o ../../bin/ tool && touch $@

bin/staticcheck: tools/staticcheck/go.mod $(go_stamp)
	go build -C tools/staticcheck -o ../../bin/ tool && touch $@

bin/gotestsum: tools/gotestsum/go.mod $(go_stamp)
	go build -C tools/gotestsum -o ../../bin/ tool && touch $@

bin/golangci-lint: tools/golangci/go.mod $(go_stamp)
	go build -C tools/golangci -o ../../bin/ tool && touch $@
