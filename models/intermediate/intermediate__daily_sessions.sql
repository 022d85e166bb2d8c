{{ config(materialized='incremental', incremental_strategy='touched') }}
{% set sums = [
    'sessions', 'lead_sessions', 'engaged_sessions', 'order_sessions', 'cart_sessions',
    'checkout_sessions', 'timed_sessions', 'seconds', 'new_visitors', 'day_visitors'
] %}
{% for calendar, grain in period_kinds() %}
    {% do sums.append(calendar ~ '_' ~ grain ~ '_visitors') %}
    {% do sums.append(calendar ~ '_' ~ grain ~ '_channel_visitors') %}
{% endfor %}
{% set columns = [
    'channel', 'session_date', 'seconds', 'cart_additions', 'checkouts', 'has_lead', 'is_engaged',
    'has_order', 'session_number', 'previous_session_date', 'previous_channel_session_date'
] %}
with sessions as (

    select {{ columns | join(', ') }}
    from {{ ref('intermediate__sessions') }}
    {{ only_touched('staging__touched_visitors', 'visitor_id') }}

),

{% if goes_on() %}
sessions_before as (

    select {{ columns | join(', ') }}
    from {{ before('intermediate__sessions') }}

),

former as (

    select *
    from {{ this }}

),

{% endif %}
calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

-- A visitor is counted once a period: in his first session of it.
{% for relation in ['sessions', 'sessions_before'] if relation == 'sessions' or goes_on() %}
{{ relation }}_by_day as (

    select
        {{ relation }}.session_date,
        {{ relation }}.channel,
        count(*) as sessions,
        count(*) filter (where {{ relation }}.has_lead) as lead_sessions,
        count(*) filter (where {{ relation }}.is_engaged) as engaged_sessions,
        count(*) filter (where {{ relation }}.has_order) as order_sessions,
        count(*) filter (where {{ relation }}.cart_additions > 0) as cart_sessions,
        count(*) filter (where {{ relation }}.checkouts > 0) as checkout_sessions,
        count({{ relation }}.seconds) as timed_sessions,
        cast(coalesce(sum({{ relation }}.seconds), 0) as bigint) as seconds,
        count(*) filter (where {{ relation }}.session_number = 1) as new_visitors,
        count(*) filter (
            where
                {{ relation }}.previous_session_date is null
                or {{ relation }}.previous_session_date < {{ relation }}.session_date
        ) as day_visitors,
        {% set previous = relation ~ '.previous_session_date' %}
        {% set channel_previous = relation ~ '.previous_channel_session_date' %}
        {% for calendar, grain in period_kinds() %}
        count(*) filter (
            where {{ first_in_period(previous, calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_visitors,
        count(*) filter (
            where {{ first_in_period(channel_previous, calendar, grain) }}
        ) as {{ calendar }}_{{ grain }}_channel_visitors{{ ',' if not loop.last }}
        {% endfor %}
    from {{ relation }}
    inner join calendar_days
        on {{ relation }}.session_date = calendar_days.date_day
    group by {{ relation }}.session_date, {{ relation }}.channel

),

{% endfor %}
-- A build that goes on takes off what the touched visitors' sessions were.
summands as (

    select *
    from sessions_by_day
    {% if goes_on() %}
    union all
    select *
    from former
    union all
    select
        session_date,
        channel,
        {% for sum in sums %}
        -{{ sum }} as {{ sum }}{{ ',' if not loop.last }}
        {% endfor %}
    from sessions_before_by_day
    {% endif %}

),

final as (

    select
        session_date,
        channel,
        {% for sum in sums %}
        cast(sum({{ sum }}) as bigint) as {{ sum }}{{ ',' if not loop.last }}
        {% endfor %}
    from summands
    group by session_date, channel
    having sum(sessions) > 0

)

select * from final
