with spells as (

    select *
    from {{ ref('intermediate__spells') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

final as (

    select
        spells.customer_id,
        spells.spell_number,
        spells.active_from,
        spells.last_order_date,
        case when spells.churns_on <= run_context.as_of then spells.churns_on end as churned_on,
        spells.orders,
        spells.net_revenue
    from spells
    cross join run_context

)

select * from final
