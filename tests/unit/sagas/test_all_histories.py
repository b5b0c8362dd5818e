"""The rules, walked through whole: every history of the order saga, and each rule broken on purpose is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sagas import engine
from sagas.definition import SagaType
from sagas.facts import Decision, Direction, Entry, Replied, Send, TurnBack
from sagas.history import History, Round
from sagas.plan import Plan, plan_for

from .exploration import Verdict, World, explore
from .toys import KEY, OrderConfirmed, OrderSaga, OrderSagaWithLetter

WHOLE = OrderConfirmed()
FREE = OrderConfirmed(total=0)
DOWNLOAD = OrderConfirmed(products=0)
FREE_DOWNLOAD = OrderConfirmed(total=0, products=0)

DO, UNDO = Direction.DO, Direction.UNDO


def plan_of(order: OrderConfirmed, saga: SagaType = OrderSaga) -> Plan:
    return plan_for(saga, key=KEY, start=order)


def says(verdict: Verdict) -> str:
    return f"{verdict.fault}: {' · '.join(verdict.trace)}" if verdict.fault else "holds"


@pytest.mark.parametrize(
    ("order", "least"), [(WHOLE, 10_000), (FREE, 500), (DOWNLOAD, 500), (FREE_DOWNLOAD, 5)]
)
def test_every_history_of_an_order_ends_all_done_or_all_undone(order, least):
    verdict = explore(World(plan_of(order)))

    assert says(verdict) == "holds"
    assert verdict.states > least


def test_a_letter_changes_no_end():
    verdict = explore(World(plan_of(FREE, OrderSagaWithLetter)))

    assert says(verdict) == "holds"


@pytest.mark.parametrize(
    ("order", "retries"),
    [
        (DOWNLOAD, (("payment", DO),)),
        (DOWNLOAD, (("capture", DO), ("approval", DO))),
        (FREE, (("inventory", DO),)),
        (FREE, (("shipping", UNDO), ("commitment", DO))),
        (FREE, (("saga", UNDO), ("inventory", UNDO))),
    ],
)
def test_retries_at_any_moment_leave_nothing_behind(order, retries):
    verdict = explore(World(plan_of(order), asks=0, retries=retries))

    assert says(verdict) == "holds"


def test_turning_back_after_the_pivot_was_sent_is_found(monkeypatch):
    monkeypatch.setattr(engine, "_is_beyond_return", lambda plan, history: False)

    assert "although capture happened" in explore(World(plan_of(DOWNLOAD))).fault


def test_turning_back_after_a_pivot_that_was_left_out_is_found(monkeypatch):
    monkeypatch.setattr(engine, "_is_beyond_return", lambda plan, history: False)

    assert "although commitment happened" in explore(World(plan_of(FREE))).fault


def test_forgetting_what_is_in_flight_is_found(monkeypatch):
    monkeypatch.setattr(Round, "stands", property(lambda self: self.succeeded and not self.undone))

    assert "left" in explore(World(plan_of(WHOLE, OrderSaga), asks=0)).fault


def test_ending_before_the_undoing_is_answered_is_found(monkeypatch):
    stands = Round.stands
    monkeypatch.setattr(Round, "stands", property(lambda self: stands.__get__(self) and not self.undos))

    assert "inventory told to undo before shipping" in explore(World(plan_of(FREE))).fault


def test_undoing_in_no_order_is_found():
    plan = plan_of(WHOLE)
    disordered = replace_graph(plan, followers=dict.fromkeys(plan.graph.followers, ()))

    assert "before shipping, which stands on it" in explore(World(disordered, asks=0)).fault


def test_a_participant_that_forgets_what_it_was_told_to_undo_is_found():
    assert "left" in explore(World(plan_of(FREE), remembers_undoing=False)).fault


def test_going_forward_again_is_found():
    def on_second_thoughts(plan: Plan, history: History) -> tuple[Decision, ...]:
        kept = [entry for entry in history.entries if not isinstance(entry, TurnBack)]
        return engine.decide(plan, History(kept))

    assert (
        explore(World(plan_of(FREE), decide=on_second_thoughts)).fault
        == "turned back although commitment happened"
    )


def test_not_waiting_for_what_a_left_out_step_waits_for_is_found():
    plan = plan_of(FREE)
    hasty = {
        name: tuple(other for other in step.after if other in plan.graph.steps)
        for name, step in plan.graph.steps.items()
    }

    assert explore(World(replace_graph(plan, waits_for=hasty))).fault == "waits for ever"


def test_forgetting_the_round_before_a_retry_is_found():
    def forgetful(plan: Plan, history: History) -> tuple[Decision, ...]:
        newest = history.begun("payment")
        kept = [entry for entry in history.entries if not is_about_payment_before(newest, entry)]
        return engine.decide(plan, History(kept))

    def is_about_payment_before(newest: int, entry: Entry) -> bool:
        return isinstance(entry, (Send, Replied)) and entry.step == "payment" and entry.round < newest

    world = World(plan_of(DOWNLOAD), decide=forgetful, asks=0, retries=(("payment", DO),))

    assert explore(world).fault == "compensated with payment left"


def test_a_pivot_that_is_tried_twice_is_found(monkeypatch):
    monkeypatch.setattr(engine, "Pivot", type("NoPivot", (), {}))
    world = World(plan_of(DOWNLOAD), asks=0, retries=(("capture", DO),))

    assert explore(world).fault == "captured twice"


def test_a_compensation_that_is_never_sent_is_found():
    world = World(plan_of(FREE), decide=without(lambda send: send.direction is UNDO))

    assert explore(world).fault == "waits for ever"


def without(unwanted: Callable[[Send], bool]) -> Callable[[Plan, History], tuple[Decision, ...]]:
    def decide(plan: Plan, history: History) -> tuple[Decision, ...]:
        decided = engine.decide(plan, history)
        return tuple(entry for entry in decided if not (isinstance(entry, Send) and unwanted(entry)))

    return decide


def replace_graph(plan: Plan, **changes: Any) -> Plan:
    object.__setattr__(plan, "graph", replace(plan.graph, **changes))
    return plan
