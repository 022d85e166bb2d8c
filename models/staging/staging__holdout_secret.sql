{{ config(materialized='view') }}

with salt as (

    select salt
    from {{ source('raw', 'salt') }}

),

final as (

    select {{ hash_text("'holdout' || salt") }} as secret
    from salt

)

select * from final
