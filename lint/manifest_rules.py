"""Rules on the parsed project: grain, contracts, layers, descriptions, nothing unused.

They read dbt's manifest.json as it is written, so that a test can hand over a small one.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lint.finding import Finding

MARTS = frozenset({"customers", "metrics", "quality"})
CALENDARS = frozenset({"metrics__calendar", "staging__calendar_days"})
# What the models of each folder may read: folders, `source`, seeds (`lookups`); calendars always.
PARENTS: Mapping[str, frozenset[str]] = {
    "staging": frozenset({"source", "lookups", "staging"}),
    "intermediate": frozenset({"lookups", "staging", "intermediate"}),
    "customers": frozenset({"lookups", "intermediate", "customers"}),
    "metrics": frozenset({"lookups", "intermediate", "customers"}),
    "quality": frozenset({"lookups", "staging", "intermediate", "customers", "metrics", "quality"}),
}
# Macros that dbt itself calls by their name.
CALLED_BY_DBT = re.compile(
    r"generate_(alias|schema|database)_name|materialization_.*|ref|source"
    r"|should_full_refresh|get_incremental_\w+_sql"
)
HARD_CODED = re.compile(
    r"\b(?:from|join)\s+(?:raw|staging|intermediate|customers|metrics|quality|lookups)\.", re.I
)

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Exceptions:
    """Reasoned exceptions, as lint/exceptions.yml holds them."""

    layers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """What the rules look at: a manifest, dbt_project.yml's vars, and the text that uses both.

    `texts` maps paths to the text of everything that may name a macro or a var: SQL, YAML, Python.
    """

    manifest: Node
    variables: frozenset[str]
    texts: Mapping[str, str]
    exceptions: Exceptions = field(default_factory=Exceptions)

    @property
    def name(self) -> str:
        """The dbt project's name: nodes and macros of dbt itself are left out."""
        return str(self.manifest["metadata"]["project_name"])

    def own(self, kind: str) -> list[Node]:
        """The project's nodes of one resource type, by unique id."""
        nodes = self.manifest["nodes"].values()
        return sorted(
            (n for n in nodes if n["resource_type"] == kind and n["package_name"] == self.name),
            key=lambda node: str(node["unique_id"]),
        )

    @property
    def macros(self) -> list[Node]:
        """The project's macros, by unique id."""
        macros = self.manifest["macros"].values()
        own = (macro for macro in macros if macro["package_name"] == self.name)
        return sorted(own, key=lambda macro: str(macro["unique_id"]))


FINGERPRINT = "macros/raw/vars_fingerprint.sql"


def check(project: Project) -> list[Finding]:
    """Every finding of every rule, sorted."""
    rules = (
        names,
        grain,
        contracts,
        meanings,
        layers,
        roots,
        hard_coded_relations,
        sources,
        macros_are_used,
        macros_are_described,
        variables,
    )
    return sorted({finding for rule in rules for finding in rule(project)})


def names(project: Project) -> Iterator[Finding]:
    """File <folder>/**/<schema>__<name>.sql makes relation <schema>.<name>, and folder = schema."""
    for model in project.own("model"):
        if model["name"] != f"{model['schema']}__{model['alias']}":
            made = f"{model['schema']}.{model['alias']}"
            yield _finding(model, "names", f"the file is not named after its relation {made}")
        if _folder(model) != model["schema"]:
            yield _finding(model, "names", f"lies in {_folder(model)}/, its schema is another")


def grain(project: Project) -> Iterator[Finding]:
    """Every model and seed is described and states its grain, and a test holds it to that."""
    tested: dict[str, list[Any]] = defaultdict(list)
    for test in project.own("test"):
        metadata = test.get("test_metadata") or {}
        if metadata.get("name") == "unique_grain":
            tested[str(test.get("attached_node"))].append(metadata["kwargs"].get("columns"))
            if str(test["config"].get("severity", "error")).lower() != "error":
                yield _finding(test, "grain", "a grain test stops the build: severity error")
    for node in [*project.own("model"), *project.own("seed")]:
        columns = node["config"]["meta"].get("grain")
        if not str(node["description"]).strip():
            yield _finding(node, "description", "no description")
        if not isinstance(columns, list) or not columns:
            yield _finding(node, "grain", "config.meta.grain lists the columns that name a row")
            continue
        if unknown := [column for column in columns if column not in node["columns"]]:
            yield _finding(node, "grain", f"columns that are not declared: {', '.join(unknown)}")
        if columns not in tested[str(node["unique_id"])]:
            yield _finding(node, "grain", "no unique_grain test with the columns of its grain")


