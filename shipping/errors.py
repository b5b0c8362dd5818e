"""What can go wrong with a carrier?

ShippingError
├── OutcomeUnknown       no answer in time: a booking may have been made, or not
├── CarrierUnavailable   nothing was done; worth another try
├── NotServed            no carrier goes there: nothing was done, and never will be
└── KeyReused            an idempotency key came with another booking
"""

from __future__ import annotations


class ShippingError(Exception):
    """Root of all errors of this context."""


class OutcomeUnknown(ShippingError):
    """The carrier did not answer in time; ask again with the same key."""


class CarrierUnavailable(ShippingError):
    """The carrier could not be reached, so nothing was done; try again later."""


class NotServed(ShippingError):
    """No carrier brings goods to this country."""

    def __init__(self, country: str) -> None:
        super().__init__(f"no carrier serves {country}")
        self.country = country

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return type(self), (self.country,)


class KeyReused(ShippingError):
    """The same idempotency key was sent with another shipment: a mistake of ours, nothing was done."""

    def __init__(self, key: str) -> None:
        super().__init__(f"key {key} was used for another shipment; the carrier did nothing")
        self.key = key

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return type(self), (self.key,)
