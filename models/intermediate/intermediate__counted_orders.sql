{{ config(materialized='view') }}
with packed as (

    select *
    from {{ ref('intermediate__counted_orders_packed') }}

),

unpacked as (

    select
        *,
        {{ unpack_money('refund') }} as refund_amount
    from packed

),

final as (

    select
        order_id,
        customer_id,
        session_id,
        sales_channel,
        service,
        coupon_code,
        amount,
        discount_amount,
        noted_refund_amount,
        refund_amount,
        cost_amount,
        fx_rate,
        order_date,
        ordered_at,
        cast(amount - refund_amount as decimal(38, 4)) as net_revenue,
        cast(amount - refund_amount - cost_amount as decimal(38, 4)) as margin
    from unpacked

)

select * from final
