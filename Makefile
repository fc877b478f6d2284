# The commands of this project. `make help` lists them.

SHELL := bash
.DEFAULT_GOAL := help

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
SITE := $(TARGET)/site
export HUBBUB_BIN := $(TARGET)/release/hubbub

# Leptos allows one of `ssr` and `hydrate` in a build, so the workspace is built as two sets of packages.
NATIVE := --package protocol --package app --package server --package loadtest --features app/ssr
BROWSER := --package protocol --package app --package frontend --features app/hydrate --target wasm32-unknown-unknown

# Folders too, so that a deleted file counts as a change.
SOURCES := Cargo.toml Cargo.lock rust-toolchain.toml \
	$(shell find protocol app frontend server style public -not -path '*/tests*')

# Lies in the site, because every cargo-leptos build, also one for development, empties that first. Its name tells clones
# with one target folder apart.
BUILT := $(SITE)/.built$(subst /,-,$(CURDIR))

.PHONY: help setup setup-tests build run dev check test e2e screenshot

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Set up, build and serve on http://127.0.0.1:3000
	$(HUBBUB_BIN)

build: setup $(BUILT) ## Build the release: target/release/hubbub and target/site

dev: setup ## Serve a development build, rebuilt at every change
	scripts/with-tools cargo-leptos watch

check: setup setup-tests ## Formatting, lints and dependency rules
	cargo fmt --all --check
	cargo clippy --all-targets $(NATIVE) -- -D warnings
	cargo clippy $(BROWSER) -- -D warnings
	scripts/check-dependencies
	npm run --prefix end2end --silent check

test: setup ## All tests: unit, store contract, black box, end to end
	cargo test $(NATIVE)
	$(MAKE) e2e

e2e: build setup-tests ## The end-to-end tests, in Chromium, against the release build
	npm run --prefix end2end --silent test

screenshot: build setup-tests ## Take docs/screenshot.png from the real app
	scripts/screenshots

setup: ## Install the build tools that are missing
	@scripts/setup

setup-tests: ## Install Chromium and Playwright where they are missing
	@scripts/setup-tests

$(BUILT): $(SOURCES)
	scripts/with-tools cargo-leptos build --release --precompress
	@touch $@
