with clv as (

    select
        customer_id,
        expected_orders,
        predicted_clv,
        model_version
    from {{ ref('customers__clv') }}

),

customers as (

    select
        customer_id,
        rfm_segment,
        lifecycle_state,
        coalesce(acquisition_channel, 'unknown') as acquisition_channel
    from {{ ref('customers__customers') }}

),

run_context as (

    select as_of
    from {{ ref('staging__run_context') }}

),

valued as (

    select
        clv.*,
        customers.rfm_segment,
        customers.lifecycle_state,
        customers.acquisition_channel,
        run_context.as_of
    from clv
    inner join customers
        on clv.customer_id = customers.customer_id
    cross join run_context

),

segmented as (

    {% for segment_type in ['all', 'rfm_segment', 'lifecycle_state', 'acquisition_channel'] %}
    select
        *,
        cast('{{ segment_type }}' as varchar(20)) as segment_type,
        {{ "'all'" if segment_type == 'all' else segment_type }} as segment
    from valued
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

summed as (

    select
        segment_type,
        segment,
        as_of,
        model_version,
        count(*) as customers,
        count(predicted_clv) as valued_customers,
        sum(cast(expected_orders as decimal(38, 12))) as expected_orders,
        cast(sum(cast(predicted_clv as decimal(38, 4))) as decimal(38, 4)) as customer_equity
    from segmented
    group by 1, 2, 3, 4

),

final as (

    select
        segment_type,
        cast(segment as varchar(200)) as segment,
        as_of,
        customers,
        valued_customers,
        cast(expected_orders as double) as total_expected_orders,
        customer_equity,
        cast({{ money_per('customer_equity', 'valued_customers') }} as decimal(38, 4))
            as equity_per_customer,
        {{ rate(
            'customer_equity',
            'sum(customer_equity) over (partition by segment_type)'
        ) }} as equity_share,
        cast(model_version as varchar(100)) as model_version
    from summed

)

select * from final
