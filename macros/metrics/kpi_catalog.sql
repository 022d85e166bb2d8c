{#-
    What metrics.kpis quotes: one entry a period mart. A mart or figure that is not quoted is named
    with the reason; a test holds the list against the columns of every period mart.
      rows       condition on the rows to quote, of a mart with further dimensions
      summed     true: the figures are sums over the mart's further dimensions
      totals     grow day by day, so an open period can be projected
      people     distinct people: they do not grow day by day
      levels     what stands at one end of the period
      rates      figure: [numerator, denominator], or [] where a figure has no such parts
      left_out   figure: reason
-#}
{%- macro kpi_catalog() -%}
    {{- return([
        {
            'mart': 'customer_flow',
            'totals': ['new_customers', 'reactivated_customers', 'churned_customers'],
            'people': ['lost_customers'],
            'levels': ['customers_start', 'customers_end'],
            'rates': {
                'churn_rate': ['lost_customers', 'customers_start'],
                'retention_rate': ['customers_start - lost_customers', 'customers_start'],
                'net_customer_loss_rate': ['customers_start - customers_end', 'customers_start'],
                'leaky_bucket_ratio': ['churned_customers', 'new_customers'],
            },
        },
        {
            'mart': 'revenue_churn',
            'totals': [
                'new_mrr', 'reactivation_mrr', 'expansion_mrr', 'contraction_mrr', 'churned_mrr',
            ],
            'people': [
                'new_subscribers', 'reactivated_subscribers', 'expanded_subscribers',
                'contracted_subscribers', 'churned_subscribers',
            ],
            'levels': [
                'opening_mrr', 'closing_mrr', 'opening_subscribers', 'closing_subscribers',
            ],
            'rates': {
                'gross_revenue_churn_rate': ['contraction_mrr + churned_mrr', 'opening_mrr'],
                'net_revenue_churn_rate':
                    ['contraction_mrr + churned_mrr - expansion_mrr', 'opening_mrr'],
                'subscriber_churn_rate': ['churned_subscribers', 'opening_subscribers'],
            },
        },
        {
            'mart': 'repeat_purchase',
            'people': ['buyers', 'repeat_buyers', 'returning_buyers'],
            'levels': ['cumulative_buyers', 'cumulative_repeat_buyers'],
            'rates': {
                'repeat_rate': ['repeat_buyers', 'buyers'],
                'returning_rate': ['returning_buyers', 'buyers'],
                'cumulative_repeat_rate': ['cumulative_repeat_buyers', 'cumulative_buyers'],
            },
        },
        {
            'mart': 'revenue',
            'totals': [
                'orders', 'customer_orders', 'gross_revenue', 'discount_amount',
                'charged_revenue', 'net_revenue', 'customer_revenue',
            ],
            'people': ['buyers', 'active_users'],
            'rates': {
                'discount_share': ['discount_amount', 'gross_revenue'],
                'average_order_value': ['charged_revenue', 'orders'],
                'orders_per_buyer': ['customer_orders', 'buyers'],
                'revenue_per_active_user': ['net_revenue', 'active_users'],
                'top_20_percent_revenue_share':
                    ['top_20_percent_revenue', 'customer_revenue'],
            },
            'left_out': {
                'top_20_percent_revenue': 'numerator of top_20_percent_revenue_share',
            },
        },
        {
            'mart': 'nps',
            'rows': "segment_type = 'all'",
            'people': ['responses', 'promoters', 'passives', 'detractors'],
            'rates': {'nps': ['100 * (promoters - detractors)', 'responses']},
            'left_out': {
                'standard_error': 'the precision of nps, not a figure to aim at',
                'ci_low': 'the precision of nps, not a figure to aim at',
                'ci_high': 'the precision of nps, not a figure to aim at',
            },
        },
        {
            'mart': 'service_adoption',
            'people': [
                'service_customers', 'one_service_customers', 'two_service_customers',
                'three_or_more_service_customers', 'multi_service_customers',
            ],
            'totals': ['first_service_customers', 'second_service_customers'],
            'levels': ['cumulative_service_customers', 'cumulative_multi_service_customers'],
            'rates': {
                'multi_service_share': ['multi_service_customers', 'service_customers'],
                'services_per_customer': ['services_used', 'service_customers'],
                'cumulative_multi_service_share':
                    ['cumulative_multi_service_customers', 'cumulative_service_customers'],
            },
            'left_out': {'services_used': 'numerator of services_per_customer'},
        },
        {
            'mart': 'visitors',
            'totals': [
                'new_visitors', 'sessions', 'order_sessions', 'cart_sessions',
                'checkout_sessions', 'decided_carts', 'abandoned_carts',
            ],
            'people': ['visitors', 'returning_visitors'],
            'rates': {
                'returning_visitor_rate': ['returning_visitors', 'visitors'],
                'sessions_per_visitor': ['sessions', 'visitors'],
                'cart_rate': ['cart_sessions', 'sessions'],
                'order_rate': ['order_sessions', 'sessions'],
                'cart_abandonment_rate': ['abandoned_carts', 'decided_carts'],
                'mean_sessions_to_order': ['sessions_to_order', 'order_sessions'],
                'median_sessions_to_order': [],
            },
            'left_out': {'sessions_to_order': 'numerator of mean_sessions_to_order'},
        },
        {
            'mart': 'marketing_funnel',
            'people': [
                'visitors', 'engaged_visitors', 'new_buyers', 'second_order_buyers',
                'fifth_order_buyers', 'earlier_second_order_buyers', 'earlier_fifth_order_buyers',
                'untracked_new_buyers', 'untracked_second_order_buyers',
                'untracked_fifth_order_buyers', 'engaged_visitor_loss', 'new_buyer_loss',
                'second_order_loss', 'fifth_order_loss',
            ],
            'rates': {
                'engaged_visitor_rate': ['engaged_visitors', 'visitors'],
                'engaged_visitor_loss_rate': ['engaged_visitor_loss', 'visitors'],
                'new_buyer_rate': ['new_buyers', 'engaged_visitors'],
                'new_buyer_loss_rate': ['new_buyer_loss', 'engaged_visitors'],
                'second_order_rate': ['second_order_buyers', 'new_buyers'],
                'second_order_loss_rate': ['second_order_loss', 'new_buyers'],
                'fifth_order_rate': ['fifth_order_buyers', 'second_order_buyers'],
                'fifth_order_loss_rate': ['fifth_order_loss', 'second_order_buyers'],
            },
        },
        {
            'mart': 'race_funnel',
            'rows': "channel = 'all'",
            'totals': [
                'sessions', 'lead_sessions', 'engaged_sessions', 'timed_sessions',
                'session_seconds', 'social_interactions', 'order_sessions', 'orders',
                'charged_revenue', 'sales',
            ],
            'people': [
                'visitors', 'buyers', 'returning_buyers', 'responses', 'promoters', 'detractors',
            ],
            'levels': ['followers'],
            'rates': {
                'value_per_visitor': ['sales', 'visitors'],
                'lead_rate': ['lead_sessions', 'sessions'],
                'minutes_per_session': ['session_seconds', '60 * timed_sessions'],
                'engaged_rate': ['engaged_sessions', 'sessions'],
                'conversion_rate': ['order_sessions', 'sessions'],
                'average_order_value': ['charged_revenue', 'orders'],
                'returning_rate': ['returning_buyers', 'buyers'],
                'nps': ['100 * (promoters - detractors)', 'responses'],
            },
        },
        {
            'mart': 'acquisition',
            'summed': true,
            'totals': ['spend', 'new_customers'],
            'rates': {
                'cac': ['spend', 'new_customers'],
                'first_order_margin': ['total_first_order_margin', 'first_order_margin_customers'],
                'ltv': ['total_value', 'new_customers'],
                'predicted_ltv': ['total_predicted_value', 'predicted_customers'],
                'ltv_to_cac': ['total_value', 'spend'],
            },
            'left_out': {
                'payback_months': 'a month number of one channel; those of several make no sum',
                'first_order_margin_customers': 'denominator of first_order_margin',
                'total_first_order_margin': 'numerator of first_order_margin',
                'total_value': 'numerator of ltv',
                'predicted_customers': 'denominator of predicted_ltv',
                'total_predicted_value': 'numerator of predicted_ltv',
            },
        },
        {
            'mart': 'winback',
            'totals': ['winback_spend'],
            'people': ['won_back_customers'],
            'levels': ['churned_pool'],
            'rates': {
                'winback_rate': ['won_back_customers', 'churned_pool'],
                'cost_per_winback': ['winback_spend', 'won_back_customers'],
            },
            'left_out': {
                'measured_spend': 'A part of winback_spend, dated by the campaign.',
                'incremental_customers': 'An estimate; metrics.experiments has its interval.',
                'cost_per_incremental_customer': 'Of measured_spend and incremental_customers.',
            },
        },
        {
            'mart': 'referrals',
            'totals': [
                'referred_signups', 'eligible_signups', 'referred_buyers', 'new_customers',
                'referred_customers',
            ],
            'people': ['active_referrers'],
            'rates': {
                'referral_conversion_rate': ['referred_buyers', 'eligible_signups'],
                'share_of_new_customers': ['referred_customers', 'new_customers'],
                'clv_referred': ['referred_value', 'referred_customers'],
                'clv_not_referred': ['not_referred_value', 'new_customers - referred_customers'],
            },
            'left_out': {
                'referred_value': 'numerator of clv_referred',
                'not_referred_value': 'numerator of clv_not_referred',
            },
        },
        {
            'mart': 'churn_sensitivity',
            'left_out': {'*': 'churn_rate under other windows; the shop runs by customer_flow'},
        },
        {
            'mart': 'service_transitions',
            'left_out': {'*': 'a row a pair of services; service_adoption has the whole shop'},
        },
    ]) -}}
{%- endmacro -%}
