with parameters as (

    select
        model,
        sample,
        model_version,
        parameter,
        value
    from {{ ref('intermediate__model_parameters') }}
    where is_used

),

final as (

    select
        model,
        sample,
        model_version,
        {% for name in ['r', 'alpha', 'a', 'b', 'p', 'q', 'v', 'beta'] %}
        max(value) filter (where parameter = '{{ name }}') as {{ name }}_value{{
            ',' if not loop.last
        }}
        {% endfor %}
    from parameters
    group by model, sample, model_version

)

select * from final
