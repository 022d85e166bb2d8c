{#- Run start: make the relations of schema raw from RAW_DIR, or stop with every error found. The
second dbt process of a build (KEEP_RAW_TABLES=1) takes over those of the first. -#}
{%- macro register_raw_tables() -%}
    {%- if
        execute
        and flags.WHICH in ('build', 'run', 'run-operation')
        and env_var('KEEP_RAW_TABLES', '') != '1'
    -%}
        {%- set settings = {
            'raw_dir': env_var('RAW_DIR', 'seeds/demo'),
            'as_of': env_var('AS_OF', ''),
            'run_at': env_var('RUN_AT', ''),
            'business_timezone': var('business_timezone'),
            'source_timezone': var('source_timezone'),
            'reporting_currency': var('reporting_currency'),
            'max_rejected_share': var('max_rejected_share'),
            'vars_fingerprint': vars_fingerprint(),
            'known_at': env_var('KNOWN_AT', ''),
            'previous': last_build(),
            'refresh_reason': 'as asked' if flags.FULL_REFRESH or env_var('KNOWN_AT', '') else ''
        } -%}
        {%- set plan_query -%}
            select plan_raw_registration(
                '{{ tojson(raw_contract()) | replace("'", "''") }}',
                '{{ tojson(settings) | replace("'", "''") }}'
            )
        {%- endset -%}
        {%- set plan = fromjson(run_query(plan_query).columns[0].values()[0]) -%}
        {%- for warning in plan.warnings -%}
            {%- do log('RAW_DIR: ' ~ warning, info=true) -%}
        {%- endfor -%}
        {%- if plan.errors -%}
            {%- do stop_run(plan.errors) -%}
        {%- endif -%}
        {%- if plan.refresh_reason and settings.previous -%}
            {%- do log('RAW_DIR is read anew, all of it: ' ~ plan.refresh_reason, info=true) -%}
        {%- endif -%}
        {%- do forget_last_build() -%}
        {%- for statement in plan.statements -%}
            {%- do run_query(statement) -%}
        {%- endfor -%}
        {%- if env_var('KNOWN_AT', '') -%}
            {%- do hide_later_rows(env_var('KNOWN_AT')) -%}
        {%- endif -%}
        {%- do run_query(
            "create or replace table raw.contract as select '"
            ~ tojson(raw_contract()) | replace("'", "''") ~ "' as contract"
        ) -%}
        {%- set newest_fit = run_query(
            "select is_converged from raw.model_fits where model = 'bg_nbd' and sample = 'all'"
            " and raw_dir = (select raw_dir from raw.run_request)"
            " and vars_fingerprint = '" ~ fit_fingerprint() ~ "'"
            " order by as_of desc, fit_number desc limit 1"
        ).columns[0].values() -%}
        {%- if not newest_fit or not newest_fit[0] -%}
            {%- do log(
                'No purchase model is fitted in this warehouse to this folder with these vars: what it '
                'would predict is null (make build fits it)', info=true
            ) -%}
        {%- endif -%}
        {#- Rows of a lookup are in no balance: nobody would see that one is missing. #}
        {%- set lines_that_stop = run_query(
            "select file_name || ': table ' || raw_table || ', line ' || file_row || case"
            " when is_open_quote then ': a quote opens and never closes'"
            " else ': has not as many fields as the header' end"
            " from raw.bad_lines where is_open_quote or raw_table not in ('"
            ~ event_tables() | join("', '") ~ "') order by 1"
        ).columns[0].values() -%}
        {%- if lines_that_stop -%}
            {%- do stop_run(lines_that_stop) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
