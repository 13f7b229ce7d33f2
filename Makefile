# make run    build everything and serve with the demo
# make test   install what the suites need, and run them all
# make help   the rest

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

export CGO_ENABLED ?= 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOFLAGS_BUILD = -trimpath -ldflags '-s -w -X main.version=$(VERSION)'
TOOLS   = bin/tools

.PHONY: help
help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: build ## Build everything and serve with the demo, at http://localhost:8090
	bin/gateway serve --demo

.PHONY: build
build: web firmware ## Build bin/gateway with the page and the boards' firmware in it
	go build $(GOFLAGS_BUILD) -o bin/gateway ./cmd/gateway

.PHONY: web
web: web/dist/index.html ## Build the page

web/node_modules: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

WEB_SOURCES = web/index.html web/build.mjs web/licenses.mjs web/vite.config.js web/svelte.config.js \
  $(shell find web/src web/public -type f -not -name '*.test.ts' 2>/dev/null)

web/dist/index.html: web/node_modules $(WEB_SOURCES)
	cd web && npm run --silent build

firmware/node_modules: firmware/package.json firmware/package-lock.json
	cd firmware && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: firmware
firmware: firmware/dist/bundle.json ## Compile what boards run, for the gateway to serve

firmware/dist/bundle.json: firmware/node_modules firmware/main.py $(shell find firmware/lib firmware/examples firmware/tools -type f 2>/dev/null)
	cd firmware && npm run --silent build

.PHONY: cross
cross: web firmware ## Cross-build for every supported platform, into bin/
	@for target in amd64: arm64: arm:7 arm:6; do \
	  arch=$${target%:*}; arm=$${target#*:}; \
	  echo "linux/$$arch$${arm:+/v$$arm}"; \
	  GOOS=linux GOARCH=$$arch GOARM=$$arm go build $(GOFLAGS_BUILD) -o bin/gateway-linux-$$arch$${arm:+v$$arm} ./cmd/gateway; \
	done

# --- tests -------------------------------------------------------------------

.PHONY: test
test: deps build test-go test-web test-compat test-firmware test-clients ## Install what the suites need and run them all

.PHONY: test-go
test-go: firmware/node_modules ## Go tests with the race detector
	CGO_ENABLED=1 go test -race -timeout 600s ./...
	cd bench && CGO_ENABLED=0 go test ./...

.PHONY: test-web
test-web: web/node_modules ## The page's unit tests
	cd web && npm test --silent

test/node_modules: test/package.json test/package-lock.json
	cd test && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test-clients
test-clients: build test/node_modules ## Real MQTT and socket.io clients, and Chromium, against the real binary
	cd test && npm test --silent

.PHONY: test-firmware
test-firmware: deps build firmware test/node_modules ## Boards on a MicroPython of this machine, against the real binary
	cd firmware && npm test --silent
	cd firmware && MPY=1 npm test --silent -- tests/gate.test.mjs tests/board.test.mjs tests/ota.test.mjs tests/examples.test.mjs tests/compat*.test.mjs tests/polling.test.mjs
	cd firmware && MP=newest npm test --silent -- tests/gate.test.mjs tests/board.test.mjs tests/compat*.test.mjs tests/polling.test.mjs
	cd firmware && MPY=1 MP=newest npm test --silent -- tests/gate.test.mjs tests/compat*.test.mjs tests/polling.test.mjs tests/websocket*.test.mjs tests/socketio.test.mjs tests/socketio-faults.test.mjs tests/log.test.mjs

test/compat/node_modules: test/compat/package.json test/compat/package-lock.json
	cd test/compat && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test-compat
test-compat: deps test/compat/node_modules ## The JavaScript clients of socket.io 2, 3 and 4 against pkg/socketio
	cd test/compat && npm test --silent

.PHONY: test-long
test-long: build deps test/node_modules ## What takes many minutes: 50,000 connections, thousands of power cuts
	CGO_ENABLED=1 GATEWAY_LONG=1 go test -race -count=1 -tags long -timeout 3h ./pkg/... ./internal/...
	go test -count=10 ./pkg/socketio/conformance
	cd test && GATEWAY_LONG=1 node --test kill.test.mjs

.PHONY: soak
soak: build deps test/node_modules ## Mixed load for MINUTES (2): prints losses, heap slope, goroutines, files
	cd test && node soak.mjs $${MINUTES:-2}

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (60s)
	@tools/fuzz.sh $${FUZZTIME:-60s}

.PHONY: deps
deps: ## Install the Debian packages that the tests need
	@tools/deps.sh mosquitto:mosquitto mosquitto_pub:mosquitto-clients chromium:chromium curl:curl gcc:gcc \
	  /usr/lib/python3/dist-packages/socketio:python3-socketio /usr/lib/python3/dist-packages/websocket:python3-websocket \
	  /usr/lib/python3/dist-packages/requests:python3-requests

# --- checks ------------------------------------------------------------------

$(TOOLS)/%: tools/go.mod tools/go.sum
	@mkdir -p $(TOOLS)
	cd tools && go build -o ../$(TOOLS)/ mvdan.cc/gofumpt honnef.co/go/tools/cmd/staticcheck
	@touch $(TOOLS)/*

# tools/ holds scripts and the modules that $(TOOLS) is built from, but no Go of its own.
.PHONY: check
check: $(TOOLS)/gofumpt $(TOOLS)/staticcheck web/node_modules firmware/node_modules ## Format, vet, lint, the import rule, every module
	@test -z "$$($(TOOLS)/gofumpt -l $$(git ls-files '*.go') | tee /dev/stderr)" || { echo 'not formatted: run make fmt' >&2; exit 1; }
	go vet ./...
	$(TOOLS)/staticcheck ./...
	go test -count=1 ./internal/house
	go vet -tags long ./pkg/...
	for module in $$(git ls-files 'bench/go.mod' 'bench/*/go.mod'); do \
	  (cd $${module%/go.mod} && go vet ./... && $(CURDIR)/$(TOOLS)/staticcheck ./...); \
	done
	for script in tools/*.sh .ci/run; do bash -n $$script; done
	tools/links.sh
	GOOS=linux GOARCH=arm GOARM=6 go build -o /dev/null ./cmd/gateway
	cd web && npm run --silent lint
	cd firmware && npm run --silent lint

.PHONY: screenshots
screenshots: build ## Every page at 1280 and 390 pixels, light and dark, into web/screenshots/
	cd web && npm run --silent screenshots

.PHONY: api-types
api-types: web/node_modules ## The page's types from what bin/gateway says of its API
	cd web && npm run --silent api

.PHONY: fmt
fmt: $(TOOLS)/gofumpt web/node_modules firmware/node_modules ## Format everything
	$(TOOLS)/gofumpt -w $$(git ls-files '*.go')
	cd web && npm run --silent format

# --- speed -------------------------------------------------------------------

bench/nodebridge/node_modules: bench/nodebridge/package.json bench/nodebridge/package-lock.json
	cd bench/nodebridge && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

WEAR ?= 150s

.PHONY: bench
bench: build bench/nodebridge/node_modules ## Compare the gateway with its peers in one interleaved run, and measure what it writes
	cd bench && go run ./cmd/compare -gateway ../bin/gateway $(BENCHFLAGS)
	cd bench && go run ./cmd/wear -gateway ../bin/gateway -for $(WEAR)

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin web/.build web/dist/* web/node_modules test/node_modules test/compat/node_modules bench/nodebridge/node_modules \
	  firmware/node_modules firmware/dist/*
