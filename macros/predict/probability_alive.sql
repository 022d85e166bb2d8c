{#- BG/NBD: the chance that a customer still orders, by repeat order days, weeks to the last one and
    weeks observed, with the columns r_value, alpha_value, a_value, b_value of the model. Without a
    repeat it is 1 by construction. -#}
{%- macro probability_alive(frequency, recency_weeks, age_weeks) -%}
    case
        when {{ frequency }} = 0 then 1
        else
            1 / (
                1 + exp(
                    least(
                        ln(a_value / (b_value + {{ frequency }} - 1))
                        + (r_value + {{ frequency }}) * ln(
                            (alpha_value + {{ age_weeks }}) / (alpha_value + {{ recency_weeks }})
                        ),
                        700
                    )
                )
            )
    end
{%- endmacro -%}
