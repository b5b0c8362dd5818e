"""What the mailbox can be asked."""

from uuid import UUID

from events import Command, command


@command("mailbox.post_letter", key="account_id")
class PostLetter(Command):
    letter_id: UUID
    account_id: UUID
    trouble: str


@command("mailbox.remind", key="account_id")
class Remind(Command):
    account_id: UUID
