# `make` lists what there is. Tools are built into .bin on first use, from the versions in
# tools/go.mod (what runs) and tools/dev/go.mod (what builds and checks).

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO ?= go
BIN := $(CURDIR)/.bin

# A checkout that belongs to another user, or a machine without git, must build as well;
# pure Go needs no C compiler and spares the minutes that sqlc's C parser takes.
BUILD := CGO_ENABLED=0 GOWORK=off $(GO) build -buildvcs=false
BUILD_TOOL = CGO_ENABLED=0 GOWORK=off $(GO) build -C $(dir $<) -buildvcs=false -mod=readonly -o $@.unfinished

# The server that dev, demo and the tests run: the one on PATH, or ours.
TEMPORAL := $(shell command -v temporal 2>/dev/null || echo $(BIN)/temporal)

SQLC := $(BIN)/sqlc
OAPI_CODEGEN := $(BIN)/oapi-codegen
GOLANGCI_LINT := $(BIN)/golangci-lint
GOFUMPT := $(BIN)/gofumpt
WORKFLOWCHECK := $(BIN)/workflowcheck

SOURCES := $(wildcard */)
MODULES := . tools tools/dev

TESTFLAGS ?=
# Tests of whole installations have timeouts. On a small machine they run alone, because other
# tests would take its processors.
END_TO_END := /cmd/creditroll
# This package takes longest. It starts first, so that it does not run alone at the end.
LONGEST := ./workflows
RACE ?= ./activities/... ./api/... ./db/... ./domain/... ./payments/... ./providers/... ./temporal/... ./workflows/...
RAPID_CHECKS ?= 10000
FUZZTIME ?= 60s
# 200 sequences of events take about 2 minutes on two processors.
SEQUENCES ?= 5000
CREATORS ?= 20000
# A year of a marketplace takes about half a minute.
YEARS ?= 100

##@ Run

.PHONY: demo
demo: $(TEMPORAL) creditroll ## Watch a campaign from funding to payouts, and check every promise (ARGS=--json)
	@$(BIN)/creditroll demo $(ARGS)

.PHONY: dev
dev: $(TEMPORAL) creditroll ## Run everything on this machine until interrupted
	@$(BIN)/creditroll dev $(ARGS)

.PHONY: bench
bench: $(TEMPORAL) ## Measure this machine against its own baseline (ARGS=--json)
	@$(GO) run -buildvcs=false ./cmd/creditroll bench $(ARGS)

##@ Check

.PHONY: test
test: $(TEMPORAL) ## Run all tests (TESTFLAGS='-run Name -count=1')
	@{ status=0; \
		$(GO) test -v -timeout 30m $(TESTFLAGS) $(LONGEST) $$($(GO) list ./... | grep -v '$(END_TO_END)$$') 2>&1 || status=$$?; \
		$(GO) test -v -timeout 25m $(TESTFLAGS) .$(END_TO_END) 2>&1 || status=$$?; \
		echo "go test ended with $$status"; } | awk -f tools/testsummary.awk

.PHONY: race
race: $(TEMPORAL) ## Run the tests with the race detector, which needs a C compiler (RACE='./db/...')
	$(GO) test -race $(TESTFLAGS) $(RACE)

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Hold the direction of imports and find common mistakes
	$(GOLANGCI_LINT) run ./...

.PHONY: verify
verify: verify-generated verify-format verify-modules verify-migrations verify-words verify-vet verify-workflows ## Check generated code, format, modules, migrations, words, vet and determinism

.PHONY: nightly
nightly: $(TEMPORAL) ## Search longer for counterexamples (RAPID_CHECKS=10000 SEQUENCES=5000 CREATORS=20000 YEARS=100 FUZZTIME=60s)
	@$(GO) list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}} ' ./... | \
		sed -n 's/^\([^ ]*\) .* *pgregory.net\/rapid .*/\1/p' | \
		xargs $(GO) test -timeout 60m -rapid.checks=$(RAPID_CHECKS)
	$(GO) test -count=1 -timeout 180m -run '^(TestNoDeadEnds|TestPayoutRunOfVeryManyCreators|TestYearOfAMarketplace)' ./workflows -payout.sequences=$(SEQUENCES) -payout.creators=$(CREATORS) -year.seeds=$(YEARS)
	$(GO) test -count=1 -timeout 60m ./workflows -crash.every
	@grep -rl --include='*_test.go' '^func Fuzz' $(SOURCES) | while read -r file; do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file"); do \
			echo "$$name in $$file"; \
			$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")" || exit 1; \
		done; \
	done

##@ Change

