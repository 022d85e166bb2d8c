with presence as (

    select is_present
    from {{ source('raw', 'tables') }}
    where raw_table = 'rfm_segments'

),

replacement as (

    select
        try_cast(recency_score as integer) as recency_score,
        try_cast(frequency_score as integer) as frequency_score,
        cast(segment as varchar(100)) as segment
    from {{ source('raw', 'rfm_segments') }}

),

shipped as (

    select
        recency_score,
        frequency_score,
        segment
    from {{ ref('lookup_rfm_segments') }}

),

final as (

    select
        shipped.recency_score,
        shipped.frequency_score,
        shipped.segment
    from shipped
    cross join presence
    where not presence.is_present
    union all
    select
        recency_score,
        frequency_score,
        segment
    from replacement

)

select * from final
