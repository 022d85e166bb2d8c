{#- The entries of kpi_catalog of which at least one figure is quoted. -#}
{%- macro kpi_marts() -%}
    {%- set marts = [] -%}
    {%- for entry in kpi_catalog() if kpi_figures(entry) -%}
        {%- do marts.append(entry) -%}
    {%- endfor -%}
    {{- return(marts) -}}
{%- endmacro -%}
