"""Each wrong declaration is found at start-up, with an id and a hint."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from events import Command, DomainEvent, calls, command, event, handles, subscribe, upcasts
from events.checks import declarations as check

pytestmark = pytest.mark.usefixtures("declarations")


def found() -> dict[str | None, str]:
    return {error.id: f"{error.msg} {error.hint}" for error in check(None)}


def test_toys_and_product_are_declared_without_mistake():
    assert check(None) == []


def test_version_that_cannot_be_lifted_is_e001():
    @event("tests.parcel_weighed", version=3)
    class ParcelWeighed(DomainEvent):
        parcel_id: UUID

    upcasts(ParcelWeighed, from_version=2)(lambda stored: stored)

    errors = check(None)

    assert [error.id for error in errors] == ["events.E001"]
    assert errors[0].hint == "Declare @upcasts(ParcelWeighed, from_version=1)."


def test_call_that_nobody_records_is_e002():
    send_parcel = declare_send_parcel()
    calls(send_parcel, outcome=str, timeout=timedelta(seconds=1))(lambda command, key, prepared: "")

    assert "tests.send_parcel" in found()["events.E002"]


def test_command_that_nobody_obeys_is_e003():
    declare_send_parcel()

    assert "@handles(SendParcel)" in found()["events.E003"]


def test_lane_group_that_does_not_exist_is_e004():
    parcel_lost = declare_event("ParcelLost")
    subscribe(parcel_lost, name="tests.search", lane_group="slow")(print)

    assert "EVENTS_LANE_GROUPS" in found()["events.E004"]


@pytest.mark.parametrize(
    "name", ["OrderUpdated", "ParcelRowInserted", "UserLoggedIn", "CacheCleared", "OrderSaved"]
)
def test_event_that_names_machinery_is_e005(name):
    declare_event(name)

    assert name in found()["events.E005"]


@pytest.mark.parametrize("name", ["PaymentRecorded", "OrderConfirmed", "GrowthReported"])
def test_event_of_the_business_is_no_machinery(name):
    declare_event(name)

    assert found() == {}


@pytest.mark.parametrize(
    "groups", [{}, {"slow": 8}, {"default": 0}, {"default": 8, "slow": 0}, {"default": 2000}]
)
def test_unreasonable_lanes_are_e006(groups, settings):
    settings.EVENTS_LANE_GROUPS = groups

    assert "events.E006" in found()


def test_command_with_a_handler_is_no_mistake():
    handles(declare_send_parcel())(print)

    assert found() == {}


def declare_event(name: str) -> Any:
    fields = [("parcel_id", UUID)]
    happened: Any = msgspec.defstruct(name, fields, bases=(DomainEvent,), frozen=True, kw_only=True)
    return event("tests.something_happened")(happened)


def declare_send_parcel() -> type[Command]:
    @command("tests.send_parcel")
    class SendParcel(Command):
        parcel_id: UUID

    return SendParcel
