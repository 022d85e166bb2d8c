{#- Text as it is, but its salted hash where it holds an e-mail address or a phone number in
    international form: no column of the raw contract lets one through. is_id: ids keep what looks
    like a phone number in national form, for their leading zeros are theirs. -#}
{%- macro mask_contact(value, is_id=false) -%}
    {%- set text = trim_text(value) -%}
    {%- set dialled = with_plain_digits(text) -%}
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
            and {{ matches_pattern(dialled, '(?s).*\\+ ?\\(?[0-9][0-9 ()./-]{6,}[0-9].*') }}
            then {{ salted_hash(value) }}
        {%- if not is_id %}
        when
            substr({{ dialled }}, 1, 1) in ('0', '(')
            and {{ matches_pattern(
                dialled, '(\\(?0[0-9]{2,4}\\)?|\\([0-9]{3}\\))([ ./-]?[0-9]){6,9}'
            ) }}
            then {{ salted_hash(value) }}
        {%- endif %}
        else {{ text }}
    end
{%- endmacro -%}

{#- Text with Persian and Arabic digits, no-break spaces and typographic hyphens as ASCII has them. -#}
{%- macro with_plain_digits(text) -%}
    {%- set digits = '\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9'
        ~ '\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669' -%}
    {%- set signs = '\u00a0\u2007\u202f' ~ '\u2010\u2011\u2012\u2013\u2014\u2015' -%}
    translate({{ text }}, '{{ digits ~ signs }}', '{{ '0123456789' * 2 ~ '   ------' }}')
{%- endmacro -%}

{#- Text that is trimmed and can hold no contact data: plain signs only, no 0 and no bracket first. -#}
{%- macro plain_text_pattern() -%}
    {{- return('[A-Za-z1-9]([A-Za-z0-9_.:/ -]*[A-Za-z0-9])?') -}}
{%- endmacro -%}
