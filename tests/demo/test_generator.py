import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from examples.demo_shop.generate import DEMO_FOLDER, TRUTH_FILE, Demo, build, truth_file, write

# The raw contract, written out again on purpose: table → key columns, other columns.
CONTRACT = {
    "orders": (
        "order_id",
        (
            "customer_id ordered_at amount currency status discount_amount refund_amount"
            " cost_amount sales_channel service coupon_code session_id updated_at"
        ),
    ),
    "order_items": (
        "order_id line_number",
        "product_id category brand quantity unit_price discount_amount unit_cost",
    ),
    "refunds": ("refund_id", "order_id refunded_at amount"),
    "customers": (
        "customer_id",
        (
            "signed_up_at acquisition_channel acquisition_campaign referred_by_customer_id country"
            " region city birth_date email phone email_consent sms_consent push_consent updated_at"
        ),
    ),
    "sessions": (
        "session_id",
        (
            "visitor_id customer_id started_at ended_at utm_source utm_medium utm_campaign device"
            " page_views product_views cart_additions checkouts leads"
        ),
    ),
    "surveys": ("response_id", "customer_id responded_at survey_type score reason comment"),
    "subscriptions": ("subscription_id valid_from", "customer_id valid_to mrr currency"),
    "marketing_spend": (
        "spend_date channel campaign objective currency",
        "amount impressions clicks",
    ),
    "campaign_sends": (
        "send_id",
        (
            "campaign customer_id medium variant sent_at delivered_at opened_at clicked_at"
            " unsubscribed_at complained_at"
        ),
    ),
    "social_daily": ("activity_date network", "followers likes comments shares"),
    "fx_rates": ("rate_date currency", "rate"),
}
LARGEST_SIZE = 5_000_000


@pytest.fixture(scope="module")
def demo() -> Demo:
    return build()


def content(path: Path) -> bytes:
    packed = path.read_bytes()
    return gzip.decompress(packed) if path.suffix == ".gz" else packed


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): content(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def records(demo: Demo, table: str) -> Iterator[tuple[list[str], list[str]]]:
    """Header and fields of each raw row of a table, in the order of files and lines."""
    for name, text in demo.files.items():
        if name.split("/")[0].split(".")[0] == table:
            reader = csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))
            header = next(reader)
            yield from ((header, fields) for fields in reader)


def rows(demo: Demo, table: str) -> Iterator[dict[str, str]]:
    """The well-formed rows of a table under the contract's names, constants included."""
    renamed = yaml.safe_load(demo.files["columns.yml"]).get(table, {})
    names = {header: column for column, header in renamed.items() if isinstance(header, str)}
    fixed = {column: v["constant"] for column, v in renamed.items() if isinstance(v, dict)}
    for header, fields in records(demo, table):
        if len(fields) == len(header):
            named = [names.get(column, column) for column in header]
            yield dict(zip(named, fields, strict=True)) | fixed


def test_committed_files_are_what_the_generator_writes(demo: Demo) -> None:
    # Prevents a demo folder that was edited by hand or left behind by a changed generator.
    assert files_in(DEMO_FOLDER) == demo.files


def test_committed_truth_is_what_the_generator_plants(demo: Demo) -> None:
    # Prevents checks against a truth that belongs to other data.
    assert TRUTH_FILE.read_text(encoding="utf-8") == truth_file(demo.truth)
    assert yaml.safe_load(truth_file(demo.truth)) == demo.truth


def test_two_runs_write_the_same_bytes(demo: Demo, tmp_path: Path) -> None:
    # Prevents a clock or an unseeded draw in the generator, or a time in the gzip header.
    for name in ("first", "second"):
        write(build.__wrapped__().files, tmp_path / name)
    first, second = ((tmp_path / name).rglob("*") for name in ("first", "second"))
    packed = [[p.read_bytes() for p in sorted(run) if p.is_file()] for run in (first, second)]
    assert packed[0] == packed[1]
    assert files_in(tmp_path / "first") == demo.files


def test_demo_folder_stays_small() -> None:
    # Prevents a clone that takes long only because of sample data.
    size = sum(path.stat().st_size for path in DEMO_FOLDER.rglob("*") if path.is_file())
    assert 0 < size <= LARGEST_SIZE


@pytest.mark.parametrize("table", CONTRACT)
def test_every_column_of_the_contract_has_values(demo: Demo, table: str) -> None:
    # Prevents a demo that never shows some table or optional column.
    keys, others = CONTRACT[table]
    filled = {column for row in rows(demo, table) for column, value in row.items() if value.strip()}
    assert filled >= {*keys.split(), *others.split()}


