"""Attacks on the registration of raw files: what stands in a folder, a file or columns.yml."""

import gzip
import multiprocessing
import os
import tempfile
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.raw.folder import Content, plan_folder, register, write_folder

HEADER = "order_id,customer_id,ordered_at,amount\n"
ORDERS = HEADER + "1,ann,2024-01-01,10\n2,bob,2024-01-02,20\n"


def orders_of(folder: Path, columns: str = "order_id, customer_id") -> list[tuple[Any, ...]]:
    return (
        register(folder)
        .execute(f"select {columns} from raw.orders order by file_name, file_row")
        .fetchall()
    )


def bad_lines_of(folder: Path) -> list[tuple[Any, ...]]:
    return (
        register(folder)
        .execute("select raw_table, file_name, file_row from raw.bad_lines order by all")
        .fetchall()
    )


def one_error(folder: Path, **settings: Any) -> str:
    errors = plan_folder(folder, **settings).errors
    assert len(errors) == 1, errors
    assert "Traceback" not in errors[0]
    return errors[0]


# ---------------------------------------------------------------- which files are read


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", ORDERS),
        ("orders.CSV", ORDERS),
        ("orders.csv.gz", gzip.compress(ORDERS.encode())),
        ("orders.CSV.GZ", gzip.compress(ORDERS.encode())),
        ("orders.csv", gzip.compress(ORDERS.encode())),
        ("orders.csv.gz", ORDERS),
        ("orders/2024.csv", ORDERS),
        ("orders.csv/part-0.csv", ORDERS),
        ("orders.csv.gz", gzip.compress(HEADER.encode()) + gzip.compress(ORDERS[39:].encode())),
    ],
    ids=[
        *("plain", "upper", "gz", "upper-gz", "gz-by-content", "csv-by-content", "folder"),
        *("folder-with-ending", "two-gzip-members"),
    ],
)
def test_a_csv_is_read_whatever_it_is_called(tmp_path: Path, name: str, content: Content) -> None:
    # DuckDB goes by the ending: it read orders.CSV.GZ as text and found no row, without an error.
    assert orders_of(write_folder(tmp_path, {name: content})) == [("1", "ann"), ("2", "bob")]


@pytest.mark.parametrize("ending", [".parquet", ".PARQUET", ".Parquet"])
def test_a_parquet_file_is_read_whatever_the_case_of_its_ending(
    tmp_path: Path, ending: str
) -> None:
    table = pa.table(
        {"order_id": ["1"], "customer_id": ["ann"], "ordered_at": ["2024-01-01"], "amount": [10]}
    )
    assert orders_of(write_folder(tmp_path, {f"orders{ending}": table})) == [("1", "ann")]


def test_a_link_to_a_file_without_an_ending_is_read(tmp_path: Path) -> None:
    # Stores that name files by their content leave no ending for DuckDB to go by.
    write_folder(tmp_path, {"store/4f1a": gzip.compress(ORDERS.encode())})
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "orders.csv.gz").symlink_to(tmp_path / "store" / "4f1a")
    assert orders_of(tmp_path / "raw") == [("1", "ann"), ("2", "bob")]


@pytest.mark.parametrize(
    "folder",
    ["order_id=5", 'it\'s "here" {x} %s', "ra[w]*?", "فروشگاه", "two  words"],
)
def test_the_name_of_the_folder_changes_nothing(tmp_path: Path, folder: str) -> None:
    # DuckDB took `column=value` for a partition and overwrote the column; [w] matched a neighbour.
    raw = write_folder(tmp_path / folder, {"orders.csv": ORDERS + "3,too,few\n"})
    write_folder(tmp_path / "raw", {"orders.csv": HEADER + "9,other,2024-01-01,9\n"})
    assert orders_of(raw) == [("1", "ann"), ("2", "bob")]
    assert bad_lines_of(raw) == [("orders", "orders.csv", 4)]


def test_the_name_of_the_folder_changes_nothing_for_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {"order_id": ["1"], "customer_id": ["ann"], "ordered_at": ["2024-01-01"], "amount": [10]}
    )
    raw = write_folder(tmp_path / "order_id=5 [w]", {"orders/a.parquet": table})
    assert orders_of(raw) == [("1", "ann")]


