with involvements as (

    select *
    from {{ ref('intermediate__involvements') }}

),

session_days as (

    select customer_id
    from {{ ref('intermediate__session_days') }}

),

order_categories as (

    select
        customer_id,
        category
    from {{ ref('intermediate__order_categories') }}
    where category <> 'unknown'

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
