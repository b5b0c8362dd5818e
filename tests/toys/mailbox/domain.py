"""What a letter decides."""

from uuid import UUID

from events import Aggregate, applies
from tests.toys.mailbox.events import LetterPosted


class Letter(Aggregate):
    category = "mailbox.letter"
    id_field = "letter_id"
    is_posted = False
    account_id: UUID | None = None

    def post(self, account_id: UUID, stamp: str) -> None:
        self.record(LetterPosted(letter_id=self.id, account_id=account_id, stamp=stamp))

    @applies(LetterPosted)
    def _posted(self, event: LetterPosted) -> None:
        self.is_posted = True
        self.account_id = event.account_id
