# The commands of this project. `make help` lists them.

SHELL := bash
.DEFAULT_GOAL := help

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
SITE := $(TARGET)/site
# Fast enough to measure with.
LOADTEST := cargo run --quiet --profile tools --package loadtest
PROGRAM := $(TARGET)/release/hubbub

# Leptos allows one of `ssr` and `hydrate` in a build, so the workspace is built as two sets of packages.
NATIVE := --package protocol --package app --package server --package loadtest --features app/ssr
BROWSER := --package protocol --package app --package frontend --features app/hydrate --target wasm32-unknown-unknown

# Folders too, so that a deleted file counts as a change.
SOURCES := Cargo.toml Cargo.lock rust-toolchain.toml .cargo/config.toml scripts/tools.sh scripts/with-tools \
	$(shell find protocol app frontend server style public -not -path '*/tests*')

# Lies in the site, because every cargo-leptos build, also one for development, empties that first. Its name tells clones
# with one target folder apart.
BUILT := $(SITE)/.built$(subst /,-,$(CURDIR))

.PHONY: help setup setup-check setup-node setup-tests setup-faults build run dev check test weight smoke e2e test-dev faults bench screenshot

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Set up, build and serve on http://127.0.0.1:3000
	$(PROGRAM)

build: setup $(BUILT) ## Build the release: target/release/hubbub and target/site

dev: setup ## Serve a development build, rebuilt at every change
	scripts/with-tools cargo-leptos watch

check: setup setup-check setup-node ## Formatting, lints and dependency rules
	cargo fmt --all --check
	cargo clippy --all-targets $(NATIVE) -- -D warnings
	cargo clippy $(BROWSER) -- -D warnings
	cargo clippy --all-targets --package loadtest --features bench -- -D warnings
	scripts/check-dependencies
	scripts/with-tools cargo-deny --features loadtest/bench check --hide-inclusion-graph bans licenses sources
	scripts/with-tools cargo-shear
	npm run --prefix end2end --silent check

test: setup ## All tests: unit, store contract, black box, weight, load and faults in short, end to end
	cargo test $(NATIVE)
	$(MAKE) weight
	$(MAKE) smoke
	$(MAKE) e2e

weight: build ## What a browser loads of the release stays below a bound
	scripts/check-weight

smoke: build setup-faults ## A second of every workload and the short fault run, every delivery checked
	cargo run --quiet --package loadtest -- --server $(PROGRAM) smoke
	cargo run --quiet --package loadtest -- --server $(PROGRAM) faults --quick

# Not the one that whoever runs this may have named.
e2e screenshot: export HUBBUB_BIN := $(PROGRAM)

e2e: build setup-tests ## The end-to-end tests, in Chromium and the core of them in Firefox, against the release build
	npm run --prefix end2end --silent test

test-dev: setup setup-tests ## Change a component, a style and the server under `cargo leptos watch`, and look at the page
	scripts/test-dev

faults: build setup-faults ## Kill, stop, cut off and fill up the server, and compare every timeline with the store
	$(LOADTEST) -- --server $(PROGRAM) faults

bench: build ## Measure against the floor and the peers, and write docs/performance.md; wants a quiet machine
	cargo test --quiet --package loadtest --features bench bench
	$(LOADTEST) --features bench -- --server $(PROGRAM) --pin 0,1 bench

screenshot: build setup-tests ## Take docs/screenshot.png from the real app
	scripts/screenshots

setup: ## Install the build tools that are missing
	@scripts/setup

setup-check: ## Install cargo-deny and cargo-shear where they are missing
	@scripts/setup-check

setup-node: ## Install Playwright and TypeScript where they are missing
	@scripts/setup-node

setup-tests: ## Install Chromium, Firefox, sqlite3 and Playwright where they are missing
	@scripts/setup-tests

setup-faults: ## Install libfaketime where it is missing
	@scripts/setup-faults

$(BUILT): $(SOURCES)
	LEPTOS_HASH_FILES=true scripts/with-tools cargo-leptos build --release --precompress
	@touch $@
