"""Each mistake in a definition is found before an order waits for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sagas.definition import NonCritical, Retriable, Saga, Timeout
from sagas.validation import Mistake, problems

from .toys import (
    APPROVAL,
    CAPTURE,
    COMMITMENT,
    INVENTORY,
    LETTER,
    PAYMENT,
    SHIPPING,
    CustomerTold,
    InventoryReleased,
    InventoryReserved,
    OrderApproved,
    OrderConfirmed,
    OrderSaga,
    OrderSagaWithLetter,
    PaymentFailed,
    PaymentProcessed,
    reconcile_payment,
    tell_customer,
)

MINUTE = timedelta(minutes=1)


def with_steps(*steps: Any) -> type[OrderSaga]:
    return type("Changed", (OrderSaga,), {"steps": steps})


def with_(step: Any, **changes: Any) -> type[OrderSaga]:
    """The order saga with one step changed."""
    return with_steps(
        *(replace(old, **changes) if old.name == step.name else old for old in OrderSagaWithLetter.steps)
    )


def mistakes(saga: type[Saga[Any]]) -> set[Mistake]:
    return {problem.mistake for problem in problems(saga)}


@pytest.mark.parametrize("saga", [OrderSaga, OrderSagaWithLetter])
def test_the_order_saga_is_sound(saga):
    assert problems(saga) == []


def test_a_problem_says_where_what_and_what_to_do():
    (problem,) = problems(with_(SHIPPING, after=("inventory", "payment", "packing")))

    assert problem.mistake.value == "E004"
    assert problem.message == "shipping names a step packing, which the saga has not"
    assert "inventory" in problem.hint


def test_a_definition_without_a_start_is_incomplete():
    class Unfinished(Saga[OrderConfirmed]):
        name = "unfinished"
        correlated_by = "order_id"
        steps = (APPROVAL,)

    assert mistakes(Unfinished) == {Mistake.INCOMPLETE}


@pytest.mark.parametrize(
    ("saga", "mistake"),
    [
        (type("By", (OrderSaga,), {"correlated_by": "number"}), Mistake.UNCORRELATED),
        (type("Back", (OrderSaga,), {"turned_back_by": PaymentFailed}), Mistake.UNCORRELATED),
        (with_(LETTER, name="saga"), Mistake.NAME),
        (with_(LETTER, name="approval"), Mistake.NAME),
        (with_(LETTER, after=("packing",)), Mistake.UNKNOWN_STEP),
        (with_(CAPTURE, of="packing"), Mistake.UNKNOWN_STEP),
        (with_(INVENTORY, after=("shipping",)), Mistake.CYCLE),
        (with_(INVENTORY, after=("inventory",)), Mistake.CYCLE),
        (with_steps(*OrderSaga.steps, replace(CAPTURE, name="second")), Mistake.TWO_PIVOTS),
        (with_(SHIPPING, after=("capture",)), Mistake.NOT_BEFORE_THE_PIVOT),
        (with_(SHIPPING, after=("inventory",)), Mistake.NOT_BEFORE_THE_PIVOT),
        (with_steps(INVENTORY, replace(APPROVAL, after=())), Mistake.NOT_BEFORE_THE_PIVOT),
        (with_(COMMITMENT, after=("shipping",)), Mistake.NOT_AFTER_THE_PIVOT),
        (with_(APPROVAL, after=("commitment", "letter")), Mistake.WAITS_FOR_NON_CRITICAL),
        (with_(LETTER, succeeds_on=OrderApproved), Mistake.AMBIGUOUS_REPLY),
        (with_(LETTER, succeeds_on=OrderConfirmed), Mistake.AMBIGUOUS_REPLY),
        (with_(CAPTURE, succeeds_on=PaymentProcessed), Mistake.AMBIGUOUS_REPLY),
        (with_(INVENTORY, fails_on=InventoryReserved), Mistake.CONTRADICTORY_REPLY),
        (with_(INVENTORY, fails_on=(InventoryReleased,)), Mistake.CONTRADICTORY_REPLY),
        (with_(COMMITMENT, fails_on=PaymentFailed), Mistake.CANNOT_FAIL),
        (with_(LETTER, timeout=Timeout(after=MINUTE)), Mistake.PATIENCE),
        (with_(CAPTURE, timeout=Timeout(after=MINUTE)), Mistake.PATIENCE),
        (with_(APPROVAL, timeout=Timeout(after=MINUTE)), Mistake.PATIENCE),
        (
            with_(CAPTURE, timeout=Timeout(after=MINUTE, ask=reconcile_payment, give_up=3 * MINUTE)),
            Mistake.PATIENCE,
        ),
        (with_(PAYMENT, timeout=Timeout(after=MINUTE, give_up=3 * MINUTE)), Mistake.PATIENCE),
        (
            with_(PAYMENT, timeout=Timeout(after=MINUTE, ask=reconcile_payment, give_up=MINUTE)),
            Mistake.PATIENCE,
        ),
        (with_(PAYMENT, timeout=Timeout(after=timedelta(0))), Mistake.PATIENCE),
        (with_(PAYMENT, by="invoice_id"), Mistake.UNKNOWN_FIELD),
        (with_(APPROVAL, of="payment"), Mistake.UNKNOWN_FIELD),
    ],
)
def test_a_mistake_is_found(saga, mistake):
    assert mistake in mistakes(saga)


def test_a_saga_without_a_pivot_is_sound_if_nothing_fails_after_what_cannot_be_taken_back():
    told = Retriable(name="told", after=("inventory",), send=tell_customer, succeeds_on=CustomerTold)

    assert problems(with_steps(INVENTORY, told)) == []


def test_a_letter_that_waits_for_a_letter_is_refused():
    second = NonCritical(name="second", after=("letter",), send=tell_customer, succeeds_on=OrderApproved)

    assert Mistake.WAITS_FOR_NON_CRITICAL in mistakes(with_steps(*OrderSagaWithLetter.steps, second))


def test_each_kind_of_mistake_has_a_number_of_its_own():
    assert [mistake.value for mistake in Mistake] == [f"E{n:03}" for n in range(1, len(Mistake) + 1)]