def contracts(project: Project) -> Iterator[Finding]:
    """Every mart enforces its contract, and every column has a type and a description."""
    for model in project.own("model"):
        if model["schema"] not in MARTS and model["config"].get("access") != "public":
            continue
        if not model["config"]["contract"]["enforced"]:
            yield _finding(model, "contract", "no enforced contract")
        if not model["columns"]:
            yield _finding(model, "contract", "no columns declared")
        for key in ("data_type", "description"):
            without = [n for n, c in model["columns"].items() if not str(c.get(key) or "").strip()]
            if without:
                yield _finding(model, "contract", f"no {key}: {', '.join(without)}")


def meanings(project: Project) -> Iterator[Finding]:
    """A column's name means one thing in every mart: the same words describe it."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for model in project.own("model"):
        if model["schema"] in MARTS:
            for name, column in model["columns"].items():
                text = " ".join(str(column.get("description") or "").split())
                said[name].setdefault(text, str(model["name"]))
    for name, texts in said.items():
        if len(texts) > 1 and name not in project.exceptions.meanings:
            places = ", ".join(sorted(texts.values()))
            yield Finding(name, "one-meaning", f"described differently in {places}")
        if len(texts) == 1 and name in project.exceptions.meanings:
            yield Finding(name, "exceptions", "one meaning already: remove the exception")
    for name in project.exceptions.meanings.keys() - said.keys():
        yield Finding(name, "exceptions", "no mart has this column: remove the exception")


def layers(project: Project) -> Iterator[Finding]:
    """Facts are made once from staging; marts aggregate facts and never go back to raw rows."""
    known = {(c, p) for c, parents in project.exceptions.layers.items() for p in parents}
    unused = set(known)
    for model in project.own("model"):
        allowed = PARENTS.get(_folder(model))
        if allowed is None:
            yield _finding(model, "layers", f"no layer is named {_folder(model)}")
            continue
        for parent in _parents(project, model):
            kind = {"source": "source", "seed": "lookups"}.get(parent["resource_type"])
            kind = kind or _folder(parent)
            name = str(model["name"])
            if _is_run_context(parent) or kind in allowed or parent["name"] in CALENDARS:
                continue
            # An exception names one parent, or a whole layer (`source`, `metrics`).
            needed = {(name, kind), (name, str(parent["name"]))} & known
            unused -= needed
            if not needed:
                message = f"reads {parent['name']}, which is not of its layers"
                yield _finding(model, "layers", message)
    for child, parent_name in unused:
        yield Finding(child, "exceptions", f"does not need its exception for {parent_name}")


def roots(project: Project) -> Iterator[Finding]:
    """Every model reads something, unless it is listed with a reason."""
    known = project.exceptions.roots
    for model in project.own("model"):
        has_parents = bool(model["depends_on"]["nodes"])
        if not has_parents and model["name"] not in known and not _is_run_context(model):
            yield _finding(model, "roots", "reads no model, seed or source")
        if has_parents and model["name"] in known:
            yield _finding(model, "exceptions", "has parents: remove the exception")


def hard_coded_relations(project: Project) -> Iterator[Finding]:
    """Relations are named through ref and source, or dbt does not know the order of things."""
    for node in [*project.own("model"), *project.own("test")]:
        if HARD_CODED.search(str(node.get("raw_code") or "")):
            yield _finding(node, "hard-coded", "names a relation without ref or source")


def sources(project: Project) -> Iterator[Finding]:
    """Every source is described, column by column, and read by a model or a program."""
    programs = [text for path, text in project.texts.items() if path.endswith(".py")]
    read = {
        parent
        for node in project.manifest["nodes"].values()
        for parent in node.get("depends_on", {}).get("nodes", [])
    }
    for key, source in project.manifest["sources"].items():
        if not str(source["description"]).strip() or not source["columns"]:
            yield _finding(source, "description", "a source wants a description and its columns")
        for name, column in source["columns"].items():
            if not str(column.get("description") or "").strip():
                yield _finding(source, "description", f"{name} has no description")
        relation = re.compile(rf"\b{source['schema']}\.{source['name']}\b")
        if key not in read and not any(map(relation.search, programs)):
            yield _finding(source, "unused", "no model and no program reads this source")


def macros_are_used(project: Project) -> Iterator[Finding]:
    """Every macro is called: by name somewhere, through dispatch, as a generic test, or by dbt."""
    for macro in project.macros:
        name = _public_name(str(macro["name"])).removeprefix("test_")
        if CALLED_BY_DBT.fullmatch(str(macro["name"])):
            continue
        defines = re.compile(rf"\b(macro|test)\s+(\w+__)?{name}\b")
        uses = re.compile(rf"(?<![\w/])(?:retention_marts\.)?{name}\b(?!\.sql)")
        if not any(
            uses.search(defines.sub("", text).replace(f"dispatch('{name}'", ""))
            for path, text in project.texts.items()
            if not path.endswith("_macros.yml")
        ):
            yield _finding(macro, "unused", f"nothing calls {name}")


def macros_are_described(project: Project) -> Iterator[Finding]:
    """Every macro is described in a _macros.yml, each argument with its type.

    The dialect variants of a dispatched macro are described by the macro that dispatches.
    """
    for macro in project.macros:
        if _public_name(str(macro["name"])) != macro["name"] or CALLED_BY_DBT.fullmatch(
            str(macro["name"])
        ):
            continue
        path = str(macro.get("patch_path") or "")
        if not str(macro["description"]).strip() or not path.endswith("_macros.yml"):
            yield _finding(macro, "description", f"{macro['name']} is not in a _macros.yml")
            continue
        for argument in macro["arguments"]:
            if not argument.get("type") or not argument.get("description"):
                message = f"argument {argument['name']} wants a type and a description"
                yield _finding(macro, "description", message)


def variables(project: Project) -> Iterator[Finding]:
    """Every var has a default in dbt_project.yml, is read, and is part of the fingerprint."""
    read = {
        name
        for path, text in project.texts.items()
        for name in re.findall(r"\bvar\(\s*['\"](\w+)['\"]", text)
        if path != "dbt_project.yml"
    }
    for name in read - project.variables:
        yield Finding("dbt_project.yml", "vars", f"{name} is read but has no default")
    for name in project.variables - read:
        yield Finding("dbt_project.yml", "unused", f"nothing reads var {name}")
    named = set(re.findall(r"'(\w+)'", project.texts.get(FINGERPRINT, "")))
    for name in project.variables - named:
        message = f"{name} is not in the fingerprint: a build would go on after it changed"
        yield Finding(FINGERPRINT, "vars", message)


def _finding(node: Node, rule: str, message: str) -> Finding:
    path = str(node["original_file_path"])
    return Finding(f"{path} ({node['name']})" if path.endswith(".yml") else path, rule, message)


def _folder(node: Node) -> str:
    """The layer's folder: the first one below models/."""
    return str(node["original_file_path"]).split("/")[1]


def _parents(project: Project, model: Node) -> Iterator[Node]:
    for key in model["depends_on"]["nodes"]:
        parent = project.manifest["nodes"].get(key) or project.manifest["sources"].get(key)
        if parent is not None:
            yield parent


def _is_run_context(node: Node) -> bool:
    return str(node["name"]).endswith("run_context")


def _public_name(macro: str) -> str:
    """A macro's name without the dialect of a dispatched variant."""
    return re.sub(r"^(duckdb|spark|default)__", "", macro)
