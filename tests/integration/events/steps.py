"""What the tests of the kernel do and look at again and again."""

import os
import time
import traceback
from collections.abc import Callable
from contextvars import Context
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.db import connection, connections

from events import Backoff, Money, calling, calls, command, drain, lanes, records, send, wakeups
from events.execution import execute, unit_of_work
from events.log import database_now
from events.messages import Command, DomainEvent
from events.models import Delivery, Message
from tests.support.stack import eventually
from tests.toys.accounts.commands import DepositMoney

PENDING, DONE, DEAD = Delivery.State.PENDING, Delivery.State.DONE, Delivery.State.DEAD

READER, POST = "mailbox.read_letter", "mailbox.post_letter"
NEVER = Backoff(attempts=1)
LATER = Backoff(base=timedelta(days=365), cap=timedelta(days=365))
LATER_THRICE = Backoff(attempts=3, base=timedelta(days=9), cap=timedelta(days=9))


def deposit(account: UUID | None = None, *, trouble: str = "", amount: int = 1) -> UUID:
    """Execute a deposit on an account (a new one); returns the account."""
    account = account or uuid4()
    execute(DepositMoney(account_id=account, amount=Money(amount, "GBP"), trouble=trouble))
    return account


def lane_of(account: UUID) -> int:
    return lanes.lane_of(str(account))


def accounts_in_one_lane(count: int) -> list[UUID]:
    """New ids whose messages share a lane."""
    first = uuid4()
    found = [first]
    while len(found) < count:
        another = uuid4()
        if lane_of(another) == lane_of(first):
            found.append(another)
    return found


def drain_all() -> int:
    """Drain every lane once; the number of deliveries that were settled."""
    return sum(drain.drain(lane) for _, lane in lanes.all_lanes())


def drain_until(predicate: Callable[[], object], *, within: float = 10.0) -> None:
    """Drain, as the sweep would have it, until the predicate is true."""
    deadline = time.monotonic() + within
    while not predicate():
        assert time.monotonic() < deadline, f"not within {within} s; left: {list(unsettled().values())}"
        drain_all()
        time.sleep(0.01)


def all_done() -> bool:
    return not Delivery.objects.exclude(state=DONE).exists()


def unsettled() -> Any:
    return Delivery.objects.exclude(state=DONE).order_by("id")


def delivery(handler: str, account: UUID | None = None) -> Delivery:
    """The one delivery to a handler (of what is about the account)."""
    found = Delivery.objects.filter(handler=handler)
    return (found.filter(message__key=str(account)) if account else found).get()


def error_of(row: Delivery) -> dict[str, Any]:
    """What is kept of its last failure."""
    assert row.last_error is not None, f"{row} never failed"
    return dict(row.last_error)


def messages(kind: type[DomainEvent] | type[Command], account: UUID | None = None) -> list[Message]:
    found = Message.objects.filter(name=kind.message_type.name)
    return list(found.filter(key=str(account)) if account else found)


def let_time_pass(lane: int | None = None) -> None:
    """The leases of lanes and calls run out, and everything pending is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_lane SET lease_until = clock_timestamp() - interval '1 s' "
            "WHERE lease_until IS NOT NULL AND number = COALESCE(%s, number)",
            [lane],
        )
        cursor.execute(
            "UPDATE events_delivery SET due_at = LEAST(due_at, clock_timestamp()), "
            "call_until = LEAST(call_until, clock_timestamp()) WHERE state = 0 AND lane = COALESCE(%s, lane)",
            [lane],
        )


def make_due(handler: str) -> None:
    Delivery.objects.filter(handler=handler, state=PENDING).update(due_at="2001-01-01T00:00Z")


def now() -> datetime:
    return database_now()


class Told(msgspec.Struct, frozen=True):
    text: str


def declare_call(
    function: Callable[[Any, str, Any], Any],
    record: Callable[[Any, Any], None] = lambda command, outcome: None,
    *,
    outcome: Any = Told,
    timeout: timedelta = timedelta(seconds=2),
    at_once: int = 16,
    backoff: Backoff = LATER_THRICE,
    **reads: Any,
) -> type[Command]:
    """A command that is obeyed by this call; its outcome is recorded by the other function."""

    @command("tests.ring")
    class Ring(Command):
        account_id: UUID

    calls(Ring, outcome=outcome, timeout=timeout, at_once=at_once, **reads)(function)
    records(Ring, backoff=backoff)(record)
    return Ring


def ring(command: type[Command], *accounts: UUID) -> None:
    with unit_of_work():
        for account in accounts:
            send(command(account_id=account))


class Process:
    """Work in a process and on connections of its own; it ends when the work does, or is killed."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            _run_and_exit(work)

    def ended(self) -> int:
        """Wait for the end, also of its hold on lanes; the exit code, negative for a signal."""
        _, status = os.waitpid(self.pid, 0)
        eventually(lambda: not _others_hold_lanes(), within=5.0)
        return os.waitstatus_to_exitcode(status)


def _others_hold_lanes() -> bool:
    """PostgreSQL needs a moment to see that a client is gone; a transaction goes on seeing what it saw first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM events_lane l JOIN pg_stat_activity h ON h.pid = l.backend "
            "AND h.backend_start = l.backend_start WHERE l.lease_until IS NOT NULL AND h.pid <> pg_backend_pid())"
        )
        return bool(cursor.fetchone()[0])


def in_another_process(work: Callable[[], object]) -> int:
    return Process(work).ended()


def _run_and_exit(work: Callable[[], object]) -> None:
    code = 70
    try:
        # Kept, and never closed here: that would end the session of the process that was forked.
        inherited = connections["default"].connection
        connections["default"].connection = None
        for cached in (calling._threads, wakeups._client, wakeups._broker):
            cached.cache_clear()
        Context().run(work)  # not in the unit of work that forked
        code = 0
        assert inherited is not connections["default"].connection or inherited is None
    except BaseException:  # noqa: BLE001  # the fork must never return into pytest
        traceback.print_exc()
    finally:
        os._exit(code)
