# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup demo test torture lint format pages screenshots install clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## everything that running needs: .venv, models, pages
	@$(PYTHON) scripts/setup.py

setup-tests:
	@$(PYTHON) scripts/setup.py --tests

demo: setup ## a whole field with simulated hardware; open the printed address
	@$(BIN)/touchline demo

# What starts whole gateways or browsers comes afterwards, two files at a time: it mostly waits. 5 is "nothing of that kind".
test: setup-tests ## all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not gateway and not browser" $(TESTS) || [ $$? -eq 5 ]
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "gateway or browser" $(TESTS) || [ $$? -eq 5 ]

torture: setup-tests ## what a gateway must survive, for long, with the figures printed (docs/reliability.md)
	@TOUCHLINE_TORTURE=$${TOUCHLINE_TORTURE:-1} $(BIN)/python -m pytest -s tests/torture

lint: setup-tests ## ruff, mypy, import-linter, svelte-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd pages && npm run --silent check

format: ## put the code into its shape
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

screenshots: setup-tests ## pictures of the demo, for the README
	@$(BIN)/python scripts/screenshots.py docs/pictures

install: setup ## install on this machine as a service (as root)
	@systemd/install.sh

clean: ## remove what was set up and built, not what was recorded
	rm -rf .venv .tools pages/node_modules edge/web/static cloud_sync/platform/static