.PHONY: generate
generate: $(SQLC) $(OAPI_CODEGEN) ## Generate code from db/queries and api/openapi.yaml
	$(SQLC) generate
	$(GO) generate ./api/...

.PHONY: format
format: $(GOFUMPT) ## Format the code
	@$(GOFUMPT) -w $(SOURCES)

.PHONY: clean
clean: ## Remove what was built; data of `make dev` stay in .creditroll
	rm -rf $(BIN)

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# The parts of verify. None of them changes the tree.

# Generates in a copy, so that a file that should have gone is found too.
GENERATED := $(BIN)/generated
.PHONY: verify-generated
verify-generated: $(SQLC) $(OAPI_CODEGEN)
	@rm -rf $(GENERATED) && mkdir -p $(GENERATED)/db $(GENERATED)/api/internal/openapi $(GENERATED)/api/client
	@cp -R sqlc.yaml $(GENERATED) && cp -R db/migrations db/queries $(GENERATED)/db && cp api/*.yaml $(GENERATED)/api
	@cd $(GENERATED) && $(SQLC) generate
	@cd $(GENERATED)/api && $(OAPI_CODEGEN) -config server.config.yaml openapi.yaml
	@cd $(GENERATED)/api && $(OAPI_CODEGEN) -config client.config.yaml openapi.yaml
	@for dir in db/internal/sqlc api/internal/openapi api/client; do \
		diff -r -x '*_test.go' $(GENERATED)/$$dir $$dir || { echo "$$dir is not what its sources generate: run make generate" >&2; exit 1; }; \
	done
	@rm -rf $(GENERATED)

.PHONY: verify-format
verify-format: $(GOFUMPT)
	@unformatted=$$($(GOFUMPT) -l $(SOURCES)); \
	if [ -n "$$unformatted" ]; then echo "run make format:" >&2; echo "$$unformatted" >&2; exit 1; fi

.PHONY: verify-modules
verify-modules:
	@for module in $(MODULES); do \
		GOWORK=off $(GO) -C $$module mod tidy -diff || { echo "$$module/go.mod is not tidy: run go -C $$module mod tidy" >&2; exit 1; }; \
	done

# What a release has applied somewhere cannot be changed any more, only followed.
.PHONY: verify-migrations
verify-migrations:
	@release=$$(git describe --tags --abbrev=0 2>/dev/null) || exit 0; \
	changed=$$(git diff --name-only --diff-filter=DMRT "$$release" -- db/migrations); \
	if [ -n "$$changed" ]; then echo "released with $$release, so add a migration instead of changing:" >&2; echo "$$changed" >&2; exit 1; fi

.PHONY: verify-words
verify-words:
	@tools/words

.PHONY: verify-vet
verify-vet:
	$(GO) vet ./...
	$(GO) vet -tags record ./workflows

.PHONY: verify-workflows
verify-workflows: $(WORKFLOWCHECK)
	GO="$(GO)" tools/canary/check $(WORKFLOWCHECK)

# Always asked for: the compiler knows better than make what has changed.
.PHONY: creditroll
creditroll:
	@mkdir -p $(BIN)
	@$(BUILD) -o $(BIN)/creditroll ./cmd/creditroll

# A raised version rebuilds. The file gets its name when it is whole, and a new time even
# when the compiler takes it from its cache.
FINISH = @touch $@.unfinished && mv -f $@.unfinished $@

$(BIN)/temporal: tools/go.mod
	@mkdir -p $(BIN)
	@echo "building the Temporal server; the first time takes about 5 minutes"
	@$(BUILD_TOOL) github.com/temporalio/cli/cmd/temporal
	$(FINISH)

$(SQLC): tools/dev/go.mod
	@mkdir -p $(BIN)
	$(BUILD_TOOL) github.com/sqlc-dev/sqlc/cmd/sqlc
	$(FINISH)

$(OAPI_CODEGEN): tools/dev/go.mod
	@mkdir -p $(BIN)
	$(BUILD_TOOL) github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen
	$(FINISH)

$(GOLANGCI_LINT): tools/dev/go.mod
	@mkdir -p $(BIN)
	$(BUILD_TOOL) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	$(FINISH)

$(GOFUMPT): tools/dev/go.mod
	@mkdir -p $(BIN)
	$(BUILD_TOOL) mvdan.cc/gofumpt
	$(FINISH)

$(WORKFLOWCHECK): tools/dev/go.mod
	@mkdir -p $(BIN)
	$(BUILD_TOOL) go.temporal.io/sdk/contrib/tools/workflowcheck
	$(FINISH)
