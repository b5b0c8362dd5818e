"""What one row says, and what is wrong with it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from config.importing.rows import Rules, read_row
from orders.events import LineKind

COLUMNS = ("order", "sku", "quantity", "price", "customer", "name", "placed_at", "country")
GOOD = {
    "order": "536365",
    "sku": "85123a",
    "quantity": "6",
    "price": "2.55",
    "customer": "17850",
    "name": "WHITE HANGING HEART",
    "placed_at": "2010-12-01 08:26:00",
    "country": "United Kingdom",
}


def read(rules=None, **cells):
    rules = rules or Rules(
        columns={name: place for place, name in enumerate(COLUMNS)}, width=8, currency="GBP"
    )
    return read_row(rules, 2, list((GOOD | cells).values()))


def test_a_good_row_is_read_whole():
    row = read()

    assert (row.number, row.sku, row.kind, row.quantity) == ("536365", "85123A", "product", 6)
    assert (row.unit_price, row.amount, row.customer) == (Decimal("2.55"), 1530, "17850")
    assert row.placed_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert row.reason is None


def test_a_line_is_rounded_half_up_once():
    assert read(quantity="3", price="0.335").amount == 101


def test_a_product_without_a_name_is_called_by_its_sku():
    assert read(name="").name == "85123A"


def test_an_order_without_a_customer_is_a_guests():
    assert read(customer="").customer is None


def test_a_free_line_is_a_line():
    assert read(price="0").reason is None


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"order": ""}, "order_missing"),
        ({"order": "5363\x0065"}, "order_unusable"),
        ({"order": "C536365", "quantity": "-6"}, "credit_note"),
        ({"sku": " "}, "sku_missing"),
        ({"quantity": "-6"}, "quantity_negative"),
        ({"quantity": "0"}, "quantity_zero"),
        ({"price": "-1"}, "price_negative"),
        ({"name": "x" * 1001}, "name_unusable"),
        ({"name": "a\0b"}, "name_unusable"),
        ({"placed_at": ""}, "placed_at_missing"),
        ({"country": "\0"}, "country_unusable"),
    ],
)
def test_a_bad_row_says_why(cells, reason):
    assert read(**cells).reason == reason


def test_what_can_be_read_of_a_bad_row_counts_for_the_totals():
    row = read(placed_at="never")

    assert (row.quantity, row.amount) == (6, 1530)


def test_numbers_that_only_begin_like_credit_notes_are_orders():
    assert read(order="CAFE-7").reason is None


def test_another_shop_has_another_prefix_or_none():
    columns = {name: place for place, name in enumerate(COLUMNS)}
    rules = Rules(columns=columns, width=8, currency="GBP", credit_note_prefix="")

    assert read(rules, order="C536365").reason is None


def test_a_discount_may_cost_less_than_nothing():
    columns = {name: place for place, name in enumerate(COLUMNS)}
    rules = Rules(columns=columns, width=8, currency="GBP", kinds={"D": LineKind.DISCOUNT})

    row = read(rules, sku="d", price="-1", quantity="1")

    assert (row.reason, row.kind, row.amount) == (None, "discount", -100)


@pytest.mark.parametrize(
    ("cells", "reason"), [(["536365", "A"], "too_few_fields"), (["536365"] * 9, "too_many_fields")]
)
def test_a_row_of_another_width_names_its_order_and_nothing_else(cells, reason):
    columns = {name: place for place, name in enumerate(COLUMNS)}

    row = read_row(Rules(columns=columns, width=8, currency="GBP"), 2, cells)

    assert (row.reason, row.number, row.sku, row.quantity) == (reason, "536365", None, None)


def test_the_same_number_has_the_same_id_in_every_run():
    assert read().order_id == read(sku="other").order_id != read(order="536366").order_id
