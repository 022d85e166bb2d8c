{#- Two-sided p-values of Student's distribution with any number of degrees of freedom from 1 (Welch's
    are no whole number), as CTEs that end with `student_tested`: the columns of `source` and p_value.
    `source` holds statistic (not negative) and degrees_of_freedom, both double. Up to 100 degrees:
    the regularised incomplete beta function by its continued fraction, 40 steps from the inside
    out; above: Hill's expansion (1970), which turns the statistic into a normal value. -#}
{%- macro student_p_values(source) -%}
student_parts as (

    select
        *,
        degrees_of_freedom / 2 as half_freedom,
        degrees_of_freedom / (degrees_of_freedom + statistic * statistic) as near_one,
        statistic * statistic / (degrees_of_freedom + statistic * statistic) as near_zero,
        statistic * statistic / degrees_of_freedom as squared_ratio,
        48 * (degrees_of_freedom - 0.5) * (degrees_of_freedom - 0.5) as hill_scale
    from {{ source }}

),

student_arguments as (

    select
        *,
        near_one < (half_freedom + 1) / (half_freedom + 2.5) as is_in_tail,
        (degrees_of_freedom - 0.5) * case
            when squared_ratio < 1e-6 then squared_ratio - squared_ratio * squared_ratio / 2
            else ln(1 + squared_ratio)
        end as hill_square
    from student_parts

),

student_fractions as (

    select
        *,
        case when is_in_tail then near_one else near_zero end as fraction_x,
        case when is_in_tail then half_freedom else 0.5 end as fraction_a,
        case when is_in_tail then 0.5 else half_freedom end as fraction_b,
        exp(half_freedom * ln(near_one)) * sqrt(near_zero)
        * {{ gamma_half_step('half_freedom') }} / 1.772453850905516 as front,
        (
            (
                {{ polynomial('hill_square', [-85.5, -24, -3.3, -0.4]) }}
                / (0.8 * hill_square * hill_square + 100 + hill_scale) + hill_square + 3
            ) / hill_scale + 1
        ) * sqrt(hill_square) as normal_value
    from student_arguments

),

student_steps as (

    select
        *,
        {%- for step in range(40, 0, -1) %}
        {%- set half = step // 2 %}
        1 + {{ '' if step % 2 == 0 else '-1 * ' -}}
        {%- if step % 2 == 0 -%}
        {{ half }} * (fraction_b - {{ half }})
        {%- else -%}
        (fraction_a + {{ half }}) * (fraction_a + fraction_b + {{ half }})
        {%- endif %} * fraction_x
        / ((fraction_a + {{ step - 1 }}) * (fraction_a + {{ step }}))
        {{- ' / fraction_' ~ (step + 1) if step < 40 }} as fraction_{{ step }}{{ ',' if step > 1 }}
        {%- endfor %}
    from student_fractions

),

student_tested as (

    select
        *,
        case
            when statistic = 0 then cast(1 as double)
            when degrees_of_freedom > 100 then 2 * {{ normal_upper_tail('normal_value') }}
            when is_in_tail then front / half_freedom / fraction_1
            else 1 - 2 * front / fraction_1
        end as p_value
    from student_steps

)
{%- endmacro -%}

{#- The 97.5 % quantile of Student's distribution from one degree of freedom: its logarithm as a
    polynomial of 1 ÷ df, fitted on [0, 1]; wrong by at most 3e-11 of the value. -#}
{%- macro student_quantile_975(df) -%}
    exp({{ polynomial('(1 / ' ~ df ~ ')', [
        0.672926097862189, 1.21036469109671, 0.707586830968595, 0.15200898439337,
        -0.229942396521689, -0.113723370395609, 0.393004426900569, -0.733095711682304,
        0.895498022903687, 0.326512470729338, -3.42250669618212, 6.56563423726837,
        -7.21728065764663, 5.1122052504876, -2.32408185152791, 0.621773030132381,
        -0.0747929227373589
    ]) }})
{%- endmacro -%}

{#- Γ(a + ½) ÷ Γ(a) for a > 0: twelve steps up, then Stirling's series of the ratio. -#}
{%- macro gamma_half_step(a) -%}
    {%- set far = '(' ~ a ~ ' + 12)' -%}
    {%- for step in range(12) -%}
        ({{ a }} + {{ step }}) / ({{ a }} + {{ step }}.5) *{{ ' ' }}
    {%- endfor -%}
    sqrt({{ far }}) * {{ polynomial('(1 / ' ~ far ~ ')', [
        1, '-0.125', '0.0078125', '0.0048828125', '-0.000640869140625', '-0.00152206420898438'
    ]) }}
{%- endmacro -%}
