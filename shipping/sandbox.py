"""What does the built-in carrier do? What the country tells it.

    AQ, ATA, Antarctica   no carrier goes there
    XT                    booked, but the caller waits for the answer in vain; asked again with the same key: answered
                          (ISO 3166 will never give this code to a country)
    any other             booked

The carrier's book stands for another company's: it is written through `events.outside`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from psycopg import OperationalError

from events.outside import connections
from shipping.bookings import Booking
from shipping.commands import ParcelLine
from shipping.errors import KeyReused, NotServed, OutcomeUnknown

CARRIER_NAME = "Sandbox Parcel"
_NOT_SERVED = {"aq", "ata", "antarctica"}
_UNHEARD = "xt"
_DAYS = 3

_COLUMNS = "key, shipment_id, carrier_name, tracking_number, estimated_delivery, cancelled_at IS NOT NULL"
_FIND = f"""
SELECT {_COLUMNS}, false FROM shipping_sandboxbooking WHERE shipment_id = %(shipment_id)s::uuid OR key = %(key)s::text
"""
_BOOK = f"""
WITH new AS (
  INSERT INTO shipping_sandboxbooking
    (key, order_id, shipment_id, country, carrier_name, tracking_number, estimated_delivery, at)
  VALUES (%(key)s, %(order_id)s, %(shipment_id)s, %(country)s, %(carrier_name)s, %(tracking_number)s,
          (clock_timestamp() AT TIME ZONE 'UTC')::date + {_DAYS}, clock_timestamp())
  ON CONFLICT DO NOTHING RETURNING *)
SELECT {_COLUMNS}, true FROM new UNION ALL {_FIND}
"""
_CANCEL = f"""
UPDATE shipping_sandboxbooking SET cancelled_at = COALESCE(cancelled_at, clock_timestamp())
 WHERE shipment_id = %(shipment_id)s::uuid RETURNING {_COLUMNS}, false
"""


class _Row(NamedTuple):
    key: str
    shipment_id: UUID
    carrier_name: str
    tracking_number: str
    estimated_delivery: date
    is_cancelled: bool
    is_new: bool


class SandboxCarrier:
    """A `Carrier` without vans. Its time-outs last `settings.SANDBOX_TIMEOUT` seconds."""

    def book(
        self,
        *,
        key: str,
        order_id: UUID,
        shipment_id: UUID,
        country: str,
        recipient: Mapping[str, Any] | None,
        lines: tuple[ParcelLine, ...],
    ) -> Booking:
        known_as = country.strip().casefold()
        if known_as in _NOT_SERVED:
            raise NotServed(country)
        asked = {"key": key, "order_id": order_id, "shipment_id": shipment_id, "country": country}
        made = {"carrier_name": CARRIER_NAME, "tracking_number": f"SP{secrets.token_hex(6).upper()}"}
        # Read anew where nothing was inserted: what the insert gave way to may be younger than its own view of the table.
        row = _ask(_BOOK, {**asked, **made}) or _ask(_FIND, asked)
        if row is None or row.shipment_id != shipment_id:
            raise KeyReused(key)
        if row.is_new and known_as == _UNHEARD:
            time.sleep(settings.SANDBOX_TIMEOUT)
            raise OutcomeUnknown("the sandbox carrier did not answer in time")
        return _booking(row)

    def cancel(self, *, key: str, shipment_id: UUID) -> Booking | None:
        row = _ask(_CANCEL, {"shipment_id": shipment_id})
        return _booking(row) if row else None

    def find(self, shipment_id: UUID) -> Booking | None:
        row = _ask(_FIND, {"shipment_id": shipment_id, "key": None})
        return _booking(row) if row else None


def _ask(statement: str, parameters: dict[str, Any]) -> _Row | None:
    try:
        with connections().connection() as line:
            row = line.execute(statement, parameters).fetchone()
    except OperationalError as error:
        raise OutcomeUnknown("the connection to the sandbox carrier's book was lost") from error
    return _Row(*row) if row else None


def _booking(row: _Row) -> Booking:
    return Booking(
        carrier_name=row.carrier_name,
        tracking_number=row.tracking_number,
        estimated_delivery=row.estimated_delivery,
        is_cancelled=row.is_cancelled,
    )
