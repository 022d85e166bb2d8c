"""What a run may be asked for in the environment."""

import pytest

from orchestration.settings import SettingsError, project_vars, read_settings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("VARS", "{churn_after_days: 60", "not a mapping"),
        ("VARS", "60", "not a mapping"),
        ("VARS", "{churn_after_day: 60}", "no var is called churn_after_day"),
        ("VARS", "{churn_after_days: sixty}", "churn_after_days: sixty is no whole number"),
        ("VARS", "{churn_after_days: 0}", "churn_after_days: 0 is no whole number from 1"),
        ("VARS", "{churn_after_days: null}", "churn_after_days: None is no whole number"),
        ("VARS", "{not_counted_statuses: cancelled}", "cancelled is no list"),
        ("VARS", "{max_rejected_share: 5}", "max_rejected_share: 5 is no share within 0 and 1"),
        ("VARS", "{max_rejected_share: 5%}", "5% is no share"),
        ("VARS", "{business_timezone: Mars/Olympus}", "Mars/Olympus is no time zone"),
        ("VARS", "{business_timezone: 5}", "5 is no time zone"),
        ("VARS", "{reporting_currency: 5}", "5 is no text"),
        ("VARS", "{audiences: [everybody]}", "is no list like its default"),
        ("VARS", "{max_contacts_per_days: 2}", "2 is no mapping"),
        ("MEMORY_LIMIT", "lots", "MEMORY_LIMIT lots: not a size like 8GB"),
        ("KEEP_PUBLISHED", "x", "KEEP_PUBLISHED x: not a whole number"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    # Prevents: a typo after which the defaults hold, or a word taken for the list of its letters.
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said):
        read_settings()


@pytest.mark.parametrize(
    "variables",
    [
        "",
        str(dict(project_vars())).replace("None", "null"),
        "{rfm_window_days: null, not_counted_statuses: [], max_rejected_share: 1}",
        "{holdout_share: 0, clv_discount_rate: 0.1, business_timezone: Asia/Tehran}",
    ],
)
def test_what_the_project_takes_is_taken(monkeypatch: pytest.MonkeyPatch, variables: str) -> None:
    monkeypatch.setenv("VARS", variables)
    assert read_settings().variables == variables
