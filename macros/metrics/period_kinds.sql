{#- Every calendar and grain that a period mart has: a list of (calendar, grain). -#}
{%- macro period_kinds() -%}
    {%- set kinds = [] -%}
    {%- for calendar in ['gregorian', 'jalali'] -%}
        {%- for grain in ['month', 'quarter', 'year'] -%}
            {%- do kinds.append((calendar, grain)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(kinds) -}}
{%- endmacro -%}
