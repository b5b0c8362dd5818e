"""Personal values lie beside the log: messages name an id, erasing a person leaves the log true."""

from uuid import UUID, uuid4

import pytest

from events import Command, command, handles, subscribe
from events.execution import execute
from events.models import Message, PersonalValue
from events.personal import keep, personal_value
from tests.integration.events.steps import drain_all
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.events import AccountBlocked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declarations")]

ANN = {"name": "Ann", "mail": "ann@example.org"}


@pytest.fixture
def registered() -> type[Command]:
    @command("tests.register")
    class Register(Command):
        contact: UUID
        person: UUID
        fails: bool = False

    @handles(Register)
    def register(asked: Register) -> None:
        keep(asked.contact, ANN, person=asked.person)
        if asked.fails:
            raise ValueError("after all")

    return Register


def looked_up(contact: UUID) -> list[object]:
    """What a handler of a later message reads under the id."""
    read: list[object] = []

    @subscribe(AccountBlocked, name="tests.reads")
    def reads(told: AccountBlocked) -> None:
        read.append(personal_value(contact))

    execute(BlockAccount(account_id=uuid4()))
    drain_all()
    return read


def test_personal_value_is_kept_beside_the_log(registered):
    contact, person = uuid4(), uuid4()

    execute(registered(contact=contact, person=person))

    row = PersonalValue.objects.get()
    assert (row.id, row.person, row.value) == (contact, person, ANN)
    assert "Ann" not in str(list(Message.objects.values()))
    assert looked_up(contact) == [ANN]


def test_value_of_a_command_that_failed_is_not_kept(registered):
    with pytest.raises(ValueError, match="after all"):
        execute(registered(contact=uuid4(), person=uuid4(), fails=True))

    assert not PersonalValue.objects.exists()


def test_erased_person_is_gone_and_the_log_is_as_it_was(registered):
    contact, person = uuid4(), uuid4()
    execute(registered(contact=contact, person=person))
    log = list(Message.objects.values())

    PersonalValue.objects.filter(person=person).delete()

    assert list(Message.objects.values()) == log
    assert looked_up(contact) == [None]


def test_value_that_is_kept_again_replaces_the_first(registered):
    contact, person = uuid4(), uuid4()

    execute(registered(contact=contact, person=person), registered(contact=contact, person=person))

    assert PersonalValue.objects.count() == 1


def test_value_is_read_by_the_command_that_keeps_it(registered):
    contact = uuid4()
    read: list[object] = []

    @command("tests.greet")
    class Greet(Command):
        contact: UUID

    @handles(Greet)
    def greet(asked: Greet) -> None:
        execute(registered(contact=asked.contact, person=uuid4()))
        read.append(personal_value(asked.contact))

    execute(Greet(contact=contact))

    assert read == [ANN]
