{% set jalali_names = [
    'Farvardin', 'Ordibehesht', 'Khordad', 'Tir', 'Mordad', 'Shahrivar', 'Mehr', 'Aban', 'Azar',
    'Dey', 'Bahman', 'Esfand'
] %}
{% set gregorian_names = [
    'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September',
    'October', 'November', 'December'
] %}
with calendar_days as (

    select *
    from {{ ref('staging__calendar_days') }}

),

final as (

    select
        date_day,
        gregorian_year,
        gregorian_quarter,
        gregorian_month,
        gregorian_day,
        cast(
            case gregorian_month
                {% for name in gregorian_names %}
                when {{ loop.index }} then '{{ name }}'
                {% endfor %}
            end || ' ' || cast(gregorian_year as varchar(4)) as varchar(40)
        ) as gregorian_month_label,
        cast(
            'Q' || cast(gregorian_quarter as varchar(1)) || ' '
            || cast(gregorian_year as varchar(4)) as varchar(40)
        ) as gregorian_quarter_label,
        cast(cast(gregorian_year as varchar(4)) as varchar(40)) as gregorian_year_label,
        gregorian_month_start,
        gregorian_month_end,
        gregorian_quarter_start,
        gregorian_quarter_end,
        gregorian_year_start,
        gregorian_year_end,
        jalali_year,
        jalali_quarter,
        jalali_month,
        jalali_day,
        cast(
            case jalali_month
                {% for name in jalali_names %}
                when {{ loop.index }} then '{{ name }}'
                {% endfor %}
            end || ' ' || cast(jalali_year as varchar(4)) as varchar(40)
        ) as jalali_month_label,
        cast(
            'Q' || cast(jalali_quarter as varchar(1)) || ' '
            || cast(jalali_year as varchar(4)) as varchar(40)
        ) as jalali_quarter_label,
        cast(cast(jalali_year as varchar(4)) as varchar(40)) as jalali_year_label,
        jalali_month_start,
        jalali_month_end,
        jalali_quarter_start,
        jalali_quarter_end,
        jalali_year_start,
        jalali_year_end
    from calendar_days

)

select * from final
