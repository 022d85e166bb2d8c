"""Rules on files as text: what dbt accepts in silence and the house does not."""

import re
from collections.abc import Iterator

from lint.finding import Finding

LONGEST_MODEL_YAML = 400


def check_yaml(path: str, text: str) -> Iterator[Finding]:
    """Findings of one YAML file of the dbt project."""
    if re.search(r"^version:", text, re.M):
        yield Finding(path, "yaml", "`version:` says nothing any more: remove it")
    if re.search(r"^\s*(- )?tests:", text, re.M):
        yield Finding(path, "yaml", "write `data_tests:`: the key `tests:` goes with dbt 2")
    lines = len(text.splitlines())
    if re.search(r"^models:", text, re.M) and lines > LONGEST_MODEL_YAML:
        message = f"{lines} lines, more than {LONGEST_MODEL_YAML}: split the folder"
        yield Finding(path, "yaml", message)
