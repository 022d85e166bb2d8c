{#- Stop the run with one message a line. -#}
{%- macro stop_run(messages) -%}
    {%- do exceptions.raise_compiler_error('\n' ~ messages | join('\n')) -%}
{%- endmacro -%}
