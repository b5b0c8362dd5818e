"""What notifications can be asked."""

from uuid import UUID

from events import Command, command


@command("notifications.send_mail")
class SendMail(Command):
    """Write to the customer → NotificationSent, NotificationFailed. `contact` is the id of a PersonalValue."""

    order_id: UUID
    notification_id: UUID
    template: str
    contact: UUID
    number: str
