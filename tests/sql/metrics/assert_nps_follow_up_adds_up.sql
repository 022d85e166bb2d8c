-- Prevents: an answer followed twice, or lost between its group and its reason.
with nps_follow_up as (

    select *
    from {{ ref('metrics__nps_follow_up') }}

),

groups as (

    select
        segment_type,
        segment,
        sum(answers) filter (where answer_group <> 'all') as group_answers,
        sum(answers) filter (where answer_group = 'all') as answers,
        sum(churned_answers) filter (where answer_group <> 'all') as group_churned_answers,
        sum(churned_answers) filter (where answer_group = 'all') as churned_answers
    from nps_follow_up
    group by 1, 2

),

reasons as (

    select
        answer_group,
        sum(answers) filter (where segment_type = 'reason') as reason_answers,
        sum(answers) filter (where segment_type = 'all') as answers
    from nps_follow_up
    group by 1

),

final as (

    select segment as part
    from groups
    where
        group_answers is distinct from answers
        or group_churned_answers is distinct from churned_answers
    union all
    select answer_group as part
    from reasons
    where reason_answers is distinct from answers
    union all
    select segment as part
    from nps_follow_up
    where
        churned_answers > eligible_answers
        or eligible_answers > answers

)

select * from final
