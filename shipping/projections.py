"""What does shipping remember for API and admin?"""

from __future__ import annotations

from typing import Any

from events.tables import projects
from shipping import domain
from shipping.models import Shipment


@projects(domain.Shipment, into=Shipment)
def shipment_row(shipment: domain.Shipment) -> dict[str, Any]:
    booking, failure = shipment.booking, shipment.failure
    return {
        "id": shipment.id,
        "order_id": shipment.order_id,
        "status": _status(shipment),
        "carrier_name": booking.carrier_name if booking else None,
        "tracking_number": booking.tracking_number if booking else None,
        "estimated_delivery": booking.estimated_delivery if booking else None,
        "failure_code": failure.code if failure else None,
        "failure_reason": failure.reason if failure else None,
    }


def _status(shipment: domain.Shipment) -> Shipment.Status:
    if shipment.is_cancelled:
        return Shipment.Status.CANCELLED
    return Shipment.Status.ARRANGED if shipment.booking else Shipment.Status.FAILED
