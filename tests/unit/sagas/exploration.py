"""Everything that can happen to a saga, driven through the real engine.

The world: one participant for each step and round; a channel that keeps every command and every reply for ever, so that
each may arrive late, doubled and in any order; a clock that rings at any moment; a request to turn back and an operator's
retry at any moment. A state is what the saga recorded, what each participant is, and which replies are on their way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, NamedTuple
from uuid import UUID

from sagas.definition import Compensatable, Step, event_types
from sagas.engine import decide
from sagas.facts import (
    ITSELF,
    Decision,
    Direction,
    End,
    Ending,
    Entry,
    Outcome,
    Replied,
    RetryRequested,
    Send,
    TimedOut,
    TurnBack,
    TurnBackRequested,
)
from sagas.history import History
from sagas.plan import Plan, started
from sagas.replies import reply
from sagas.timing import overdue

SEEN = UUID(int=1)
EPOCH = datetime(2031, 5, 4, tzinfo=UTC)
Place = tuple[str, int]
Decide = Callable[[Plan, History], tuple[Decision, ...]]


class Part(IntEnum):
    """What a participant knows of one round."""

    NONE = 0
    DONE = 1
    FAILED = 2
    UNDONE = 3


class State(NamedTuple):
    """`told` and `replies` are sets of known entries, as bits; so that states are cheap to compare."""

    told: int
    parts: tuple[Part, ...]
    replies: int


class Move(NamedTuple):
    label: str
    state: State
    comes_by_itself: bool


@dataclass
class Verdict:
    fault: str
    trace: list[str]
    states: int
    transitions: int


@dataclass
class World:
    """One variant of a definition, and what may happen to it."""

    plan: Plan
    decide: Decide = decide
    asks: int = 1
    retries: tuple[tuple[str, Direction], ...] = ()
    remembers_undoing: bool = True
    may_be_turned_back: bool = True
    _bits: dict[Entry, int] = field(default_factory=dict)
    _orders: dict[int, tuple[Entry, ...]] = field(default_factory=dict)
    _next: dict[tuple[int, Entry], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rounds = 1 + len({step for step, direction in self.retries if direction is Direction.DO})
        names = [name for name in self.plan.graph.steps for _ in range(rounds)]
        self.places: dict[Place, int] = {}
        for name in (*names, ITSELF):
            number = 1 + sum(1 for step, _ in self.places if step == name)
            self.places[name, number] = len(self.places)

    def start(self) -> State:
        begin = started(self.plan, message_id=SEEN)
        return State(self._settled((begin,)), (Part.NONE,) * len(self.places), 0)

    def moves(self, state: State) -> Iterator[Move]:
        yield from self._participants_act(state)
        yield from self._replies_arrive(state)
        yield from self._clock_rings(state)
        yield from self._people_ask(state)

    def entries(self, told: int) -> tuple[Entry, ...]:
        return self._orders[told]

    def has_ended(self, state: State) -> bool:
        return any(isinstance(entry, End) for entry in self.entries(state.told))

    def _participants_act(self, state: State) -> Iterator[Move]:
        for send in self.entries(state.told):
            if not isinstance(send, Send):
                continue
            place = self.places[send.step, send.round]
            direction = Direction.UNDO if send.direction is Direction.UNDO else Direction.DO
            for part, outcome in self._answers(send.step, direction, state.parts[place]):
                answer = Replied(
                    step=send.step,
                    direction=direction,
                    round=send.round,
                    outcome=outcome,
                    message_id=SEEN,
                    name="told",
                )
                parts = (*state.parts[:place], part, *state.parts[place + 1 :])
                after = State(state.told, parts, state.replies | self._bit(answer))
                yield Move(f"{direction} {send.step} {send.round}: {outcome}", after, comes_by_itself=True)

    def _answers(self, step: str, direction: Direction, part: Part) -> Iterator[tuple[Part, Outcome]]:
        if direction is Direction.UNDO:
            nothing = Part.UNDONE if self.remembers_undoing else Part.NONE
            undone = {Part.NONE: nothing, Part.DONE: Part.UNDONE}.get(part, part)
            yield undone, Outcome.SUCCEEDED
        elif part is Part.NONE or (part is Part.UNDONE and not self.remembers_undoing):
            yield Part.DONE, Outcome.SUCCEEDED
            if self.plan.graph.steps[step].fails_on:
                yield Part.FAILED, Outcome.FAILED
        else:
            yield part, Outcome.SUCCEEDED if part is Part.DONE else Outcome.FAILED

    def _replies_arrive(self, state: State) -> Iterator[Move]:
        for answer, bit in list(self._bits.items()):
            if bit & state.replies and not bit & state.told and isinstance(answer, Replied):
                told = self._told(state.told, self._as_seen(state.told, answer))
                label = f"seen: {answer.direction} {answer.step} {answer.round} {answer.outcome}"
                yield Move(label, state._replace(told=told), comes_by_itself=True)

    def _as_seen(self, told: int, answer: Replied) -> Entry:
        """The fact, as the engine makes it from the event. Once seen, an answer changes nothing any more."""
        if (told, answer) in self._next:
            return answer
        step = self.plan.graph.steps.get(answer.step)
        if step is None:
            assert self.plan.saga.compensation is not None
            event_type, fields = event_types(self.plan.saga.compensation.succeeds_on)[0], {}
        else:
            event_type = event_types(_event_of(step, answer))[0]
            maker = step.of or step.name
            number = answer.round if maker == step.name else 1
            fields = {step.by: self.plan.chosen_id(maker, in_round=number)} if step.by else {}
        history = History(self.entries(told))
        cause = self.plan.send(answer.step, answer.direction, in_round=answer.round).command_id
        seen = reply(
            self.plan,
            history,
            event_type(**fields),
            causation_id=cause,
            message_id=SEEN,
            name="told",
        )
        assert seen == answer, (seen, answer)
        return answer

    def _clock_rings(self, state: State) -> Iterator[Move]:
        entries = self.entries(state.told)
        for name, step in self.plan.graph.steps.items():
            if step.timeout is None:
                continue
            mine = [entry for entry in entries if isinstance(entry, Send) and entry.step == name]
            claimed = {send.command_id: EPOCH for send in mine}
            asked = sum(send.direction is Direction.ASK for send in mine)
            for waited in {step.timeout.after, step.timeout.give_up or step.timeout.after}:
                for entry in overdue(self.plan, History(entries), claimed=claimed, now=EPOCH + waited):
                    if isinstance(entry, TimedOut) or asked < self.asks:
                        told = self._told(state.told, entry)
                        yield Move(
                            f"{waited} pass for {name}", state._replace(told=told), comes_by_itself=False
                        )

    def _people_ask(self, state: State) -> Iterator[Move]:
        wishes: list[tuple[str, Entry]] = []
        if self.may_be_turned_back:
            wishes.append(("turn back!", TurnBackRequested(message_id=SEEN, name="turn_back")))
        for name, direction in self.retries:
            sent = (Send, name, direction)
            if any(
                (type(e), getattr(e, "step", 0), getattr(e, "direction", 0)) == sent
                for e in self.entries(state.told)
            ):
                retry = RetryRequested(step=name, direction=direction, message_id=SEEN)
                wishes.append((f"retry {direction} {name}!", retry))
        for label, wish in wishes:
            if not self._bit(wish) & state.told:
                yield Move(label, state._replace(told=self._told(state.told, wish)), comes_by_itself=False)

    def _told(self, told: int, entry: Entry) -> int:
        if (told, entry) not in self._next:
            self._next[told, entry] = self._settled((*self.entries(told), entry))
        return self._next[told, entry]

    def _settled(self, entries: tuple[Entry, ...]) -> int:
        """Decide until nothing is left to decide, which is at once."""
        history = History(entries)
        history.record(*self.decide(self.plan, history))
        told = sum({self._bit(entry) for entry in history.entries})
        self._orders.setdefault(told, tuple(history.entries))
        return told

    def _bit(self, entry: Entry) -> int:
        key = TurnBack(reason="") if isinstance(entry, TurnBack) else entry
        return self._bits.setdefault(key, 1 << len(self._bits))


def _event_of(step: Step[Any], answer: Replied) -> Any:
    if answer.direction is Direction.UNDO:
        assert isinstance(step, Compensatable)
        return step.compensation.succeeds_on
    return step.succeeds_on if answer.outcome is Outcome.SUCCEEDED else step.fails_on


def faults(world: World, state: State) -> Iterator[str]:
    """What must never be. Written from the rules, without looking at how the engine keeps them."""
    entries = world.entries(state.told)
    done = {place for place, at in world.places.items() if state.parts[at] is Part.DONE}
    ends = [entry.outcome for entry in entries if isinstance(entry, End)]
    if len(ends) > 1:
        yield "two ends"
    if sum(1 for step, _ in done if step == "capture") > 1:
        yield "captured twice"
    if any(isinstance(entry, TurnBack) for entry in entries):
        yield from _faults_of_turning_back(world.plan, entries, done)
    if Ending.COMPLETED in ends:
        yield from _faults_of_completion(world.plan, entries, done)
    if Ending.COMPENSATED in ends:
        for step in sorted(step for step, _ in done if step in world.plan.graph.critical):
            yield f"compensated with {step} left"


def _faults_of_completion(plan: Plan, entries: tuple[Entry, ...], done: set[Place]) -> Iterator[str]:
    for name in plan.graph.critical:
        if not any(step == name for step, _ in done):
            yield f"completed without {name}"
    for step, number in sorted(done):
        if step in plan.graph.compensatable and number < _newest(entries, step):
            yield f"completed with two of {step}"


def _faults_of_turning_back(plan: Plan, entries: tuple[Entry, ...], done: set[Place]) -> Iterator[str]:
    for step in sorted(step for step, _ in done if step in plan.graph.beyond_return):
        yield f"turned back although {step} happened"
    undos = {(e.step, e.round) for e in entries if isinstance(e, Send) and e.direction is Direction.UNDO}
    acts = {(e.step, e.round) for e in entries if isinstance(e, Send) and e.direction is Direction.DO}
    for later, _ in acts - {(e.step, e.round) for e in entries if isinstance(e, Replied) and _is_over(e)}:
        for earlier in _stands_on(plan, later):
            if later in plan.graph.compensatable and (earlier, _newest(entries, earlier)) in undos:
                yield f"{earlier} told to undo before {later}, which stands on it"


def _newest(entries: tuple[Entry, ...], step: str) -> int:
    rounds = (
        e.round for e in entries if isinstance(e, Send) and e.step == step and e.direction is Direction.DO
    )
    return max(rounds, default=0)


def _is_over(answer: Replied) -> bool:
    return answer.direction is Direction.UNDO or answer.outcome is Outcome.FAILED


def _stands_on(plan: Plan, step: str) -> set[str]:
    """All that a step waits for, also through steps that are left out."""
    after = {declared.name: declared.after for declared in plan.saga.steps}
    found: set[str] = set()
    todo = list(after[step])
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += after[name]
    return found


def explore(world: World) -> Verdict:
    """Walk through all that can happen. The first fault is found by a shortest history."""
    first = world.start()
    came_from: dict[State, tuple[State, str] | None] = {first: None}
    leads_back: dict[State, list[State]] = {}
    ended: list[State] = []
    queue, transitions = deque([first]), 0
    while queue:
        state = queue.popleft()
        if world.has_ended(state):
            ended.append(state)
        for fault in faults(world, state):
            return Verdict(fault, _trace(came_from, state), len(came_from), transitions)
        for move in world.moves(state):
            transitions += 1
            if move.comes_by_itself:
                leads_back.setdefault(move.state, []).append(state)
            if move.state not in came_from:
                came_from[move.state] = (state, move.label)
                queue.append(move.state)
    can_end = _ancestors(ended, leads_back)
    stuck = next((state for state in came_from if state not in can_end), None)
    if stuck is not None:
        return Verdict("waits for ever", _trace(came_from, stuck), len(came_from), transitions)
    return Verdict("", [], len(came_from), transitions)


def _ancestors(ended: list[State], leads_back: dict[State, list[State]]) -> set[State]:
    """All states from which an end can be reached by replies alone, without the clock or anybody's help."""
    reached, todo = set(ended), list(ended)
    while todo:
        for state in leads_back.get(todo.pop(), ()):
            if state not in reached:
                reached.add(state)
                todo.append(state)
    return reached


def _trace(came_from: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    labels: list[str] = []
    while step := came_from[state]:
        state, label = step
        labels.append(label)
    return labels[::-1]
