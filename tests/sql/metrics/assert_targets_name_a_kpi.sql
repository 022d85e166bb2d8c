-- A target that is never held against anything, because its metric is misspelt.
{{ config(severity='warn') }}

with targets as (

    select distinct metric
    from {{ ref('intermediate__targets') }}

),

kpis as (

    select distinct metric
    from {{ ref('metrics__kpis') }}

),

final as (

    select targets.metric
    from targets
    left join kpis
        on targets.metric = kpis.metric
    where kpis.metric is null

)

select * from final
