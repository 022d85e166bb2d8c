-- Prevents: sums of euros and dollars. Without fx_rates the data has one currency; a null one is
-- the reporting currency (the var reporting_currency).
-- It waits for the row balance, so that the reasons of rejected rows are told beside it.
-- depends_on: {{ ref('quality__row_balance') }}
with orders as (

    select currency
    from {{ ref('staging__orders_ledger') }}
    where rejection is null

),

subscriptions as (

    select currency
    from {{ ref('staging__subscriptions_ledger') }}
    where rejection is null

),

marketing_spend as (

    select currency
    from {{ ref('staging__marketing_spend_ledger') }}
    where rejection is null

),

presence as (

    select is_present
    from {{ source('raw', 'tables') }}
    where raw_table = 'fx_rates'

),

currencies as (

    select currency from orders
    union all
    select currency from subscriptions
    union all
    select currency from marketing_spend

),

named as (

    select distinct coalesce(currency, '{{ var("reporting_currency") | upper }}') as currency
    from currencies

),

counted as (

    select count(*) as currencies
    from named

),

final as (

    select
        named.currency,
        named.currency = '{{ var("reporting_currency") | upper }}' as is_reporting_currency
    from named
    cross join counted
    cross join presence
    where
        not presence.is_present
        and counted.currencies > 1

)

select * from final
