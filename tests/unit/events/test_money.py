"""Money: whole minor units of one currency."""

from decimal import Decimal

import msgspec
import pytest

from events import Money
from events.errors import InvalidMoney
from events.money import rounded, total


def test_money_is_stored_as_minor_units_and_currency():
    assert msgspec.to_builtins(Money(1234, "GBP")) == {"amount_minor": 1234, "currency": "GBP"}
    assert msgspec.convert({"amount_minor": 1234, "currency": "GBP"}, Money) == Money(1234, "GBP")


@pytest.mark.parametrize("amount", [1.5, "1", None, True, Decimal(1)])
def test_amount_that_is_no_whole_number_is_refused(amount):
    with pytest.raises(InvalidMoney, match="no whole number"):
        Money(amount, "GBP")


@pytest.mark.parametrize("currency", ["gbp", "GB", "GBPP", "", "GB1", "G P", "ÄÖÜ", "G\n\n"])
def test_currency_that_is_no_code_is_refused(currency):
    with pytest.raises(InvalidMoney, match="ISO 4217"):
        Money(1, currency)


def test_stored_money_that_is_none_is_refused_when_it_is_read():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"amount_minor": 1.5, "currency": "GBP"}', type=Money)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"amount_minor": 1, "currency": "pounds"}', type=Money)


def test_amounts_of_one_currency_add_up_exactly():
    assert Money(10, "GBP") + Money(20, "GBP") - Money(5, "GBP") == Money(25, "GBP")
    assert total([Money(1, "GBP")] * 3, "GBP") == Money(3, "GBP")
    assert total([], "GBP") == Money(0, "GBP")


def test_currencies_are_not_mixed():
    with pytest.raises(InvalidMoney, match="cannot mix GBP and EUR"):
        Money(1, "GBP") + Money(1, "EUR")
    with pytest.raises(InvalidMoney, match="cannot mix GBP and EUR"):
        Money(1, "GBP") - Money(1, "EUR")
    with pytest.raises(InvalidMoney, match="cannot mix"):
        total([Money(1, "EUR")], "GBP")


def test_only_zero_is_no_money():
    assert not Money(0, "GBP")
    assert Money(1, "GBP")
    assert Money(-1, "GBP")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1.005", "GBP", 101),
        ("1.004999", "GBP", 100),
        ("-1.005", "GBP", -101),
        ("1.5", "JPY", 2),
        ("1.0005", "KWD", 1001),
        ("0", "GBP", 0),
    ],
)
def test_amount_is_rounded_half_up_to_the_minor_unit_of_its_currency(amount, currency, minor):
    assert rounded(Decimal(amount), currency) == Money(minor, currency)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_amount_that_is_no_number_is_refused(amount):
    with pytest.raises(InvalidMoney):
        rounded(Decimal(amount), "GBP")


@pytest.mark.parametrize(
    ("money", "shown"),
    [(Money(1234, "GBP"), "12.34 GBP"), (Money(12, "JPY"), "12 JPY"), (Money(5, "KWD"), "0.005 KWD")],
)
def test_money_is_shown_in_major_units(money, shown):
    assert str(money) == shown
