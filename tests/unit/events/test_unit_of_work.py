"""One batch in memory: a turn that raises loses what it recorded, and only that."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from events import Money, send, store, tell
from events.errors import NoHandler, NotInUnitOfWork
from events.lookups import Lookup
from events.messages import Command, command
from events.unit import Memory, UnitOfWork, again, current_unit
from tests.toys.accounts.domain import Account, AccountIsBlocked
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited
from tests.toys.mailbox.commands import Remind
from tests.unit.events.memory import NOW, InMemoryLog, caused, told, unit_on

ACCOUNT = UUID(int=1)
PRICES = Lookup("prices", dict, default=0)


def pounds(amount: int) -> Money:
    return Money(amount * 100, "GBP")


def deposit(amount: int) -> None:
    with store.change(Account, ACCOUNT) as account:
        account.deposit(pounds(amount), "")


@contextmanager
def failing_turn(unit: UnitOfWork) -> Iterator[None]:
    """A turn that raises after all that it did."""
    with suppress(ValueError), unit.turn(None):
        yield
        raise ValueError("no")


def balances(unit: UnitOfWork) -> list[Money]:
    return [fact.balance for fact in told(unit) if isinstance(fact, MoneyDeposited)]


@pytest.fixture
def log() -> InMemoryLog:
    return InMemoryLog()


@pytest.fixture
def unit(log: InMemoryLog) -> UnitOfWork:
    return unit_on(log)


def test_later_turns_start_from_what_earlier_ones_recorded(unit):
    with unit.turn(None):
        deposit(1)
    with unit.turn(None):
        deposit(2)

    assert balances(unit) == [pounds(1), pounds(3)]
    assert [new.envelope.stream_version for new in unit.appended] == [1, 2]


def test_turn_that_raises_loses_what_it_recorded(unit):
    with unit.turn(None):
        deposit(1)
    with failing_turn(unit):
        deposit(2)
        send(Remind(account_id=ACCOUNT))
        unit.write("table", {"id": 1})
        unit.move(uuid4(), "handler", NOW)
    with unit.turn(None):
        deposit(4)

    assert balances(unit) == [pounds(1), pounds(5)]
    assert unit.rows == unit.moves == []
    assert [new.envelope.stream_version for new in unit.appended] == [1, 2]


def test_turn_that_raises_leaves_no_row_of_an_aggregate_to_be_written(unit):
    with failing_turn(unit):
        deposit(2)

    assert unit.changed == {}


def test_turn_that_raises_keeps_the_row_of_an_aggregate_that_an_earlier_turn_changed(unit):
    with unit.turn(None):
        deposit(1)
    with failing_turn(unit):
        deposit(2)

    assert unit.changed == {Account.stream_of(ACCOUNT): Account}


def test_refused_decision_leaves_no_half_changed_aggregate(unit):
    with unit.turn(None):
        with suppress(AccountIsBlocked), store.change(Account, ACCOUNT) as account:
            account.deposit(pounds(7), "")
            account.block()
            account.deposit(pounds(8), "")
        deposit(1)

    assert balances(unit) == [pounds(1)]


def test_inner_turn_that_raises_leaves_the_outer_one_whole(unit):
    with unit.turn(None):
        deposit(1)
        with failing_turn(unit):
            deposit(2)
        deposit(4)

    assert balances(unit) == [pounds(1), pounds(5)]


def test_outer_turn_that_raises_takes_the_inner_one_along(unit):
    with failing_turn(unit), unit.turn(None):
        deposit(1)

    assert told(unit) == []


def test_what_a_batch_puts_is_read_by_later_turns_and_undone_with_a_turn_that_raises(unit, log):
    log.rows["tea"] = 5
    with unit.turn(None):
        unit.put(PRICES, "tea", unit.value(PRICES, "tea") + 1)
    with failing_turn(unit):
        unit.put(PRICES, "tea", 100)
        unit.put(PRICES, "tea", 200)

    assert unit.value(PRICES, "tea") == 6


def test_value_may_be_put_before_anything_was_read(unit):
    with unit.turn(None):
        unit.put(PRICES, "tea", 6)

    assert unit.value(PRICES, "tea") == 6


def test_missing_value_reads_as_the_default_of_its_lookup(unit):
    assert unit.value(PRICES, "unknown") == 0


def test_what_a_batch_names_is_read_at_once(unit, log):
    accounts = [uuid4() for _ in range(50)]

    unit.prefetch([*((Account, id) for id in accounts), *((PRICES, sku) for sku in range(50))])
    for id in accounts:
        unit.aggregate(Account, id)
    for sku in range(50):
        unit.value(PRICES, sku)

    assert log.reads == 2


def test_memory_serves_the_next_batch_of_the_lane(log):
    memory = Memory()
    first = unit_on(log, memory)
    with first.turn(None):
        deposit(1)
    log.store(first)
    reads = log.reads

    second = unit_on(log, memory)
    with second.turn(None):
        deposit(2)

    assert log.reads == reads
    assert second.appended[0].envelope.stream_version == 2


def test_cleared_memory_reads_what_was_stored(log):
    memory = Memory()
    first = unit_on(log, memory)
    with first.turn(None):
        deposit(1)
    log.store(first)

    memory.clear()
    second = unit_on(log, memory)
    with second.turn(None):
        deposit(2)

    assert balances(second) == [pounds(3)]


def test_message_carries_its_cause_its_workflow_and_who_asked(unit):
    cause = caused(AccountBlocked(account_id=uuid4()), actor="ann")
    with unit.turn(cause):
        deposit(1)
        send(Remind(account_id=ACCOUNT))

    for new in unit.appended:
        assert new.envelope.causation_id == cause.id
        assert new.envelope.correlation_id == cause.correlation_id != ACCOUNT
        assert new.envelope.actor == "ann"
        assert new.envelope.occurred_at == NOW


def test_workflow_is_named_after_what_it_is_about(unit):
    with unit.turn(None):
        deposit(1)

    assert unit.appended[0].envelope.correlation_id == ACCOUNT
    assert unit.appended[0].envelope.causation_id is None


@pytest.mark.usefixtures("declarations")
def test_command_that_nobody_obeys_cannot_be_sent(unit):
    @command("tests.shout")
    class Shout(Command):
        text: str

    with unit.turn(None), pytest.raises(NoHandler, match=r"tests\.shout has no handler"):
        send(Shout(text="hello"))

    assert told(unit) == []


def test_delay_and_chosen_id_travel_with_the_command(unit):
    chosen = uuid4()
    with unit.turn(None):
        send(Remind(account_id=ACCOUNT), delay=timedelta(days=1), id=chosen)

    (new,) = unit.appended
    assert (new.envelope.id, new.delay, new.sent) == (chosen, 86400.0, True)


def test_event_of_no_aggregate_is_told_in_a_stream_of_its_own(unit):
    with unit.turn(None):
        tell(AccountBlocked(account_id=ACCOUNT), stream="stock-1", version=7)

    envelope = unit.appended[0].envelope
    assert (envelope.stream, envelope.stream_version) == ("stock-1", 7)


def test_nothing_is_recorded_outside_of_a_unit_of_work():
    with pytest.raises(NotInUnitOfWork, match="execute"):
        send(Remind(account_id=ACCOUNT))
    with pytest.raises(NotInUnitOfWork):
        tell(AccountBlocked(account_id=ACCOUNT), stream="s", version=1)
    with pytest.raises(NotInUnitOfWork):
        again(timedelta(0))
    with pytest.raises(NotInUnitOfWork), store.change(Account, ACCOUNT):
        pass


def test_turn_that_raises_is_no_current_unit_any_more(unit):
    with failing_turn(unit):
        pass

    with pytest.raises(NotInUnitOfWork):
        current_unit()
