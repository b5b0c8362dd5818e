"""Mails to a real mail server: what it takes, what it defers, what it refuses for good."""

import json
import socket
from uuid import UUID, uuid4

import pytest
from django.db import connection

from events import Money
from events.execution import unit_of_work
from events.models import Delivery, Message, PersonalValue
from events.personal import keep
from events.unit import tell
from events.upcasting import decoded
from notifications.commands import SendMail
from notifications.models import Notification
from notifications.queries import notifications_of_order
from orders.events import OrderApproved, OrderCancelled
from tests.support.carrying import carried, dead_letters, sent, told
from tests.support.mailserver import mail_server
from tests.support.truth import offences

pytestmark = pytest.mark.django_db
ORDER, CONTACT = UUID(int=7), UUID(int=17)
JANE = "jane@example.org"


@pytest.fixture(autouse=True)
def mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "orders@shop.example"
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    with mail_server() as (server, settings.EMAIL_HOST, settings.EMAIL_PORT):
        yield server


@pytest.fixture
def jane():
    with unit_of_work():
        keep(CONTACT, {"name": "Jane", "email": JANE})


def happened(*facts):
    with unit_of_work():
        for version, fact in enumerate(facts, 1):
            tell(fact, stream=f"orders.order-{fact.order_id}", version=version)


def approved(contact=CONTACT):
    return OrderApproved(
        order_id=ORDER, number="A-7", customer_id=None, total=Money(0, "GBP"), contact=contact
    )


def cancelled(contact=CONTACT):
    return OrderCancelled(
        order_id=ORDER, reason="", refund_amount=Money(0, "GBP"), number="A-7", contact=contact
    )


def notification():
    return notifications_of_order(ORDER).get()


def facts():
    return [type(fact).__name__ for fact in told(ORDER, about="notifications.")]


@pytest.mark.parametrize(
    ("fact", "subject"),
    [(approved, "Order A-7 is confirmed"), (cancelled, "Order A-7 was cancelled")],
)
def test_customer_is_told_by_mail_how_the_order_ended(fact, subject, mail, jane):
    happened(fact())
    carried()

    ((address, message),) = mail.mails
    assert (address, message["To"], message["Subject"]) == (JANE, JANE, subject)
    assert message["Message-ID"] == f"<{notification().id}@shop.example>"
    assert facts() == ["NotificationSent"]
    assert notification().status == Notification.Status.SENT
    assert offences() == {}


def test_recipient_refused_for_good_fails_the_notification_and_leaves_no_dead_letter(mail, jane):
    mail.replies[JANE] = [f"550 no such user {JANE}"]

    happened(approved())
    carried()

    assert facts() == ["NotificationFailed"]
    assert notification().status == Notification.Status.FAILED
    assert mail.asked[JANE] == 1
    assert dead_letters() == []
    assert offences() == {}


def test_recipient_refused_for_now_is_tried_again(mail, jane):
    mail.replies[JANE] = ["451 busy", "452 full", "250 OK"]

    happened(approved())
    carried()

    assert facts() == ["NotificationSent"]
    assert mail.asked[JANE] == 3
    assert len(mail.mails) == 1


def test_mail_server_that_never_answers_leaves_a_dead_letter_and_a_queued_notification(settings, jane):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = nobody.getsockname()[1]
        happened(approved())
        carried()

    (dead,) = dead_letters()
    assert dead.startswith("notifications.send_mail: the mail server cannot be used now")
    assert facts() == []
    assert notification().status == Notification.Status.QUEUED


@pytest.mark.parametrize("reply", ["550 no such user jane@example.org", "451 jane@example.org is busy"])
def test_address_stays_out_of_messages_rows_and_logs(reply, mail, jane, caplog):
    mail.replies[JANE] = [reply]

    happened(approved())
    carried()

    assert PersonalValue.objects.filter(value__email=JANE).exists()
    with connection.cursor() as cursor:
        for table in (Message, Delivery, Notification):
            cursor.execute(f"SELECT row_to_json(r)::text FROM {table._meta.db_table} r")
            assert not [row for row in cursor.fetchall() if JANE in row[0]]
    ours = [record for record in caplog.records if record.name != "mail.log"]
    assert not [record for record in ours if JANE in repr(vars(record))]


@pytest.mark.parametrize("contact", [None, uuid4()], ids=["nobody", "erased"])
def test_notification_without_an_address_is_suppressed(contact, mail):
    happened(approved(contact))
    carried()

    assert notification().status == Notification.Status.SUPPRESSED
    assert (mail.mails, facts(), dead_letters()) == ([], [], [])


@pytest.mark.parametrize("address", ["", "a@b\nBcc: c@d"])
def test_address_that_is_none_fails_or_is_suppressed_for_good(address, mail):
    with unit_of_work():
        keep(CONTACT, {"email": address})

    happened(approved())
    carried()

    assert notification().status in {Notification.Status.FAILED, Notification.Status.SUPPRESSED}
    assert dead_letters() == []


def test_confirmation_that_is_overtaken_by_a_cancellation_is_not_sent(mail, jane):
    happened(approved(), cancelled())
    carried()

    assert [message["Subject"] for _, message in mail.mails] == ["Order A-7 was cancelled"]
    statuses = dict(notifications_of_order(ORDER).values_list("template", "status"))
    assert statuses == {"order_confirmed": "superseded", "order_cancelled": "sent"}


def test_mail_that_was_sent_is_not_sent_again(mail, jane):
    happened(approved())
    carried()

    (again,) = Message.objects.filter(name="notifications.send_mail")
    command = decoded(again.name, again.version, json.dumps(again.payload))
    assert isinstance(command, SendMail)
    sent(command)
    carried()

    assert len(mail.mails) == 1
    assert facts() == ["NotificationSent"]
