{#- Text as it is, but its salted hash where it holds an e-mail address or a phone number in
    international form: no column of the raw contract lets one through. is_id: ids keep what looks
    like a phone number in national form, for their leading zeros are theirs. -#}
{%- macro mask_contact(value, is_id=false) -%}
    {%- set text = trim_text(value) -%}
    {%- set as_text = 'cast(' ~ value ~ ' as string)' -%}
    case
        {#- Most text needs neither: one cheap look settles it. #}
        when {{ matches_pattern(as_text, plain_text_pattern()) }} then {{ as_text }}
        when
            (contains({{ text }}, '@') or contains({{ text }}, '%40'))
            and {{ matches_pattern(text, '(?s).*[^\\s@]+(@|%40)[^\\s@]+.*') }}
            then {{ salted_hash(value) }}
        when
            contains({{ text }}, '+')
            and {{ matches_pattern(text, '(?s).*\\+[0-9][0-9 ()./-]{6,}[0-9].*') }}
            then {{ salted_hash(value) }}
        {%- if not is_id %}
        when
            substr({{ text }}, 1, 1) in ('0', '(')
            and {{ matches_pattern(text, '(\\(?0[0-9]{2,4}\\)?|\\([0-9]{3}\\))([ -]?[0-9]){6,9}') }}
            then {{ salted_hash(value) }}
        {%- endif %}
        else {{ text }}
    end
{%- endmacro -%}

{#- Text that is trimmed and can hold no contact data: plain signs only, no 0 and no bracket first. -#}
{%- macro plain_text_pattern() -%}
    {{- return('[A-Za-z1-9]([A-Za-z0-9_.:/ -]*[A-Za-z0-9])?') -}}
{%- endmacro -%}
