with periods as (

    {{ mart_periods(['subscriptions']) }}

),

period_days as (

    select
        date_day,
        calendar,
        period_grain,
        period_start
    from {{ ref('intermediate__period_days') }}

),

mrr_changes as (

    select *
    from {{ ref('intermediate__mrr_changes') }}

),

-- Only periods in which a customer's MRR changed: in all others it is what it was.
customer_periods as (

    select
        period_days.calendar,
        period_days.period_grain,
        period_days.period_start,
        mrr_changes.customer_id,
        min(mrr_changes.first_paid_on) as first_paid_on,
        cast(sum(mrr_changes.mrr_change) as decimal(38, 4)) as mrr_change
    from mrr_changes
    inner join period_days
        on mrr_changes.changed_on = period_days.date_day
    group by 1, 2, 3, 4

),

closed as (

    select
        *,
        cast(
            sum(mrr_change) over (
                partition by calendar, period_grain, customer_id
                order by period_start
                rows between unbounded preceding and current row
            ) as decimal(38, 4)
        ) as customer_closing_mrr
    from customer_periods

),

moved as (

    select
        calendar,
        period_grain,
        period_start,
        mrr_change,
        case
            when mrr_change = 0 then 'none'
            when customer_closing_mrr = 0 then 'churn'
            when customer_closing_mrr = mrr_change and first_paid_on < period_start
                then 'reactivation'
            when customer_closing_mrr = mrr_change then 'new'
            when mrr_change > 0 then 'expansion'
            else 'contraction'
        end as movement
    from closed

),

movements as (

    select
        calendar,
        period_grain,
        period_start,
        {% for movement in ['new', 'reactivation', 'expansion', 'contraction', 'churn'] %}
        sum(abs(mrr_change)) filter (where movement = '{{ movement }}') as {{ movement }}_mrr,
        count(*) filter (where movement = '{{ movement }}') as {{ movement }}_subscribers
        {{- ',' if not loop.last }}
        {% endfor %}
    from moved
    group by 1, 2, 3

),

counted as (

    select
        periods.calendar,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        {% for movement in ['new', 'reactivation', 'expansion', 'contraction', 'churn'] %}
        cast(coalesce(movements.{{ movement }}_mrr, 0) as decimal(38, 4)) as {{ movement }}_mrr,
        coalesce(movements.{{ movement }}_subscribers, 0) as {{ movement }}_subscribers
        {{- ',' if not loop.last }}
        {% endfor %}
    from periods
    left join movements
        on
            periods.calendar = movements.calendar
            and periods.period_grain = movements.period_grain
            and periods.period_start = movements.period_start

),

changed as (

    select
        *,
        new_mrr + reactivation_mrr + expansion_mrr - contraction_mrr - churn_mrr as change_of_mrr,
        new_subscribers + reactivation_subscribers - churn_subscribers as change_of_subscribers
    from counted

),

balanced as (

    select
        *,
        cast(sum(change_of_mrr) over so_far as decimal(38, 4)) as closing_mrr,
        cast(sum(change_of_subscribers) over so_far as bigint) as closing_subscribers
    from changed
    window
        so_far as (
            partition by calendar, period_grain
            order by period_start
            rows between unbounded preceding and current row
        )

),

opened as (

    select
        *,
        cast(closing_mrr - change_of_mrr as decimal(38, 4)) as opening_mrr,
        closing_subscribers - change_of_subscribers as opening_subscribers
    from balanced

),

final as (

    select
        calendar,
        period_grain,
        period_start,
        period_end,
        is_complete,
        opening_mrr,
        new_mrr,
        reactivation_mrr,
        expansion_mrr,
        contraction_mrr,
        churn_mrr as churned_mrr,
        closing_mrr,
        {{ rate('contraction_mrr + churn_mrr', 'opening_mrr') }} as gross_revenue_churn_rate,
        {{ rate('contraction_mrr + churn_mrr - expansion_mrr', 'opening_mrr') }}
            as net_revenue_churn_rate,
        opening_subscribers,
        new_subscribers,
        reactivation_subscribers as reactivated_subscribers,
        expansion_subscribers as expanded_subscribers,
        contraction_subscribers as contracted_subscribers,
        churn_subscribers as churned_subscribers,
        closing_subscribers,
        {{ rate('churn_subscribers', 'opening_subscribers') }} as subscriber_churn_rate
    from opened

)

select * from final
