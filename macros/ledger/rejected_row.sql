{#- The raw row as JSON: contact data hashed, free text and columns outside the contract left out. -#}
{%- macro rejected_row(columns) -%}
    {%- set cells = {} -%}
    {%- for name, meta in columns.items() -%}
        {%- if meta.get('privacy') == 'hash' -%}
            {%- do cells.update({name: name}) -%}
        {%- elif meta.get('privacy') != 'drop' -%}
            {%- do cells.update({name: mask_contact('raw_' ~ name)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ row_as_json(cells) }}
{%- endmacro -%}

{#- The key of a rejected row, its parts joined by a bar. -#}
{%- macro rejected_key(keys) -%}
    {%- set parts = [] -%}
    {%- for name in keys -%}
        {%- do parts.append("coalesce(" ~ mask_contact('raw_' ~ name) ~ ", '')") -%}
    {%- endfor -%}
    {{ parts | join(" || '|' || ") or "''" }}
{%- endmacro -%}
