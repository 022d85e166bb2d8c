from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lint.finding import Finding
from lint.manifest_rules import (
    Exceptions,
    Project,
    check,
    contracts,
    grain,
    hard_coded_relations,
    layers,
    macros_are_described,
    macros_are_used,
    meanings,
    names,
    roots,
    sources,
    variables,
)

Rule = Callable[[Project], Iterator[Finding]]


def model(name: str = "metrics__flow", **changes: Any) -> dict[str, Any]:
    schema, alias = name.split("__", 1)
    return {
        "unique_id": f"model.shop.{name}",
        "resource_type": "model",
        "package_name": "shop",
        "name": name,
        "schema": schema,
        "alias": alias,
        "original_file_path": f"models/{schema}/{name}.sql",
        "description": "One row a period.",
        "columns": {"period_start": {"description": "First day.", "data_type": "date"}},
        "config": {"contract": {"enforced": True}, "meta": {"grain": ["period_start"]}},
        "depends_on": {"nodes": []},
        "raw_code": "select 1",
        **changes,
    }


def grain_test(of: str = "metrics__flow", severity: str = "ERROR") -> dict[str, Any]:
    return {
        **model("tests__grain"),
        "unique_id": f"test.shop.{of}",
        "resource_type": "test",
        "attached_node": f"model.shop.{of}",
        "test_metadata": {"name": "unique_grain", "kwargs": {"columns": ["period_start"]}},
        "config": {"severity": severity},
    }


def source(**changes: Any) -> dict[str, Any]:
    return {
        **model("raw__orders"),
        "unique_id": "source.shop.raw.orders",
        "resource_type": "source",
        "name": "orders",
        "original_file_path": "models/staging/_raw__sources.yml",
        **changes,
    }


def macro(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "unique_id": f"macro.shop.{name}",
        "package_name": "shop",
        "name": name,
        "original_file_path": f"macros/dialect/{name}.sql",
        "patch_path": "shop://macros/dialect/_macros.yml",
        "description": "Says what it does.",
        "arguments": [],
        **changes,
    }


def project(
    *nodes: dict[str, Any],
    source_nodes: tuple[dict[str, Any], ...] = (),
    macros: tuple[dict[str, Any], ...] = (),
    texts: dict[str, str] | None = None,
    declared: frozenset[str] = frozenset(),
    exceptions: Exceptions | None = None,
) -> Project:
    return Project(
        manifest={
            "metadata": {"project_name": "shop"},
            "nodes": {node["unique_id"]: node for node in nodes},
            "sources": {node["unique_id"]: node for node in source_nodes},
            "macros": {each["unique_id"]: each for each in macros},
        },
        variables=declared,
        texts=texts or {},
        exceptions=exceptions or Exceptions(),
    )


def reads(*parents: str) -> dict[str, list[str]]:
    return {"nodes": [parent if "." in parent else f"model.shop.{parent}" for parent in parents]}


def messages(rule: Rule, looked_at: Project) -> list[str]:
    return [finding.message for finding in rule(looked_at)]


def test_a_project_that_keeps_every_rule_has_no_finding() -> None:
    spells = model("intermediate__spells", depends_on=reads("staging__orders"))
    orders = model("staging__orders", depends_on=reads("source.shop.raw.orders"))
    flow = model(depends_on=reads("intermediate__spells"))
    tests = [grain_test(each["name"]) for each in (spells, orders, flow)]
    whole = project(flow, spells, orders, *tests, source_nodes=(source(),))
    assert check(whole) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alias": "churn"}, "the file is not named after its relation metrics.churn"),
        (
            {"original_file_path": "models/customers/metrics__flow.sql"},
            "lies in customers/, its schema is another",
        ),
    ],
)
def test_a_file_that_hides_which_relation_it_makes_is_found(
    changes: dict[str, Any], message: str
) -> None:
    assert messages(names, project(model(**changes))) == [message]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"description": " "}, "no description"),
        (
            {"config": {"meta": {}, "contract": {"enforced": True}}},
            "config.meta.grain lists the columns that name a row",
        ),
        ({"columns": {}}, "columns that are not declared: period_start"),
    ],
)
def test_a_model_that_does_not_state_its_grain_is_found(
    changes: dict[str, Any], message: str
) -> None:
    assert messages(grain, project(model(**changes), grain_test())) == [message]


