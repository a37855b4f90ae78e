# The targets for contributors. `make` without a target lists them.
GO ?= go
LINT = $(GO) tool -modfile=go.tool.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help sandbox build test race check stories suites fuzz lint docs bench soak killtest

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

sandbox: ## run flexscim against a simulated Flex, without account or configuration
	$(GO) run ./cmd/flexscim sandbox

build: ## build the static binary in dist/
	CGO_ENABLED=0 $(GO) build -trimpath -o dist/flexscim ./cmd/flexscim

test: ## run all tests
	$(GO) test ./...

race: ## run all tests with the race detector
	$(GO) test -race ./...

check: ## run what CI runs
	.ci/run

stories: ## run the stories of testdata/story against the real program
	$(GO) test -count=1 -run TestStories ./cmd/flexscim

suites: ## run the test suites of others against the real program
	.ci/suites

fuzz: ## run each fuzz target for ten seconds
	.ci/fuzz 10s

lint: ## run the linters
	$(LINT) run
	$(GO) tool -modfile=go.tool.mod go-check-sumtype ./...

docs: ## regenerate the generated pages in docs/reference
	$(GO) test -count=1 -run 'TestReference|TestDocumentShowsTheTable' ./internal/metrics ./internal/config ./scim/refusal ./internal/web/scimdoor/openapi ./scim/dialect -update

bench: ## measure the figures of docs/performance.md
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m ./...

soak: ## run the convergence test for an hour on each engine
	FLEXSCIM_SOAK=1h $(GO) test -count=1 -timeout 150m -v -run TestConvergence ./internal/reconcile

killtest: ## kill the program 1,000 times (kill -9) and freeze it 100 times (SIGSTOP) on each engine
	FLEXSCIM_KILLS=1000 FLEXSCIM_FREEZES=100 $(GO) test -count=1 -timeout 90m -v -run 'TestKill|TestFreeze' ./cmd/flexscim
