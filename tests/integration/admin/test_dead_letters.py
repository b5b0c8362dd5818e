"""Dead letters are grouped by cause and get another chance: asked for, carried by a worker, followed to their end."""

import json
import time

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django_celery_results.models import TaskResult
from kombu.pools import producers

from config.celery import app
from events.models import Delivery
from events.replay import replay
from tests.support.office import begun, drained, killed, member

DEAD = "/admin/events/deadletter/"
REPLAY = "/admin/events/deadletter/replay/"
State = Delivery.State


@pytest.fixture
def dead(shop: None) -> list[int]:
    for _ in range(3):
        begun()
    return killed("payments.process_payment")


def states(ids):
    return set(Delivery.objects.filter(id__in=ids).values_list("state", flat=True))


def the_job():
    return TaskResult.objects.get(task_name="events.replay_dead_letters")


def test_dead_letters_are_grouped_by_handler_and_error(operator, dead):
    page = operator.get(DEAD).content.decode()

    assert "By cause" in page
    assert "payments.gateways.NoAnswer" in page
    assert "Replay 3…" in page
    assert "ann@example.org" not in page


def test_a_delivery_shows_its_last_error_and_where_it_arose(operator, dead):
    page = operator.get(f"/admin/events/delivery/{dead[0]}/change/").content.decode()

    assert "gateways.py:88 authorise" in page
    assert "ann@example.org" not in page
    assert ">Replay<" in page


def test_what_is_confirmed_are_the_selected_rows_and_no_later_ones(operator, dead):
    chosen = dead[:2]

    page = operator.post(DEAD, {"action": "replay_selected", "_selected_action": chosen}).content.decode()

    assert "2 dead letters will get all their attempts again" in page
    assert all(str(id) in page for id in chosen)
    assert states(dead) == {State.DEAD}


def test_a_whole_group_is_confirmed_by_its_number(operator, dead):
    group = {"handler": "payments.process_payment", "error": "payments.gateways.NoAnswer"}

    page = operator.post(REPLAY, group).content.decode()

    assert "3 dead letters will get" in page
    assert "Replay one first" in page


@pytest.mark.parametrize("group", [{}, {"handler": "payments.process_payment"}, {"error": "x"}])
def test_everything_at_once_is_never_replayed(operator, dead, group):
    response = operator.post(REPLAY, group, follow=True)

    assert "everything at once is never replayed" in response.content.decode()
    assert states(dead) == {State.DEAD}


def test_a_replay_is_requested_and_exactly_these_are_revived(operator, dead):
    asked = operator.post(REPLAY, {"ids": ",".join(map(str, dead[:2]))}, follow=True)
    job = the_job()

    assert "Requested" in asked.content.decode()
    assert "uccess" not in asked.content.decode()
    assert job.status == "PENDING"
    assert states(dead) == {State.DEAD}

    replay(dead[:2])

    assert states(dead[:2]) == {State.PENDING}
    assert states(dead[2:]) == {State.DEAD}


def test_one_of_them_may_go_first(operator, dead):
    operator.post(REPLAY, {"ids": ",".join(map(str, dead)), "first": "1"})

    assert json.loads(json.loads(the_job().task_args)) == dead[:1]


def test_a_jobs_page_tells_what_became_of_each_one(operator, dead):
    operator.post(REPLAY, {"ids": ",".join(map(str, dead))})
    job = the_job()
    where = reverse("admin:django_celery_results_taskresult_change", args=[job.task_id])
    assert "requested" in operator.get(where).content.decode()

    replay(dead)
    TaskResult.objects.filter(pk=job.pk).update(
        status="SUCCESS", result=json.dumps({"asked": 3, "revived": 3})
    )
    drained()

    page = operator.get(where).content.decode()
    assert "ran to its end" in page
    assert "3 done" in page


def test_who_asked_for_a_replay_is_on_record(operator, dead):
    operator.post(REPLAY, {"ids": str(dead[0])})

    entry = LogEntry.objects.get()
    assert entry.user.username.startswith("operator")
    assert entry.object_id == the_job().task_id
    page = reverse("admin:django_celery_results_taskresult_change", args=[entry.object_id])
    assert f"by {entry.user.username}" in operator.get(page).content.decode()
    assert str(entry) == "Changed “replay of 1 dead letter” — requested as job " + the_job().task_id


def test_replaying_what_is_no_dead_letter_any_more_requests_nothing(operator, dead):
    Delivery.objects.filter(id__in=dead).update(state=State.DONE, done_at="2026-01-01T00:00:00Z")

    for ids in (",".join(map(str, dead)), "", "999999999", "abc,-1,1e5", "9" * 40):
        operator.post(REPLAY, {"ids": ids})

    assert not TaskResult.objects.exists()
    assert states(dead) == {State.DONE}


def test_where_the_broker_is_down_it_says_so_and_nothing_is_half_done(operator, dead, monkeypatch):
    nowhere = app.connection_for_write("redis://127.0.0.1:1/0")
    monkeypatch.setattr(app.amqp, "_producer_pool", producers[nowhere])
    begun_at = time.monotonic()

    response = operator.post(REPLAY, {"ids": str(dead[0])}, follow=True)

    assert (
        "The broker does not answer; nothing was requested and nothing has changed."
        in response.content.decode()
    )
    assert time.monotonic() - begun_at < 10
    assert not TaskResult.objects.exists()
    assert not LogEntry.objects.exists()
    assert states(dead) == {State.DEAD}


def test_a_replay_needs_its_own_permission_also_by_post(dead):
    for role in ("viewer", "support", "finance"):
        assert member(role).post(REPLAY, {"ids": str(dead[0])}).status_code == 403
        selected = {"action": "replay_selected", "_selected_action": dead}
        assert member(role).post(DEAD, selected).status_code == 403

    assert not TaskResult.objects.exists()
    assert states(dead) == {State.DEAD}


def test_a_replay_is_never_requested_by_looking(operator, dead):
    assert operator.get(REPLAY, {"ids": str(dead[0])}).status_code == 403
    assert not TaskResult.objects.exists()
