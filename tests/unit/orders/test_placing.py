"""What an order costs, and what is no order."""

import pickle
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest

from events import Money
from events.errors import Refusal
from orders import errors
from orders.commands import LineKind, ShipTo
from orders.domain import Order, Status
from orders.events import OrderPlaced
from orders.lines import MOST_LINES
from tests.support.in_memory import NOW, InMemory
from tests.support.shop import an_order, line


@pytest.fixture
def shop():
    return InMemory()


def placed(command) -> OrderPlaced:
    (told,) = InMemory().obey(command)
    assert isinstance(told, OrderPlaced)
    return told


def test_a_line_is_rounded_half_up_once():
    order = placed(an_order(line("0.125", 1), line("0.125", 3), line("1.0049", 100)))

    assert [line.amount.amount_minor for line in order.lines] == [13, 38, 10049]
    assert order.total == Money(13 + 38 + 10049, "GBP")


@pytest.mark.parametrize(("currency", "minor"), [("GBP", 1235), ("JPY", 12), ("KWD", 12346)])
def test_a_currency_is_rounded_to_its_own_minor_unit(currency, minor):
    assert placed(an_order(line("12.3456"), currency=currency)).total == Money(minor, currency)


def test_an_order_may_total_nothing_and_then_needs_no_payment_method():
    order = placed(an_order(line("0.00"), payment_method=""))

    assert order.total == Money(0, "GBP")


def test_a_discount_takes_off_what_the_rest_costs():
    order = placed(an_order(line("5.00", 2), line("-2.50", kind=LineKind.DISCOUNT, sku="D")))

    assert order.total == Money(750, "GBP")


def test_one_sku_stands_on_several_lines_at_several_prices():
    order = placed(an_order(line("1.00", sku="85123a"), line("2.00", sku=" 85123A ")))

    assert [line.sku for line in order.lines] == ["85123A", "85123A"]
    assert order.total == Money(300, "GBP")


def test_an_order_is_placed_now_unless_it_says_when():
    moment = datetime(2010, 12, 1, 8, 26, tzinfo=timezone(timedelta(hours=1)))

    assert placed(an_order()).placed_at == NOW
    assert placed(an_order(placed_at=moment)).placed_at == datetime(2010, 12, 1, 7, 26, tzinfo=UTC)


SAME = uuid4()
NO_ORDERS = {
    "no line": (an_order(lines=()), errors.NoLines),
    "too many lines": (an_order(*[line()] * (MOST_LINES + 1)), errors.TooManyLines),
    "one line id twice": (an_order(line(line_id=SAME), line(), line(line_id=SAME)), errors.LineRepeated),
    "nothing of it": (an_order(line(quantity=0)), errors.QuantityOutOfRange),
    "less than nothing of it": (an_order(line(quantity=-1)), errors.QuantityOutOfRange),
    "more than can be counted": (an_order(line(quantity=2**31)), errors.QuantityOutOfRange),
    "more than can be counted on two lines": (
        an_order(line(quantity=2**31 - 1), line(quantity=1)),
        errors.QuantityOutOfRange,
    ),
    "a negative price on goods": (an_order(line("-0.01")), errors.InvalidUnitPrice),
    "a total below 0": (an_order(line("1"), line("-2", kind=LineKind.VOUCHER)), errors.TotalOutOfRange),
    "a total beyond exactness": (an_order(line("999999999999", 2**31 - 1)), errors.TotalOutOfRange),
    "huge lines that cancel out": (
        an_order(line("999999999999", 2**31 - 1), line("-999999999999", 2**31 - 1, kind=LineKind.DISCOUNT)),
        errors.TotalOutOfRange,
    ),
    "no SKU": (an_order(line(sku=" ")), errors.InvalidSku),
    "a SKU with a line break": (an_order(line(sku="A\nB")), errors.InvalidSku),
    "a long SKU": (an_order(line(sku="A" * 65)), errors.InvalidSku),
    "a name with a NUL": (an_order(line(name="a\0b")), errors.InvalidLine),
    "an unknown kind": (an_order(line(kind="bribe")), errors.LineKindUnknown),
    "no currency": (an_order(currency=""), errors.CurrencyUnknown),
    "a currency in lower case": (an_order(currency="gbp"), errors.CurrencyUnknown),
    "a currency of no country": (an_order(currency="GPB"), errors.CurrencyUnknown),
    "no number": (an_order(number="  "), errors.InvalidNumber),
    "no payment method": (an_order(payment_method=" "), errors.PaymentMethodMissing),
    "a country with a NUL": (an_order(ship_to=ShipTo(country="\0")), errors.InvalidText),
    "half a character": (an_order(payment_method="\ud800"), errors.InvalidText),
    "a moment without zone": (an_order(placed_at=datetime(2026, 1, 1)), errors.InvalidMoment),  # noqa: DTZ001
    "a moment before all time": (
        an_order(placed_at=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
        errors.InvalidMoment,
    ),
}


@pytest.mark.parametrize(("command", "error"), NO_ORDERS.values(), ids=NO_ORDERS)
def test_what_is_no_order_is_refused_and_leaves_no_trace(shop, command, error):
    with pytest.raises(error):
        shop.obey(command)

    assert shop.log == []
    assert shop.rows == {}


@pytest.mark.parametrize(
    "price", ["", "1,50", "1e3", "NaN", "Infinity", "1.23456", "1_000", "١٢", " 1", "+1", ".5", "5."]
)
def test_a_unit_price_is_a_plain_decimal_of_four_decimals_at_most(shop, price):
    with pytest.raises(errors.InvalidUnitPrice, match="line 2") as refused:
        shop.obey(an_order(line(), line(price)))

    assert refused.value.line == 1


def test_placing_the_same_order_again_changes_nothing(shop):
    command = an_order()
    shop.obey(command)

    assert shop.obey(command) == []
    assert len(shop.rows["orders_ordernumber"]) == 1


def test_placing_another_order_under_the_same_id_is_refused(shop):
    command = an_order()
    shop.obey(command)

    with pytest.raises(errors.OrderDiffers, match="new id"):
        shop.obey(an_order(line("11.00"), order_id=command.order_id))


def test_a_number_that_another_order_has_is_refused(shop):
    shop.obey(an_order(number="536365"))

    with pytest.raises(errors.OrderNumberTaken, match="536365"):
        shop.obey(an_order(number=" 536365 "))


def test_a_number_is_taken_within_one_batch_too(shop):
    with pytest.raises(errors.OrderNumberTaken):
        shop.obey(an_order(number="536365"), an_order(number="536365"))


def test_a_draft_can_be_confirmed_or_cancelled():
    order = Order(SAME)
    order.place(an_order(order_id=SAME), now=NOW)

    assert order.status is Status.DRAFT
    assert order.allowed == ("confirm", "cancel")


REFUSALS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)]


@pytest.mark.parametrize("kind", REFUSALS)
def test_refusals_survive_being_sent_to_another_process(kind):
    refusal = kind("no")
    refusal.__dict__.update({"allowed": ("cancel",)} if hasattr(refusal, "allowed") else {})

    copy = pickle.loads(pickle.dumps(refusal))

    assert (str(copy), copy.__dict__) == (str(refusal), refusal.__dict__)
