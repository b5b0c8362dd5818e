"""A saga's picture says where it stands, in shapes and in words."""

from xml.etree import ElementTree as ET

import pytest

from orders.events import OrderConfirmed
from sagas.definition import Compensatable, Pivot, Retriable, Saga
from sagas.drawing import described, drawing
from sagas.layout import layout_of
from sagas.looks import Look
from sagas.order import OrderSaga
from sagas.progress import Position

STEPS = [step.name for step in OrderSaga.steps]
DONE = dict.fromkeys(STEPS, "done")
SVG = "{http://www.w3.org/2000/svg}"


def words(svg):
    return [text.text for text in ET.fromstring(svg).iter(f"{SVG}text")]


def lines(svg, style):
    return [path for path in ET.fromstring(svg).iter(f"{SVG}path") if path.get("class") == f"line {style}"]


def overlap(one, other):
    apart = (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )
    return not apart


@pytest.mark.parametrize("position", [*Position, "never heard of", ""])
@pytest.mark.parametrize("status", ["running", "turning back", "completed", "compensated", "odd"])
def test_every_position_in_every_status_is_a_whole_picture(position, status):
    positions = dict.fromkeys(STEPS, str(position))

    svg = drawing(OrderSaga, positions, status=status)

    assert set(STEPS) <= set(words(svg))
    assert ET.fromstring(svg).get("aria-label") == described(OrderSaga, positions, status=status)


def test_a_completed_saga_has_taken_every_line():
    svg = drawing(OrderSaga, DONE, status="completed")

    assert len(lines(svg, "taken")) == len(lines(svg, "taken") + lines(svg, "") + lines(svg, "back"))
    assert "✓ all done" in words(svg)


def test_the_way_back_leads_from_what_was_undone_to_the_end():
    positions = DONE | {"inventory": "undone", "payment": "undone", "shipping": "undone"}
    positions |= dict.fromkeys(("capture", "commitment", "approval"), "not_sent")

    svg = drawing(OrderSaga, positions, status="compensated")

    assert len(lines(svg, "back")) == 4
    assert words(svg).count("✓ undone") == 3


def test_what_holds_a_step_up_is_drawn_in_its_place():
    troubles = {
        ("payment", "do"): Look("bad", "✗", "dead letter"),
        ("inventory", "undo"): Look("retry", "↻", "retrying"),
    }

    svg = drawing(OrderSaga, DONE | {"payment": "sent"}, troubles=troubles)

    assert "✗ dead letter" in words(svg)
    assert "↻ retrying" in words(svg)
    assert "payment dead letter" in described(OrderSaga, DONE, troubles=troubles)


def test_a_position_that_nobody_knows_is_written_as_it_is_and_cannot_break_out():
    svg = drawing(OrderSaga, DONE | {"payment": "<script>"}, status='"><script>')

    assert "<script>" not in svg
    assert "<script>" in words(svg)


def test_no_boxes_overlap_and_all_are_inside():
    layout = layout_of(OrderSaga)
    boxes = [
        *layout.acts.values(),
        *layout.undos.values(),
        layout.start,
        layout.completed,
        layout.compensated,
    ]

    assert not [(a, b) for a in boxes for b in boxes if a is not b and overlap(a, b)]
    assert all(box.x >= 0 and box.x + box.width <= layout.width for box in boxes)
    assert all(box.y >= 0 and box.y + box.height <= layout.height for box in boxes)


def test_steps_stand_to_the_right_of_what_they_wait_for():
    layout = layout_of(OrderSaga)

    assert all(layout.acts[before].x < layout.acts[name].x for before, name in layout.lines)


def test_a_line_that_another_way_says_too_is_left_out():
    assert ("inventory", "capture") not in layout_of(OrderSaga).lines
    assert ("shipping", "capture") in layout_of(OrderSaga).lines


def test_any_definition_has_a_picture():
    start = OrderSaga.started_by
    step = OrderSaga.steps[0]
    assert isinstance(step, Compensatable)
    undo = step.compensation

    class Wide(Saga[OrderConfirmed]):
        name = "wide"
        started_by = start
        steps = (
            *(
                Compensatable(name=f"a{n}", send=step.send, succeeds_on=start, compensation=undo)
                for n in range(9)
            ),
            Pivot(name="p", send=step.send, succeeds_on=start, after=tuple(f"a{n}" for n in range(9))),
            Retriable(name="r", send=step.send, succeeds_on=start, after=("p",)),
        )

    svg = drawing(Wide, {"a0": "done"})

    assert {"a8", "p", "r"} <= set(words(svg))
    boxes = [*layout_of(Wide).acts.values(), *layout_of(Wide).undos.values(), layout_of(Wide).compensated]
    assert not [(a, b) for a in boxes for b in boxes if a is not b and overlap(a, b)]


def test_what_failed_has_nothing_to_undo_and_what_is_completed_stays():
    failed = drawing(OrderSaga, DONE | {"payment": "failed"}, status="turning back")
    completed = drawing(OrderSaga, DONE, status="completed")

    assert words(failed).count("nothing to undo") == 1
    assert words(completed).count("stays done") == 3
