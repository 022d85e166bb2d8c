{#- Days after an order within which a return is looked for. -#}
{%- macro return_horizons() -%}
    {{- return([7, 14, 30, 60, 90, 180, 365]) -}}
{%- endmacro -%}

{#- The longest horizon that had passed since a day by as_of; null where not even the first had. -#}
{%- macro observed_horizon(start_date, as_of) -%}
    case
        {%- for days in return_horizons() | reverse %}
        when {{ start_date }} <= cast({{ as_of }} - {{ days }} as date) then {{ days }}
        {%- endfor %}
    end
{%- endmacro -%}

{#- Returns within each horizon, as CTEs that end with `returns`. `gaps` holds, by `keys`,
    observed_days (observed_horizon), days_to_next_order (null: none) and order_days (how many).
    Only order days that were observed for a whole horizon count in it. -#}
{%- macro returns_by_horizon(gaps, keys) -%}
horizons as (

    select horizon_days
    from (
        values
        {% for days in return_horizons() %}
        ({{ days }}){{ ',' if not loop.last }}
        {% endfor %}
    ) as horizon_values (horizon_days)

),

observed_gaps as (

    select
        {% for key in keys %}
        {{ gaps }}.{{ key }},
        {% endfor %}
        horizons.horizon_days,
        case
            when {{ gaps }}.days_to_next_order <= horizons.horizon_days
                then {{ gaps }}.days_to_next_order
        end as days_to_next_order,
        sum(case
            when {{ gaps }}.observed_days >= horizons.horizon_days then {{ gaps }}.order_days
            else 0
        end) as order_days
    from {{ gaps }}
    cross join horizons
    group by {{ range(1, keys | length + 3) | join(', ') }}

),

cumulated_gaps as (

    select
        *,
        sum(order_days) over all_gaps as eligible_order_days,
        sum(
            case when days_to_next_order is not null then order_days else 0 end
        ) over all_gaps as returned_order_days,
        sum(order_days) over (
            partition by {{ keys | join(', ') }}, horizon_days
            order by days_to_next_order nulls last
            rows between unbounded preceding and current row
        ) as returned_by_day
    from observed_gaps
    window all_gaps as (partition by {{ keys | join(', ') }}, horizon_days)

),

returns as (

    select
        {{ keys | join(', ') }},
        horizon_days,
        cast(max(eligible_order_days) as bigint) as eligible_order_days,
        cast(max(returned_order_days) as bigint) as returned_order_days,
        {% for name, parts, whole in [
            ('median_days_to_next_order', 1, 2), ('days_until_80_percent_back', 4, 5)
        ] %}
        min(days_to_next_order) filter (
            where
                returned_order_days > 0
                and {{ whole }} * returned_by_day >= {{ parts }} * returned_order_days
        ) as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from cumulated_gaps
    group by {{ range(1, keys | length + 2) | join(', ') }}

)
{%- endmacro -%}
