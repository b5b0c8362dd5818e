"""Who reads the log in order reads every committed message once, in whatever order transactions begin, insert and end."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread, Timer
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from events import Money, reader
from events.execution import execute
from events.models import Message
from events.reader import FenceHeld
from tests.integration.events.steps import deposit
from tests.toys.accounts.commands import BlockAccount, DepositMoney
from tests.toys.accounts.events import MoneyDeposited

pytestmark = pytest.mark.django_db

SOON = timedelta(milliseconds=150)


class Writer:
    """A session of its own that does one thing after another when it is told to."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)

    def does(self, step: Callable[[], object]) -> None:
        self._thread.submit(step).result(timeout=5)

    def ends(self) -> None:
        self.does(lambda: connection.close())  # noqa: PLW0108  # the connection of that thread
        self._thread.shutdown()


@contextmanager
def two_writers() -> Iterator[tuple[Writer, Writer]]:
    writers = Writer(), Writer()
    try:
        yield writers
    finally:
        for writer in writers:
            writer.ends()


def begin() -> None:
    transaction.set_autocommit(False)


def take_transaction_id() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")


def commit() -> None:
    transaction.commit()
    transaction.set_autocommit(True)


def roll_back() -> None:
    transaction.rollback()
    transaction.set_autocommit(True)


def insert() -> UUID:
    account = uuid4()
    execute(BlockAccount(account_id=account))
    return account


def positions() -> list[int]:
    return list(Message.objects.values_list("position", flat=True))


def read_positions(after: int = 0) -> list[int]:
    return [position for told in reader.read(after) if (position := told.position) is not None]


def test_empty_log_ends_at_zero():
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE events_message_position_seq RESTART")

    assert reader.final_position() == 0
    assert list(reader.read()) == []


def test_log_is_read_in_order_from_a_position_on():
    for _ in range(5):
        deposit()
    all_of_them = positions()

    assert read_positions() == all_of_them
    assert read_positions(after=all_of_them[3]) == all_of_them[4:]
    assert read_positions(after=all_of_them[-1]) == []


def test_long_log_is_read_in_pages(monkeypatch):
    monkeypatch.setattr(reader, "_PAGE", 3)
    monkeypatch.setattr(reader, "_READ", reader._READ.replace("LIMIT 1000", "LIMIT 3"))
    for _ in range(5):
        deposit()

    assert read_positions() == positions()


def test_reader_may_ask_for_some_names_only():
    deposit()
    execute(BlockAccount(account_id=uuid4()))

    read = list(reader.read(names=["accounts.money_deposited"]))

    assert [type(told.payload) for told in read] == [MoneyDeposited]


def test_position_is_not_final_while_an_earlier_one_is_not_committed():
    """Took its id first and its position first, commits last."""
    with two_writers() as (early, late):
        early.does(begin)
        early.does(insert)
        late.does(insert)
        assert len(positions()) == 2, "only what the late one wrote can be seen"

        with pytest.raises(FenceHeld):
            reader.final_position(SOON)

        early.does(commit)
        assert reader.final_position(SOON) == max(positions())
        assert len(read_positions()) == 4


def test_position_is_not_final_while_one_that_took_its_id_early_may_insert_late():
    """Its transaction id is older than a position that is committed; its own position will be younger."""
    with two_writers() as (early, late):
        early.does(begin)
        early.does(take_transaction_id)
        late.does(insert)

        with pytest.raises(FenceHeld):
            reader.final_position(SOON)

        early.does(insert)
        early.does(commit)
        assert reader.final_position(SOON) == max(positions())


def test_transaction_that_took_its_id_late_and_its_position_early_is_waited_for():
    """The other order: it holds a lower position under a younger id than one that has committed already."""
    with two_writers() as (first, second):
        second.does(begin)
        second.does(take_transaction_id)
        first.does(begin)
        first.does(insert)
        second.does(insert)
        second.does(commit)
        seen = positions()

        with pytest.raises(FenceHeld):
            reader.final_position(SOON)

        first.does(commit)
        assert reader.final_position(SOON) == max(seen)
        assert min(positions()) < min(seen)
        assert read_positions() == positions()


def test_rolled_back_positions_leave_holes_that_nobody_waits_for():
    with two_writers() as (one, other):
        one.does(begin)
        one.does(insert)
        other.does(insert)
        one.does(roll_back)

        assert reader.final_position(SOON) == max(positions())
        assert read_positions() == positions()


