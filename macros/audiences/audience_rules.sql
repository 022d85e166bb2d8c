{#- The var audiences, checked: each with audience, destination, when, and columns, those that `when`
    names. Stops the parse with every error found. -#}
{%- macro audience_rules() -%}
    {%- set problems = [] -%}
    {%- set rules = [] -%}
    {%- for given in var('audiences') -%}
        {%- set name = given.get('audience') | string -%}
        {%- set when = given.get('when') | string -%}
        {%- set place = 'audience ' ~ name -%}
        {%- set known = ['audience', 'destination', 'when'] -%}
        {%- for key in given if key not in known -%}
            {%- do problems.append(place ~ ': ' ~ key ~ ' is none of ' ~ known | join(', ')) -%}
        {%- endfor -%}
        {%- if not modules.re.fullmatch('[a-z][a-z0-9_]{0,59}', name) -%}
            {%- do problems.append(place ~ ': a name is small letters, digits and _, at most 60') -%}
        {%- elif name in rules | map(attribute='audience') -%}
            {%- do problems.append(place ~ ' stands twice') -%}
        {%- endif -%}
        {%- if given.get('destination') not in audience_destinations() -%}
            {%- do problems.append(
                place ~ ': destination ' ~ given.get('destination') ~ ' is none of '
                ~ audience_destinations() | join(', ')
            ) -%}
        {%- endif -%}
        {%- set bare = modules.re.sub("'[^']*'", ' ', when) -%}
        {%- set words = modules.re.findall('[A-Za-z_][A-Za-z0-9_]*', bare) -%}
        {%- set columns = [] -%}
        {%- for word in words if word not in audience_words() -%}
            {%- if word not in audience_columns() -%}
                {%- do problems.append(
                    place ~ ': no column ' ~ word ~ '; a rule may name '
                    ~ audience_columns() | join(', ')
                ) -%}
            {%- elif word not in columns -%}
                {%- do columns.append(word) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set is_plain = modules.re.fullmatch('[A-Za-z0-9_ .,()<>=+*/%-]*', bare) -%}
        {%- if not columns or not is_plain or '--' in bare or '/*' in bare -%}
            {%- do problems.append(
                place ~ ': when is a condition on columns, numbers and texts in single quotes'
            ) -%}
        {%- endif -%}
        {%- do rules.append({
            'audience': name, 'destination': given.get('destination'), 'when': when,
            'columns': columns
        }) -%}
    {%- endfor -%}
    {%- if problems -%}
        {%- do stop_run(problems) -%}
    {%- endif -%}
    {{- return(rules) -}}
{%- endmacro -%}

{#- Where lists go. -#}
{%- macro audience_destinations() -%}
    {{- return(['email', 'sms', 'push', 'ads']) -}}
{%- endmacro -%}

{#- Words of SQL that a rule may hold beside columns. -#}
{%- macro audience_words() -%}
    {{- return([
        'and', 'or', 'not', 'is', 'null', 'in', 'between', 'like', 'true', 'false', 'coalesce',
        'abs', 'least', 'greatest', 'lower', 'upper'
    ]) -}}
{%- endmacro -%}

{#- The columns of a customer that a rule may name, as customers.audience_members makes them. -#}
{%- macro audience_columns() -%}
    {{- return([
        'acquisition_channel', 'acquisition_campaign', 'country', 'region', 'city',
        'lifecycle_state', 'nps_group', 'rfm_segment', 'favourite_category', 'buying_behaviour',
        'orders', 'order_days', 'net_revenue', 'average_order_value', 'historic_value',
        'predicted_clv', 'probability_alive', 'value_top_share', 'recency_score',
        'frequency_score', 'monetary_score', 'discounted_order_share', 'days_since_last_order',
        'median_days_between_orders', 'days_overdue', 'days_since_sign_up', 'days_since_session',
        'days_since_abandoned_cart', 'days_since_nps'
    ]) -}}
{%- endmacro -%}
