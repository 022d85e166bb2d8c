with periods as (

    {{ mart_periods(['orders', 'sessions']) }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start,
        period_end
    from {{ ref('intermediate__period_days') }}

),

daily_people as (

    select *
    from {{ ref('intermediate__daily_people') }}

),

milestones as (

    select *
    from {{ ref('intermediate__order_milestones') }}

),

visited as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        sum(daily_people.visitors) as visitors,
        sum(daily_people.engaged_visitors) as engaged_visitors
    from daily_people
    inner join period_days
        on
            daily_people.session_date = period_days.date_day
            and daily_people.calendar = period_days.calendar
            and daily_people.period_grain = period_days.period_grain
    group by 1, 2, 3

),

placed as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        milestones.order_day_number,
        coalesce(
            milestones.engaged_before >= period_days.period_start
            or milestones.engaged_after <= period_days.period_end,
            false
        ) as is_tracked,
        milestones.first_order_date >= period_days.period_start as began_in_period
    from milestones
    inner join period_days
        on milestones.order_date = period_days.date_day

),

-- Of a step are the people of the step before; the others who did the same stand apart.
bought as (

    select
        calendar,
        period_grain,
        period_start,
        {% for step, number in [('new', 1), ('second_order', 2), ('fifth_order', 5)] %}
        count(*) filter (
            where order_day_number = {{ number }} and is_tracked and began_in_period
        ) as {{ step }}_buyers,
        {% if number > 1 %}
        count(*) filter (
            where order_day_number = {{ number }} and is_tracked and not began_in_period
        ) as earlier_{{ step }}_buyers,
        {% endif %}
        count(*) filter (
            where order_day_number = {{ number }} and not is_tracked
        ) as untracked_{{ step }}_buyers{{ ',' if not loop.last }}
        {% endfor %}
    from placed
    group by 1, 2, 3

),

joined as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        cast(coalesce(visited.visitors, 0) as bigint) as visitors,
        cast(coalesce(visited.engaged_visitors, 0) as bigint) as engaged_visitors,
        {% for column in [
            'new_buyers', 'second_order_buyers', 'fifth_order_buyers',
            'earlier_second_order_buyers', 'earlier_fifth_order_buyers', 'untracked_new_buyers',
            'untracked_second_order_buyers', 'untracked_fifth_order_buyers'
        ] %}
        coalesce(bought.{{ column }}, 0) as {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from periods
    left join visited
        on
            periods.calendar = visited.calendar
            and periods.period_grain = visited.period_grain
            and periods.period_start = visited.period_start
    left join bought
        on
            periods.calendar = bought.calendar
            and periods.period_grain = bought.period_grain
            and periods.period_start = bought.period_start

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        visitors,
        engaged_visitors,
        new_buyers,
        second_order_buyers,
        fifth_order_buyers,
        earlier_second_order_buyers,
        earlier_fifth_order_buyers,
        untracked_new_buyers,
        untracked_second_order_buyers,
        untracked_fifth_order_buyers,
        {% for step, before in [
            ('engaged_visitor', 'visitors'), ('new_buyer', 'engaged_visitors'),
            ('second_order', 'new_buyers'), ('fifth_order', 'second_order_buyers')
        ] %}
        {% set people = step ~ ('_buyers' if 'order' in step else 's') %}
        {{ rate(people, before) }} as {{ step }}_rate,
        {{ before }} - {{ people }} as {{ step }}_loss,
        {{ rate(before ~ ' - ' ~ people, before) }} as {{ step }}_loss_rate{{
            ',' if not loop.last
        }}
        {% endfor %}
    from joined

)

select * from final
