{#- Chance that |T| exceeds t ≥ 0, T of Student's distribution with any number of degrees of freedom
    from 1 (Welch's are no whole number). Up to 100: the regularised incomplete beta function by its
    continued fraction; above: Hill's expansion (1970), which turns t into a normal value.
    Both arguments stand many times in the result: hand in columns. -#}
{%- macro student_two_sided(t, df) -%}
    {%- set half = '(' ~ df ~ ' / 2)' -%}
    {%- set near_one = df ~ ' / (' ~ df ~ ' + ' ~ t ~ ' * ' ~ t ~ ')' -%}
    {%- set near_zero = t ~ ' * ' ~ t ~ ' / (' ~ df ~ ' + ' ~ t ~ ' * ' ~ t ~ ')' -%}
    {%- set front -%}
        exp({{ half }} * ln({{ near_one }})) * sqrt({{ near_zero }})
        * {{ gamma_half_step(half) }} / 1.772453850905516
    {%- endset -%}
    case
        when {{ t }} = 0 then cast(1 as double)
        when {{ df }} > 100
            then 2 * {{ normal_upper_tail('(' ~ student_as_normal(t, df) ~ ')') }}
        when {{ near_one }} < ({{ half }} + 1) / ({{ half }} + 2.5)
            then {{ front }} / {{ half }} / {{ beta_fraction(near_one, half, '0.5') }}
        else 1 - 2 * {{ front }} / {{ beta_fraction(near_zero, '0.5', half) }}
    end
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

{#- Hill's normal value that is exceeded as often as t. -#}
{%- macro student_as_normal(t, df) -%}
    {%- set ratio = '(' ~ t ~ ' * ' ~ t ~ ' / ' ~ df ~ ')' -%}
    {%- set scale = '(48 * (' ~ df ~ ' - 0.5) * (' ~ df ~ ' - 0.5))' -%}
    {%- set square -%}
        (({{ df }} - 0.5) * case
            when {{ ratio }} < 1e-6 then {{ ratio }} - {{ ratio }} * {{ ratio }} / 2
            else ln(1 + {{ ratio }})
        end)
    {%- endset -%}
    (
        (
            {{ polynomial(square, [-85.5, -24, -3.3, -0.4]) }}
            / (0.8 * {{ square }} * {{ square }} + 100 + {{ scale }})
            + {{ square }} + 3
        ) / {{ scale }} + 1
    ) * sqrt({{ square }})
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

{#- The continued fraction of the incomplete beta function I_x(a, b), 24 steps from the inside out:
    I = x^a (1 − x)^b ÷ (a B(a, b)) ÷ fraction, for x < (a + 1) ÷ (a + b + 2). -#}
{%- macro beta_fraction(x, a, b) -%}
    {%- set inner = namespace(sql='1') -%}
    {%- for step in range(24, 0, -1) -%}
        {%- set half = step // 2 -%}
        {%- if step % 2 == 0 -%}
            {%- set part -%}
                {{ half }} * ({{ b }} - {{ half }}) * ({{ x }})
                / (({{ a }} + {{ step - 1 }}) * ({{ a }} + {{ step }}))
            {%- endset -%}
        {%- else -%}
            {%- set part -%}
                -({{ a }} + {{ half }}) * ({{ a }} + {{ b }} + {{ half }}) * ({{ x }})
                / (({{ a }} + {{ step - 1 }}) * ({{ a }} + {{ step }}))
            {%- endset -%}
        {%- endif -%}
        {%- set inner.sql = '(1 + (' ~ part ~ ') / ' ~ inner.sql ~ ')' -%}
    {%- endfor -%}
    {{- inner.sql -}}
{%- endmacro -%}
