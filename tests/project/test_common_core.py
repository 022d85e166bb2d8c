import pytest

from lint.common_core import check_clock, check_spark
from lint.project import CompiledModel


def compiled(sql: str, *, name: str = "metrics__flow", opted_in: bool = False) -> CompiledModel:
    return CompiledModel(name, f"models/metrics/{name}.sql", sql, opted_in)


def spark_messages(sql: str, duckdb_sql: str | None = None) -> list[str]:
    found = check_spark(compiled(sql), duckdb_sql or sql, ['"build"."staging"."orders"'])
    return [finding.message for finding in found]


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("select a // b from t", "Required keyword"),
        ("select cast(a as int) from t qualify row_number() over (order by a) = 1", "qualify"),
        ("select a::int from t", "`::` is not Spark"),
        ("select [1, 2] from t", "brackets are a list"),
        ("select a[1] from t", "brackets are a list"),
        ("select {'a': 1} from t", "Invalid expression"),
        ("select unnest(a) from t", "unnest is not Spark"),
        ("select generate_series(1, 3)", "generate_series() is not a known function"),
        ("select string_agg(a, ',') from t", "string_agg() is not a known function"),
        ("select array_agg(a order by b) from t", "array_agg with an order"),
        ("select date_diff('day', a, b) from t", "date_diff() is not a known function"),
        ("select strftime(a, '%Y') from t", "strftime() is not a known function"),
        ("select lag(a ignore nulls) over (order by b) from t", "`ignore nulls` inside"),
        ("select * exclude (a) from t", "a star that leaves out"),
        ("select distinct on (a) a, b from t", "distinct on is not Spark"),
        ("select a from t left anti join u on t.a = u.a", "ANTI joins differ"),
        ("select a from t asof join u on t.a >= u.b", "ASOF joins differ"),
        (
            "select t.a from t left join u on t.a = u.a and (u.b is null or t.b < u.b)",
            "an outer join on an or",
        ),
        ("with recursive t as (select 1 as a) select a from t", "recursive queries"),
        (
            "select sum(a) over (order by d range interval '3 days' preceding) from t",
            "a range frame over an interval",
        ),
        ("select date_trunc('month', a) from t", "date_trunc gives a date or a timestamp"),
        ("select cast(a as varchar) from t", "cast as varchar wants a length"),
        ("select cast(a as text) from t", "text is not a type of Spark"),
        ("select cast(a as timestamptz) from t", "timestamptz is not a type of Spark"),
        ("select try_cast(a as uuid) from t", "uuid is not a type"),
        ('select "order" from t', '"order" is a string in Spark'),
        ("select log(a) from t", "log() is natural in Spark"),
    ],
)
def test_sql_that_spark_refuses_or_reads_differently_is_found(sql: str, part: str) -> None:
    found = spark_messages(sql)
    assert any(part in message for message in found), found


def test_sql_of_the_common_core_passes() -> None:
    sql = """
        with orders as (select * from "build"."staging"."orders"),
        named as (select * from (values (1, 'log(x)')) as v(a, b))
        select
            count(*) filter (where amount > 0) as paid,
            count(distinct customer_id) as customers,
            percentile_cont(0.5) within group (order by amount) as middle,
            min_by(amount, ordered_on) as first_amount,
            try_cast(a as int) as a,
            cast(ordered_on + interval '1 day' as date) as tomorrow,
            cast(date_trunc('month', ordered_on) as date) as month_start,
            cast(sum(amount) as decimal(38, 4)) as amount,
            cast(a as string) || cast(a as varchar(40)) as text,
            lag(amount) over (order by ordered_on rows between 1 preceding and current row) as prior
        from orders
        full join named using (a)
        inner join t on orders.a = t.a and (t.b is null or orders.b < t.b)
        left join u on orders.a = u.a and orders.b < coalesce(u.b, 9)
        where a is not distinct from b and not exists (select 1 from named where a = 1)
        group by all
        order by amount nulls last
    """
    assert spark_messages(sql) == []


def test_a_function_that_only_the_spark_variant_of_a_macro_calls_passes() -> None:
    assert spark_messages("select split(a, ',') from t", "select string_split(a, ',') from t") == []


@pytest.mark.parametrize(
    "call", ["current_date", "now()", "current_timestamp", "today()", "random()"]
)
def test_a_clock_or_a_random_number_in_a_model_is_found(call: str) -> None:
    found = check_clock(compiled(f"select {call} from t"))
    assert [finding.rule for finding in found] == ["clock"]


def test_a_column_named_now_is_no_clock() -> None:
    assert check_clock(compiled("select t.now, t.today from t")) == []


def test_a_fact_that_reads_run_context_without_saying_so_is_found() -> None:
    sql = 'select as_of from "build"."staging"."run_context"'
    assert [finding.rule for finding in check_clock(compiled(sql))] == ["run-context"]
    assert check_clock(compiled(sql, opted_in=True)) == []
    assert check_clock(compiled(sql, name="staging__run_context")) == []
