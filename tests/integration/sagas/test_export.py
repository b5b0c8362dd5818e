"""What of a saga is told to others?"""

import json

from django.core.management import call_command

from events.execution import execute
from events.models import Message
from orders.commands import ConfirmOrder
from tests.support.carrying import carried
from tests.support.shop import an_order


def test_a_sagas_own_decisions_are_nobody_elses_business(tmp_path, transactional_db):
    order = an_order()
    execute(order, ConfirmOrder(order_id=order.order_id))
    carried()

    call_command("export_events", out=tmp_path / "events.jsonl")

    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert Message.objects.filter(kind=3).exists()
    assert {line["kind"] for line in lines} == {"event", "command"}
    assert lines[-1]["position"] > Message.objects.filter(kind=3).earliest("position").position
