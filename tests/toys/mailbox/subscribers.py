"""How the mailbox reacts to accounts."""

import os
import time
from datetime import timedelta

from events import Backoff, Reject, TryLater, send, subscribe
from events.unit import current_unit
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited
from tests.toys.mailbox.commands import PostLetter, Remind
from tests.toys.mailbox.models import Stamped, Visit

QUICK = Backoff(attempts=3, base=timedelta(milliseconds=20), cap=timedelta(milliseconds=50))

DOZING = "the reader's process"


@subscribe(MoneyDeposited, name="mailbox.write_letter")
def write_letter(event: MoneyDeposited) -> None:
    cause = current_unit().cause
    assert cause is not None
    send(PostLetter(letter_id=cause.id, account_id=event.account_id, trouble=event.trouble))


@subscribe(MoneyDeposited, name="mailbox.read_letter", backoff=QUICK)
def read_letter(event: MoneyDeposited) -> None:
    match event.trouble:
        case "reader raises":
            send(Remind(account_id=event.account_id))
            raise ValueError("I cannot read this")
        case "reader dies":
            os._exit(9)
        case "reader dozes":
            # A note outside of all transactions: which process is to be stopped.
            Stamped.objects.create(key=DOZING, stamp=str(os.getpid()))
            time.sleep(1.0)
        case "reader refuses":
            raise Reject("not for me")
        case "reader sleeps":
            raise TryLater(timedelta(milliseconds=10), "asleep")


@subscribe(MoneyDeposited, name="mailbox.count_visits", own_sql=True)
def count_visits(event: MoneyDeposited) -> None:
    cause = current_unit().cause
    assert cause is not None
    Visit.objects.create(message=str(cause.id))


@subscribe(AccountBlocked, name="mailbox.remind_tomorrow")
def remind_tomorrow(event: AccountBlocked) -> None:
    send(Remind(account_id=event.account_id), delay=timedelta(days=1))
