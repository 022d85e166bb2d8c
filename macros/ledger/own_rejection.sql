{#- The first reason, in the contract's order, for which a row of its own falls; null: none. -#}
{%- macro own_rejection(columns, event) -%}
    {%- set missing, timestamps, numbers, booleans, negatives, scores = [], [], [], [], [], [] -%}
    {%- for name, meta in columns.items() -%}
        {%- set unread = unread_value(name) -%}
        {%- set is_text = meta.type in ('id', 'text') -%}
        {%- if meta.get('required') and is_text -%}
            {%- do missing.append(name ~ ' is null') -%}
        {%- elif meta.get('required') and meta.get('key') -%}
            {%- do missing.append(trim_text('raw_' ~ name) ~ ' is null') -%}
        {%- endif -%}
        {%- set is_bad = name ~ ' is null' if meta.get('required') else unread -%}
        {%- if meta.type == 'timestamp' -%}
            {%- do timestamps.append(is_bad) -%}
        {%- elif meta.type == 'boolean' -%}
            {%- do booleans.append(is_bad) -%}
        {%- elif not is_text -%}
            {%- do numbers.append(is_bad) -%}
            {%- if meta.type == 'count' -%}
                {%- do numbers.append(name ~ ' % 1 <> 0') -%}
            {%- endif -%}
            {%- if meta.type == 'rate' -%}
                {%- do numbers.append(name ~ ' = 0') -%}
            {%- endif -%}
            {%- if meta.type == 'score' -%}
                {%- do scores.append(name) -%}
            {%- elif meta.get('sign') != 'absolute' -%}
                {%- do negatives.append(name ~ ' < 0') -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if event -%}
        {%- set event_day = read_business_date('raw_' ~ event, event) -%}
        {%- do timestamps.append(event_day ~ " not between date '1921-03-21' and date '2122-03-20'") -%}
    {%- endif -%}
    case
        {%- for reason, conditions in [
            ('missing_key', missing), ('bad_timestamp', timestamps), ('bad_number', numbers),
            ('bad_boolean', booleans), ('negative_amount', negatives)
        ] if conditions %}
        when
            {{ conditions | join('\n            or ') }}
            then '{{ reason }}'
        {%- endfor %}
        {%- for score in scores %}
        when
            (survey_type = 'nps' and ({{ score }} % 1 <> 0 or {{ score }} not between 0 and 10))
            or (survey_type = 'csat' and ({{ score }} % 1 <> 0 or {{ score }} not between 1 and 5))
            then 'score_out_of_range'
        {%- endfor %}
    end
{%- endmacro -%}
