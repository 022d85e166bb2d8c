-- Prevents: members lost at the edge of a month, or counted as activated before their time.
with activation as (

    select *
    from {{ ref('metrics__activation') }}

),

referrals as (

    select *
    from {{ ref('metrics__referrals') }}

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

    select 'calendars differ: ' || acquisition_channel as difference
    from totals
    where
        gregorian_members is distinct from jalali_members
        or gregorian_activated is distinct from jalali_activated
    union all
    select 'activated, eligible and members of ' || acquisition_channel as difference
    from activation
    where
        activated_members > eligible_members
        or eligible_members > members
    union all
    select 'buyers, eligible and sign-ups of a ' || period_grain as difference
    from referrals
    where
        referred_buyers > eligible_signups
        or eligible_signups > referred_signups
        or active_referrers > referred_signups
        or referred_customers > new_customers

)

select * from final
