	$(BIN)/tortoise makemigrations --name "$(m)"
	$(BIN)/ruff check --quiet --fix migrations
	$(BIN)/ruff format --quiet migrations
