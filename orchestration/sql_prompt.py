"""`make sql`: a read-only prompt on the published marts."""

import sys

import duckdb

from orchestration.settings import SettingsError, read_settings


def run_statement(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Run one statement and show its rows, or its error in one line."""
    try:
        relation = connection.sql(statement)
        if relation is not None:
            relation.show(max_rows=200)
    except duckdb.Error as error:
        print(str(error).strip(), file=sys.stderr)


def main() -> int:
    """Read statements, each ended by a semicolon, until the input ends."""
    try:
        published = read_settings().published_file
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    if not published.exists():
        print(f"{published}: nothing is published yet; run make build", file=sys.stderr)
        return 1
    connection = duckdb.connect(str(published.resolve()), read_only=True)
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        print(
            f"{published}, read-only. End a statement with ; and the prompt with Ctrl-D."
            " Try: show all tables;"
        )
    buffer = ""
    while True:
        try:
            buffer += (input("… " if buffer else "sql> ") if is_terminal else input()) + "\n"
        except EOFError:
            break
        while ";" in buffer:
            statement, buffer = buffer.split(";", 1)
            if statement.strip():
                run_statement(connection, statement)
            buffer = buffer.lstrip()
    if buffer.strip():
        run_statement(connection, buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
