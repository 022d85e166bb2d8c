"""Poisons: a change to a copy of the finished files that one rule, and only that rule, must see."""

import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import yaml

from orchestration.quality.judge import Verdict, judge
from orchestration.quality.suites import Suite

POISONS: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("poisons.yml").read_text(encoding="utf-8")
)


class Finished(NamedTuple):
    """A finished build with its publication, and the suites that judge it."""

    build: Path
    published: Path
    suites: list[Suite]
    manifest: Mapping[str, Any]

    def copy(self, folder: Path) -> "Finished":
        """A copy of the two files to spoil."""
        folder.mkdir(parents=True, exist_ok=True)
        build = Path(shutil.copy(self.build, folder / "build.duckdb"))
        published = Path(shutil.copy(self.published.resolve(), folder / "marts.duckdb"))
        return Finished(build, published, self.suites, self.manifest)


def change(database: Path, *statements: str) -> None:
    """Run statements on a file."""
    with closing(duckdb.connect(str(database))) as connection:
        for statement in statements:
            connection.execute(statement)


def apply(poison: Mapping[str, Any], mart: str, finished: Finished) -> None:
    """Spoil the build file, or with `published` the published one."""
    if "published" in poison:
        change(finished.published, poison["published"])
        return
    if "sql" in poison:
        change(finished.build, *poison["sql"])
        return
    where = poison.get("where", "true")
    if poison.get("rows") != "all":
        where = f"rowid = (select min(rowid) from {mart} where {where})"
    with closing(duckdb.connect(str(finished.build))) as connection:
        changed = connection.execute(f"update {mart} set {poison['set']} where {where}").fetchall()
    assert changed[0][0] > 0, f"the poison of {mart} finds no row: {where}"


def suites_about(mart: str, suites: list[Suite]) -> list[Suite]:
    """The suite of a mart and every suite whose SQL reads the mart."""
    return [
        suite
        for suite in suites
        if suite.mart == mart or any(mart in str(rule.arguments) for rule in suite.rules)
    ]


def judge_poisoned(mart: str, poison: Mapping[str, Any], copy: Finished) -> list[Verdict]:
    """What the rules about a mart say after the poison; drift only where the poison is about it."""
    apply(poison, mart, copy)
    published = copy.published if "published" in poison else None
    return judge(copy.build, published, suites_about(mart, copy.suites))
