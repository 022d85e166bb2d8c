{{ config(materialized='incremental', incremental_strategy='touched') }}
with order_days as (

    select
        customer_id,
        order_date,
        first_order_date,
        previous_order_date,
        second_previous_order_date,
        next_order_date,
        1 as weight
    from {{ ref('intermediate__order_days_packed') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}
    {% if goes_on() %}
    union all
    select
        customer_id,
        order_date,
        first_order_date,
        previous_order_date,
        second_previous_order_date,
        next_order_date,
        -1 as weight
    from {{ before('intermediate__order_days_packed') }}
    {% endif %}

),

rhythms as (

    select
        customer_id,
        {{ purchase_rhythm('median_days_between_orders') }} as purchase_rhythm,
        first_order_date,
        1 as weight
    from {{ ref('intermediate__customer_orders') }}
    {{ only_touched('staging__touched_customers', 'customer_id') }}
    {% if goes_on() %}
    union all
    select
        customer_id,
        {{ purchase_rhythm('median_days_between_orders') }} as purchase_rhythm,
        first_order_date,
        -1 as weight
    from {{ before('intermediate__customer_orders') }}
    {% endif %}

),

calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

churn_windows as (

    select window_values.churn_window_days
    from (
        values
        {% for days in churn_windows() %}
        ({{ days }}){{ ',' if not loop.last }}
        {% endfor %}
    ) as window_values (churn_window_days)

),

-- Gaps too short for any window change nothing.
long_gaps as (

    select
        order_days.*,
        rhythms.purchase_rhythm
    from order_days
    inner join rhythms
        on
            order_days.customer_id = rhythms.customer_id
            and order_days.weight = rhythms.weight
    where
        order_days.next_order_date is null
        or order_days.next_order_date
        >= cast(order_days.order_date + {{ churn_windows() | min }} as date)

),

daily_gaps as (

    select
        order_date,
        next_order_date,
        purchase_rhythm,
        weight,
        count(*) as gaps
    from long_gaps
    group by order_date, next_order_date, purchase_rhythm, weight

),

daily_firsts as (

    select
        first_order_date,
        purchase_rhythm,
        sum(weight) as customers
    from rhythms
    group by first_order_date, purchase_rhythm

),

daily_returns as (

    select
        next_order_date,
        purchase_rhythm,
        case
            {% for days in churn_windows() | sort(reverse=true) %}
            when next_order_date >= cast(order_date + {{ days }} as date) then {{ days }}
            {% endfor %}
        end as longest_window_days,
        sum(weight * gaps) as customers
    from daily_gaps
    where next_order_date is not null
    group by 1, 2, 3

),

silences as (

    select
        daily_gaps.order_date,
        daily_gaps.next_order_date,
        daily_gaps.purchase_rhythm,
        churn_windows.churn_window_days,
        cast(daily_gaps.order_date + churn_windows.churn_window_days as date) as churns_on,
        daily_gaps.weight * daily_gaps.gaps as customers
    from daily_gaps
    inner join churn_windows
        on
            daily_gaps.next_order_date is null
            or daily_gaps.next_order_date
            >= cast(daily_gaps.order_date + churn_windows.churn_window_days as date)

),

-- The last order day in a period that is followed by a silence of a window that ends in it, and
-- the last before the period: that of a third order day or later is looked up (in a month, no
-- silence of 30 days comes after one).
{% for calendar, grain in period_kinds() %}
{% set start = 'calendar_days.' ~ calendar ~ '_' ~ grain ~ '_start' %}
{% set end = 'calendar_days.' ~ calendar ~ '_' ~ grain ~ '_end' %}
{{ calendar }}_{{ grain }}_last_days as (

    select
        long_gaps.customer_id,
        long_gaps.purchase_rhythm,
        long_gaps.weight,
        long_gaps.order_date,
        {{ start }} as period_start,
        {{ end }} as period_end,
        coalesce(long_gaps.second_previous_order_date >= {{ start }}, false) as is_looked_up,
        case
            when long_gaps.previous_order_date < {{ start }} then long_gaps.previous_order_date
            else long_gaps.second_previous_order_date
        end as date_before
    from long_gaps
    inner join calendar_days
        on long_gaps.order_date = calendar_days.date_day
    where
        (long_gaps.next_order_date is null or long_gaps.next_order_date > {{ end }})
        and long_gaps.order_date <= cast({{ end }} - {{ churn_windows() | min }} as date)
        and long_gaps.first_order_date < {{ start }}

),

{% if grain != 'month' or (churn_windows() | min) < 30 %}
{{ calendar }}_{{ grain }}_first_days as (

    select
        order_days.customer_id,
        order_days.weight,
        {{ start }} as period_start,
        order_days.previous_order_date as date_before
    from order_days
    inner join calendar_days
        on order_days.order_date = calendar_days.date_day
    where
        order_days.previous_order_date < {{ start }}
        and order_days.previous_order_date
        >= cast({{ start }} - {{ churn_windows() | max }} as date)

),

{% endif %}
{% endfor %}
active_before as (

    {% for calendar, grain in period_kinds() %}
    select
        '{{ calendar }}_{{ grain }}' as period_kind,
        purchase_rhythm,
        order_date,
        period_end,
        {{ shortest_window('date_before', 'period_start') }} as shortest_window_days,
        sum(weight) as customers
    from {{ calendar }}_{{ grain }}_last_days
    where
        not is_looked_up
        and date_before >= cast(period_start - {{ churn_windows() | max }} as date)
    group by 1, 2, 3, 4, 5
    {% if grain != 'month' or (churn_windows() | min) < 30 %}
    union all
    select
        '{{ calendar }}_{{ grain }}' as period_kind,
        last_days.purchase_rhythm,
        last_days.order_date,
        last_days.period_end,
        {{ shortest_window('first_days.date_before', 'last_days.period_start') }}
            as shortest_window_days,
        sum(last_days.weight) as customers
    from {{ calendar }}_{{ grain }}_last_days as last_days
    inner join {{ calendar }}_{{ grain }}_first_days as first_days
        on
            last_days.customer_id = first_days.customer_id
            and last_days.period_start = first_days.period_start
            and last_days.weight = first_days.weight
    where last_days.is_looked_up
    group by 1, 2, 3, 4, 5
    {% endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

lost_after_orders as (

    select
        active_before.period_kind,
        cast(active_before.order_date + churn_windows.churn_window_days as date) as churns_on,
        active_before.purchase_rhythm,
        churn_windows.churn_window_days,
        sum(active_before.customers) as customers
    from active_before
    inner join churn_windows
        on
            active_before.shortest_window_days <= churn_windows.churn_window_days
            and active_before.order_date
            <= cast(active_before.period_end - churn_windows.churn_window_days as date)
    group by 1, 2, 3, 4

),

changes as (

    select
        daily_firsts.first_order_date as change_date,
        daily_firsts.purchase_rhythm,
        churn_windows.churn_window_days,
        daily_firsts.customers as begun,
        0 as ended,
        {% for calendar, grain in period_kinds() %}
        0 as {{ calendar }}_{{ grain }}_lost{{ ',' if not loop.last }}
        {% endfor %}
    from daily_firsts
    cross join churn_windows
    union all
    select
        daily_returns.next_order_date as change_date,
        daily_returns.purchase_rhythm,
        churn_windows.churn_window_days,
        sum(daily_returns.customers) as begun,
        0 as ended,
        {% for calendar, grain in period_kinds() %}
        0 as {{ calendar }}_{{ grain }}_lost{{ ',' if not loop.last }}
        {% endfor %}
    from daily_returns
    inner join churn_windows
        on daily_returns.longest_window_days >= churn_windows.churn_window_days
    group by 1, 2, 3
    union all
    select
        silences.churns_on as change_date,
        silences.purchase_rhythm,
        silences.churn_window_days,
        0 as begun,
        sum(silences.customers) as ended,
        {% for calendar, grain in period_kinds() %}
        sum(
            case
                when
                    silences.order_date < calendar_days.{{ calendar }}_{{ grain }}_start
                    and (
                        silences.next_order_date is null
                        or silences.next_order_date > calendar_days.{{ calendar }}_{{ grain }}_end
                    )
                    then silences.customers
                else 0
            end
        ) as {{ calendar }}_{{ grain }}_lost{{ ',' if not loop.last }}
        {% endfor %}
    from silences
    inner join calendar_days
        on silences.churns_on = calendar_days.date_day
    group by 1, 2, 3
    union all
    select
        churns_on as change_date,
        purchase_rhythm,
        churn_window_days,
        0 as begun,
        0 as ended,
        {% for calendar, grain in period_kinds() %}
        case
            when period_kind = '{{ calendar }}_{{ grain }}' then customers
            else 0
        end as {{ calendar }}_{{ grain }}_lost{{ ',' if not loop.last }}
        {% endfor %}
    from lost_after_orders
    {% if goes_on() %}
    union all
    select
        change_date,
        purchase_rhythm,
        churn_window_days,
        begun,
        ended,
        {% for calendar, grain in period_kinds() %}
        {{ calendar }}_{{ grain }}_lost{{ ',' if not loop.last }}
        {% endfor %}
    from {{ this }}
    {% endif %}

),

final as (

    select
        change_date,
        purchase_rhythm,
        churn_window_days,
        cast(sum(begun) as bigint) as begun,
        cast(sum(ended) as bigint) as ended,
        {% for calendar, grain in period_kinds() %}
        cast(sum({{ calendar }}_{{ grain }}_lost) as bigint)
            as {{ calendar }}_{{ grain }}_lost{{ ',' if not loop.last }}
        {% endfor %}
    from changes
    group by change_date, purchase_rhythm, churn_window_days
    having sum(begun) + sum(ended) > 0

)

select * from final
