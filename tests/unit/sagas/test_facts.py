"""What is stored of a saga, and can be read for ever."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from sagas.facts import (
    Direction,
    End,
    Ending,
    Entry,
    Outcome,
    Replied,
    RetryRequested,
    Send,
    Started,
    TimedOut,
    TurnBack,
    TurnBackRequested,
)
from sagas.ids import chosen_id, command_id

ID = UUID("00000000-0000-0000-0000-00000000002a")

WRITTEN = [
    (Started(message_id=ID), {"type": "started", "message_id": str(ID)}),
    (
        Started(message_id=ID, version=2, left_out=("payment",)),
        {"type": "started", "message_id": str(ID), "version": 2, "left_out": ["payment"]},
    ),
    (
        Replied(
            step="payment",
            direction=Direction.DO,
            round=1,
            outcome=Outcome.FAILED,
            message_id=ID,
            name="payments.payment_failed",
            reason="declined",
        ),
        {
            "type": "replied",
            "step": "payment",
            "direction": "do",
            "round": 1,
            "outcome": "failed",
            "message_id": str(ID),
            "name": "payments.payment_failed",
            "reason": "declined",
        },
    ),
    (
        TimedOut(step="payment", direction=Direction.DO, round=1),
        {"type": "timed_out", "step": "payment", "direction": "do", "round": 1},
    ),
    (
        TurnBackRequested(message_id=ID, name="orders.order_cancellation_requested"),
        {"type": "turn_back_requested", "message_id": str(ID), "name": "orders.order_cancellation_requested"},
    ),
    (
        RetryRequested(step="payment", direction=Direction.UNDO, message_id=ID),
        {"type": "retry_requested", "step": "payment", "direction": "undo", "message_id": str(ID)},
    ),
    (
        Send(step="payment", direction=Direction.ASK, round=1, command_id=ID, repeat=2),
        {
            "type": "send",
            "step": "payment",
            "direction": "ask",
            "round": 1,
            "command_id": str(ID),
            "repeat": 2,
        },
    ),
    (TurnBack(reason="payment timed out"), {"type": "turn_back", "reason": "payment timed out"}),
    (End(outcome=Ending.COMPENSATED), {"type": "end", "outcome": "compensated"}),
]


@pytest.mark.parametrize(("entry", "written"), WRITTEN, ids=lambda value: type(value).__name__)
def test_an_entry_is_written_as_ever_and_read_back(entry, written):
    stored = msgspec.json.encode(entry)

    assert msgspec.json.decode(stored) == written
    assert msgspec.json.decode(stored, type=Entry) == entry


def test_the_ids_of_a_saga_are_the_same_for_ever():
    assert str(chosen_id("order", "7", "payment")) == "a5164ec0-bc05-50d8-9b6f-d163cc668cd8"
    assert (
        str(command_id("order", "7", "payment", direction=Direction.DO))
        == "cd3ae18e-d462-5c27-aaf6-9ad3a8e392e4"
    )
    assert (
        str(command_id("order", "7", "payment", direction=Direction.ASK, repeat=1))
        == "a0074543-59d1-5bf4-b61d-4a83f13b7f51"
    )


def test_each_command_of_a_saga_has_an_id_of_its_own():
    ids = {
        command_id(saga, key, step, direction=direction, in_round=number, repeat=repeat)
        for saga in ("order", "return")
        for key in ("7", "8")
        for step in ("payment", "shipping")
        for direction in Direction
        for number in (1, 2)
        for repeat in (0, 1, 2)
    }

    assert len(ids) == 2 * 2 * 2 * 3 * 2 * 3
