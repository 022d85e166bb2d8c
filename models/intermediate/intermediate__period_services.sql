{{ config(materialized='incremental', incremental_strategy='touched') }}
with service_days as (

    select
        customer_id,
        order_date,
        previous_order_date,
        1 as weight
    from {{ ref('intermediate__service_days') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}
    {% if goes_on() %}
    union all
    select
        customer_id,
        order_date,
        previous_order_date,
        -1 as weight
    from {{ before('intermediate__service_days') }}
    {% endif %}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

-- The first day of a service in a period stands for it.
{% for calendar, grain in period_kinds() %}
{{ calendar }}_{{ grain }}_customers as (

    select
        calendar_days.{{ calendar }}_{{ grain }}_start as period_start,
        service_days.customer_id,
        service_days.weight,
        count(*) as services
    from service_days
    inner join calendar_days
        on service_days.order_date = calendar_days.date_day
    where {{ first_in_period('service_days.previous_order_date', calendar, grain) }}
    group by 1, 2, 3

),

{% endfor %}
changes as (

    {% for calendar, grain in period_kinds() %}
    select
        cast('{{ calendar }}' as varchar(20)) as calendar,
        cast('{{ grain }}' as varchar(20)) as period_grain,
        period_start,
        weight * count(*) as service_customers,
        weight * count(*) filter (where services = 1) as one_service_customers,
        weight * count(*) filter (where services = 2) as two_service_customers,
        weight * sum(services) as services_used
    from {{ calendar }}_{{ grain }}_customers
    group by period_start, weight
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {% if goes_on() %}
    union all
    select
        calendar,
        period_grain,
        period_start,
        service_customers,
        one_service_customers,
        two_service_customers,
        services_used
    from {{ this }}
    {% endif %}

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        cast(sum(service_customers) as bigint) as service_customers,
        cast(sum(one_service_customers) as bigint) as one_service_customers,
        cast(sum(two_service_customers) as bigint) as two_service_customers,
        cast(sum(services_used) as bigint) as services_used
    from changes
    group by calendar, period_grain, period_start
    having sum(service_customers) > 0

)

select * from final
