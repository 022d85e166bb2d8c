{#- The figures of one catalog entry that are quoted, as a list of {name, metric, kind, value,
    numerator, denominator}: SQL expressions of the mart's columns. -#}
{%- macro kpi_figures(entry) -%}
    {%- set figures = [] -%}
    {%- for kind in ['totals', 'people', 'levels'] -%}
        {%- for name in entry.get(kind, []) -%}
            {%- do figures.append({
                'name': name, 'metric': entry.mart ~ '.' ~ name,
                'kind': {'totals': 'total', 'people': 'people', 'levels': 'level'}[kind],
                'value': 'sum(' ~ name ~ ')' if entry.get('summed') else name,
                'numerator': 'null', 'denominator': 'null',
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, parts in entry.get('rates', {}).items() -%}
        {%- set sums = [] -%}
        {%- for part in parts -%}
            {%- do sums.append('sum(' ~ part ~ ')' if entry.get('summed') else part) -%}
        {%- endfor -%}
        {%- do figures.append({
            'name': name, 'metric': entry.mart ~ '.' ~ name, 'kind': 'rate',
            'value': rate(sums[0], sums[1]) if entry.get('summed') else name,
            'numerator': sums[0] if sums else 'null',
            'denominator': sums[1] if sums else 'null',
        }) -%}
    {%- endfor -%}
    {{- return(figures) -}}
{%- endmacro -%}