def test_what_belongs_to_no_table_is_warned_of(tmp_path: Path) -> None:
    # A misspelt table must not vanish in silence.
    raw = write_folder(
        tmp_path,
        {
            "orders/a.csv": ORDERS,
            "orders/notes.txt": "",
            "orders/_SUCCESS": "",
            "order_itmes.csv": "",
            ".hidden": "",
            "readme.md": "",
            "ann@example.com.csv": "",
        },
    )
    assert plan_folder(raw).warnings == [
        "...: no table of the raw contract; not read",
        "order_itmes.csv: no table of the raw contract; not read",
        "orders/notes.txt: neither Parquet nor CSV; not read",
        "readme.md: no table of the raw contract; not read",
    ]


def test_a_table_may_stand_once(tmp_path: Path) -> None:
    raw = write_folder(tmp_path, {"orders.csv": ORDERS, "orders/a.csv": ORDERS})
    assert one_error(raw) == "orders: both orders/a.csv and orders.csv are there; keep one"


def test_a_table_that_is_a_file_of_another_kind(tmp_path: Path) -> None:
    raw = write_folder(tmp_path, {"orders": ORDERS})
    assert "orders: orders is neither a folder nor Parquet or CSV" in plan_folder(raw).errors


def test_no_orders(tmp_path: Path) -> None:
    raw = write_folder(tmp_path, {"refunds.csv": "refund_id,order_id,refunded_at,amount\n"})
    assert "no table orders" in one_error(raw)


def test_raw_dir_that_is_not_there_or_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert one_error(tmp_path / "none").endswith("none: no such folder")
    assert one_error(tmp_path / "file" / "below").endswith("below: no such folder")
    assert one_error(tmp_path / "file").endswith("file: is a file, not a folder of raw tables")


