{#- The raw row as JSON: contact data hashed, free text and columns outside the contract left out. -#}
{%- macro rejected_row(columns) -%}
    {%- set cells = {} -%}
    {%- for name, meta in columns.items() -%}
        {%- if meta.get('privacy') == 'hash' -%}
            {%- do cells.update({name: name}) -%}
        {%- elif meta.get('max_length') -%}
            {%- do cells.update({name: read_text('raw_' ~ name, meta)}) -%}
        {%- elif meta.get('privacy') != 'drop' -%}
            {%- do cells.update({name: mask_contact('raw_' ~ name, is_id=meta.type == 'id')}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ row_as_json(cells) }}
{%- endmacro -%}

{#- The key of a rejected row, its parts joined by a bar. -#}
{%- macro rejected_key(columns) -%}
    {%- set parts = [] -%}
    {%- for name, meta in columns.items() if meta.get('key') -%}
        {%- set part = mask_contact('raw_' ~ name, is_id=meta.type == 'id') -%}
        {%- do parts.append("coalesce(" ~ part ~ ", '')") -%}
    {%- endfor -%}
    {{ parts | join(" || '|' || ") or "''" }}
{%- endmacro -%}
