with spells as (

    select
        spell_number,
        active_from,
        churns_on
    from {{ ref('intermediate__spells') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

movements as (

    select
        active_from as flow_date,
        count(*) filter (where spell_number = 1) as new_customers,
        count(*) filter (where spell_number > 1) as reactivated_customers,
        0 as churned_customers
    from spells
    group by active_from
    union all
    select
        spells.churns_on as flow_date,
        0 as new_customers,
        0 as reactivated_customers,
        count(*) as churned_customers
    from spells
    inner join run_context
        on spells.churns_on <= run_context.as_of
    group by spells.churns_on

),

final as (

    select
        flow_date,
        cast(sum(new_customers) as bigint) as new_customers,
        cast(sum(reactivated_customers) as bigint) as reactivated_customers,
        cast(sum(churned_customers) as bigint) as churned_customers
    from movements
    group by flow_date

)

select * from final
