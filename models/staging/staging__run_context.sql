with run_request as (

    select
        requested_as_of,
        run_at,
        today,
        run_number,
        previous_as_of
    from {{ source('raw', 'run_request') }}

),

event_dates as (

    {% for table in ['orders', 'sessions', 'surveys'] %}
    select event_date
    from {{ ref('staging__' ~ table ~ '_ledger') }}
    where rejection is null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

newest as (

    select
        max(event_dates.event_date) filter (
            where event_dates.event_date < run_request.today
        ) as newest_before_today,
        max(event_dates.event_date) as newest
    from event_dates
    cross join run_request

),

resolved as (

    select
        run_request.run_at,
        run_request.run_number,
        run_request.previous_as_of,
        coalesce(
            run_request.requested_as_of,
            newest.newest_before_today,
            newest.newest,
            cast(run_request.today - 1 as date)
        ) as as_of
    from run_request
    cross join newest

),

final as (

    select
        as_of,
        {{ end_of_day('as_of') }} as as_of_end_at,
        run_at,
        run_number,
        previous_as_of,
        {{ end_of_day('previous_as_of') }} as previous_as_of_end_at
    from resolved

)

select * from final
