# The one front door. `make` alone lists what it can do.

.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help run test lint openapi bench fuzz ci

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build, create and fill the database if needed, and start the server
	$(CARGO) run --release --locked -p kangtu -- serve

test: ## Run everything that must hold, on SQLite and on a real PostgreSQL
	$(CARGO) test --locked --workspace

lint: ## Check format, lints and documentation
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --document-private-items

openapi: ## Write openapi.yaml anew from the code
	$(CARGO) run --quiet --locked -p kangtu -- openapi > openapi.yaml.new && mv openapi.yaml.new openapi.yaml

bench: ## Measure the speed and print each figure beside its target; ARGS="--help" tells how to choose
	$(CARGO) bench --locked -p kangtu --bench speed -- $(ARGS)

fuzz: ## Feed every parser of the map with damaged input, a minute each; ARGS="20 gpx kml" chooses
	fuzz/run $(ARGS)

ci: ## What must be green before anything lands: lint and test, with PostgreSQL required
	.ci/run
