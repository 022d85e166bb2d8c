{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched_by': 'staging__touched_customers'}
) }}
with service_days as (

    select *
    from {{ ref('intermediate__service_days') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}

),

first_uses as (

    select
        customer_id,
        service,
        min(order_date) as first_used_on,
        min(first_ordered_at) as first_used_at
    from service_days
    group by customer_id, service

),

final as (

    select
        customer_id,
        service,
        first_used_on,
        row_number() over customer_services as service_number,
        lag(service) over customer_services as previous_service
    from first_uses
    window customer_services as (partition by customer_id order by first_used_at, service)

)

select * from final
