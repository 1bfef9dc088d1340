# Development: `make checks` is what a change has to pass.
BIN := .venv/bin

.PHONY: setup format checks test

setup:
	./run_pipeline.sh setup

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

checks: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	./run_pipeline.sh test

test:
	./run_pipeline.sh test
