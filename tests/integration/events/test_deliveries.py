"""What becomes of a message: one delivery for each handler, retried by its policy, dead in the end, never lost."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from events import (
    Backoff,
    Command,
    Money,
    Reject,
    TryLater,
    command,
    deliveries,
    handles,
    send,
    store,
    subscribe,
)
from events.drain import drain
from events.execution import execute, unit_of_work
from events.log import database_now
from events.models import Delivery
from events.replay import replay
from events.unit import again, current_unit
from tests.integration.events.steps import (
    DEAD,
    DONE,
    PENDING,
    accounts_in_one_lane,
    all_done,
    delivery,
    deposit,
    drain_all,
    drain_until,
    error_of,
    in_another_process,
    lane_of,
    let_time_pass,
    messages,
)
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.domain import Account
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited
from tests.toys.mailbox.commands import Remind
from tests.toys.mailbox.domain import Letter as Written
from tests.toys.mailbox.events import LetterPosted
from tests.toys.mailbox.models import Letter, Stamped, Visit

pytestmark = pytest.mark.django_db

READER = "mailbox.read_letter"
NEVER = Backoff(attempts=1)
LATER = Backoff(base=timedelta(days=365), cap=timedelta(days=365))


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


def test_failing_handler_is_retried_until_it_is_dead(declarations):
    year = timedelta(days=365)

    @subscribe(AccountBlocked, name="tests.fails", backoff=Backoff(attempts=3, base=year, cap=2 * year))
    def fails(told: AccountBlocked) -> None:
        raise ValueError("I cannot do this")

    execute(BlockAccount(account_id=accounts_in_one_lane(1)[0]))
    for failed in (1, 2):
        drain_all()
        row = delivery("tests.fails")
        assert (row.state, row.attempts, row.token) == (PENDING, failed, None)
        assert timedelta(0) < row.due_at - now() <= failed * year
        let_time_pass()
    drain_all()

    row = delivery("tests.fails")
    assert (row.state, row.attempts) == (DEAD, 3)
    assert error_of(row)["type"] == "builtins.ValueError"
    assert error_of(row)["message"] == "I cannot do this"
    assert any(line.endswith(" fails") for line in error_of(row)["traceback"])


def test_retry_is_not_handled_before_it_is_due(declarations):
    @subscribe(AccountBlocked, name="tests.slow", backoff=LATER)
    def slow(told: AccountBlocked) -> None:
        handled.append(told)
        raise ValueError("not yet")

    handled: list[AccountBlocked] = []
    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_all()
    drain_all()

    assert len(handled) == 1
    assert delivery("tests.slow").state == PENDING


def test_failing_handler_stores_nothing_of_what_it_recorded():
    deposit(trouble="reader raises")

    drain_until(lambda: delivery(READER).state == DEAD)

    assert messages(Remind) == []


def test_try_later_counts_as_no_failure():
    deposit(trouble="reader sleeps")

    for _ in range(10):
        drain_all()
        let_time_pass()

    row = delivery(READER)
    assert (row.state, row.attempts) == (PENDING, 0)
    assert row.last_error == {"type": "TryLater", "message": "asleep"}


def test_rejected_message_is_dead_at_once():
    deposit(trouble="reader refuses")

    drain_all()

    row = delivery(READER)
    assert (row.state, row.attempts) == (DEAD, 1)
    assert error_of(row)["message"] == "not for me"


def test_dead_letter_is_left_alone():
    deposit(trouble="reader refuses")
    drain_all()

    let_time_pass()
    drain_all()

    row = delivery(READER)
    assert (row.state, row.attempts) == (DEAD, 1)


def test_replayed_dead_letter_has_all_its_attempts_and_succeeds_once_its_handler_is_mended(declarations):
    is_mended, told = [False], []

    @subscribe(AccountBlocked, name="tests.mended", backoff=Backoff(attempts=2, base=timedelta(0)))
    def mended(event: AccountBlocked) -> None:
        told.append(event)
        if not is_mended[0]:
            raise ValueError("broken")

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_until(lambda: delivery("tests.mended").state == DEAD)
    dead = delivery("tests.mended")

    assert replay([dead.id]) == {"asked": 1, "revived": 1}
    drain_until(lambda: delivery("tests.mended").state == DEAD)
    assert delivery("tests.mended").attempts == 2

    is_mended[0] = True
    replay([dead.id])
    drain_until(lambda: delivery("tests.mended").state == DONE)
    assert len(told) == 5


def test_replay_leaves_alone_what_is_no_dead_letter():
    deposit()
    drain_until(all_done)
    ids = list(Delivery.objects.values_list("id", flat=True))

    assert replay([*ids, 10**12]) == {"asked": len(ids) + 1, "revived": 0}
    assert all_done()


def test_replay_tells_its_progress(monkeypatch):
    monkeypatch.setattr("events.replay._AT_ONCE", 2)
    told: list[tuple[int, int]] = []

    replay([1, 2, 3, 4, 5], lambda done, total: told.append((done, total)))

    assert told == [(2, 5), (4, 5), (5, 5)]


def test_one_that_raises_in_a_batch_of_many_leaves_its_neighbours_untouched():
    accounts = accounts_in_one_lane(50)
    for account in accounts:
        deposit(account, trouble="reader raises" if account == accounts[25] else "")

    drain(lane_of(accounts[0]))

    states = dict(Delivery.objects.filter(handler=READER).values_list("message__key", "state"))
    assert states.pop(str(accounts[25])) != DONE
    assert set(states.values()) == {DONE}
    assert set(Delivery.objects.filter(handler=READER, state=DONE).values_list("attempts", flat=True)) == {1}
    assert messages(Remind) == []


def test_aggregate_whose_change_was_lost_has_no_row(declarations):
    @subscribe(AccountBlocked, name="tests.loses", backoff=NEVER)
    def loses(told: AccountBlocked) -> None:
        cause = current_unit().cause
        assert cause is not None
        with store.change(Written, cause.id) as letter:
            letter.post(told.account_id, "a stamp")
        raise ValueError("lost")

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_all()

    row = delivery("tests.loses")
    assert (row.state, error_of(row)["message"]) == (DEAD, "lost")
    assert not Letter.objects.exists()
    assert messages(LetterPosted) == []


def test_batch_that_is_refused_falls_back_to_one_by_one(declarations):
    """One handler of the batch tells a version of a stream that exists: the flush is refused, for it alone in the end."""

    @subscribe(AccountBlocked, name="tests.rewrites_history", backoff=NEVER)
    def rewrites_history(told: AccountBlocked) -> None:
        send(Remind(account_id=told.account_id))
        if told.account_id == culprit:
            current_unit().append(told, stream=Account.stream_of(culprit), stream_version=1)

    accounts = accounts_in_one_lane(20)
    culprit = accounts[7]
    for account in accounts:
        execute(BlockAccount(account_id=account))

    drain(lane_of(culprit))

    states = dict(
        Delivery.objects.filter(handler="tests.rewrites_history").values_list("message__key", "state")
    )
    assert states.pop(str(culprit)) == DEAD
    assert set(states.values()) == {DONE}
    assert "decide anew" in error_of(delivery("tests.rewrites_history", culprit))["message"]
    reminded = [message.key for message in messages(Remind)]
    # Twice each, by this handler and by the toys' own tomorrow; the culprit's only by the toys' own.
    assert sorted(reminded) == sorted([*map(str, accounts), *(str(a) for a in accounts if a != culprit)])


def test_lost_race_in_a_drain_is_decided_anew_and_counts_as_no_attempt(declarations):
    """A rival commits between the read and the flush: first of the whole batch, then of the handler alone, twice."""
    rivals: list[int] = []

    @subscribe(AccountBlocked, name="tests.pays_in")
    def pays_in(told: AccountBlocked) -> None:
        with store.change(Account, other) as account:
            if len(rivals) < 3:
                rivals.append(rival())
            account.deposit(Money(1, "GBP"), "")

    def rival() -> int:
        return in_another_process(lambda: deposit(other, amount=10))

    other, blocked = accounts_in_one_lane(2)
    execute(BlockAccount(account_id=blocked))
    drain(lane_of(blocked))

    assert rivals == [0, 0, 0]
    assert [told.payload["balance"]["amount_minor"] for told in messages(MoneyDeposited, other)] == [
        10,
        20,
        30,
        31,
    ]
    row = delivery("tests.pays_in")
    assert (row.state, row.attempts) == (DONE, 1)


def test_decision_rests_on_all_that_its_message_tells_of(declarations):
    """A drainer remembers an account; a web process blocks it, and the message that says so comes to the same drainer."""
    seen: list[bool] = []

    @subscribe(MoneyDeposited, name="tests.looks_at_the_deposit")
    def looks_at_the_deposit(told: MoneyDeposited) -> None:
        store.load(Account, told.account_id)
        if not blocked:
            blocked.append(in_another_process(lambda: execute(BlockAccount(account_id=told.account_id))))

    @subscribe(AccountBlocked, name="tests.looks_at_the_block")
    def looks_at_the_block(told: AccountBlocked) -> None:
        seen.append(store.load(Account, told.account_id).is_blocked)

    blocked: list[int] = []
    account = deposit()
    drain(lane_of(account))

    assert blocked == [0]
    assert seen == [True]


def test_decision_rests_on_all_that_was_committed_before_its_message(declarations):
    """A drainer remembers a letter; a web process posts it, which nobody hears of, and then blocks the account."""
    letter = uuid4()
    posted: list[int] = []
    seen: list[bool] = []

    def post_then_block() -> None:
        with unit_of_work(), store.change(Written, letter) as written:
            written.post(account, "by hand")
        execute(BlockAccount(account_id=account))

    @subscribe(MoneyDeposited, name="tests.looks_before")
    def looks_before(told: MoneyDeposited) -> None:
        store.load(Written, letter)
        posted.append(in_another_process(post_then_block))

    @subscribe(AccountBlocked, name="tests.looks_after")
    def looks_after(told: AccountBlocked) -> None:
        seen.append(store.load(Written, letter).is_posted)

    account = deposit()
    drain(lane_of(account))
    drain(lane_of(account))

    assert posted == [0]
    assert seen == [True]


def test_decision_rests_on_an_aggregate_that_two_keys_share_as_it_was_when_its_message_was_committed(
    declarations,
):
    """A drainer remembers a letter from one account; posted by a web process, it is asked for by another account."""
    letter = uuid4()
    posted: list[int] = []
    seen: list[bool] = []

    def post_then_block() -> None:
        with unit_of_work(), store.change(Written, letter) as written:
            written.post(first, "by hand")
        execute(BlockAccount(account_id=second))

    @subscribe(MoneyDeposited, name="tests.looks_before")
    def looks_before(told: MoneyDeposited) -> None:
        store.load(Written, letter)
        posted.append(in_another_process(post_then_block))

    @subscribe(AccountBlocked, name="tests.looks_after")
    def looks_after(told: AccountBlocked) -> None:
        seen.append(store.load(Written, letter).is_posted)

    first, second = accounts_in_one_lane(2)
    deposit(first)
    drain(lane_of(first))
    drain(lane_of(first))

    assert posted == [0]
    assert seen == [True]


def test_handler_with_sql_of_its_own_is_atomic_with_what_it_records(declarations):
    fails = [True]

    @subscribe(AccountBlocked, name="tests.own_sql", own_sql=True, backoff=LATER)
    def own_sql(told: AccountBlocked) -> None:
        Visit.objects.create(message="own")
        send(Remind(account_id=told.account_id), delay=timedelta(days=2))
        if fails[0]:
            raise ValueError("halfway")

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_all()
    assert not Visit.objects.filter(message="own").exists()
    assert len(messages(Remind)) == 1, "the toys' own, tomorrow"
    assert error_of(delivery("tests.own_sql"))["message"] == "halfway"

    fails[0] = False
    make_due("tests.own_sql")
    drain_until(lambda: delivery("tests.own_sql").state == DONE)
    assert Visit.objects.filter(message="own").count() == 1
    assert len(messages(Remind)) == 2


def test_sql_of_a_handler_whose_flush_is_refused_is_undone(declarations):
    @subscribe(AccountBlocked, name="tests.own_sql", own_sql=True, backoff=NEVER)
    def own_sql(told: AccountBlocked) -> None:
        Visit.objects.create(message="own")
        current_unit().append(told, stream=Account.stream_of(told.account_id), stream_version=1)

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_all()

    assert delivery("tests.own_sql").state == DEAD
    assert not Visit.objects.filter(message="own").exists()


def test_handler_whose_own_sql_is_wrong_fails_alone(declarations):
    @subscribe(AccountBlocked, name="tests.own_sql", own_sql=True, backoff=NEVER)
    def own_sql(told: AccountBlocked) -> None:
        Visit.objects.create(message=None)  # type: ignore[misc]  # that is what is wrong

    accounts = accounts_in_one_lane(3)
    for account in accounts:
        execute(BlockAccount(account_id=account))
    drain_all()

    assert set(Delivery.objects.filter(handler="tests.own_sql").values_list("state", flat=True)) == {DEAD}
    assert error_of(delivery("tests.own_sql", accounts[0]))["type"].endswith("IntegrityError")
    assert set(
        Delivery.objects.filter(handler="mailbox.remind_tomorrow").values_list("state", flat=True)
    ) == {DONE}


def test_handler_that_asks_for_the_same_message_again_keeps_what_it_recorded(declarations):
    ticks: list[int] = []

    @subscribe(AccountBlocked, name="tests.clock")
    def clock(told: AccountBlocked) -> None:
        ticks.append(1)
        send(Remind(account_id=told.account_id), delay=timedelta(days=5))
        if len(ticks) < 3:
            again(timedelta(hours=1))

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    for _ in range(4):
        drain_all()
        make_due("tests.clock")

    row = delivery("tests.clock")
    assert (row.state, row.attempts, row.last_error) == (DONE, 1, None)
    assert len(ticks) == 3
    assert len(messages(Remind)) == 4, "three of the clock, one of the toys' own"


def make_due(handler: str) -> None:
    Delivery.objects.filter(handler=handler, state=PENDING).update(due_at="2001-01-01T00:00Z")


def test_handler_that_asks_again_is_not_run_before_its_time(declarations):
    ticks: list[int] = []

    @subscribe(AccountBlocked, name="tests.clock")
    def clock(told: AccountBlocked) -> None:
        ticks.append(1)
        again(timedelta(hours=1))

    execute(BlockAccount(account_id=accounts_in_one_lane(1)[0]))
    drain_all()
    drain_all()

    row = delivery("tests.clock")
    assert len(ticks) == 1
    assert timedelta(minutes=59) < row.due_at - now() <= timedelta(hours=1)


def test_command_sent_with_a_delay_is_obeyed_when_it_is_due(declarations):
    account = accounts_in_one_lane(1)[0]
    execute(BlockAccount(account_id=account))
    drain_all()
    row = delivery("mailbox.remind")
    assert (row.state, row.attempts) == (PENDING, 0)
    assert timedelta(hours=23) < row.due_at - now() <= timedelta(days=1)

    drain_all()
    assert delivery("mailbox.remind").state == PENDING

    let_time_pass()
    drain_all()
    assert delivery("mailbox.remind").state == DONE


def test_timer_is_moved_and_finished():
    account = accounts_in_one_lane(1)[0]
    execute(BlockAccount(account_id=account))
    drain_all()
    timer = delivery("mailbox.remind")
    sooner = now() + timedelta(minutes=5)

    with unit_of_work() as unit:
        unit.move(timer.message_id, "mailbox.remind", sooner)
    assert delivery("mailbox.remind").due_at == sooner
    assert delivery("mailbox.remind").state == PENDING

    with unit_of_work() as unit:
        unit.move(timer.message_id, "mailbox.remind", None)
    let_time_pass()
    drain_all()
    row = delivery("mailbox.remind")
    assert (row.state, row.attempts) == (DONE, 0)


def test_timer_that_is_done_is_not_set_anew():
    account = accounts_in_one_lane(1)[0]
    execute(BlockAccount(account_id=account))
    drain_all()
    let_time_pass()
    drain_all()

    with unit_of_work() as unit:
        unit.move(delivery("mailbox.remind").message_id, "mailbox.remind", now() + timedelta(days=1))

    assert delivery("mailbox.remind").state == DONE


def test_moves_of_a_turn_that_raised_are_not_made(declarations):
    @subscribe(MoneyDeposited, name="tests.moves", backoff=NEVER)
    def moves(told: MoneyDeposited) -> None:
        current_unit().move(timer.message_id, "mailbox.remind", None)
        raise ValueError("after the move")

    account = accounts_in_one_lane(1)[0]
    execute(BlockAccount(account_id=account))
    drain_all()
    timer = delivery("mailbox.remind")
    deposit()
    drain_all()

    assert delivery("tests.moves").state == DEAD
    assert delivery("mailbox.remind").state == PENDING


def test_handler_moves_its_own_timer_of_the_same_batch_by_asking_again(declarations):
    """A move of a delivery that this very batch settles is left to the settling: no row is updated twice."""

    @subscribe(AccountBlocked, name="tests.clock")
    def clock(told: AccountBlocked) -> None:
        cause = current_unit().cause
        assert cause is not None
        current_unit().move(cause.id, "tests.clock", None)
        again(timedelta(hours=1))

    execute(BlockAccount(account_id=accounts_in_one_lane(1)[0]))
    drain_all()

    row = delivery("tests.clock")
    assert row.state == PENDING
    assert row.due_at > now()


def test_handler_raises_words_that_postgresql_cannot_keep(declarations):
    @subscribe(AccountBlocked, name="tests.mumbles", backoff=NEVER)
    def mumbles(told: AccountBlocked) -> None:
        raise ValueError("nul \x00 and half a pair \ud800")

    execute(BlockAccount(account_id=accounts_in_one_lane(1)[0]))
    drain_all()

    row = delivery("tests.mumbles")
    assert row.state == DEAD
    assert error_of(row)["type"] == "builtins.ValueError"


@pytest.mark.parametrize("word", [TryLater(timedelta(seconds=1)), Reject("no"), ValueError("no")])
def test_failure_of_a_command_is_treated_like_that_of_a_subscriber(word, declarations):
    @command("tests.fail")
    class Fail(Command):
        account_id: str

    @handles(Fail, backoff=NEVER)
    def fail(asked: Fail) -> None:
        raise word

    with unit_of_work():
        send(Fail(account_id="x"))
    drain_all()

    assert delivery("tests.fail").state == (PENDING if isinstance(word, TryLater) else DEAD)


def now() -> datetime:
    return database_now()


def test_hundred_deliveries_of_a_lane_cost_one_claim_and_one_flush():
    accounts = accounts_in_one_lane(100)
    with unit_of_work():
        for account in accounts:
            execute(BlockAccount(account_id=account))

    with CaptureQueriesContext(connection) as captured:
        drain(lane_of(accounts[0]))

    statements = [query["sql"] for query in captured.captured_queries]
    assert sum("finished AS" in statement for statement in statements) == 1
    assert sum("FOR UPDATE SKIP LOCKED" in statement for statement in statements) <= 3, (
        "suspects, all, no more"
    )
    assert len(statements) < 10
    assert Delivery.objects.filter(handler="mailbox.remind_tomorrow", state=DONE).count() == 100


def test_lane_with_more_than_a_batch_is_drained_whole():
    accounts = accounts_in_one_lane(250)
    with unit_of_work():
        for account in accounts:
            execute(BlockAccount(account_id=account))

    assert drain(lane_of(accounts[0])) == 250

    assert Delivery.objects.filter(handler="mailbox.remind_tomorrow", state=DONE).count() == 250
    assert len(messages(Remind)) == 250


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
