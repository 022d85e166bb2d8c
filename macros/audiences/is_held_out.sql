{#- Whether a stable share of a list's customers, drawn by a salted hash, holds this one: the first
    eight digits of the hash, as a hexadecimal number, lie below the share. -#}
{%- macro is_held_out(secret, audience, customer_id, share) -%}
    {%- if share >= 1 -%}
        true
    {%- else -%}
        substr(
            {{ hash_text(secret ~ " || '|' || " ~ audience ~ " || '|' || " ~ customer_id) }}, 1, 8
        ) < '{{ '%08x' | format((share * 4294967296) | int) }}'
    {%- endif -%}
{%- endmacro -%}
