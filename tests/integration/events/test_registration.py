"""Lanes and handlers of the code are known to the database after each migrate."""

import pytest

from events import lanes, subscribe
from events.drain import drain
from events.execution import execute
from events.models import Handler, Lane, Message
from events.registration import register
from events.registry import registry
from tests.integration.events.steps import DONE, accounts_in_one_lane, delivery, deposit, drain_all, lane_of
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.events import AccountBlocked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declarations")]


def test_every_lane_and_every_handler_has_its_row():
    assert list(Lane.objects.order_by("number").values_list("group", "number")) == list(lanes.all_lanes())
    assert set(Handler.objects.values_list("name", flat=True)) == {handler.name for handler in registry}


def test_new_handler_listens_from_its_registration_on():
    deposit()
    subscribe(AccountBlocked, name="tests.new")(print)

    register()
    register()

    last = Message.objects.latest("position").position
    assert Handler.objects.get(name="tests.new").since == last
    assert Handler.objects.get(name="mailbox.read_letter").since < last


def test_registering_again_disturbs_no_holder():
    token = lanes.take(0)

    register()

    assert Lane.objects.get(number=0).token == token
    assert lanes.take(0) is None


def test_handler_with_a_lane_group_of_its_own_is_drained_there(settings):
    settings.EVENTS_LANE_GROUPS = {"default": 8, "slow": 2}
    register()
    handled: list[AccountBlocked] = []
    subscribe(AccountBlocked, name="tests.throttled", lane_group="slow")(handled.append)
    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))

    drain(lane_of(account))
    assert handled == []
    assert delivery("tests.throttled").lane in {8, 9}

    drain_all()
    assert delivery("tests.throttled").state == DONE
    assert handled == [AccountBlocked(account_id=account)]
