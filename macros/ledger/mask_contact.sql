{#- Text as it is, but its salted hash where it holds an e-mail address or is a phone number in
    international form: no column of the raw contract lets one through. -#}
{%- macro mask_contact(value) -%}
    {%- set text = trim_text(value) -%}
    case
        when
            (contains({{ text }}, '@') or contains({{ text }}, '%40'))
            and {{ matches_pattern(text, '(?s).*[^\\s@]+(@|%40)[^\\s@]+.*') }}
            then {{ salted_hash(value) }}
        when
            substr({{ text }}, 1, 1) = '+'
            and {{ matches_pattern(text, '\\+[0-9][0-9 ()./-]{6,}[0-9]') }}
            then {{ salted_hash(value) }}
        else {{ text }}
    end
{%- endmacro -%}
