# For GNU make. The targets run scripts in toolchain/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help install build up serve lint test bench docs plugin sdks down clean

help: ## lists the targets
	@echo "make TARGET:"
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target what; do \
		printf '  %-8s %s\n' "$$target" "$$what"; done

install: node_modules/.package-lock.json ## installs the npm packages in package-lock.json

# npm writes this file last, so it is missing after an interrupted install.
node_modules/.package-lock.json: package-lock.json
	@source toolchain/node-env.sh; echo "Installing the npm packages (half a minute)"; npm ci

build: install ## compiles the TypeScript to dist/
	@source toolchain/node-env.sh; echo "Compiling"; npm run --silent build

up: build ## makes a certificate authority, with its keys in keys/ and its ca.json in ca/
	@toolchain/up.sh

serve: ## runs step-ca on ca/ca.json in the foreground
	@exec toolchain/serve.sh

lint: build ## runs eslint, prettier and knip
	@source toolchain/node-env.sh; echo "Linting"; npm run --silent lint

test: build lint ## lints, then runs every test with the real programs
	@echo "Getting the programs that the tests run"
	@source toolchain/test-env.sh; echo "Testing"; npm --silent test

bench: build ## runs the benchmarks
	@echo "Getting the programs that are measured"
	@source toolchain/test-env.sh; echo "Measuring"; npm run --silent bench

docs: install ## generates the API reference from the doc comments, in docs/api/
	@source toolchain/node-env.sh; npm run --silent docs

sdks: build ## generates the SDKs of the plugin: Python's in sdk/, the others and Python's wheel in dist/sdks/
	@source toolchain/node-env.sh; export SDK_GENERATOR PYTHON_WITH_PULUMI; \
		SDK_GENERATOR=$$(toolchain/go-tool.sh sdk-generator); \
		PYTHON_WITH_PULUMI=$$(toolchain/python-tool.sh python-with-pulumi); npm run --silent sdks

plugin: build ## packs the provider plugin for Linux, macOS and Windows, in dist-plugin/
	@source toolchain/node-env.sh; PLUGIN_DOWNLOAD_URL='$(PLUGIN_DOWNLOAD_URL)' toolchain/plugin.sh

down: build ## destroys the stack that "make up" made
	@toolchain/down.sh

clean: ## removes dist/, dist-plugin/, docs/api/ and node_modules/
	rm -rf dist dist-plugin docs/api node_modules
	@echo "Kept: keys/, ca/, .pulumi-state/ and .secrets/. \"make down\" destroys the resources of the dev stack."
