{#- An arm's sum of squares that is left of an outcome once theta times the revenue before is taken
    off; reads cuped_theta and the arm's products and before_squares. -#}
{%- macro residual_squares(arm, squares) -%}
    ({{ squares }} - cuped_theta * (2 * {{ arm }}products - cuped_theta * {{ arm }}before_squares))
{%- endmacro -%}
