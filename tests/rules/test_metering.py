"""What reports come to, whatever order they arrive in and however often."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.access import metering
from headend.access.metering import WRAP, Count, Known, Place, Report

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def report(
    kind="interim",
    seconds=None,
    up=None,
    down=None,
    *,
    up_giga=None,
    down_giga=None,
    at=NOW,
    stamped_at=None,
    token="",
    print_="",
):
    return Report(
        kind=kind,
        organization_id=1,
        nas_id=1,
        zone="Africa/Nairobi",
        user_name="otieno",
        acct_session_id="81a00001",
        event_at=at,
        class_token=token,
        seconds=seconds,
        upload_octets=up,
        upload_gigawords=up_giga,
        download_octets=down,
        download_gigawords=down_giga,
        start_print=print_,
        stamped_at=stamped_at,
    )


def total(reports, kbps=None):
    """What reports come to whose session times are true."""
    count = Count(kbps=kbps)
    for one in reports:
        count = metering.count(count, one, one.seconds, elapsed=one.seconds or 0)
        # What is kept between two batches must be enough to go on from.
        base_upload, base_download, trail, speed = metering.read_trail(metering.trail_text(count))
        count = Count(
            count.upload_bytes,
            count.download_bytes,
            count.session_seconds,
            count.gigawords_seen,
            base_upload,
            base_download,
            trail,
            speed,
        )
    return count.upload_bytes, count.download_bytes, count.session_seconds


def session(totals, *, sends_gigawords):
    """The reports of a session whose true counters after each minute are `totals`."""
    return [
        report(
            seconds=60 * (minute + 1),
            up=up % WRAP,
            down=down % WRAP,
            up_giga=up // WRAP if sends_gigawords else None,
            down_giga=down // WRAP if sends_gigawords else None,
        )
        for minute, (up, down) in enumerate(totals)
    ]


growth = st.lists(
    # A minute adds less than 4 GiB, or no count could tell, and more than a slip where it adds anything.
    st.tuples(st.integers(0, WRAP - 2 * metering.SLIP_BYTES), st.integers(0, WRAP - 2 * metering.SLIP_BYTES)),
    min_size=1,
    max_size=metering.TRAIL_POINTS,
)


@given(growth=growth, sends_gigawords=st.booleans(), seed=st.integers(0, 2**32))
def test_every_report_three_times_in_any_order_comes_to_the_true_totals(growth, sends_gigawords, seed):
    totals, up, down = [], 0, 0
    for more_up, more_down in growth:
        up, down = up + more_up, down + more_down
        totals.append((up, down))
    # The counters of a router begin at zero, and its first report is below the first wrap.
    totals[0] = (totals[0][0] % WRAP, totals[0][1] % WRAP)
    reports = session(totals, sends_gigawords=sends_gigawords) * 3
    Random(seed).shuffle(reports)
    assert total(reports, kbps=10_000_000) == (*totals[-1], 60 * len(totals))


def test_a_counter_that_wraps_without_gigawords_goes_on():
    assert total([report(seconds=60, up=0, down=WRAP - 10_000_000), report(seconds=120, up=0, down=5_000_000)]) == (
        0,
        WRAP + 5_000_000,
        120,
    )


def test_a_last_report_that_is_a_little_lower_is_no_wrap():
    assert total([report(seconds=60, up=1000, down=900_000), report(seconds=61, up=1000, down=899_000)])[1] == 900_000


def test_gigawords_count():
    assert total([report(seconds=60, up=7, down=5, down_giga=3)]) == (7, 3 * WRAP + 5, 60)


def test_gigawords_that_begin_with_the_first_wrap_are_believed():
    first = report(seconds=60, up=1, down=WRAP - 5)
    second = report(seconds=120, up=1, down=7, down_giga=1)
    assert total([first, second]) == total([second, first]) == (1, WRAP + 7, 120)


def test_reports_without_a_session_time_never_fall():
    assert total([report(up=5, down=9), report(up=3, down=4), report(up=6, down=9)]) == (6, 9, 0)


def test_of_two_reports_of_one_moment_the_higher_counts():
    assert total([report(seconds=60, up=1, down=2), report(seconds=60, up=3, down=4)]) == (3, 4, 60)
    assert total([report(seconds=60, up=3, down=4), report(seconds=60, up=1, down=2)]) == (3, 4, 60)


@pytest.mark.parametrize(
    ("told", "elapsed", "believed"),
    [(600, 600, 600), (900, 600, 900), (901, 600, 600), (23_311, 1714.4, 1714), (2**32 - 2, 0, 0), (500, -20, 0)],
)
def test_a_session_time_is_believed_as_far_as_it_can_have_passed(told, elapsed, believed):
    assert metering.believed_seconds(told, elapsed) == believed


def test_gigawords_that_nobody_can_have_used_say_nothing():
    fast, absurd = report(seconds=60, up=0, down=0, down_giga=100), report(seconds=60, up=0, down=0, down_giga=105)
    assert total([fast]) == (0, 100 * WRAP, 60)
    assert total([absurd]) == (0, 0, 60)


def test_a_long_session_keeps_counting_after_its_trail_is_full():
    totals = [(minute * 1_000, minute * 3_000_000_000) for minute in range(1, 60)]
    totals[0] = (1_000, 3_000_000_000)
    assert total(session(totals, sends_gigawords=False), kbps=10_000_000) == (59_000, 59 * 3_000_000_000, 59 * 60)


def known(**changes):
    values = {
        "class_token": "",
        "last_at": NOW - timedelta(minutes=5),
        "ended_at": None,
        "end_cause": "",
        "session_seconds": 600,
        "start_print": "",
    }
    return Known(**{**values, **changes})


ended = {"ended_at": NOW - timedelta(minutes=1), "end_cause": "User-Request", "last_at": NOW - timedelta(minutes=1)}


def test_a_first_report_opens_a_session():
    assert metering.place(report(), None) is Place.NEW


@pytest.mark.parametrize(
    ("why", "one", "newest", "where"),
    [
        ("an interim goes on", report(seconds=900), known(), Place.KNOWN),
        ("a repeated Start", report("start", print_="a"), known(start_print="a"), Place.KNOWN),
        ("a Start that comes after its interim", report("start", print_="a"), known(), Place.KNOWN),
        ("another Start: the id is used again", report("start", print_="b"), known(start_print="a"), Place.REPLACEMENT),
        (
            "another token: the id is used again",
            report(seconds=900, token="b"),
            known(class_token="a"),
            Place.REPLACEMENT,
        ),
        ("a late interim", report(seconds=300), known(last_at=NOW), Place.KNOWN),
        ("a time that fell long after the last report", report(seconds=60), known(), Place.REPLACEMENT),
        ("a late interim after the Stop", report(seconds=300), known(**ended), Place.KNOWN),
        ("a repeated Start after the Stop", report("start", print_="a"), known(start_print="a", **ended), Place.KNOWN),
        ("the Start that comes after its own Stop", report("start", print_="a"), known(**ended), Place.KNOWN),
        ("a new Start after the Stop", report("start", print_="b"), known(start_print="a", **ended), Place.NEW),
        ("a new token after the Stop", report("start", token="b"), known(class_token="a", **ended), Place.NEW),
        (
            "an interim of a session that began long after the Stop",
            report(seconds=60),
            known(**{**ended, "ended_at": NOW - timedelta(hours=1)}),
            Place.NEW,
        ),
        (
            "an interim after it was closed for silence",
            report(seconds=900),
            known(**{**ended, "end_cause": metering.LOST}),
            Place.REOPENED,
        ),
        (
            "a repeated interim after it was closed for silence",
            report(seconds=600),
            known(**{**ended, "end_cause": metering.LOST}),
            Place.KNOWN,
        ),
        (
            "a time that fell under the same token",
            report(seconds=60, token="a"),
            known(class_token="a"),
            Place.KNOWN,
        ),
        (
            "another Start under the same token",
            report("start", print_="b", token="a"),
            known(class_token="a", start_print="a"),
            Place.KNOWN,
        ),
        (
            "an interim that goes on after the Stop",
            report(seconds=700, stamped_at=NOW),
            known(**ended),
            Place.REOPENED,
        ),
        (
            "an interim that its Stop may have overtaken",
            report(seconds=700, at=NOW - timedelta(seconds=40)),
            known(**ended),
            Place.KNOWN,
        ),
        (
            "a Start that goes on after the Stop",
            report("start", seconds=700, stamped_at=NOW, token="a"),
            known(class_token="a", **ended),
            Place.KNOWN,
        ),
        (
            "a Stop after it was closed for silence",
            report("stop", seconds=900),
            known(**{**ended, "end_cause": metering.LOST}),
            Place.KNOWN,
        ),
    ],
)
def test_where_a_report_belongs(why, one, newest, where):
    assert metering.place(one, newest) is where, why


@pytest.mark.parametrize(
    ("before", "after", "limit", "percent", "crosses"),
    [
        (0, 79, 100, 80, False),
        (0, 80, 100, 80, True),
        (80, 90, 100, 80, False),
        (99, 100, 100, 100, True),
        (0, 9, None, 100, False),
    ],
)
def test_a_limit_is_crossed_once(before, after, limit, percent, crosses):
    assert metering.crossed(before, after, limit, percent) is crosses
