"""What is an amount of money?"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from events.errors import InvalidMoney

# ISO 4217: currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
        ),
        0,
    ),
    "XPF": 0,
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


class Money(msgspec.Struct, frozen=True, order=False):
    """An integer number of minor units of one currency; stored as `{"amount_minor": 1234, "currency": "GBP"}`."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise InvalidMoney(f"{self.amount_minor!r} is no whole number of minor units")
        if not (
            len(self.currency) == 3
            and self.currency.isascii()
            and self.currency.isalpha()
            and self.currency.isupper()
        ):
            raise InvalidMoney(f"{self.currency!r} is no ISO 4217 currency code such as 'GBP'")

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"

    def decimal(self) -> Decimal:
        """The amount in major units, with as many decimals as the currency has."""
        return Decimal(self.amount_minor).scaleb(-exponent(self.currency))

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise InvalidMoney(f"cannot mix {self.currency} and {other.currency}")


def rounded(amount: Decimal, currency: str) -> Money:
    """`amount` in major units as Money, rounded half up, once."""
    if not amount.is_finite():
        raise InvalidMoney(f"{amount} is no amount of {currency}")
    minor = amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Money(int(minor), currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; zero where there are none."""
    return sum(amounts, Money(0, currency))
