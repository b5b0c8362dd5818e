"""What notifications tells."""

from uuid import UUID

from events import DomainEvent, event


@event("notifications.notification_sent")
class NotificationSent(DomainEvent):
    """A mail server has taken the mail over; whether it was read nobody knows."""

    order_id: UUID
    notification_id: UUID
    template: str


@event("notifications.notification_failed")
class NotificationFailed(DomainEvent):
    """The mail will never arrive: its recipient was refused for good."""

    order_id: UUID
    notification_id: UUID
    template: str
    reason: str
