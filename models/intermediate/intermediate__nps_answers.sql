with surveys as (

    select *
    from {{ ref('staging__surveys') }}
    where survey_type = 'nps'

),

final as (

    select
        response_id,
        customer_id,
        cast(score as integer) as score,
        {{ nps_group('score') }} as nps_group,
        reason,
        event_date as responded_date,
        responded_at
    from surveys

)

select * from final
