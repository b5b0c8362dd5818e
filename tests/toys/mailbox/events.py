"""What the mailbox tells."""

from uuid import UUID

from events import DomainEvent, event


@event("mailbox.letter_posted", key="account_id")
class LetterPosted(DomainEvent):
    letter_id: UUID
    account_id: UUID
    stamp: str
