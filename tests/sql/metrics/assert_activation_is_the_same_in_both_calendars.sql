-- Prevents: members lost at the edge of a month of one calendar.
with activation as (

    select *
    from {{ ref('metrics__activation') }}

),

totals as (

    select
        acquisition_channel,
        sum(members) filter (where calendar = 'gregorian') as gregorian_members,
        sum(members) filter (where calendar = 'jalali') as jalali_members,
        sum(activated_members) filter (where calendar = 'gregorian') as gregorian_activated,
        sum(activated_members) filter (where calendar = 'jalali') as jalali_activated
    from activation
    group by acquisition_channel

),

final as (

    select *
    from totals
    where
        gregorian_members is distinct from jalali_members
        or gregorian_activated is distinct from jalali_activated

)

select * from final
