with regulars as (

    select
        customer_id,
        first_order_date
    from {{ ref('intermediate__customer_orders') }}
    where order_days >= 3

),

order_days as (

    select
        customer_id,
        order_date
    from {{ ref('intermediate__order_days') }}

),

session_days as (

    select *
    from {{ ref('intermediate__session_days') }}

),

order_categories as (

    select
        customer_id,
        category
    from {{ ref('intermediate__order_categories') }}
    where category <> 'unknown'

),

days as (

    select
        order_days.customer_id,
        {{ days_between('regulars.first_order_date', 'order_days.order_date') }} as day_number,
        true as is_order_day,
        0 as sessions
    from order_days
    inner join regulars
        on order_days.customer_id = regulars.customer_id
    union all
    select
        session_days.customer_id,
        {{ days_between('regulars.first_order_date', 'session_days.session_date') }} as day_number,
        false as is_order_day,
        session_days.sessions
    from session_days
    inner join regulars
        on session_days.customer_id = regulars.customer_id

),

searches as (

    select
        customer_id,
        is_order_day,
        coalesce(
            sum(sessions) over (
                partition by customer_id
                order by day_number
                range between 30 preceding and 1 preceding
            ), 0
        ) as sessions_before
    from days

),

involvements as (

    select
        customer_id,
        cast(median(sessions_before) as double) as involvement
    from searches
    where is_order_day
    group by customer_id

),

category_orders as (

    select
        customer_id,
        category,
        cast(count(*) as double) as orders
    from order_categories
    where customer_id is not null
    group by customer_id, category

),

available as (

    select count(distinct category) as categories
    from order_categories

),

-- Entropy of n orders over categories: ln n − Σ k ln k ÷ n. Nine decimals, so that equal habits
-- are equal whatever the order of the sum.
varieties as (

    select
        category_orders.customer_id,
        cast(
            round(
                (
                    ln(sum(category_orders.orders))
                    - sum(category_orders.orders * ln(category_orders.orders))
                    / sum(category_orders.orders)
                ) / ln(cast(max(available.categories) as double)), 9
            ) as decimal(12, 9)
        ) as variety
    from category_orders
    cross join available
    where available.categories > 1
    group by category_orders.customer_id

),

axes as (

    select
        involvements.customer_id,
        involvements.involvement,
        cast(varieties.variety as double) as variety
    from involvements
    left join varieties
        on involvements.customer_id = varieties.customer_id

),

shop as (

    select
        median(involvement) as involvement,
        median(variety) as variety
    from axes

),

observed as (

    select count(*) as session_days
    from session_days

),

final as (

    select
        axes.customer_id,
        axes.involvement,
        axes.variety,
        cast(
            case
                when observed.session_days = 0 or axes.variety is null then null
                when axes.involvement >= shop.involvement and axes.variety >= shop.variety
                    then 'complex'
                when axes.involvement >= shop.involvement then 'dissonance_reducing'
                when axes.variety >= shop.variety then 'variety_seeking'
                else 'habitual'
            end as varchar(40)
        ) as buying_behaviour
    from axes
    cross join shop
    cross join observed

)

select * from final
