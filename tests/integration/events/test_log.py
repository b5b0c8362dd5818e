"""The log only grows."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from events.models import Message
from tests.integration.events.steps import deposit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events_message SET actor = 'somebody else'",
        "DELETE FROM events_message",
        "UPDATE events_message SET actor = 'nobody' WHERE false",
        "DELETE FROM events_message WHERE false",
    ],
)
def test_log_refuses_to_be_changed(statement):
    deposit()
    before = list(Message.objects.values())

    with pytest.raises(DatabaseError, match="the log is append-only"), connection.cursor() as cursor:
        cursor.execute(statement)

    assert list(Message.objects.values()) == before


def test_log_refuses_the_orm_as_well():
    deposit()
    message = Message.objects.first()
    assert message is not None

    with pytest.raises(DatabaseError, match="append-only"):
        Message.objects.update(actor="nobody")
    with pytest.raises(DatabaseError, match="append-only"):
        message.save()


def test_stream_has_each_version_once():
    deposit()
    first = Message.objects.exclude(stream_version=None).values().first()
    assert first is not None

    with pytest.raises(IntegrityError, match="once_per_stream_version"), transaction.atomic():
        Message.objects.create(**{**first, "position": None, "id": uuid4()})


def test_message_id_is_given_once():
    deposit()
    first = Message.objects.filter(stream_version=None).values().first()
    assert first is not None

    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(**{**first, "position": None})