def test_transaction_that_only_reads_holds_nobody_back():
    with two_writers() as (idle, writes):
        idle.does(begin)
        idle.does(positions)
        writes.does(insert)

        assert reader.final_position(SOON) == max(positions())
        idle.does(commit)


def test_who_holds_readers_back_is_named():
    pids: list[int] = []

    def note_pid() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pids.append(cursor.fetchone()[0])

    with two_writers() as (forgotten, writes):
        forgotten.does(begin)
        forgotten.does(take_transaction_id)
        forgotten.does(note_pid)
        writes.does(insert)

        with pytest.raises(FenceHeld, match=f"backend {pids[0]}: end it") as held:
            reader.final_position(SOON)

        assert held.value.pid == pids[0]
        forgotten.does(commit)


@contextmanager
def positions_are_watched() -> Iterator[None]:
    """PostgreSQL refuses a message that drew its position in a transaction without an id."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION refuse_without_id() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF pg_current_xact_id_if_assigned() IS NULL THEN
                RAISE EXCEPTION 'position % was drawn without a transaction id', NEW.position;
              END IF;
              RETURN NEW;
            END $$;
            CREATE TRIGGER watched BEFORE INSERT ON events_message FOR EACH ROW EXECUTE FUNCTION refuse_without_id();
            """
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER watched ON events_message; DROP FUNCTION refuse_without_id()")


def test_message_draws_its_position_under_a_transaction_id_that_was_taken_before():
    """The fence rests on it. A command that changes nothing is appended alone: no delivery has taken the id before."""
    account = insert()
    before = len(positions())
    with positions_are_watched():
        for _ in range(40):  # the sequence itself takes an id once in a while
            execute(BlockAccount(account_id=account))

    assert len(positions()) == before + 40


# Eight writers, for six seconds


class Torture:
    """Writers that take their transaction ids early or late, sleep, roll back; all positions that they committed."""

    def __init__(self) -> None:
        self._over = Event()
        self._writers = [Thread(target=self._write, args=(seed,)) for seed in range(8)]
        self.failures: list[BaseException] = []

    @contextmanager
    def runs(self, seconds: float) -> Iterator[None]:
        for writer in self._writers:
            writer.start()
        timer = Timer(seconds, self._over.set)
        timer.start()
        try:
            yield
        finally:
            self._over.set()
            for writer in [*self._writers, timer]:
                writer.join()

    @property
    def is_over(self) -> bool:
        return not any(writer.is_alive() for writer in self._writers)

    def _write(self, seed: int) -> None:
        chance = random.Random(seed)
        try:
            while not self._over.is_set():
                with transaction.atomic():
                    if chance.random() < 0.5:
                        take_transaction_id()
                        time.sleep(chance.random() * 0.01)
                    for _ in range(chance.randint(1, 3)):
                        self._append(chance)
                    if chance.random() < 0.15:
                        transaction.set_rollback(True)
                time.sleep(chance.random() * 0.004)
        except BaseException as failure:  # noqa: BLE001  # told by the test
            self.failures.append(failure)
        finally:
            connection.close()

    @staticmethod
    def _append(chance: random.Random) -> None:
        execute(DepositMoney(account_id=uuid4(), amount=Money(1, "GBP")))
        if chance.random() < 0.3:
            time.sleep(chance.random() * 0.008)


def naive_read(after: int) -> list[int]:
    """What everybody writes first: whatever is visible beyond the last position."""
    found = Message.objects.filter(position__gt=after).order_by("position")
    return list(found.values_list("position", flat=True))


def follow(torture: Torture, read: Callable[[int], list[int]]) -> list[int]:
    seen: list[int] = []
    is_last = False
    while not is_last:
        is_last = torture.is_over
        seen += read(seen[-1] if seen else 0)
    return seen


def test_reader_that_follows_eight_writers_reads_every_committed_message_once():
    """The naive reader runs beside it, and proves that there was something to lose."""
    torture = Torture()
    naive: list[int] = []

    def follow_naively() -> None:
        try:
            naive.extend(follow(torture, naive_read))
        finally:
            connection.close()

    with torture.runs(6.0):
        beside = Thread(target=follow_naively)
        beside.start()
        seen = follow(torture, read_positions)
        beside.join()

    committed = positions()
    assert torture.failures == []
    assert len(committed) > 500
    assert seen == committed
    assert len(set(committed) - set(naive)) > 0, (
        "a reader without fence loses nothing here: this proves nothing"
    )
