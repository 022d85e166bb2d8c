"""The project's own lint: what sqlfluff, ruff and mypy do not check."""
