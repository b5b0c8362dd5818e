"""The log as CloudEvents 1.0: what the specification requires, and what readers of ours rely on."""

import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from config.environment import BASE_DIR
from events.execution import execute
from events.ids import new_id
from events.models import Message
from inventory.commands import ReceiveStock
from orders.commands import ConfirmOrder
from tests.support.shop import an_order, units
from tests.support.stack import database_url

pytestmark = pytest.mark.django_db
EXTENSIONS = {"kind", "position", "dataversion", "correlationid", "causationid"}


@pytest.fixture(autouse=True)
def order(transactional_db):
    place = an_order()
    execute(ReceiveStock(receipt_id=new_id(), lines=units(MUG=5)))
    execute(place, ConfirmOrder(order_id=place.order_id))
    return place


@pytest.fixture
def exported(tmp_path):
    def export(**options):
        call_command("export_events", out=tmp_path / "events.jsonl", **options)
        return [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]

    return export


def test_each_line_has_what_cloudevents_requires(exported):
    lines = exported()

    for line in lines:
        assert line["specversion"] == "1.0"
        assert all(isinstance(line[name], str) and line[name] for name in ("id", "source", "type", "subject"))
        assert not urlsplit(line["source"]).fragment
        assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
        assert line["time"].endswith("Z")
        assert line["datacontenttype"] == "application/json"
        # Names of attributes are lower-case letters and digits; null is no value.
        assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in line)
        assert None not in line.values()
    assert len({(line["source"], line["id"]) for line in lines}) == len(lines)


def test_each_line_tells_its_place_and_its_cause(exported, order):
    lines = {line["type"]: line for line in exported()}
    asked, told = lines["orders.confirm_order"], lines["orders.order_confirmed"]

    assert set(told) >= EXTENSIONS
    assert (asked["kind"], told["kind"]) == ("command", "event")
    assert asked["subject"] == told["subject"] == f"orders.order-{order.order_id}"
    assert told["causationid"] == asked["id"]
    assert told["correlationid"] == str(order.order_id)
    assert told["dataversion"] == 2
    assert told["data"]["total"] == {"amount_minor": 1000, "currency": "GBP"}
    assert "causationid" not in asked


def test_lines_come_in_the_order_of_their_positions(exported):
    positions = [line["position"] for line in exported()]

    assert positions == sorted(Message.objects.exclude(kind=3).values_list("position", flat=True))


def test_a_reader_goes_on_after_the_last_position_that_it_knows(exported):
    lines = exported()

    assert exported(after=lines[1]["position"]) == lines[2:]
    assert exported(after=lines[-1]["position"]) == []


def test_types_are_picked_by_their_stored_names(exported):
    lines = exported(types="orders.order_placed, orders.order_confirmed")

    assert [line["type"] for line in lines] == ["orders.order_placed", "orders.order_confirmed"]


def test_what_was_stored_long_ago_is_told_as_of_today(exported):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            """UPDATE events_message SET version = 1, payload =
                 '{"order_id": "00000000-0000-0000-0000-000000000001", "customer_id": null, "order_total": 12.5, "currency": "USD"}'
                WHERE name = 'orders.order_confirmed'"""
        )

    (line,) = exported(types="orders.order_confirmed")

    assert line["dataversion"] == 2
    assert line["data"]["total"] == {"amount_minor": 1250, "currency": "USD"}


@pytest.mark.parametrize(
    ("options", "told"),
    [({"types": "orders.nothing"}, "there is no orders.nothing"), ({"after": -1}, "-1 is no position")],
)
def test_what_cannot_be_meant_is_refused(exported, options, told):
    with pytest.raises(CommandError, match=told):
        exported(**options)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("export_events", out=tmp_path / "nowhere" / "events.jsonl")


def test_an_export_that_fails_leaves_the_one_before(tmp_path, monkeypatch, exported):
    before = exported()
    monkeypatch.setattr("events.management.commands.export_events.cloud_event", lambda envelope: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        exported()

    assert [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()] == before
    assert [path.name for path in tmp_path.iterdir()] == ["events.jsonl"]


def test_a_reader_who_has_seen_enough_is_no_error():
    command = f"{sys.executable} manage.py export_events | head -n 1"
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}

    done = subprocess.run(
        ["sh", "-c", command], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
