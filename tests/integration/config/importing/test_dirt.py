"""What becomes of bad rows and of bad files: everything is named, nothing is lost, nothing is half-done."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from config.importing.rows import order_id
from events.execution import execute
from events.models import Message
from inventory.quantities import MOST_UNITS
from orders import queries
from tests.support.shop import an_order

GOOD = "1,MUG,2,7.95,,A mug,2026-01-01,France\n"


def test_one_bad_row_refuses_its_whole_order_and_no_other(import_rows):
    imported = import_rows(f"{GOOD}2,TEA,1,3,,Tea,2026-01-01,France\n2,TEA,x,3,,Tea,2026-01-01,France\n")

    assert imported.reasons == [(3, "order_refused"), (4, "quantity_not_a_number")]
    assert "because of line 4" in imported.report[0]["detail"]
    assert imported.totals["imported"]["orders"] == 1
    assert queries.order(order_id("2")) is None


def test_refused_rows_count_in_the_totals_as_far_as_they_can_be_read(import_rows):
    totals = import_rows(
        f"{GOOD}C2,TEA,-3,2,,Tea,2026-01-01,France\n3,TEA,x,2,,Tea,2026-01-01,France\n"
    ).totals

    assert totals["file"] == {
        "orders": 3,
        "lines": 3,
        "units": -1,
        "money": {"amount_minor": 990, "currency": "GBP"},
    }
    assert totals["refused"]["credit_note"]["units"] == -3
    assert totals["refused"]["quantity_not_a_number"]["lines"] == 1
    assert totals["balanced"]


def test_rows_without_an_order_number_are_reported_one_by_one(import_rows):
    imported = import_rows(f",TEA,1,3,,Tea,2026-01-01,France\n{GOOD},TEA,1,3,,Tea,2026-01-01,France\n")

    assert imported.reasons == [(2, "order_missing"), (4, "order_missing")]
    assert imported.totals["refused"]["order_missing"]["lines"] == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2,TEA,1,3,,Tea,2026-01-01,France,more", "too_many_fields"),
        ("2,TEA,1", "too_few_fields"),
        ("2,TEA,1,3,,T\0ea,2026-01-01,France", "name_unusable"),
        ("2,TEA,1,1e400,,Tea,2026-01-01,France", "price_not_a_number"),
        ("2,TEA,1,inf,,Tea,2026-01-01,France", "price_not_a_number"),
        ("2,TEA,1,1.00001,,Tea,2026-01-01,France", "price_too_precise"),
        ("2,TEA,2147483648,1,,Tea,2026-01-01,France", "quantity_out_of_range"),
        ("2,TEA,0,1,,Tea,2026-01-01,France", "quantity_zero"),
        ("2,TEA,1,1,,Tea,31/12/2026,France", "placed_at_unusable"),
        (f"{'2' * 65},TEA,1,1,,Tea,2026-01-01,France", "order_unusable"),
    ],
)
def test_each_sort_of_dirt_has_a_reason(import_rows, row, reason):
    imported = import_rows(f"{GOOD}{row}\n")

    assert imported.reasons == [(3, reason)]
    assert imported.totals["imported"]["orders"] == 1
    assert reason in imported.printed


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("2,TEA,1,3,anna,T,2026-01-01,France\n2,TEA,1,3,bert,T,2026-01-01,France\n", "customers_differ"),
        ("2,TEA,1,3,,T,2026-01-01,France\n2,TEA,1,3,,T,2026-01-01,Spain\n", "countries_differ"),
        ("2,D,1,-3,,T,2026-01-01,France\n2,TEA,1,2,,T,2026-01-01,France\n", "total_negative"),
        (f"2,TEA,{MOST_UNITS},1,,T,2026-01-01,France\n" * 2, "quantity_out_of_range"),
        (f"2,TEA,{MOST_UNITS},999999999999,,T,2026-01-01,France\n", "total_out_of_range"),
        ("2,TEA,1,1,,T,2026-01-01,France\n" * 2001, "too_many_lines"),
    ],
)
def test_rows_that_do_not_make_an_order_together_are_refused(import_rows, rows, reason):
    imported = import_rows(f"{GOOD}{rows}", "--non-stock-skus", "D=discount")

    assert {row["reason"] for row in imported.report} == {reason}
    assert len(imported.report) == rows.count("\n")
    assert all(row["detail"] for row in imported.report)
    assert imported.totals["imported"]["orders"] == 1


def test_a_number_that_another_order_has_is_refused_when_it_is_placed(import_rows):
    execute(an_order(order_id=uuid4(), number="2"))

    imported = import_rows(
        f"{GOOD}2,TEA,1,3,,Tea,2026-01-01,France\n3,TEA,1,3,,Tea,2026-01-01,France\n", "--confirm"
    )

    assert imported.reasons == [(3, "order_number_taken")]
    assert imported.totals["imported"]["orders"] == 2
    assert imported.totals["confirmed"] == 2


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ('2,"TEA,1,3,,Tea,2026-01-01,France\n', "never closed"),
        (b"2,TEA,1,3,,Th\xe9,2026-01-01,France\n", "line 3 is not UTF-8"),
        ("2,TEA,1,3,,%s,2026-01-01,France\n" % ("x" * 200_000), "131,072 characters"),
    ],
)
def test_a_broken_file_is_refused_before_anything_is_done(import_rows, rows, told):
    rows = rows if isinstance(rows, bytes) else rows.encode()

    with pytest.raises(CommandError, match=told) as error:
        import_rows(GOOD.encode() + rows, "--confirm", "--stock-cover", "1")

    assert error.value.returncode == 1
    assert not Message.objects.exists()


def test_an_empty_file_is_refused(import_rows):
    with pytest.raises(CommandError, match="The file is empty"):
        import_rows("", header="")


def test_a_header_alone_is_a_file_without_orders(import_rows):
    assert import_rows("").totals["file"]["lines"] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--currency", "POUND"), "--currency: 'POUND'"),
        (("--stock-cover", "-1"), "--stock-cover: '-1'"),
        (("--stock-cover", "NaN"), "--stock-cover: 'NaN'"),
        (("--decline-rate", "2"), "--decline-rate: '2'"),
        (("--timezone", "Europe/Atlantis"), "--timezone: there is no 'Europe/Atlantis'"),
        (("--delimiter", ";;"), "--delimiter: ';;'"),
        (("--non-stock-skus", "A=gift"), "--non-stock-skus: 'A=gift'"),
        (("--report", "/dev/null/x"), "--report: /dev/null/x cannot be written"),
        (("--map", "order=order"), "--map lacks sku, quantity, price"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused_before_anything_is_done(import_rows, arguments, told):
    with pytest.raises(CommandError, match=told):
        import_rows(GOOD, *arguments)

    assert not Message.objects.exists()


def test_a_file_that_is_not_there_is_told_with_its_name(tmp_path, db):
    options = (
        "--map",
        "order=a,sku=b,quantity=c,price=d",
        "--currency",
        "GBP",
        "--report",
        str(tmp_path / "r"),
    )

    with pytest.raises(CommandError, match=r"none\.csv cannot be read: No such file"):
        call_command("import_orders", str(tmp_path / "none.csv"), *options)
