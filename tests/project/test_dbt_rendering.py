from pathlib import Path

import pytest

from lint.common_core import as_incremental, as_spark, relation_names
from lint.project import DbtFailedError, compile_models
from lint.strict_parse import strict_parse
from tests.project.small_project import small_project

DAYS_BETWEEN = """
{% macro days_between(a, b) %}{{ adapter.dispatch('days_between', 'shop')(a, b) }}{% endmacro %}
{% macro duckdb__days_between(a, b) %}date_diff('day', {{ a }}, {{ b }}){% endmacro %}
{% macro spark__days_between(a, b) %}datediff({{ b }}, {{ a }}){% endmacro %}
"""
GAPS = """
select {{ days_between('first_day', 'last_day') }} as gap
from {{ ref('days') }}
{% if is_incremental() %} where first_day > '2024-01-01' {% endif %}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project of two models and one dispatched macro."""
    files = {
        "macros/days_between.sql": DAYS_BETWEEN,
        "models/days.sql": "select cast('2024-01-01' as date) as first_day",
        "models/gaps.sql": "{{ config(materialized='incremental') }}" + GAPS,
        "models/_models.yml": "models:\n  - name: days\n    description: Days.\n",
    }
    return small_project(tmp_path / "project", files)


def test_each_model_is_rendered_for_spark_and_for_a_later_run(
    project: Path, tmp_path: Path
) -> None:
    manifest = strict_parse(project, tmp_path / "scratch")

    def gaps(variant: object) -> str:
        assert isinstance(variant, type(manifest))
        models = compile_models(variant, project, tmp_path / "scratch")
        assert sorted(model.name for model in models) == ["days", "gaps"]
        return next(model.sql for model in models if model.name == "gaps")

    first, spark = gaps(manifest), gaps(as_spark(manifest))
    later = gaps(as_incremental(as_spark(manifest)))
    assert "date_diff('day', first_day, last_day)" in first
    assert "datediff(last_day, first_day)" in spark
    assert "where" not in first
    assert "where" not in spark
    assert "datediff(last_day, first_day)" in later
    assert "where first_day > '2024-01-01'" in later
    assert relation_names(manifest) == ['"build"."main"."days"', '"build"."main"."gaps"']
    assert not (project / "target").exists()


@pytest.mark.parametrize(
    ("yaml", "reason"),
    [
        ("models:\n  - name: days\n    meta: {grain: [first_day]}\n", "PropertyMovedToConfig"),
        ("models:\n  - name: days\n    owner: me\n", "CustomKeyInObject"),
        (
            "models:\n  - name: days\n    data_tests: [{unique_key: {columns: [first_day]}}]\n",
            "MissingArgumentsPropertyInGenericTest",
        ),
    ],
)
def test_yaml_that_dbt_2_rejects_does_not_parse(
    project: Path, tmp_path: Path, yaml: str, reason: str
) -> None:
    (project / "macros/unique_key.sql").write_text(
        "{% test unique_key(model, columns) %}select 1 where false{% endtest %}", "utf-8"
    )
    (project / "models/_models.yml").write_text(yaml, "utf-8")
    with pytest.raises(DbtFailedError, match=reason):
        strict_parse(project, tmp_path / "scratch")
