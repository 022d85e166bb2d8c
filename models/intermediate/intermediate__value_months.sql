with order_days as (

    select
        customer_id,
        order_date,
        net_revenue,
        margin
    from {{ ref('intermediate__order_days') }}

),

customer_values as (

    select
        customer_id,
        acquisition_channel,
        channel,
        historic_basis,
        first_order_date
    from {{ ref('intermediate__customer_values') }}

),

calendar_days as (

    select
        date_day,
        gregorian_month_index,
        jalali_month_index
    from {{ ref('staging__calendar_days') }}

),

-- One pass over the order days: what customers of one first day and channel were worth a month.
by_first_day as (

    select
        customer_values.first_order_date,
        customer_values.acquisition_channel,
        customer_values.channel,
        order_calendar.gregorian_month_index,
        order_calendar.jalali_month_index,
        sum(
            case
                when customer_values.historic_basis = 'margin' then order_days.margin
                else order_days.net_revenue
            end
        ) as historic_value
    from order_days
    inner join customer_values
        on order_days.customer_id = customer_values.customer_id
    inner join calendar_days as order_calendar
        on order_days.order_date = order_calendar.date_day
    group by 1, 2, 3, 4, 5

),

final as (

    {% for calendar in ['gregorian', 'jalali'] %}
    select
        cast('{{ calendar }}' as varchar(20)) as calendar,
        by_first_day.first_order_date,
        by_first_day.acquisition_channel,
        by_first_day.channel,
        cast(
            by_first_day.{{ calendar }}_month_index - first_days.{{ calendar }}_month_index
            as integer
        ) as month_number,
        cast(sum(by_first_day.historic_value) as decimal(38, 4)) as historic_value
    from by_first_day
    inner join calendar_days as first_days
        on by_first_day.first_order_date = first_days.date_day
    group by 1, 2, 3, 4, 5
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