def test_columns_are_renamed_and_a_constant_is_named(demo: Demo) -> None:
    # Prevents a demo that leaves the path of a user's own headers untried.
    columns = yaml.safe_load(demo.files["columns.yml"])
    assert columns["orders"]["order_id"] == "Order Number"
    assert columns["subscriptions"]["currency"] == {"constant": "EUR"}


@pytest.mark.parametrize("table", CONTRACT)
def test_raw_rows_of_the_files_are_those_of_the_truth(demo: Demo, table: str) -> None:
    # Prevents a row that is written without being counted, or counted without being written.
    planted = demo.truth["rows"][table]
    assert sum(1 for _ in records(demo, table)) == planted["raw_rows"]
    fates = ("rejected_rows", "superseded_rows", "not_yet_visible_rows", "staged_rows")
    assert planted["raw_rows"] == sum(planted[fate] for fate in fates)
    assert planted["rejected_rows"] == sum(planted["rejected_by_reason"].values())
    assert planted["rejected_rows"] <= 0.015 * planted["raw_rows"]


@pytest.mark.parametrize("table", CONTRACT)
def test_bad_lines_are_as_many_as_planted(demo: Demo, table: str) -> None:
    # Prevents a line of free text whose commas or quotes break it unnoticed.
    broken = sum(len(fields) != len(header) for header, fields in records(demo, table))
    assert broken == demo.truth["rows"][table]["rejected_by_reason"].get("bad_line", 0)


@pytest.mark.parametrize("table", CONTRACT)
def test_only_planted_versions_share_a_key(demo: Demo, table: str) -> None:
    # Prevents an accidental duplicate, which would be superseded without being counted. Rejected
    # rows may repeat a key, so the planted versions and rejections bound the repeats.
    key = CONTRACT[table][0].split()
    keys = Counter(tuple(row[column].strip() for column in key) for row in rows(demo, table))
    repeats = keys.total() - len(keys)
    planted = demo.truth["rows"][table]
    assert planted["superseded_rows"] <= repeats
    assert repeats <= planted["superseded_rows"] + planted["rejected_rows"]


def test_every_customer_named_anywhere_is_one_of_the_planted(demo: Demo) -> None:
    # Prevents a stray id that the warehouse would rightly count as one more customer.
    named = {
        row["customer_id"].strip()
        for table in (
            "orders",
            "customers",
            "sessions",
            "surveys",
            "subscriptions",
            "campaign_sends",
        )
        for row in rows(demo, table)
    } - {""}
    assert named == {f"C{number:05d}" for number in range(1, 3001)}
    assert demo.truth["totals"]["customers_ever_seen"] == len(named)


def test_nothing_but_the_far_future_lies_after_the_last_day(demo: Demo) -> None:
    # Prevents rows that are not yet visible at as_of: the planted counts have none.
    events = {"orders": "ordered_at", "sessions": "started_at", "surveys": "responded_at"}
    for table, event in events.items():
        days = {row[event][:10] for row in rows(demo, table) if row[event].startswith("20")}
        assert max(day for day in days if not day.startswith("2099")) == demo.truth["as_of"]
        assert "2099-01-01" in days


def test_planted_effects_are_there() -> None:
    # Prevents a change of the shop that quietly loses what the demo is meant to show.
    truth = yaml.safe_load(TRUTH_FILE.read_text(encoding="utf-8"))
    channel = truth["one_and_done_channel"]
    assert channel["buyers_with_two_order_days"] < 0.1 * channel["buyers"]
    assert channel["of_these_with_two_order_days"] > 0.6 * channel["buyers_of_other_channels"]
    assert truth["outage"]["three_day_change"] == pytest.approx(-0.5, abs=0.02)
    churn = truth["churn_by_nps_group"]
    assert churn["detractor_to_promoter"] == pytest.approx(2.0, abs=churn["tolerance"])
    lift = truth["campaign_with_lift"]
    assert lift["conversion_lift"] == pytest.approx(lift["planted_lift"], abs=0.003)
    assert lift["sample_ratio_chi_square"] == 0
    broken = truth["campaign_with_broken_randomisation"]
    # 10.83 is the 0.999 quantile of chi-square on one degree of freedom.
    assert broken["sample_ratio_chi_square"] > 10.83
