"""Old payloads are lifted one version at a time, on every read."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from events import DomainEvent, event, upcasts
from events.errors import DeclarationError, MissingUpcaster, UnknownMessage
from events.messages import message_type
from events.upcasting import decoded, lifted, missing_upcasters

pytestmark = pytest.mark.usefixtures("declarations")


@pytest.fixture
def weighed(declarations: None) -> type[DomainEvent]:
    @event("tests.parcel_weighed", version=3)
    class ParcelWeighed(DomainEvent):
        parcel_id: UUID
        grams: int

    return ParcelWeighed


def pounds_become_kilos(stored: dict[str, Any]) -> dict[str, Any]:
    return {"parcel_id": stored["parcel_id"], "kilos": stored["pounds"] / 2}


def kilos_become_grams(stored: dict[str, Any]) -> dict[str, Any]:
    return {"parcel_id": stored["parcel_id"], "grams": int(stored["kilos"] * 1000)}


def test_old_payload_is_lifted_version_by_version(weighed):
    upcasts(weighed, from_version=1)(pounds_become_kilos)
    upcasts(weighed, from_version=2)(kilos_become_grams)
    parcel = uuid4()

    from_first = decoded("tests.parcel_weighed", 1, msgspec.json.encode({"parcel_id": parcel, "pounds": 4}))
    from_second = decoded("tests.parcel_weighed", 2, msgspec.json.encode({"parcel_id": parcel, "kilos": 2.0}))
    of_today = decoded("tests.parcel_weighed", 3, msgspec.json.encode({"parcel_id": parcel, "grams": 2000}))

    assert from_first == from_second == of_today == weighed(parcel_id=parcel, grams=2000)


def test_missing_step_is_named_when_something_needs_it(weighed):
    upcasts(weighed, from_version=1)(pounds_become_kilos)

    with pytest.raises(MissingUpcaster, match="version 2 has no upcaster") as raised:
        lifted("tests.parcel_weighed", 1, {"parcel_id": "p", "pounds": 4})

    assert (raised.value.name, raised.value.version) == ("tests.parcel_weighed", 2)
    assert missing_upcasters(message_type("tests.parcel_weighed")) == [2]


def test_version_of_the_future_is_unknown_not_guessed(weighed):
    with pytest.raises(UnknownMessage, match="version 4"):
        decoded("tests.parcel_weighed", 4, b"{}")


def test_step_is_declared_once(weighed):
    upcasts(weighed, from_version=1)(pounds_become_kilos)

    with pytest.raises(DeclarationError, match="two upcasters from version 1"):
        upcasts(weighed, from_version=1)(pounds_become_kilos)


@pytest.mark.parametrize("version", [0, 3, 4])
def test_step_from_no_older_version_is_refused(weighed, version):
    with pytest.raises(DeclarationError, match="nothing to lift"):
        upcasts(weighed, from_version=version)(pounds_become_kilos)


def test_payload_that_does_not_fit_its_version_is_refused(weighed):
    with pytest.raises(msgspec.ValidationError):
        decoded("tests.parcel_weighed", 3, b'{"parcel_id": "no id", "grams": 1}')
