{#- Who came: the customer where he is known, else the visitor. -#}
{%- macro person_id(customer_id, visitor_id) -%}
    coalesce('customer ' || {{ customer_id }}, 'visitor ' || {{ visitor_id }})
{%- endmacro -%}
