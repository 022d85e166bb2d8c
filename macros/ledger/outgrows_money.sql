{#- Whether money of the row, which fits decimal(18, 4), no longer does in the reporting currency. -#}
{%- macro outgrows_money(columns, rate) -%}
    {%- set limits = [] -%}
    {%- for name, meta in columns.items() if meta.type == 'money' -%}
        {%- do limits.append('abs(cast(' ~ name ~ ' as double)) * ' ~ rate ~ ' >= 99999999999999') -%}
    {%- endfor -%}
    ({{ rate }} <> 1 and ({{ limits | join(' or ') or 'false' }}))
{%- endmacro -%}
