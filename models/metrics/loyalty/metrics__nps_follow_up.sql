with answers as (

    select
        response_id,
        customer_id,
        nps_group,
        reason,
        responded_date
    from {{ ref('intermediate__nps_answers') }}

),

spells as (

    select
        customer_id,
        active_from,
        churns_on
    from {{ ref('intermediate__spells') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

-- Only a customer who is active when he answers can churn after it.
followed as (

    select
        answers.nps_group,
        coalesce(answers.reason, 'unknown') as reason,
        cast(answers.responded_date + {{ var('nps_follow_up_days') }} as date)
        <= run_context.as_of as is_eligible,
        spells.churns_on <= cast(
            answers.responded_date + {{ var('nps_follow_up_days') }} as date
        ) as is_churned
    from answers
    cross join run_context
    inner join spells
        on
            answers.customer_id = spells.customer_id
            and answers.responded_date >= spells.active_from
            and answers.responded_date < spells.churns_on

),

by_reason as (

    select
        nps_group,
        reason,
        count(*) as answers,
        count(*) filter (where is_eligible) as eligible_answers,
        count(*) filter (where is_eligible and is_churned) as churned_answers
    from followed
    group by 1, 2

),

segmented as (

    {% for segment_type, segment in [('all', "'all'"), ('reason', 'reason')] %}
    {% set last_segment = loop.last %}
    {% for answer_group in ["'all'", 'nps_group'] %}
    select
        '{{ segment_type }}' as segment_type,
        {{ segment }} as segment,
        {{ answer_group }} as answer_group,
        sum(answers) as answers,
        sum(eligible_answers) as eligible_answers,
        sum(churned_answers) as churned_answers
    from by_reason
    group by 1, 2, 3
    {{ 'union all' if not (loop.last and last_segment) }}
    {% endfor %}
    {% endfor %}

),

counted as (

    select
        cast(segment_type as varchar(40)) as segment_type,
        cast(segment as varchar(200)) as segment,
        cast(answer_group as varchar(20)) as answer_group,
        cast(answers as bigint) as answers,
        cast(eligible_answers as bigint) as eligible_answers,
        cast(churned_answers as bigint) as churned_answers
    from segmented

),

rated as (

    select
        *,
        {{ rate('churned_answers', 'eligible_answers') }} as follow_up_churn_rate
    from counted

),

promoters as (

    select
        segment_type,
        segment,
        follow_up_churn_rate as promoter_churn_rate
    from rated
    where answer_group = 'promoter'

),

final as (

    select
        rated.segment_type,
        rated.segment,
        rated.answer_group,
        rated.answers,
        rated.eligible_answers,
        rated.churned_answers,
        rated.follow_up_churn_rate,
        rated.follow_up_churn_rate / nullif(promoters.promoter_churn_rate, 0)
            as churn_ratio_to_promoters
    from rated
    left join promoters
        on
            rated.segment_type = promoters.segment_type
            and rated.segment = promoters.segment

)

select * from final
