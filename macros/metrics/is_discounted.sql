{#- Whether an order was not bought at full price: a discount above zero, or a coupon. -#}
{%- macro is_discounted(discount_amount, coupon_code) -%}
    ({{ discount_amount }} > 0 or {{ coupon_code }} is not null)
{%- endmacro -%}