def test_a_grain_that_nothing_tests_is_found() -> None:
    two = {"meta": {"grain": ["period_start", "calendar"]}}
    columns: dict[str, Any] = {"period_start": {}, "calendar": {}}
    untested = "no unique_grain test with the columns of its grain"
    assert messages(grain, project(model())) == [untested]
    other_columns = project(model(config=two, columns=columns), grain_test())
    assert messages(grain, other_columns) == [untested]


def test_a_grain_test_that_only_warns_is_found() -> None:
    warns = project(model(), grain_test(severity="WARN"))
    assert messages(grain, warns) == ["a grain test stops the build: severity error"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"config": {"contract": {"enforced": False}}}, "no enforced contract"),
        ({"columns": {}}, "no columns declared"),
        ({"columns": {"churn_rate": {"description": "Lost."}}}, "no data_type: churn_rate"),
        ({"columns": {"churn_rate": {"data_type": "double"}}}, "no description: churn_rate"),
    ],
)
def test_a_mart_whose_columns_are_not_promised_is_found(
    changes: dict[str, Any], message: str
) -> None:
    assert messages(contracts, project(model(**changes))) == [message]


def test_a_layer_that_nobody_outside_reads_needs_no_contract() -> None:
    inner = model("staging__orders", config={"contract": {"enforced": False}}, columns={})
    assert messages(contracts, project(inner)) == []


def test_a_column_name_with_two_meanings_is_found_unless_it_has_a_reason() -> None:
    other = {"period_start": {"description": "When it began.", "data_type": "date"}}
    pair = (model(), model("metrics__revenue", columns=other))
    said = ["described differently in metrics__flow, metrics__revenue"]
    assert messages(meanings, project(*pair)) == said
    excepted = Exceptions(meanings={"period_start": "two calendars"})
    assert messages(meanings, project(*pair, exceptions=excepted)) == []
    assert messages(meanings, project(model(), exceptions=excepted)) == [
        "one meaning already: remove the exception"
    ]


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ("metrics__flow", "staging__orders"),
        ("metrics__flow", "metrics__revenue"),
        ("customers__rfm", "metrics__flow"),
        ("customers__rfm", "source.shop.raw.orders"),
        ("intermediate__spells", "customers__rfm"),
        ("staging__orders", "intermediate__spells"),
    ],
)
def test_a_model_that_reads_past_its_layer_is_found(child: str, parent: str) -> None:
    nodes = [model(child, depends_on=reads(parent))]
    nodes += [model(parent)] if "." not in parent else []
    read = project(*nodes, source_nodes=(source(),))
    name = parent.rsplit(".", maxsplit=1)[-1]
    assert messages(layers, read) == [f"reads {name}, which is not of its layers"]


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ("metrics__flow", "metrics__calendar"),
        ("metrics__flow", "staging__run_context"),
        ("metrics__flow", "customers__rfm"),
        ("staging__orders", "source.shop.raw.orders"),
        ("quality__row_balance", "staging__orders"),
    ],
)
def test_a_model_that_reads_within_its_layers_is_left_alone(child: str, parent: str) -> None:
    nodes = [model(child, depends_on=reads(parent))]
    nodes += [model(parent)] if "." not in parent else []
    assert messages(layers, project(*nodes, source_nodes=(source(),))) == []


def test_a_layer_exception_holds_for_one_parent_and_goes_when_it_is_not_needed() -> None:
    nodes = (model(depends_on=reads("staging__orders")), model("staging__orders"))
    excepted = Exceptions(layers={"metrics__flow": {"staging__orders": "a reason"}})
    assert messages(layers, project(*nodes, exceptions=excepted)) == []
    assert messages(layers, project(model(), exceptions=excepted)) == [
        "does not need its exception for staging__orders"
    ]


