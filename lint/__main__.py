"""`python -m lint`: sqlfluff and the project's own rules, each finding on its line."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from lint import (
    common_core,
    cte_layout,
    file_rules,
    links,
    manifest_rules,
    metric_map,
    metrics_page,
    semantic_layer,
)
from lint.finding import Finding
from lint.project import ROOT, DbtFailedError, compile_models
from lint.strict_parse import strict_parse

DBT_FOLDERS = ("models", "macros", "seeds/lookups", "tests/sql")
MAY_NAME_MACROS = ("models", "macros", "seeds/lookups", "tests/sql", "orchestration", "Makefile")


def files(project: Path, folders: tuple[str, ...], suffixes: frozenset[str]) -> dict[str, str]:
    """The text of every file below the folders (or a file named itself), by path."""
    found = [project / folder for folder in folders if (project / folder).is_file()]
    for folder in folders:
        found += sorted(path for path in (project / folder).rglob("*") if path.suffix in suffixes)
    return {path.relative_to(project).as_posix(): path.read_text("utf-8") for path in found}


def load_project(project: Path, manifest_path: Path) -> manifest_rules.Project:
    """What the manifest rules look at, read from the files of a project and its manifest.json."""
    settings = yaml.safe_load((project / "dbt_project.yml").read_text("utf-8"))
    exceptions = yaml.safe_load((project / "lint/exceptions.yml").read_text("utf-8"))
    texts = files(project, MAY_NAME_MACROS, frozenset({".sql", ".yml", ".py"}))
    texts |= files(project, ("dbt_project.yml",), frozenset())
    return manifest_rules.Project(
        manifest=json.loads(manifest_path.read_text("utf-8")),
        variables=frozenset(settings.get("vars") or {}),
        texts=texts,
        exceptions=manifest_rules.Exceptions(**exceptions),
    )


def text_findings(project: Path) -> Iterator[Finding]:
    """Findings that need no dbt."""
    for path, text in files(project, DBT_FOLDERS, frozenset({".yml", ".yaml"})).items():
        yield from file_rules.check_yaml(path, text)
    for path, text in files(project, ("models",), frozenset({".sql"})).items():
        yield from cte_layout.check(path, text)
    yield from semantic_layer.check(project)
    yield from links.check(project)


def dbt_findings(project: Path, scratch: Path) -> Iterator[Finding]:
    """Findings on the parsed and compiled project."""
    try:
        manifest = strict_parse(project, scratch)
        loaded = load_project(project, scratch / "target/manifest.json")
        yield from manifest_rules.check(loaded)
        yield from metric_map.check((project / "README.md").read_text("utf-8"), loaded.manifest)
        yield from metrics_page.check(project, loaded.manifest)
        duckdb = {model.name: model for model in compile_models(manifest, project, scratch)}
        for model in duckdb.values():
            yield from common_core.check_clock(model)
        relations = common_core.relation_names(manifest)
        spark = common_core.as_spark(manifest)
        for variant in (spark, common_core.as_incremental(spark)):
            for model in compile_models(variant, project, scratch):
                yield from common_core.check_spark(model, duckdb[model.name].sql, relations)
    except DbtFailedError as error:
        yield Finding("dbt", "parse or compile", str(error))


def sqlfluff(project: Path, scratch: Path) -> bool:
    """Whether sqlfluff is content; it prints its findings itself.

    A model that is one macro call has no layout of its own, and the SQL of it is long: left out.
    """
    written = files(project, ("models", "tests/sql"), frozenset({".sql"}))
    paths = [
        path
        for path, text in written.items()
        if cte_layout.is_written_out(text) and not path.startswith("tests/sql/generic/")
    ]
    if not paths:
        return True
    settings = {**os.environ, "WAREHOUSE_DIR": str(scratch / "sqlfluff")}
    settings |= {"DBT_TARGET_PATH": str(scratch / "target"), "DBT_LOG_PATH": str(scratch / "logs")}
    command = [sys.executable, "-m", "sqlfluff", "lint", "--disable-progress-bar"]
    return (
        subprocess.run([*command, *paths], cwd=project, env=settings, check=False).returncode == 0
    )


def main() -> int:
    """Print every finding; 1 where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        findings = sorted({*text_findings(ROOT), *dbt_findings(ROOT, scratch)})
        for finding in findings:
            print(finding)
        print(f"project rules: {len(findings)} findings", flush=True)
        sql_is_clean = sqlfluff(ROOT, scratch)
    return int(bool(findings) or not sql_is_clean)


if __name__ == "__main__":
    sys.exit(main())
