"""The command: what it says, and with which exit code."""

import json

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from events.execution import execute
from events.invariants import Invariant
from events.models import Message
from orders.commands import ConfirmOrder
from tests.support.shop import an_order

pytestmark = pytest.mark.django_db


def harm(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)


def test_all_hold_in_an_empty_system(capfd):
    call_command("verify_invariants")

    told = capfd.readouterr().out
    assert "BROKEN" not in told
    assert "At rest: 0 deliveries claimed" in told
    assert "invariants hold." in told


def test_a_broken_one_is_named_with_its_ids_and_exit_code_1(capfd):
    place = an_order()
    execute(place)
    harm("UPDATE orders_order SET total_minor = 1")

    with pytest.raises(SystemExit) as ended:
        call_command("verify_invariants")

    told = capfd.readouterr().out
    assert ended.value.code == 1
    assert "BROKEN  Every row of a projection is what its events say. (always)" in told
    assert f"orders.order-{place.order_id}" in told


def test_only_the_first_twenty_ids_are_named_and_all_are_counted(capfd):
    for _ in range(25):
        execute(an_order())
    harm("UPDATE orders_order SET total_minor = 1")

    with pytest.raises(SystemExit):
        call_command("verify_invariants", json=True)

    told = json.loads(capfd.readouterr().out)
    (finding,) = (one for one in told["invariants"] if one["broken"])
    assert (finding["count"], len(finding["offending"])) == (25, 20)
    assert told["holds"] is False


def test_json_says_which_hold_always_and_whether_all_is_at_rest(capfd):
    place = an_order()
    execute(place, ConfirmOrder(order_id=place.order_id))

    call_command("verify_invariants", json=True)

    told = json.loads(capfd.readouterr().out)
    assert told["at_rest"] is False
    assert told["due"] > 0
    assert {one["when"] for one in told["invariants"]} == {"always", "at rest"}


def test_an_invariant_that_cannot_be_asked_is_broken_and_hides_no_other(monkeypatch, capfd):
    wrong = Invariant(name="Nobody knows this table.", when="always", query="SELECT id FROM no_such_table")
    monkeypatch.setattr("config.invariants.invariants", lambda: [wrong])

    with pytest.raises(SystemExit):
        call_command("verify_invariants")

    told = capfd.readouterr().out
    assert "BROKEN  Nobody knows this table." in told
    assert "holds   Every row of a projection" in told


def test_looking_changes_nothing():
    call_command("verify_invariants")

    assert not Message.objects.exists()
