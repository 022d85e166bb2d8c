{#- The rows of a CTE with their verdict (new_rejection; new_fx_rate of a table with a currency):
    their own fault, or what time, their order or a rate says of them. -#}
{%- macro ledger_verdicts(rows, columns, event, parents=none, fx_daily=none) -%}
    select
        {{ rows }}.*,
        {%- if fx_daily %}
        case
            when {{ rows }}.own_rejection is not null then null
            when
                not fx_presence.is_present
                or {{ rows }}.currency is null
                or {{ rows }}.currency = '{{ var("reporting_currency") | upper }}'
                then cast(1 as decimal(24, 14))
            else fx_daily.rate
        end as new_fx_rate,
        {%- endif %}
        case
            when {{ rows }}.own_rejection is not null then {{ rows }}.own_rejection
            {%- if event %}
            when {{ rows }}.event_at > {{ rows }}.run_at then 'future_timestamp'
            {%- endif %}
            {%- if parents %}
            when {{ outgrows_money(columns, parents ~ '.fx_rate') }} then 'bad_number'
            when {{ parents }}.order_id is null then 'unknown_order'
            {%- endif %}
            {%- if fx_daily %}
            {#- What does not fit once it is converted would stop the whole build. #}
            when
                fx_presence.is_present
                and {{ rows }}.currency <> '{{ var("reporting_currency") | upper }}'
                and {{ outgrows_money(columns, 'fx_daily.rate') }}
                then 'bad_number'
            when
                fx_presence.is_present
                and {{ rows }}.currency <> '{{ var("reporting_currency") | upper }}'
                and fx_daily.rate is null
                then 'missing_fx_rate'
            {%- endif %}
        end as new_rejection
    from {{ rows }}
    {%- if parents %}
    left join {{ parents }}
        on {{ rows }}.order_id = {{ parents }}.order_id
    {%- endif %}
    {%- if fx_daily %}
    cross join fx_presence
    left join fx_daily
        on
            {{ rows }}.event_date = fx_daily.rate_date
            and {{ rows }}.currency = fx_daily.rate_currency
    {%- endif %}
{%- endmacro -%}
