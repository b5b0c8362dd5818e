"""What operators read: lengths of time, ids, names, and nobody's mail address."""

from datetime import UTC, datetime, timedelta

import pytest

from events.display import badge, breakable, identifier, masked, moment, relative, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0123, "12 ms"),
        (1, "1 s"),
        (59.6, "59 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (3599.9, "59 min 59 s"),
        (3600, "1 h"),
        (7260, "2 h 1 min"),
        (86400 * 3 + 3600, "3 d 1 h"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(seconds, words):
    assert span(seconds) == words


def test_a_moment_tells_its_distance_and_on_hover_itself():
    at = datetime.now(UTC).replace(microsecond=678000) - timedelta(days=1)

    shown = moment(at)

    assert f'title="{at:%Y-%m-%d %H:%M:%S}.678 UTC"' in shown
    assert shown.endswith("ago</time>")


def test_what_is_ahead_is_told_as_such():
    assert relative(datetime.now(UTC) + timedelta(minutes=5, seconds=0.9)) == "in 5 min"


def test_an_id_is_short_and_copied_in_full():
    shown = identifier("01a2059b-5800-731d-be9c-23fcb136e663")

    assert "…b136e663" in shown
    assert 'data-copy="01a2059b-5800-731d-be9c-23fcb136e663"' in shown


def test_what_others_wrote_is_escaped():
    for shown in (identifier("<b>"), badge("<b>", "bad"), breakable("<b>_x")):
        assert "<b>" not in shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no answer about ann@example.org in 2 s", "no answer about •••@••• in 2 s"),
        ("{'Ann.Lee+x@mail.example.org': (550, b'no')}", "{'•••@•••': (550, b'no')}"),
        ("<a@b> and c@d.e,f@g.h", "<•••@•••> and •••@•••,•••@•••"),
        ("5 @ 3.00 each", "5 @ 3.00 each"),
    ],
)
def test_mail_addresses_in_errors_are_masked(said, shown):
    assert masked(said) == shown


def test_a_moment_of_years_ago_is_told_by_its_date():
    assert relative(datetime(2011, 12, 9, 12, 50, tzinfo=UTC)) == "2011-12-09"
