"""How the mailbox obeys."""

import os
import time
from datetime import timedelta

import msgspec
from django.db import connection

from events import calls, handles, records, store
from tests.toys.mailbox.commands import PostLetter, Remind
from tests.toys.mailbox.domain import Letter
from tests.toys.mailbox.models import Stamped


class Stamp(msgspec.Struct, frozen=True):
    text: str


@calls(PostLetter, outcome=Stamp, timeout=timedelta(seconds=2), at_once=4)
def to_the_post_office(command: PostLetter, key: str, prepared: None) -> Stamp:
    assert not connection.in_atomic_block, "a call runs in no transaction"
    if command.trouble == "slow post":
        time.sleep(1.0)
    if command.trouble == "kills the post office":
        time.sleep(0.5)
        os._exit(9)
    Stamped.objects.create(key=key, stamp=f"stamp {key}")
    if command.trouble == "post office on fire" and Stamped.objects.filter(key=key).count() < 3:
        raise ConnectionError("the post office does not answer")
    if command.trouble == "killed at the post office" and Stamped.objects.filter(key=key).count() < 2:
        os._exit(9)
    return Stamp(f"stamp {key}")


@records(PostLetter, on=Letter)
def posted(command: PostLetter, stamp: Stamp) -> None:
    with store.change(Letter, command.letter_id) as letter:
        letter.post(command.account_id, stamp.text)


@handles(Remind)
def remind(command: Remind) -> None:
    """Nothing to do: its delivery is what is looked at."""
