import pytest

from lint.file_rules import check_yaml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 2\nmodels: []\n", "`version:` says nothing any more: remove it"),
        (
            "models:\n  - name: a\n    tests: [unique]\n",
            "write `data_tests:`: the key `tests:` goes with dbt 2",
        ),
        ("models:\n" + "# line\n" * 400, "401 lines, more than 400: split the folder"),
    ],
)
def test_yaml_that_dbt_accepts_in_silence_is_found(text: str, message: str) -> None:
    assert [finding.message for finding in check_yaml("models/a.yml", text)] == [message]


def test_yaml_of_the_house_passes() -> None:
    text = "models:\n  - name: a\n    data_tests:\n      - unique_grain:\n# line\n"
    assert list(check_yaml("models/a.yml", text)) == []
