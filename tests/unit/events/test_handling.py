"""What the decorators of handlers promise, and what they refuse."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from events import Backoff, Command, DomainEvent, calls, command, event, handles, records, subscribe
from events.errors import DeclarationError, NoHandler
from events.handling import calls_without_record
from events.registry import registry
from tests.toys.accounts.domain import Account
from tests.unit.events.memory import caused

pytestmark = pytest.mark.usefixtures("declarations")


@pytest.fixture
def wave() -> type[Command]:
    @command("tests.wave")
    class Wave(Command):
        account_id: UUID

    return Wave


@pytest.fixture
def waved() -> type[DomainEvent]:
    @event("tests.waved")
    class Waved(DomainEvent):
        account_id: UUID

    return Waved


def test_command_is_obeyed_under_its_own_name(wave):
    obeyed: list[Command] = []
    handles(wave, on=Account)(obeyed.append)
    said = wave(account_id=uuid4())

    handler = registry.obeying("tests.wave")
    handler.run(caused(said), None)

    assert handler.name == "tests.wave"
    assert obeyed == [said]
    assert list(handler.needs(caused(said))) == [(Account, said.account_id)]
    assert handler.addresses is not None
    assert handler.addresses(said) == Account.stream_of(said.account_id)


def test_decorated_function_stays_a_plain_function(wave):
    def obey(command: Command) -> str:
        return "obeyed"

    assert handles(wave)(obey) is obey


def test_command_is_obeyed_by_one(wave):
    handles(wave)(print)

    with pytest.raises(DeclarationError, match=r"tests\.wave has two handlers"):
        handles(wave)(print)


def test_event_is_heard_by_many_each_under_a_name_of_its_own(waved):
    subscribe(waved, name="tests.first")(print)
    subscribe(waved, name="tests.second", backoff=Backoff(attempts=2), lane_group="slow")(print)

    first, second = registry.listening_to("tests.waved")

    assert (first.name, first.lane_group, first.backoff.attempts) == ("tests.first", "default", 8)
    assert (second.name, second.lane_group, second.backoff.attempts) == ("tests.second", "slow", 2)


def test_name_of_a_handler_is_given_once(waved):
    subscribe(waved, name="tests.first")(print)

    with pytest.raises(DeclarationError, match=r"two handlers are named tests\.first"):
        subscribe(waved, name="tests.first")(print)

    assert len(registry.listening_to("tests.waved")) == 1


def test_call_and_record_are_one_handler(wave):
    calls(wave, outcome=str, timeout=timedelta(seconds=20), at_once=3)(lambda command, key, prepared: key)
    assert calls_without_record() == ["tests.wave"]

    recorded = []
    records(wave, on=Account)(lambda command, outcome: recorded.append(outcome))
    handler = registry.obeying("tests.wave")
    handler.run(caused(wave(account_id=uuid4())), "hello")

    assert calls_without_record() == []
    assert recorded == ["hello"]
    assert handler.call is not None
    assert (handler.call.at_once, handler.call.outcome) == (3, str)


def test_lease_of_a_call_is_longer_than_the_call_may_last(wave):
    calls(wave, outcome=str, timeout=timedelta(seconds=20))(lambda command, key, prepared: key)
    records(wave)(print)

    call = registry.obeying("tests.wave").call

    assert call is not None
    assert call.lease > 20.0


def test_outcome_of_no_call_cannot_be_recorded(wave):
    with pytest.raises(DeclarationError, match=r"tests\.wave is recorded but never called"):
        records(wave)(print)


def test_command_without_handler_is_named_with_the_remedy(wave):
    with pytest.raises(NoHandler, match=r"tests\.wave has no handler: declare one with @handles"):
        registry.obeying("tests.wave")


def test_event_that_nobody_hears_is_told_all_the_same(waved):
    assert registry.listening_to("tests.waved") == []
