"""Which mail is due, and what does it say?"""

from uuid import uuid4

import pytest
from django.template.loader import render_to_string

from notifications.commands import SendMail
from notifications.domain import Template, is_superseded, notification_id
from notifications.handlers import _mail


def test_one_order_template_and_cause_are_one_notification():
    order_id, cause = uuid4(), uuid4()

    def made(template=Template.ORDER_CONFIRMED, cause=cause):
        return notification_id(order_id=order_id, template=template, cause=cause)

    assert made() == made()
    assert len({made(), made(template=Template.ORDER_CANCELLED), made(cause=uuid4())}) == 3


def test_confirmation_is_superseded_by_a_cancellation_and_by_nothing_else():
    assert is_superseded("order_confirmed", frozenset({"order_cancelled"}))
    assert not is_superseded("order_cancelled", frozenset({"order_confirmed"}))
    assert not is_superseded("order_confirmed", frozenset())


@pytest.mark.parametrize("template", list(Template))
def test_mail_names_the_order_and_escapes_nothing(template):
    command = SendMail(
        order_id=uuid4(), notification_id=uuid4(), template=template, contact=uuid4(), number="A&B-7"
    )

    mail = _mail(command, "jane@example.org", {"name": "Jane O'Hara"})

    assert "A&B-7" in mail.subject
    assert "A&B-7" in mail.text
    assert "Jane O'Hara" in mail.text
    assert "\n" not in mail.subject


def test_recipient_without_a_name_is_greeted_all_the_same():
    assert render_to_string("notifications/order_confirmed.txt", {"number": "7", "name": ""}).startswith(
        "Hello,"
    )
