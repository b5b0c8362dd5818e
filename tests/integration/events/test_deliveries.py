"""What becomes of a message: one delivery for each handler, in order, and nothing left to do in the end."""

import pytest
from django.db import IntegrityError, transaction

from events import deliveries, send, subscribe
from events.drain import drain
from events.execution import execute
from events.models import Delivery
from tests.integration.events.steps import (
    DONE,
    READER,
    accounts_in_one_lane,
    all_done,
    deposit,
    drain_all,
    drain_until,
    lane_of,
)
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited
from tests.toys.mailbox.commands import Remind
from tests.toys.mailbox.models import Letter, Stamped, Visit

pytestmark = pytest.mark.django_db


def test_message_is_delivered_to_each_handler_once():
    account = deposit()

    drain_until(all_done)

    handlers = sorted(Delivery.objects.filter(message__key=str(account)).values_list("handler", flat=True))
    assert handlers == ["mailbox.count_visits", "mailbox.post_letter", READER, "mailbox.write_letter"]
    assert (Letter.objects.count(), Visit.objects.count(), Stamped.objects.count()) == (1, 1, 1)


def test_handler_has_one_delivery_of_a_message_however_often_it_is_inserted():
    deposit()
    row = Delivery.objects.filter(handler=READER).values("message_id", "handler", "lane", "due_at").get()

    with pytest.raises(IntegrityError, match="once_per_handler"), transaction.atomic():
        Delivery.objects.create(**row)


def test_drained_lane_has_nothing_left_to_do():
    deposit()
    drain_until(all_done)

    assert drain_all() == 0
    assert Visit.objects.count() == 1


def test_messages_about_one_thing_are_handled_in_their_order(declarations):
    seen: list[int] = []

    @subscribe(MoneyDeposited, name="tests.follows")
    def follows(told: MoneyDeposited) -> None:
        seen.append(told.balance.amount_minor)

    account = accounts_in_one_lane(1)[0]
    for _ in range(30):
        deposit(account)
    drain(lane_of(account))

    assert seen == list(range(1, 31))


def test_what_a_drainer_appends_for_its_own_lane_is_born_claimed_and_never_claimed_again(
    declarations, monkeypatch
):
    claimed: list[str] = []
    claim = deliveries.claim

    def counted(*args: int) -> list[deliveries.Claimed]:
        rows = claim(*args)
        claimed.extend(row.handler for row in rows)
        return rows

    @subscribe(AccountBlocked, name="tests.reminds_now")
    def reminds_now(told: AccountBlocked) -> None:
        send(Remind(account_id=told.account_id))

    monkeypatch.setattr(deliveries, "claim", counted)
    accounts = accounts_in_one_lane(10)
    for account in accounts:
        execute(BlockAccount(account_id=account))
    drain(lane_of(accounts[0]))

    assert sorted(claimed) == ["mailbox.remind_tomorrow"] * 10 + ["tests.reminds_now"] * 10
    now_done = Delivery.objects.filter(handler="mailbox.remind", state=DONE)
    assert set(now_done.values_list("attempts", flat=True)) == {1}
    assert now_done.count() == 10
