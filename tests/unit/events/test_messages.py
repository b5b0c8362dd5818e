"""What may be declared as a message, and what is refused when its module is imported."""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypedDict
from uuid import UUID, uuid4

import msgspec
import pytest

from events import Command, DomainEvent, Money, command, event
from events.errors import DeclarationError, UnknownMessage
from events.messages import Kind, message_type, message_types

pytestmark = pytest.mark.usefixtures("declarations")


class Frozen(msgspec.Struct, frozen=True):
    numbers: tuple[int, ...]


class FrozenOutside(msgspec.Struct, frozen=True):
    numbers: list[int]


class Thawed(msgspec.Struct):
    number: int


@dataclasses.dataclass
class Record:
    number: int


class Pair(NamedTuple):
    left: int
    right: list[int]


class Options(TypedDict):
    wrapped: bool


class Opaque:
    """No type that JSON knows."""


def declared_with(field: Any) -> Any:
    fields = [("parcel_id", UUID), ("content", field)]
    parcel_sent: Any = msgspec.defstruct(
        "ParcelSent", fields, bases=(DomainEvent,), frozen=True, kw_only=True
    )
    return event("tests.parcel_sent")(parcel_sent)


@pytest.mark.parametrize(
    "field",
    [
        int,
        str | None,
        datetime,
        Money,
        Frozen,
        tuple[Frozen, ...],
        tuple[int, Money],
        tuple[Money | None, ...],
        frozenset[str],
        Kind,
    ],
)
def test_event_of_immutable_fields_is_declared(field):
    sent = declared_with(field)

    assert message_type("tests.parcel_sent").payload is sent


@pytest.mark.parametrize(
    "field",
    [
        Any,
        list[int],
        set[int],
        dict[str, int],
        Record,
        Thawed,
        FrozenOutside,
        Options,
        Pair,
        Opaque,
        bytearray,
        tuple[list[int], ...],
        tuple[int, dict[str, int]],
        tuple[Thawed, ...],
        list[int] | None,
        tuple[tuple[FrozenOutside, ...], int],
    ],
)
def test_event_that_could_be_changed_at_any_depth_is_refused(field):
    with pytest.raises(DeclarationError, match="content"):
        declared_with(field)


def test_refused_event_leaves_its_name_free():
    with pytest.raises(DeclarationError):
        declared_with(list[int])

    assert declared_with(int) is message_type("tests.parcel_sent").payload


def test_recorded_fact_cannot_be_changed():
    sent = declared_with(int)(parcel_id=uuid4(), content=1)

    with pytest.raises(AttributeError):
        sent.content = 2


def test_name_is_given_to_one_message_only():
    declared_with(int)

    with pytest.raises(
        DeclarationError, match=r"tests\.parcel_sent is declared twice: ParcelSent, ParcelSent"
    ):
        declared_with(int)


def test_key_is_the_first_field_unless_another_one_is_named():
    @event("tests.parcel_lost")
    class ParcelLost(DomainEvent):
        parcel_id: UUID
        customer_id: UUID

    @event("tests.parcel_found", key="customer_id")
    class ParcelFound(DomainEvent):
        parcel_id: UUID
        customer_id: UUID

    parcel, customer = uuid4(), uuid4()
    lost = ParcelLost(parcel_id=parcel, customer_id=customer)
    found = ParcelFound(parcel_id=parcel, customer_id=customer)

    assert ParcelLost.message_type.key_of(lost) == str(parcel)
    assert ParcelFound.message_type.key_of(found) == str(customer)


def test_key_that_is_no_field_is_refused():
    with pytest.raises(DeclarationError, match="no field 'order_id'"):

        @event("tests.parcel_lost", key="order_id")
        class ParcelLost(DomainEvent):
            parcel_id: UUID


def test_message_that_says_nothing_is_refused():
    with pytest.raises(DeclarationError, match="has no field"):

        @event("tests.nothing_happened")
        class NothingHappened(DomainEvent):
            pass


@pytest.mark.parametrize("declare", [event("tests.send_parcel"), event("tests.send_parcel", version=0)])
def test_command_declared_as_event_and_version_zero_are_refused(declare: Callable[..., Any]):
    class SendParcel(Command):
        parcel_id: UUID

    with pytest.raises(DeclarationError):
        declare(SendParcel)


def test_version_is_data_of_the_class_and_no_field():
    @command("tests.send_parcel", version=3)
    class SendParcel(Command):
        parcel_id: UUID

    assert SendParcel.message_type.version == 3
    assert SendParcel.__struct_fields__ == ("parcel_id",)
    assert str(SendParcel.message_type) == "tests.send_parcel 3"


def test_unknown_name_is_told_with_what_to_do():
    with pytest.raises(UnknownMessage, match="deploy the code that declares it"):
        message_type("tests.never_declared")


def test_every_declared_message_is_listed_by_name():
    declared_with(int)

    names = [declared.name for declared in message_types()]

    assert "tests.parcel_sent" in names
    assert names == sorted(names)
