"""What becomes of good rows."""

import signal
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError

from config.importing import placing
from config.importing.rows import order_id
from events.errors import ConcurrencyConflict
from events.execution import execute
from events.models import Message
from inventory.models import Stock
from orders import queries
from orders.commands import RequestCancellation
from orders.models import OrderRow

TWO_ORDERS = """\
1,mug,2,7.95,anna,A mug,2026-01-01 10:01:00,France
2,TEA,1,0.3333,,Tea,2026-01-01 09:00:00,Germany
1,MUG,2,7.95,anna,A mug,2026-01-01 10:00:00,France
1,POST,1,3.95,anna,Postage,2026-01-01 10:01:00,France
"""


def placed(number):
    return queries.order(order_id(number))


def test_rows_that_lie_apart_make_one_order(import_rows):
    import_rows(TWO_ORDERS, "--non-stock-skus", "post=shipping")

    order = placed("1")
    assert [(line.sku, line.kind, line.quantity) for line in order.lines] == [
        ("MUG", "product", 2),
        ("MUG", "product", 2),
        ("POST", "shipping", 1),
    ]
    assert order.total.amount_minor == 2 * 1590 + 395
    assert order.ship_to.country == "France"


def test_an_order_was_placed_when_its_earliest_row_says(import_rows):
    import_rows(TWO_ORDERS)

    assert placed("1").placed.placed_at == datetime(2026, 1, 1, 10, tzinfo=UTC)


def test_orders_are_placed_in_the_order_of_their_first_rows(import_rows):
    import_rows(TWO_ORDERS)

    told = Message.objects.filter(name="orders.order_placed").order_by("position")
    assert [message.payload["number"] for message in told] == ["1", "2"]


def test_a_customer_keeps_one_id_and_a_guest_has_none(import_rows):
    import_rows(f"{TWO_ORDERS}3,TEA,1,1,anna,Tea,2026-01-02,France\n")

    assert placed("1").customer_id == placed("3").customer_id is not None
    assert placed("2").customer_id is None


def test_the_totals_are_those_of_the_file(import_rows):
    totals = import_rows(TWO_ORDERS).totals

    money = {"amount_minor": 1590 * 2 + 395 + 33, "currency": "GBP"}
    assert totals["imported"] == totals["file"] == {"orders": 2, "lines": 4, "units": 6, "money": money}
    assert totals["balanced"]


def test_importing_again_imports_nothing_twice(import_rows):
    first = import_rows(TWO_ORDERS, "--confirm", "--stock-cover", "1")
    log = Message.objects.count()

    second = import_rows(TWO_ORDERS, "--confirm", "--stock-cover", "1")

    assert second.totals["imported"]["orders"] == 0
    assert second.totals["already_there"] == first.totals["imported"]
    assert not Message.objects.exclude(name="inventory.receive_stock")[log:].exists()
    assert Stock.objects.get(sku="MUG").on_hand == 4


def test_drafts_that_an_interrupted_import_left_are_confirmed(import_rows):
    import_rows(TWO_ORDERS)

    totals = import_rows(TWO_ORDERS, "--confirm").totals

    assert totals["imported"]["orders"] == 0
    assert totals["confirmed"] == 2
    assert {row.status for row in OrderRow.objects.all()} == {"confirmed"}


def test_an_import_that_was_interrupted_goes_on_where_it_stopped(import_rows, monkeypatch):
    rows = "".join(f"{number},TEA,1,1,,Tea,2026-01-01,France\n" for number in range(250))
    once = placing._execute_once
    calls = iter(range(100))
    monkeypatch.setattr(
        placing,
        "_execute_once",
        lambda *args: once(*args) if next(calls) < 1 else signal.raise_signal(signal.SIGINT),
    )
    with pytest.raises(CommandError, match="Interrupted") as error:
        import_rows(rows, "--confirm", "--stock-cover", "1")
    monkeypatch.undo()

    totals = import_rows(rows, "--confirm", "--stock-cover", "1").totals

    assert error.value.returncode == 130
    assert totals["already_there"]["orders"] == 100
    assert totals["imported"]["orders"] == 150
    assert totals["confirmed"] == 250
    assert Stock.objects.get(sku="TEA").on_hand == 250


