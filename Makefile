# Every target that a contributor needs. `make` alone lists them.
GO ?= go
LINT = $(GO) tool -modfile=go.tool.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help sandbox build test race check stories suites fuzz lint docs bench soak killtest

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

sandbox: ## SCIM in, simulated Flex out: no account, no configuration
	$(GO) run ./cmd/flexscim sandbox

build: ## the static binary, in dist/
	CGO_ENABLED=0 $(GO) build -trimpath -o dist/flexscim ./cmd/flexscim

test: ## all tests
	$(GO) test ./...

race: ## all tests under the race detector
	$(GO) test -race ./...

check: ## what CI runs
	.ci/run

stories: ## the command line's stories, against the real binary
	$(GO) test -count=1 -run TestStories ./cmd/flexscim

suites: ## the suites that others wrote, against the real binary
	.ci/suites

fuzz: ## ten seconds of each fuzz target
	.ci/fuzz 10s

lint: ## the linters
	$(LINT) run

docs: ## write what is generated in docs/reference anew
	$(GO) test -count=1 -run TestReference ./internal/metrics ./internal/config ./internal/web/scimdoor/openapi -update

bench: ## the figures of docs/performance.md
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m ./...

soak: ## the convergence test for an hour, on both engines
	FLEXSCIM_SOAK=1h $(GO) test -count=1 -timeout 150m -v -run TestConvergence ./internal/reconcile

killtest: ## kill -9, 1,000 times, on both engines
	FLEXSCIM_KILLS=1000 $(GO) test -count=1 -timeout 90m -v -run TestKill ./cmd/flexscim
