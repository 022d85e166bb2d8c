{#- Whether a model adds to what the build before made of it; never in a unit test. -#}
{%- macro goes_on() -%}
    {{- return(model.config.materialized == 'incremental' and is_incremental()) -}}
{%- endmacro -%}
