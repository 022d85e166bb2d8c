with sign_ups as (

    select *
    from {{ ref('intermediate__sign_ups') }}
    where is_member

),

calendar_days as (

    select
        date_day,
        gregorian_month_start,
        jalali_month_start
    from {{ ref('staging__calendar_days') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

members as (

    select
        sign_ups.acquisition_channel,
        sign_ups.days_to_first_order,
        sign_ups.eligible_from <= run_context.as_of as is_eligible,
        sign_ups.eligible_from <= run_context.as_of and sign_ups.is_activated as is_activated,
        calendar_days.gregorian_month_start,
        calendar_days.jalali_month_start
    from sign_ups
    inner join calendar_days
        on sign_ups.signed_up_date = calendar_days.date_day
    cross join run_context

),

counted as (

    {% for calendar in ['gregorian', 'jalali'] %}
    select
        cast('{{ calendar }}' as varchar(20)) as calendar,
        {{ calendar }}_month_start as signup_month,
        acquisition_channel,
        count(*) as members,
        count(*) filter (where is_eligible) as eligible_members,
        count(*) filter (where is_activated) as activated_members,
        cast(median(case when is_activated then days_to_first_order end) as double)
            as median_days_to_first_order
    from members
    group by 1, 2, 3
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        calendar,
        signup_month,
        acquisition_channel,
        members,
        eligible_members,
        activated_members,
        {{ rate('activated_members', 'eligible_members') }} as activation_rate,
        median_days_to_first_order
    from counted

)

select * from final
