-- A new mart, or a new column of one, that metrics.kpis would pass over: every numeric column of
-- every mart by period is quoted or left out with a reason, and the catalog names nothing else.
{% set listed = {} %}
{% for entry in kpi_catalog() %}
    {% for figure in kpi_figures(entry) %}
        {% do listed.update({figure.metric: 'quoted'}) %}
    {% endfor %}
    {% for name, reason in entry.get('left_out', {}).items() if reason %}
        {% do listed.update({entry.mart ~ '.' ~ name: reason}) %}
    {% endfor %}
{% endfor %}
{% set problems = [] %}
{% set declared = [] %}
{% if execute %}
    {% for model in graph.nodes.values() %}
        {% set grain = (model.config.meta or {}).get('grain', []) %}
        {% if model.resource_type == 'model' and model.schema == 'metrics'
            and grain[:3] == ['calendar', 'period_grain', 'period_start']
            and model.alias != 'kpis' %}
            {% do declared.append(model.alias ~ '.*') %}
            {% for column in model.columns.values() if column.name not in grain %}
                {% set type = (column.data_type or '') | lower %}
                {% if type.startswith(('decimal', 'double'))
                    or type in ('bigint', 'integer', 'hugeint', 'float') %}
                    {% set figure = model.alias ~ '.' ~ column.name %}
                    {% do declared.append(figure) %}
                    {% if figure not in listed and model.alias ~ '.*' not in listed %}
                        {% do problems.append(figure ~ ' is neither quoted nor left out') %}
                    {% endif %}
                {% endif %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {% for figure in listed if figure not in declared %}
        {% do problems.append(figure ~ ' is in the catalog but in no mart') %}
    {% endfor %}
{% endif %}
select found.problem
from (values ({% for problem in problems %}'{{ problem }}'), ({% endfor %}'')) as found (problem)
where found.problem <> ''
