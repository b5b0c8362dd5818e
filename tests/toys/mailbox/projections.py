"""What the mailbox remembers."""

from typing import Any

from events.tables import projects
from tests.toys.mailbox import domain
from tests.toys.mailbox.models import Letter


@projects(domain.Letter, into=Letter)
def letter_row(letter: domain.Letter) -> dict[str, Any]:
    return {"id": letter.id, "account_id": letter.account_id, "is_posted": letter.is_posted}
