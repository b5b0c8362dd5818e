"""What one cell means, and what it cannot mean."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from config.importing import values
from config.importing.values import Trouble


@pytest.mark.parametrize(
    ("text", "number"), [("6", 6), ("+6", 6), ("-2", -2), ("6.0", 6), ("2147483647", 2**31 - 1)]
)
def test_a_quantity_is_a_whole_number(text, number):
    assert values.quantity(text) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "quantity_missing"),
        ("six", "quantity_not_a_number"),
        ("1.5", "quantity_not_a_number"),
        ("1e3", "quantity_not_a_number"),
        ("1,000", "quantity_not_a_number"),
        ("NaN", "quantity_not_a_number"),
        ("inf", "quantity_not_a_number"),
        ("٣", "quantity_not_a_number"),
        ("1 2", "quantity_not_a_number"),
        ("9" * 5000, "quantity_not_a_number"),
        ("2147483648", "quantity_out_of_range"),
        ("-2147483648", "quantity_out_of_range"),
    ],
)
def test_other_quantities_are_named_for_what_they_are(text, reason):
    with pytest.raises(Trouble) as trouble:
        values.quantity(text)

    assert trouble.value.reason == reason


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("2.55", "2.55"),
        ("0", "0"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0.001", "0.001"),
        ("-0", "0"),
        ("12.500000", "12.5000"),
    ],
)
def test_a_price_is_an_exact_decimal(text, price):
    assert f"{values.price(text):f}" == price


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "price_missing"),
        ("free", "price_not_a_number"),
        ("NaN", "price_not_a_number"),
        ("Infinity", "price_not_a_number"),
        ("1e400", "price_not_a_number"),
        ("£2", "price_not_a_number"),
        ("1,50", "price_not_a_number"),
        (".", "price_not_a_number"),
        ("1.23456", "price_too_precise"),
        ("1000000000000", "price_out_of_range"),
    ],
)
def test_other_prices_are_named_for_what_they_are(text, reason):
    with pytest.raises(Trouble) as trouble:
        values.price(text)

    assert trouble.value.reason == reason


def test_a_time_without_an_offset_is_of_the_shops_time_zone():
    london = ZoneInfo("Europe/London")

    moment = values.moment("2011-06-01 09:00:00", form=None, timezone=london)

    assert moment == datetime(2011, 6, 1, 8, tzinfo=UTC)


def test_a_time_with_an_offset_says_itself_when_it_is():
    moment = values.moment("2011-06-01T09:00:00+05:00", form=None, timezone=UTC)

    assert moment == datetime(2011, 6, 1, 4, tzinfo=UTC)


def test_times_of_another_form_are_read_where_the_form_is_named():
    moment = values.moment("12/1/2010 8:26", form="%m/%d/%Y %H:%M", timezone=UTC)

    assert moment == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


@pytest.mark.parametrize("text", ["12/1/2010 8:26", "2010-02-30", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_said_so(text):
    with pytest.raises(Trouble) as trouble:
        values.moment(text, form=None, timezone=UTC)

    assert trouble.value.reason == "placed_at_unusable"


@pytest.mark.parametrize(
    ("text", "reason"), [("", "sku_missing"), ("A" * 65, "sku_unusable"), ("A\0", "sku_unusable")]
)
def test_a_code_is_short_and_printable(text, reason):
    with pytest.raises(Trouble) as trouble:
        values.code(text, "sku")

    assert trouble.value.reason == reason


def test_what_is_quoted_in_a_report_is_short():
    with pytest.raises(Trouble) as trouble:
        values.price("9" * 100_000)

    assert len(trouble.value.detail) < 200


def test_prices_are_never_floats():
    assert isinstance(values.price("0.1"), Decimal)
