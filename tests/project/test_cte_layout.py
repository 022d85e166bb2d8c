import pytest

from lint.cte_layout import check, is_written_out

GOOD = """-- depends_on: {{ ref('quality__row_balance') }}
{{ config(materialized='incremental') }}

{% set horizons = [30, 60] %}
with orders as (

    select
        customer_id,
        amount
    from {{ ref('staging__orders') }}
    where amount > 0

),

periods as (

    {{ mart_periods(['orders']) }}

),

customers as (

    select *
    from {{ ref('staging__customers') }}

),

-- What a customer spent.
spent as (

    select
        customer_id,
        sum(amount) as amount
    from orders
    group by 1

),

final as (

    select *
    from spent

)

select * from final
"""


def messages(sql: str) -> list[str]:
    return [finding.message for finding in check("models/metrics/metrics__flow.sql", sql)]


def test_the_house_layout_passes() -> None:
    assert messages(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("with orders", "select 1\n\nwith orders", "starts with `with`"),
        ("select * from final\n", "select * from spent\n", "the last line is"),
        ("select * from final\n", "select customer_id from final\n", "the last line is"),
        ("final as (", "ending as (", "the last CTE is `final`"),
        ("spent as (\n\n", "spent as (\n", "`spent` wants a blank line after its opening"),
        ("group by 1\n\n),", "group by 1\n),", "`spent` wants a blank line after its opening"),
        ("),\n\ncustomers", "),\ncustomers", "`periods` wants a blank line after its closing"),
        ("from orders\n", "from {{ ref('x') }}\n", "`spent` reads a relation and works on it"),
        (
            "    from spent\n",
            "    from {{ ref('spent') }}\n",
            "`final` reads a relation after the import CTEs",
        ),
        (
            "-- What a customer spent.\n",
            "one_line as (select 1 as one),\n\n",
            "a CTE opens its bracket at the end of the line",
        ),
    ],
)
def test_a_layout_that_sqlfluff_lets_pass_is_found(old: str, new: str, message: str) -> None:
    assert old in GOOD
    found = messages(GOOD.replace(old, new, 1))
    assert any(each.startswith(message) for each in found), found


def test_a_model_that_is_one_macro_call_has_no_layout_of_its_own() -> None:
    one_call = "{{ config(materialized='table') }}\n{# why #}\n{{ ledger('orders') }}\n"
    assert not is_written_out(one_call)
    assert check("models/staging/staging__orders_ledger.sql", one_call) == []
