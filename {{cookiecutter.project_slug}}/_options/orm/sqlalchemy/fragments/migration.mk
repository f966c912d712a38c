	$(BIN)/alembic revision --autogenerate -m "$(m)"
	$(BIN)/ruff check --quiet --fix migrations
	$(BIN)/ruff format --quiet migrations
