with order_days as (

    select
        customer_id,
        order_day_number,
        order_date,
        next_order_date
    from {{ ref('intermediate__order_days') }}

),

customers as (

    select
        customer_id,
        coalesce(acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(country, 'unknown') as country,
        coalesce(rfm_segment, 'unknown') as rfm_segment
    from {{ ref('customers__customers') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

kinds as (

    select
        acquisition_channel,
        country,
        rfm_segment,
        row_number() over (order by acquisition_channel, country, rfm_segment) as kind_number
    from customers
    group by acquisition_channel, country, rfm_segment

),

numbered_customers as (

    select
        customers.customer_id,
        kinds.kind_number
    from customers
    inner join kinds
        on
            customers.acquisition_channel = kinds.acquisition_channel
            and customers.country = kinds.country
            and customers.rfm_segment = kinds.rfm_segment

),

-- One number in the key of every order day instead of three texts.
numbered_gaps as (

    select
        numbered_customers.kind_number,
        least(order_days.order_day_number, 10) as order_number,
        {{ observed_horizon('order_days.order_date', 'run_context.as_of') }} as observed_days,
        {{ days_between('order_days.order_date', 'order_days.next_order_date') }}
            as days_to_next_order,
        count(*) as order_days
    from order_days
    cross join run_context
    inner join numbered_customers
        on order_days.customer_id = numbered_customers.customer_id
    group by 1, 2, 3, 4

),

described_gaps as (

    select
        kinds.acquisition_channel,
        kinds.country,
        kinds.rfm_segment,
        numbered_gaps.order_number,
        numbered_gaps.observed_days,
        numbered_gaps.days_to_next_order,
        numbered_gaps.order_days
    from numbered_gaps
    inner join kinds
        on numbered_gaps.kind_number = kinds.kind_number

),

gaps as (

    {% for segment_type, segment in [
        ('all', "'all'"), ('rfm_segment', 'rfm_segment'),
        ('acquisition_channel', 'acquisition_channel'), ('country', 'country')
    ] %}
    select
        '{{ segment_type }}' as segment_type,
        {{ segment }} as segment,
        order_number,
        observed_days,
        days_to_next_order,
        sum(order_days) as order_days
    from described_gaps
    group by 1, 2, 3, 4, 5
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

{{ returns_by_horizon('gaps', ['segment_type', 'segment', 'order_number']) }},

final as (

    select
        cast(segment_type as varchar(40)) as segment_type,
        cast(segment as varchar(200)) as segment,
        cast(order_number as integer) as order_number,
        cast(horizon_days as integer) as horizon_days,
        eligible_order_days,
        returned_order_days,
        {{ rate('returned_order_days', 'eligible_order_days') }} as return_rate,
        cast(median_days_to_next_order as integer) as median_days_to_next_order,
        cast(days_until_80_percent_back as integer) as days_until_80_percent_back
    from returns

)

select * from final
