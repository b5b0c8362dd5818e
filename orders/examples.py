"""How do orders look in the API's documentation?"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

ID = "01936f0e-8a1c-7c3e-9f52-6a1d2b3c4d5e"
_HERE = f"/api/v1/orders/{ID}"

PLACING = {
    "lines": [{"sku": "MUG-BLUE", "quantity": 2}],
    "payment_method": "tok_ok",
    "ship_to": {
        "country": "GB",
        "name": "Ann Lee",
        "email": "ann@example.org",
        "address": "1 High Street, Leeds LS1 1AA",
    },
}
_COMMON = {
    "id": ID,
    "number": "S-000042",
    "correlation_id": ID,
    "status": "confirmed",
    "payment_status": "authorised",
    "fulfilment_status": "unfulfilled",
    "saga_status": "running",
    "cancellation_requested": False,
    "total": {"amount": "12.34", "currency": "GBP"},
    "line_count": 1,
    "placed_at": "2026-03-01T12:00:00Z",
    "version": 2,
}
SUMMARY = {**_COMMON, "href": _HERE}
ORDER = {
    **_COMMON,
    "message": "We have your order and are preparing it.",
    "cancel_reason": "",
    "customer_id": "1526e6b9-ffc5-53b4-b10f-25ad4f3dfa4c",
    "ship_to": {"country": "GB", "contact": "01936f0e-8a1b-7d10-8a77-3f1b2c3d4e5f"},
    "lines": [
        {
            "line_id": "01936f0e-8a1c-7c3e-9f52-7b2e3c4d5e6f",
            "kind": "product",
            "sku": "MUG-BLUE",
            "name": "Blue mug",
            "quantity": 2,
            "unit_price": "6.17",
            "amount": {"amount": "12.34", "currency": "GBP"},
        }
    ],
    "links": {
        "self": _HERE,
        "timeline": f"{_HERE}/timeline",
        "contact": f"{_HERE}/contact",
        "actions": [{"name": "cancel", "method": "POST", "href": f"{_HERE}/cancel"}],
    },
}
CONTACT = {name: PLACING["ship_to"][name] for name in ("name", "email", "address")}  # type: ignore[index]
SAID = {
    "id": "01936f0e-8a1d-7001-8c11-8c3f4d5e6f70",
    "position": 1042,
    "kind": "event",
    "name": "orders.order_confirmed",
    "version": 2,
    "title": "Order confirmed",
    "occurred_at": "2026-03-01T12:00:05Z",
    "correlation_id": ID,
    "causation_id": "01936f0e-8a1d-7000-b0b3-1d2e3f405162",
}


def one(name: str, value: Any) -> list[OpenApiExample]:
    """The example of a serializer, for `extend_schema_serializer`."""
    return [OpenApiExample(name, value=value, status_codes=["200", "201", "202"])]
