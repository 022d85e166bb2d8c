"""The lookup seeds against the metric dictionary."""

import csv
from pathlib import Path

LOOKUPS = Path(__file__).parents[2] / "seeds" / "lookups"

# The dictionary's own words: recency scores, frequency scores, segment.
SEGMENTS = (
    ("12", "12", "hibernating"),
    ("12", "34", "at_risk"),
    ("12", "5", "cannot_lose"),
    ("3", "12", "about_to_sleep"),
    ("3", "3", "need_attention"),
    ("34", "45", "loyal"),
    ("4", "1", "promising"),
    ("5", "1", "new"),
    ("45", "23", "potential_loyalist"),
    ("5", "45", "champion"),
)


def read_seed(name: str) -> list[dict[str, str]]:
    """Read a lookup as rows of text."""
    with (LOOKUPS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_rfm_cell_has_the_segment_of_the_dictionary() -> None:
    # A cell without a segment drops its customers; one with two counts them twice.
    cells = sorted(
        (recency, frequency, segment)
        for recencies, frequencies, segment in SEGMENTS
        for recency in recencies
        for frequency in frequencies
    )
    assert len({cell[:2] for cell in cells}) == len(cells) == 25
    seed = [tuple(row.values()) for row in read_seed("lookup_rfm_segments")]
    assert sorted(seed) == cells


def test_channel_values_are_lower_case_and_trimmed() -> None:
    # Raw values are lowered and trimmed before they are met: another spelling is never found.
    for row in read_seed("lookup_channels"):
        assert row["value"] == row["value"].strip().lower() != ""
