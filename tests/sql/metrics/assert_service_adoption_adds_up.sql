-- Prevents: customers lost between the counts of services, or moves that nobody made.
with service_adoption as (

    select *
    from {{ ref('metrics__service_adoption') }}

),

service_transitions as (

    select *
    from {{ ref('metrics__service_transitions') }}

),

moves as (

    select
        calendar,
        period_grain,
        period_start,
        sum(moved_customers) as moved_customers,
        sum(cumulative_moved_customers) as cumulative_moved_customers
    from service_transitions
    group by 1, 2, 3

),

final as (

    select service_adoption.*
    from service_adoption
    left join moves
        on
            service_adoption.calendar = moves.calendar
            and service_adoption.period_grain = moves.period_grain
            and service_adoption.period_start = moves.period_start
    where
        service_adoption.second_service_customers <> coalesce(moves.moved_customers, 0)
        or service_adoption.cumulative_multi_service_customers
        <> coalesce(moves.cumulative_moved_customers, 0)
        or service_adoption.first_service_customers > service_adoption.service_customers

)

select * from final