def test_a_race_that_another_process_wins_is_decided_anew(import_rows, monkeypatch):
    once, lost = placing._execute_once, iter([True, False])

    def lose_first(*args):
        if next(lost):
            raise ConcurrencyConflict("somebody else was first")
        return once(*args)

    monkeypatch.setattr(placing, "_execute_once", lose_first)

    assert import_rows(TWO_ORDERS).totals["imported"]["orders"] == 2


def test_a_draft_that_was_cancelled_meanwhile_stays_so(import_rows):
    import_rows(TWO_ORDERS)
    execute(RequestCancellation(order_id=order_id("1"), reason="changed my mind"))

    import_rows(TWO_ORDERS, "--confirm")

    assert [placed(number).status for number in "12"] == ["cancelled", "confirmed"]


def test_an_order_with_other_content_is_refused_and_left_alone(import_rows):
    import_rows(TWO_ORDERS)

    again = import_rows(TWO_ORDERS.replace("2,TEA,1", "2,TEA,5"))

    assert again.reasons == [(3, "order_differs")]
    assert placed("2").lines[0].quantity == 1


def test_stock_covers_the_share_of_the_demand_that_was_asked_for(import_rows):
    totals = import_rows(TWO_ORDERS, "--stock-cover", "0.6", "--non-stock-skus", "POST").totals

    assert {stock.sku: stock.on_hand for stock in Stock.objects.all()} == {"MUG": 3, "TEA": 1}
    assert totals["units_received"] == 4


def test_no_stock_comes_in_for_orders_that_are_refused(import_rows):
    import_rows(f"{TWO_ORDERS}3,HAT,5,-1,,Hat,2026-01-02,France\n", "--stock-cover", "1")

    assert not Stock.objects.filter(sku="HAT").exists()


def test_which_cards_are_declined_rests_on_number_and_seed_alone(import_rows):
    rows = "".join(f"{number},TEA,1,1,,Tea,2026-01-01,France\n" for number in range(200))
    import_rows(rows, "--decline-rate", "0.25", "--seed", "7")
    declined = set(OrderRow.objects.filter(payment_method="tok_declined").values_list("number", flat=True))

    terms = placing.Terms(currency="GBP", decline_rate=0.25, seed=7)
    assert declined == {str(n) for n in range(200) if terms.payment_method(str(n)) == "tok_declined"}
    assert 30 <= len(declined) <= 70


def test_an_order_of_free_lines_costs_nothing_and_is_an_order(import_rows):
    import_rows("1,MUG,2,0,,Sample,2026-01-01,France\n", "--confirm")

    assert placed("1").total.decimal() == Decimal(0)


def test_exact_duplicates_are_lines_of_their_own(import_rows):
    row = "1,MUG,1,1,,Mug,2026-01-01,France\n"

    assert import_rows(row * 3).totals["imported"]["lines"] == 3


def test_what_is_not_mapped_is_not_needed(import_rows):
    import_rows(
        "1,MUG,1,1\n",
        header="order,sku,quantity,price\n",
        column_map="order=order,sku=sku,quantity=quantity,price=price",
    )

    order = placed("1")
    assert (order.customer_id, order.ship_to.country, order.lines[0].name) == (None, "", "MUG")


def test_the_log_says_that_an_import_asked(import_rows):
    import_rows(TWO_ORDERS)

    assert set(Message.objects.values_list("actor", flat=True)) == {"import"}


@pytest.mark.parametrize("lines", [150, 1999])
def test_many_large_orders_are_placed_in_several_units_of_work(import_rows, lines):
    rows = "".join(
        f"{number},SKU-{line},1,0.01,,x,2026-01-01,France\n" for line in range(lines) for number in "123"
    )

    assert import_rows(rows, "--confirm").totals["imported"]["lines"] == 3 * lines
