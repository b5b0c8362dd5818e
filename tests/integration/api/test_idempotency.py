import threading
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from config.api.idempotency import forget_old_requests
from config.models import ObeyedRequest
from orders.models import OrderRow
from tests.integration.api.conftest import Client, an_order, errors, placed, problem


def test_the_same_request_gets_the_same_answer_and_changes_nothing(ann: Client):
    first = ann.ask("/orders", an_order(), key="a")

    again = ann.ask("/orders", an_order(), key="a")

    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert OrderRow.objects.count() == 1


def test_an_answer_is_given_again_though_the_order_has_moved_on(ann: Client):
    order = placed(ann)
    first = ann.ask(f"/orders/{order['id']}/confirm", key="a", **{"if-match": '"1"'})
    ann.ask(f"/orders/{order['id']}/cancel", {"reason": "too dear"})

    again = ann.ask(f"/orders/{order['id']}/confirm", key="a", **{"if-match": '"1"'})

    assert (again.status_code, again.content) == (200, first.content)


def test_a_key_belongs_to_one_body(ann: Client):
    ann.ask("/orders", an_order(), key="a")

    other = ann.ask("/orders", an_order(payment_method="tok_slow"), key="a")

    assert (other.status_code, problem(other)["code"]) == (422, "idempotency_key_reused")


def test_the_order_of_the_members_makes_no_other_body(ann: Client):
    ann.ask("/orders", an_order(), key="a")

    again = ann.ask("/orders", dict(reversed(an_order().items())), key="a")

    assert again.status_code == 201
    assert OrderRow.objects.count() == 1


def test_a_key_belongs_to_one_user_and_one_address(ann: Client, bob: Client):
    order = ann.ask("/orders", an_order(), key="a").json()

    assert bob.ask("/orders", an_order(), key="a").json()["id"] != order["id"]
    assert ann.ask(f"/orders/{order['id']}/confirm", key="a").json()["status"] == "confirmed"


def test_what_changes_something_needs_a_key(ann: Client):
    order = placed(ann)

    for path, body in [
        ("/orders", an_order()),
        (f"/orders/{order['id']}/confirm", None),
        (f"/orders/{order['id']}/cancel", {"reason": "too dear"}),
    ]:
        response = ann.ask(path, body, key=None)
        assert (response.status_code, problem(response)["code"]) == (400, "idempotency_key_missing")
        assert errors(response) == {("Idempotency-Key", "required")}


def test_a_key_is_short_and_visible(ann: Client):
    for key in ["a b", "é", "a" * 256, "a\tb"]:
        response = ann.ask("/orders", an_order(), key=key)
        assert (response.status_code, problem(response)["code"]) == (400, "idempotency_key_invalid")


def test_a_failure_is_not_stored(ann: Client):
    failed = ann.ask("/orders", an_order({"sku": "CUP", "quantity": 1}), key="a")

    mended = ann.ask("/orders", an_order(), key="a")

    assert (failed.status_code, mended.status_code) == (422, 201)


def test_while_the_first_request_is_at_work_the_second_one_is_told_so(ann: Client):
    """Both at the same moment: one places, and the other is told to ask again or gets the answer."""
    order = placed(ann)
    path = f"/orders/{order['id']}/confirm"
    is_confirmed, may_commit = threading.Event(), threading.Event()

    def confirm_slowly() -> None:
        with transaction.atomic():
            # The answer is computed, and not committed before the other one has asked.
            answers.append(ann.ask(path, key="a"))
            is_confirmed.set()
            assert may_commit.wait(10)
        connection.close()

    answers: list[Any] = []
    slow = threading.Thread(target=confirm_slowly)
    slow.start()
    assert is_confirmed.wait(10)

    busy = ann.ask(path, key="a")
    may_commit.set()
    slow.join()
    again = ann.ask(path, key="a")

    assert (busy.status_code, problem(busy)["code"], problem(busy)["retryable"]) == (
        409,
        "request_in_progress",
        True,
    )
    assert busy["Retry-After"] == "1"
    assert answers[0].status_code == 200
    assert (again.status_code, again.content) == (200, answers[0].content)


def test_many_at_once_with_one_key_place_one_order(ann: Client):
    start = threading.Barrier(6)
    codes: list[int] = []

    def place() -> None:
        start.wait()
        codes.append(ann.ask("/orders", an_order(), key="a").status_code)
        connection.close()

    threads = [threading.Thread(target=place) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(codes) <= {201, 409}
    assert 201 in codes
    assert OrderRow.objects.count() == 1


def test_many_at_once_with_different_keys_confirm_one_order_once(ann: Client):
    order = placed(ann)
    start = threading.Barrier(6)
    answers: list[Any] = []

    def confirm() -> None:
        start.wait()
        answers.append(ann.ask(f"/orders/{order['id']}/confirm"))
        connection.close()

    threads = [threading.Thread(target=confirm) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["version"] for answer in answers} == {2}


def test_after_72_hours_a_key_is_free_again(ann: Client):
    first = ann.ask("/orders", an_order(), key="a").json()
    young = ann.ask("/orders", an_order(), key="b").json()
    ObeyedRequest.objects.filter(key="a").update(at=timezone.now() - timedelta(hours=72, seconds=1))

    second = ann.ask("/orders", an_order(), key="a").json()

    assert second["id"] != first["id"]
    assert ann.ask("/orders", an_order(), key="b").json() == young


def test_what_is_older_than_72_hours_is_forgotten(ann: Client):
    for key in "abc":
        ann.ask("/orders", an_order(), key=key)
    ObeyedRequest.objects.exclude(key="c").update(at=timezone.now() - timedelta(hours=73))

    assert forget_old_requests(at_most=1) == 1
    assert forget_old_requests() == 1
    assert forget_old_requests() == 0
    assert ObeyedRequest.objects.get().key == "c"


def test_the_record_of_a_request_holds_nothing_personal(ann: Client):
    ann.ask("/orders", an_order())

    kept = ObeyedRequest.objects.get()

    assert "Ann" not in kept.body
    assert "example.org" not in kept.body
