with ledger as (

    select
        rate_date,
        currency,
        rate,
        file_name,
        file_row
    from {{ ref('staging__fx_rates_ledger') }}
    where rejection is null

),

run_request as (

    select today
    from {{ source('raw', 'run_request') }}

),

days as (

    select date_day
    from {{ ref('staging__calendar_days') }}

),

ranked as (

    select
        rate_date,
        currency,
        rate,
        row_number() over (
            partition by rate_date, currency
            order by file_name desc, file_row desc
        ) as version_rank
    from ledger

),

rates as (

    select
        rate_date,
        currency,
        rate,
        lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
    from ranked
    where version_rank = 1

),

final as (

    select
        days.date_day as rate_date,
        rates.currency,
        rates.rate
    from rates
    cross join run_request
    inner join days
        on
            rates.rate_date <= days.date_day
            and coalesce(rates.next_rate_date, run_request.today + 1) > days.date_day

)

select * from final