def errors_as_nobody(raw: Path, answers: "Queue[list[str]]") -> None:
    """Put the errors of a raw folder as a user without rights sees them."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    answers.put(plan_folder(raw).errors)


@pytest.mark.parametrize(
    ("closed", "said"),
    [
        ("outer", "/outer/raw: cannot be read (Permission denied)"),
        ("outer/raw", "/outer/raw: cannot be read (Permission denied)"),
        ("outer/raw/orders", "/outer/raw/orders: cannot be read (Permission denied)"),
        (
            "outer/raw/orders/a.csv",
            "orders/a.csv: table orders: cannot be read (Permission denied)",
        ),
        ("outer/raw/columns.yml", "columns.yml: cannot be read (Permission denied)"),
        (
            "outer/raw/customers.parquet",
            "customers.parquet: table customers: not a readable Parquet",
        ),
    ],
)
def test_what_may_not_be_read_is_said(closed: str, said: str) -> None:
    # Path.exists and Path.is_dir raise where a folder above is closed: that was a traceback.
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folder is closed to others
        top = Path(folder)
        raw = write_folder(
            top / "outer" / "raw",
            {"orders/a.csv": ORDERS, "columns.yml": "", "customers.parquet": "PAR1"},
        )
        plan_folder(raw)  # loads what the child could not: Python itself may be closed to it
        top.chmod(0o755)
        (top / closed).chmod(0)
        answers: Queue[list[str]] = context.Queue()
        child = context.Process(target=errors_as_nobody, args=(raw, answers))
        child.start()
        errors = answers.get(timeout=60)
        child.join()
        (top / closed).chmod(0o755)
    assert len([error for error in errors if said in error]) == 1, errors


def test_absent_tables_and_columns_read_as_null(tmp_path: Path) -> None:
    raw = register(write_folder(tmp_path, {"orders.csv": ORDERS}))
    assert (
        raw.execute("select currency, updated_at from raw.orders").fetchall() == [(None, None)] * 2
    )
    assert raw.execute("select count(*) from raw.surveys").fetchall() == [(0,)]
    assert raw.execute("select raw_table from raw.tables where is_present").fetchall() == [
        ("orders",)
    ]


# ---------------------------------------------------------------- what a CSV may look like


@pytest.mark.parametrize(
    "content",
    [
        ORDERS.encode(),
        b"\xef\xbb\xbf" + ORDERS.encode(),
        b'\xef\xbb\xbf"order_id","customer_id",ordered_at,amount\n'
        + ORDERS.split("\n", 1)[1].encode(),
        ORDERS.replace("\n", "\r\n").encode(),
        ORDERS.replace("\n", "\r").encode(),
        ORDERS.rstrip("\n").encode(),
        ORDERS.replace("\n", "\n\n").encode(),
        ORDERS.replace("order_id,", " Order_ID ,").encode(),
        ORDERS.replace("order_id,customer_id", '"order_id", "customer_id"').encode(),
        b"amount,ORDERED_AT,x,order_id,customer_id\n10,2024-01-01,,1,ann\n20,2024-01-02,,2,bob\n",
        b"order_id,customer_id,ordered_at,amount,,\n1,ann,2024-01-01,10,,\n2,bob,2024-01-02,20,a,\n",
        b"order_id,customer_id,ordered_at,amount,x,x,X\n1,ann,2024-01-01,10,,,\n2,bob,2024-01-02,20,,,\n",
        b'order_id,customer_id,"or\nder",ordered_at,amount\n1,ann,,2024-01-01,10\n2,bob,,2024-01-02,20\n',
    ],
    ids=[
        *("plain", "bom", "bom-and-quotes", "crlf", "cr", "no-last-newline", "blank-lines"),
        *(
            "case-and-spaces",
            "space-before-quote",
            "other-order",
            "unnamed-columns",
            "extra-twice",
            "newline-in-header",
        ),
    ],
)
def test_the_form_of_a_csv_changes_nothing(tmp_path: Path, content: bytes) -> None:
    raw = write_folder(tmp_path, {"orders.csv": content})
    assert orders_of(raw) == [("1", "ann"), ("2", "bob")]
    assert bad_lines_of(raw) == []


def test_files_of_a_table_may_have_their_columns_in_another_order(tmp_path: Path) -> None:
    raw = write_folder(
        tmp_path,
        {
            "orders/1.csv": ORDERS,
            "orders/2.csv": "amount,ordered_at,order_id\n5,2024-01-03,3\n",
            "orders/3.parquet": pa.table(
                {"amount": [7.0], "order_id": [4], "Ordered_At": ["2024-01-04"], "x": [1]}
            ),
        },
    )
    assert orders_of(raw, "order_id, customer_id, cast(amount as double)") == [
        ("1", "ann", 10),
        ("2", "bob", 20),
        ("3", None, 5),
        ("4", None, 7),
    ]


def test_fields_hold_commas_quotes_and_newlines(tmp_path: Path) -> None:
    raw = write_folder(
        tmp_path,
        {
            "orders.csv": HEADER.replace("\n", "\r\n")
            + '"1, a","say ""hi""\nthere",2024-01-01,1\r\n'
        },
    )
    assert orders_of(raw) == [("1, a", 'say "hi"\nthere')]


def test_rows_keep_their_order_in_a_large_file(tmp_path: Path) -> None:
    # Ties between versions go to the later row: the number of a row must be its place.
    lines = "".join(f"{number},c,2024-01-01,1.00{'0' * 40}\n" for number in range(500_000))
    raw = write_folder(tmp_path, {"orders.csv": HEADER + lines})
    assert register(raw).execute(
        "select count(*), count(*) filter (where file_row = cast(order_id as bigint) + 1) "
        "from raw.orders"
    ).fetchall() == [(500_000, 500_000)]


@pytest.mark.parametrize(
    ("line", "is_bad"),
    [
        ("3,cat,2024-01-03", True),
        ("3,cat,2024-01-03,30,more", True),
        ("   ", True),
        ('3,"c"at,2024-01-03,30', True),
        ('3,"c\\"at",2024-01-03,30', True),
        ('3,"c\\"a\\"t",2024-01-03,30', True),
        ("3,c\udce9t,2024-01-03,30", True),
        ('3,5" pipe,2024-01-03,30', False),
        ('3, "cat",2024-01-03,30', False),
        (",,,", False),
        ("3,cat,2024-01-03,30,", True),
        ("3,cat,2024-01-03,30,,", True),
        ('3,cat,2024-01-03,30,""', True),
        ('3,"c,at",2024-01-03,30', False),
        ('3,"c,at",2024-01-03,', False),
        ('3,"c,at",2024-01-03,30,', True),
        ('3,5" pipe,6" pipe,30,', True),
        (' "3" , "cat",2024-01-03,30,', True),
        ('3,cat,2024-01-03,30,"" ', True),
    ],
    ids=[
        *("few-fields", "many-fields", "spaces", "text-after-quote", "escaped-by-backslash"),
        *("twice-by-backslash", "not-utf-8", "quote-inside", "quote-after-space", "all-blank"),
        *("comma-at-the-end", "two-commas-at-the-end", "quotes-at-the-end", "comma-in-quotes"),
        *("comma-in-quotes-and-empty", "comma-in-quotes-and-at-the-end", "comma-between-quotes"),
        *("quotes-after-spaces-and-comma-at-the-end", "quotes-and-space-at-the-end"),
    ],
)
def test_a_line_that_does_not_fit_is_set_aside_alone(
    tmp_path: Path, line: str, is_bad: bool
) -> None:
    content = (HEADER + f"1,ann,2024-01-01,10\n{line}\n2,bob,2024-01-02,20\n").encode(
        errors="surrogateescape"
    )
    raw = write_folder(tmp_path, {"orders.csv": content})
    connection = register(raw)
    assert connection.execute("select file_row, is_open_quote from raw.bad_lines").fetchall() == (
        [(3, False)] if is_bad else []
    )
    assert connection.execute("select count(*) from raw.orders").fetchall() == [(3 - is_bad,)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_a_line_with_empty_fields_too_many_is_kept_as_it_came(
    tmp_path: Path, name: str, end: str
) -> None:
    # Prevents: 12,50 without quotes and an empty last column, read as 12 and 50.
    header = "order_id,ordered_at,amount,discount_amount,note"
    lines = [header, '1,2024-01-01,10,,"two', 'lines"', "2,2024-01-02,12,50,,", "3,2024-01-03,9,,"]
    content = "".join(line + end for line in lines).encode()
    raw = write_folder(
        tmp_path, {name: gzip.compress(content) if name.endswith(".gz") else content}
    )
    connection = register(raw)
    set_aside = connection.execute("select file_name, line_text from raw.bad_lines").fetchall()
    assert [(file, line.strip()) for file, line in set_aside] == [(name, lines[3])]
    assert connection.execute("select order_id, amount from raw.orders").fetchall() == [
        ("1", "10"),
        ("3", "9"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        '1,"ann,2024-01-01,10\n2,bob,2024-01-02,20\n',
        '1,ann,2024-01-01,10\n2,bob,2024-01-02,"20',
        '1,ann,2024-01-01,10\n2,bob,2024-01-02,"20\n',
        '1,"ann,2024-01-01,10\n2,"bob",2024-01-02,20\n3,cat,2024-01-03,30\n',
        '1,"ann ""x"",2024-01-01,10\n2,bob,2024-01-02,20\n',
        '1,"ann,2024-01-01,10\r\n2,"bob",2024-01-02,20\r\n',
    ],
    ids=["first", "last", "last-with-newline", "closed-by-another", "with-pairs", "crlf"],
)
def test_a_quote_that_never_closes_stops(tmp_path: Path, lines: str) -> None:
    # It swallows the lines up to the next quote: rows would be lost as one bad line.
    header = HEADER.replace("\n", "\r\n") if "\r\n" in lines else HEADER
    error = one_error(write_folder(tmp_path, {"orders/2024.csv": header + lines}))
    assert error.startswith("orders/2024.csv: table orders, line ")
    assert error.endswith(": a quote opens and never closes")


def test_a_quote_that_never_closes_stops_in_a_large_file(tmp_path: Path) -> None:
    # DuckDB reads a large file in parts and takes up again at the next part, some 30 MB on: it
    # lost 380,000 rows as one bad line.
    lines = "1,ann,2024-01-01,10\n" * 10 + '2,"bob,2024-01-01,10\n'
    lines += f"3,cat,2024-01-01,1.{'0' * 40}\n" * 800_000
    error = one_error(
        write_folder(tmp_path, {"orders.csv.gz": gzip.compress((HEADER + lines).encode(), 1)})
    )
    assert error == "orders.csv.gz: table orders, line 12: a quote opens and never closes"


def test_an_open_quote_that_python_does_not_see_is_told_by_duckdb(tmp_path: Path) -> None:
    # Two open quotes make an even number; each shows in the line that it garbles.
    raw = write_folder(
        tmp_path,
        {
            "orders.csv": HEADER + '1,"ann,2024-01-01,10\n2,"bob",2024-01-02,20\n'
            '3,"cat,2024-01-01,10\n4,"dan",2024-01-02,20\n'
        },
    )
    rows = register(raw).execute("select min(file_row) from raw.bad_lines where is_open_quote")
    assert rows.fetchall() == [(2,)]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "1,ann,2024-01-01,10\r\n2,bob,2024-01-02,20\n",
        HEADER.replace("\n", "\r\n") + "1,ann,2024-01-01,10\n2,bob,2024-01-02,20\r\n",
        HEADER + "1,a\rnn,2024-01-01,10\n",
    ],
    ids=["crlf-among-lf", "lf-among-crlf", "cr-in-a-line"],
)
def test_lines_that_end_in_different_ways_stop(tmp_path: Path, content: str) -> None:
    # DuckDB gives up with "the CSV Parser state machine reached an invalid state".
    error = one_error(write_folder(tmp_path, {"orders.csv": content}))
    assert error.startswith("orders.csv: table orders, line ")
    assert error.endswith(": the lines of the file end in different ways (CR, LF)")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no header line"),
        ("\n", "has no header line"),
        (ORDERS.encode("utf-16"), "is not CSV in UTF-8"),
        (gzip.compress(ORDERS.encode() * 100)[:-9], "cannot be read"),
        (gzip.compress(ORDERS.encode() * 100)[:30], "cannot be read"),
        (gzip.compress(ORDERS.encode())[:-8] + b"12345678", "cannot be read"),
        (b"\x1f\x8bno gzip at all", "cannot be read"),
        ('"' + ORDERS * 9, "line 1: a quote opens and never closes"),
        ('"' + ORDERS * 9999, "line 1: a quote opens and never closes"),
    ],
    ids=[
        *("empty", "blank", "utf-16", "cut-trailer", "cut-middle", "wrong-checksum", "not-gzip"),
        *("open-quote", "open-quote-before-a-long-file"),
    ],
)
def test_a_broken_csv_stops(tmp_path: Path, content: Content, said: str) -> None:
    # DuckDB reads a gzip file as far as it goes: half the orders of a day would count as the day.
    error = one_error(write_folder(tmp_path, {"orders/a.csv.gz": content}))
    assert error.startswith("orders/a.csv.gz: table orders")
    assert said in error


def test_a_file_of_other_tables_is_named_too(tmp_path: Path) -> None:
    raw = write_folder(tmp_path, {"orders.csv": ORDERS, "surveys.csv": ""})
    assert one_error(raw) == "surveys.csv: table surveys has no header line"


@pytest.mark.parametrize("content", ["", ORDERS, "PAR1" + ORDERS + "PAR1", "x" * 500])
def test_text_is_no_parquet_file(tmp_path: Path, content: str) -> None:
    error = one_error(write_folder(tmp_path, {"orders.parquet": content}))
    assert error.startswith("orders.parquet: table orders: not a readable Parquet file (")
    assert str(tmp_path) not in error


def test_a_lookup_none_of_whose_columns_is_there_stops(tmp_path: Path) -> None:
    # Prevents: a suppression list in words of its own that suppresses nobody.
    error = one_error(
        write_folder(
            tmp_path,
            {"orders.csv": ORDERS, "suppressions.csv": "Customer Number,E-Mail\nann,a@b.example\n"},
        )
    )
    assert error.startswith("suppressions.csv: table suppressions has no column customer_id")


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    assert orders_of(write_folder(tmp_path, {"orders.csv": HEADER})) == []
    assert orders_of(write_folder(tmp_path, {"orders.csv": HEADER.strip()})) == []


def test_a_missing_required_column_is_named_with_what_is_there(tmp_path: Path) -> None:
    raw = write_folder(tmp_path, {"orders.csv": "Order Number,customer_id,ordered_at,amount\n"})
    assert one_error(raw) == (
        "orders.csv: table orders has no column order_id, which is required. It has: "
        "Order Number, customer_id, ordered_at, amount. Name the right one in columns.yml."
    )


def test_every_error_is_told_at_once(tmp_path: Path) -> None:
    raw = write_folder(
        tmp_path, {"orders.csv": "order_id,ordered_at\n", "refunds.csv": "refund_id,order_id\n"}
    )
    assert [error.split(", which")[0] for error in plan_folder(raw).errors] == [
        "orders.csv: table orders has no column amount",
        "refunds.csv: table refunds has no column refunded_at",
        "refunds.csv: table refunds has no column amount",
    ]


def test_data_in_place_of_a_header_is_not_told(tmp_path: Path) -> None:
    # The message goes to the console and to logs.
    line = "1,ann@example.com,+49 170 1234567,call me\n"
    errors = plan_folder(write_folder(tmp_path, {"orders.csv": line})).errors
    assert len(errors) == 3
    for told in errors:
        assert told.startswith("orders.csv: table orders has no column ")
        assert told.endswith("its first line holds data, not the names of columns")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("order_id,amount,ordered_at,amount", "orders.csv: table orders names column amount twice"),
        (
            "order_id,AMOUNT,ordered_at,Amount",
            "orders.csv: table orders, column amount: AMOUNT, Amount all fit",
        ),
    ],
)
def test_a_wanted_column_that_stands_twice_stops(tmp_path: Path, header: str, said: str) -> None:
    # Which of the two is the amount is not ours to guess.
    assert one_error(write_folder(tmp_path, {"orders.csv": f"{header}\n1,2,3,4\n"})) == said


# ---------------------------------------------------------------- types of Parquet


def parquet_cells(folder: Path, **arrays: pa.Array) -> list[tuple[Any, ...]]:
    """The named columns of raw.orders from one Parquet file, as text."""
    size = len(next(iter(arrays.values())))
    table = pa.table(
        {
            "order_id": [str(number) for number in range(size)],
            "ordered_at": ["2024-01-01"] * size,
            "amount": [1] * size,
        }
        | arrays
    )
    columns = ", ".join(f"cast({name} as varchar)" for name in arrays)
    return orders_of(write_folder(folder, {"orders.parquet": table}), columns)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([7, None]), ["7", None]),
        (pa.array([2**63], pa.uint64()), ["9223372036854775808"]),
        (pa.array([7.0, 7.5, float("nan"), None]), ["7", "7.5", None, None]),
        (pa.array([1e15]), ["1000000000000000"]),
        (pa.array([7.0], pa.float32()), ["7"]),
        (pa.array(["7.00", "7.25"]).cast(pa.decimal128(9, 2)), ["7", "7.25"]),
        (pa.array([7]).cast(pa.decimal128(38, 0)), ["7"]),
        (pa.array(["007", " 007 "]), ["007", " 007 "]),
        (pa.array([b"007", "سلام".encode(), b"\xff"]), ["007", "سلام", "\\xFF"]),
        (pa.array(["a"]).dictionary_encode(), ["a"]),
        (pa.array([True, None]), ["true", None]),
        (pa.array([[1, 2]]), ["[1, 2]"]),
        (pa.nulls(2), [None, None]),
    ],
    ids=[
        *("int", "uint64", "double", "large-double", "float", "decimal", "wide-decimal", "text"),
        *("bytes", "dictionary", "boolean", "list", "null"),
    ],
)
def test_an_id_is_text_whatever_its_type(
    tmp_path: Path, array: pa.Array, expected: list[str | None]
) -> None:
    # 7.0 and 7 are one customer: a null in an integer column makes pandas write doubles.
    assert parquet_cells(tmp_path, customer_id=array) == [(value,) for value in expected]


def test_ids_of_different_types_meet_as_text(tmp_path: Path) -> None:
    # "007" of one file stays apart from 7 of another, and 7.0 is 7.
    others = {"ordered_at": ["2024-01-01"], "amount": [1]}
    raw = write_folder(
        tmp_path,
        {
            "orders/1.parquet": pa.table({"order_id": ["007"], **others}),
            "orders/2.parquet": pa.table({"order_id": [7], **others}),
            "orders/3.parquet": pa.table({"order_id": [7.0], **others}),
            "orders/4.csv": "order_id,ordered_at,amount\n0007,2024-01-01,1\n",
        },
    )
    assert orders_of(raw, "order_id") == [("007",), ("7",), ("7",), ("0007",)]


def test_timestamps_of_different_types_meet_as_text(tmp_path: Path) -> None:
    # A date must stay a date beside timestamps: it is a business date and is never shifted.
    others = {"order_id": [1], "amount": [1]}
    moment = 1704067200  # 2024-01-01 00:00:00 UTC
    raw = write_folder(
        tmp_path,
        {
            f"orders/{place}.parquet": pa.table({"ordered_at": array, **others})
            for place, array in enumerate(
                [
                    pa.array([19723], pa.date32()),
                    pa.array([moment], pa.timestamp("s")),
                    pa.array([moment * 10**9 + 123456789], pa.timestamp("ns")),
                    pa.array([moment * 1000], pa.timestamp("ms", "Asia/Tehran")),
                    pa.array(["2024-01-01"]),
                ]
            )
        },
    )
    assert orders_of(raw, "ordered_at") == [
        ("2024-01-01",),
        ("2024-01-01 00:00:00",),
        ("2024-01-01 00:00:00.123456",),
        ("2024-01-01 00:00:00+00",),
        ("2024-01-01",),
    ]


def test_a_parquet_file_may_name_its_columns_like_duckdb(tmp_path: Path) -> None:
    # read_parquet refuses its option file_row_number beside a column of that name.
    table = pa.table(
        {
            "order_id": [1, 2],
            "ordered_at": ["2024-01-01"] * 2,
            "amount": [1, 2],
            "File_Row_Number": [7, 8],
            "file_name": ["x", "y"],
        }
    )
    raw = write_folder(tmp_path, {"orders.parquet": table})
    assert orders_of(raw, "file_name, file_row, order_id") == [
        ("orders.parquet", 1, "1"),
        ("orders.parquet", 2, "2"),
    ]


# ---------------------------------------------------------------- columns.yml


def test_columns_are_renamed_and_constants_named(tmp_path: Path) -> None:
    # Ids written as numbers and words that YAML takes for booleans or dates stay the text they are.
    raw = write_folder(
        tmp_path,
        {
            "orders.csv": "No,customer_id,Placed At,Total (€)\n1,ann,2024-01-01,10\n",
            "columns.yml": (
                "orders:\n  order_id: No\n  ordered_at: placed at\n  amount: 'Total (€)'\n"
                "  status: {constant: No}\n  sales_channel: {constant: 0123}\n"
                "  updated_at: {constant: 2024-02-01}\n  coupon_code: {constant: ''}\n"
            ),
        },
    )
    columns = "order_id, ordered_at, amount, status, sales_channel, updated_at, coupon_code"
    assert orders_of(raw, columns) == [("1", "2024-01-01", "10", "No", "0123", "2024-02-01", "")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("orders: [a, b]", "columns.yml: write `table: {contract_column: Column In The File}`"),
        ("just text", "columns.yml: write `table: {contract_column: Column In The File}`"),
        ("order: {order_id: x}", "columns.yml: no table order in the raw contract"),
        ("orders: {id: x}", "columns.yml: table orders has no column id"),
        ("orders: {status: [a]}", "columns.yml: orders.status: write a column's name or"),
        ("orders: {status: {const: a}}", "columns.yml: orders.status: write a column's name or"),
        ("orders: {status: }", "columns.yml: orders.status: write a column's name or"),
        (
            "orders: {status: {constant: [a]}}",
            "columns.yml: orders.status: write a column's name or",
        ),
        (
            "orders: {status: {constant: ann@example.com}}",
            "columns.yml: orders.status: a constant holds no contact data",
        ),
        ("orders: {status: State}", "columns.yml: no file of orders has a column State (status)"),
        (
            "orders: {order_id: Number}",
            "orders.csv: table orders has no column Number, which is required. It has: order_id,",
        ),
        (
            "orders:\n  status: a\norders:\n  service: b\n",
            "columns.yml: line 3: orders stands twice",
        ),
        ("orders: {status: a\n", "columns.yml: line 2: "),
        ("\torders: x", "columns.yml: line 1: "),
        (b"orders: {status: caf\xe9}", "columns.yml: cannot be read ("),
    ],
)
def test_a_mistake_in_columns_yml_is_told(tmp_path: Path, text: Content, said: str) -> None:
    error = one_error(write_folder(tmp_path, {"orders.csv": ORDERS, "columns.yml": text}))
    assert error.startswith(said)


def test_an_empty_columns_yml_renames_nothing(tmp_path: Path) -> None:
    raw = write_folder(tmp_path, {"orders.csv": ORDERS, "columns.yml": "# none yet\n"})
    assert orders_of(raw) == [("1", "ann"), ("2", "bob")]


def test_a_rename_of_one_file_only(tmp_path: Path) -> None:
    # Exports change their columns: an optional one may be in some of the files.
    raw = write_folder(
        tmp_path,
        {
            "orders/1.csv": ORDERS,
            "orders/2.csv": "order_id,ordered_at,amount,State\n3,2024-01-03,5,paid\n",
            "columns.yml": "orders: {status: State}",
        },
    )
    assert orders_of(raw, "order_id, status") == [("1", None), ("2", None), ("3", "paid")]


# ---------------------------------------------------------------- what a run is asked for


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"as_of": "30.06.2026"}, "AS_OF 30.06.2026: not a date like 2026-06-30"),
        ({"as_of": "20260630"}, "AS_OF 20260630: not a date like 2026-06-30"),
        ({"as_of": "2026-W20-1"}, "AS_OF 2026-W20-1: not a date like 2026-06-30"),
        ({"as_of": "2026-02-30"}, "AS_OF 2026-02-30: not a date like 2026-06-30"),
        ({"as_of": "2026-07-02"}, "AS_OF 2026-07-02: lies after today, 2026-07-01"),
        ({"run_at": "yesterday"}, "RUN_AT yesterday: not an ISO 8601 timestamp"),
        ({"business_timezone": "Mars/Olympus"}, "var business_timezone: no time zone Mars/Olympus"),
        ({"source_timezone": "../etc"}, "var source_timezone: no time zone ../etc"),
    ],
)
def test_a_bad_request_is_told(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    assert one_error(write_folder(tmp_path, {"orders.csv": ORDERS}), **settings) == said


@pytest.mark.parametrize(
    ("zone", "run_at", "today"),
    [
        ("Pacific/Kiritimati", "2026-06-30T10:00:00Z", "2026-07-01"),
        ("America/Los_Angeles", "2026-07-01T06:59:59Z", "2026-06-30"),
        ("Asia/Tehran", "2026-06-30T20:30:00", "2026-07-01"),
        ("UTC", "2026-07-01T00:30:00+01:00", "2026-06-30"),
    ],
)
def test_today_is_a_day_of_the_business_zone(
    tmp_path: Path, zone: str, run_at: str, today: str
) -> None:
    raw = register(
        write_folder(tmp_path, {"orders.csv": ORDERS}), business_timezone=zone, run_at=run_at
    )
    assert raw.execute("select cast(today as varchar) from raw.run_request").fetchall() == [
        (today,)
    ]


def test_contact_data_in_names_is_left_out(tmp_path: Path) -> None:
    # The names of files and folders are published; two names that differ in it stay two files.
    raw = write_folder(
        tmp_path / "drive-ann@example.com" / "raw",
        {"orders/ann@example.com.csv": ORDERS, "orders/bob@example.com.csv": ORDERS},
    )
    connection = register(raw)
    names = connection.execute("select file_name, count(*) from raw.orders group by 1 order by 1")
    assert names.fetchall() == [("orders/file-000001", 2), ("orders/file-000002", 2)]
    source = connection.execute("select raw_dir from raw.run_request").fetchall()[0][0]
    assert source.endswith("/.../raw")
