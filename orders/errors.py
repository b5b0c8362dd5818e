"""What can orders refuse?

Refusal
├── OrderIsUnknown               no order has this id
├── InvalidTransition            the state of the order does not allow the move; `allowed` says what it allows
│   ├── OrderCannotBeConfirmed
│   ├── OrderCannotBeApproved
│   └── OrderCannotBeCancelled
├── OrderDiffers                 the id was used before, for an order with other content
├── OrderNumberTaken             another order has this number
├── InvalidOrder                 what was asked for is no order
│   ├── InvalidNumber
│   ├── InvalidText
│   ├── CurrencyUnknown
│   ├── InvalidMoment
│   ├── PaymentMethodMissing
│   ├── NoLines
│   ├── TooManyLines
│   ├── TotalOutOfRange
│   └── InvalidLine              `line` counts from 0
│       ├── LineRepeated
│       ├── LineKindUnknown
│       ├── InvalidSku
│       ├── QuantityOutOfRange
│       └── InvalidUnitPrice
└── NotForSale                   SKUs that the catalogue does not offer
    └── CurrenciesMixed          catalogue items of several currencies in one order
"""

from __future__ import annotations

from collections.abc import Sequence

from events import Refusal


class OrderIsUnknown(Refusal):
    """No order has this id."""

    code = "order_unknown"


class InvalidTransition(Refusal):
    """The order is in a state that does not allow the move; `allowed` names the moves that it allows."""

    code = "invalid_transition"

    def __init__(self, message: str, *, allowed: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class OrderCannotBeConfirmed(InvalidTransition):
    """Only a draft can be confirmed."""


class OrderCannotBeApproved(InvalidTransition):
    """Only a confirmed order can be approved."""


class OrderCannotBeCancelled(InvalidTransition):
    """An approved order is on its way."""


class OrderDiffers(Refusal):
    """An order was placed under this id before, and it was another one."""

    code = "order_differs"


class OrderNumberTaken(Refusal):
    """Another order has this number."""

    code = "order_number_taken"


class InvalidOrder(Refusal):
    """What was asked for is no order."""

    code = "invalid_order"


class InvalidNumber(InvalidOrder):
    """The order number is empty, too long or not printable."""

    code = "invalid_number"


class InvalidText(InvalidOrder):
    """A text that is too long or cannot be stored."""

    code = "invalid_text"


class CurrencyUnknown(InvalidOrder):
    """No ISO 4217 code."""

    code = "currency_unknown"


class InvalidMoment(InvalidOrder):
    """A moment that does not say in which time zone it is, or that no calendar knows."""

    code = "invalid_moment"


class PaymentMethodMissing(InvalidOrder):
    """The order costs something and nobody says how it is paid."""

    code = "payment_method_missing"


class NoLines(InvalidOrder):
    """An order needs at least one line."""

    code = "no_lines"


class TooManyLines(InvalidOrder):
    """More lines than one order may have."""

    code = "too_many_lines"


class TotalOutOfRange(InvalidOrder):
    """The lines add up to less than nothing, or to more than can be stored."""

    code = "total_out_of_range"


class InvalidLine(InvalidOrder):
    """One line is wrong; `line` counts from 0."""

    code = "invalid_line"

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class LineRepeated(InvalidLine):
    """Two lines have one id."""

    code = "line_repeated"


class LineKindUnknown(InvalidLine):
    """A kind of line that we do not know."""

    code = "line_kind_unknown"


class InvalidSku(InvalidLine):
    """The SKU is empty, too long or not printable."""

    code = "invalid_sku"


class QuantityOutOfRange(InvalidLine):
    """A quantity that is not a whole number from 1 to 2,147,483,647."""

    code = "quantity_out_of_range"


class InvalidUnitPrice(InvalidLine):
    """A unit price that is no decimal of at most twelve digits and four decimals, or a negative one on goods."""

    code = "invalid_unit_price"


class NotForSale(Refusal):
    """The catalogue does not offer these SKUs."""

    code = "not_for_sale"

    def __init__(self, message: str, *, skus: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.skus = tuple(skus)


class CurrenciesMixed(NotForSale):
    """The catalogue's prices of these SKUs are in several currencies."""

    code = "currencies_mixed"
