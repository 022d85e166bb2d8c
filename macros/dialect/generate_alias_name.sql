{#- File <schema>__<name>.sql makes relation <schema>.<name>. -#}
{%- macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{- (custom_alias_name or node.name.split('__', 1)[-1]) | trim -}}
{%- endmacro -%}