def test_an_exception_may_name_a_whole_layer() -> None:
    nodes = (
        model("metrics__kpis", depends_on=reads("metrics__flow", "metrics__revenue")),
        model("metrics__flow", depends_on=reads("intermediate__spells")),
        model("metrics__revenue", depends_on=reads("intermediate__spells")),
        model("intermediate__spells"),
    )
    excepted = Exceptions(layers={"metrics__kpis": {"metrics": "it quotes every mart"}})
    assert messages(layers, project(*nodes, exceptions=excepted)) == []


def test_a_model_that_reads_nothing_is_found_unless_it_has_a_reason() -> None:
    assert messages(roots, project(model())) == ["reads no model, seed or source"]
    excepted = Exceptions(roots={"metrics__flow": "a spine made of numbers"})
    assert messages(roots, project(model(), exceptions=excepted)) == []


def test_a_relation_named_without_ref_is_found() -> None:
    hard = model(raw_code="select * from customers.customers")
    assert messages(hard_coded_relations, project(hard)) == [
        "names a relation without ref or source"
    ]


def test_a_source_that_is_unread_or_undescribed_is_found() -> None:
    bare = source(description="", columns={"order_id": {"description": ""}})
    assert messages(sources, project(source_nodes=(bare,))) == [
        "a source wants a description and its columns",
        "order_id has no description",
        "no model and no program reads this source",
    ]
    texts = {"orchestration/check.py": "select file_name from raw.orders"}
    assert messages(sources, project(source_nodes=(source(),), texts=texts)) == []


def test_a_macro_that_nothing_calls_is_found() -> None:
    own_text = "{% macro rate(a, b) %}{{ adapter.dispatch('rate', 'shop')(a, b) }}{% endmacro %}"
    texts = {"macros/rate.sql": own_text, "macros/_macros.yml": "- name: rate"}
    pair = (macro("rate"), macro("duckdb__rate"))
    assert messages(macros_are_used, project(macros=pair, texts=texts)) == [
        "nothing calls rate",
        "nothing calls rate",
    ]
    texts["models/metrics/metrics__flow.sql"] = "select {{ rate('a', 'b') }}"
    assert messages(macros_are_used, project(macros=pair, texts=texts)) == []


def test_macros_that_dbt_calls_and_tests_that_yaml_names_count_as_used() -> None:
    texts = {"models/metrics/_metrics.yml": "data_tests:\n  - unique_grain:"}
    by_name = (macro("generate_schema_name"), macro("test_unique_grain"))
    assert messages(macros_are_used, project(macros=by_name, texts=texts)) == []


def test_a_macro_without_its_description_or_argument_types_is_found() -> None:
    untyped = macro("rate", arguments=[{"name": "part", "type": None, "description": "A count."}])
    undescribed = macro("share", description="", patch_path=None)
    variant = macro("duckdb__rate", description="")
    looked_at = project(macros=(untyped, undescribed, variant))
    assert messages(macros_are_described, looked_at) == [
        "argument part wants a type and a description",
        "share is not in a _macros.yml",
    ]


def test_a_var_without_default_and_a_var_that_nothing_reads_are_found() -> None:
    texts = {
        "models/a.sql": "{{ var('churn_after_days') }}",
        "dbt_project.yml": "vars: {unread: 1}",
        "macros/raw/vars_fingerprint.sql": "['unread']",
    }
    looked_at = project(texts=texts, declared=frozenset({"unread"}))
    assert sorted(messages(variables, looked_at)) == [
        "churn_after_days is read but has no default",
        "nothing reads var unread",
    ]


def test_a_var_that_the_fingerprint_leaves_out_is_found() -> None:
    texts = {"models/a.sql": "{{ var('horizon') }}", "macros/raw/vars_fingerprint.sql": "['other']"}
    looked_at = project(texts=texts, declared=frozenset({"horizon"}))
    assert messages(variables, looked_at) == [
        "horizon is not in the fingerprint: a build would go on after it changed"
    ]
