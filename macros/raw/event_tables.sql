{#- The raw tables with a ledger, in the order of the contract. Written down, for the sources are not
    known while the project is parsed. -#}
{%- macro event_tables() -%}
    {{- return([
        'orders', 'order_items', 'refunds', 'customers', 'sessions', 'surveys', 'subscriptions',
        'marketing_spend', 'campaign_sends', 'social_daily', 'fx_rates'
    ]) -}}
{%- endmacro -%}
