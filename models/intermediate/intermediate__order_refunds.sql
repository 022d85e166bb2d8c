with refunds as (

    select
        refund_id,
        order_id,
        amount,
        event_date
    from {{ ref('staging__refunds') }}

),

orders as (

    select
        order_id,
        customer_id,
        fx_rate,
        event_date
    from {{ ref('staging__orders') }}

),

final as (

    select
        refunds.refund_id,
        refunds.order_id,
        orders.customer_id,
        refunds.event_date as refunded_date,
        greatest(refunds.event_date, orders.event_date) as effective_date,
        {{ converted('refunds.amount', 'orders.fx_rate') }} as amount
    from refunds
    inner join orders
        on refunds.order_id = orders.order_id

)

select * from final
