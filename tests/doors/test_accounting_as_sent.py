"""Packets as real routers send them: ids used again, one Class for one session, counters and times that nobody had, clocks that are off.

Letters as in the standard's names: S is a Start, I an Interim, P a Stop.
"""

from datetime import timedelta
from itertools import permutations

import pytest

from headend.access import enforcement, sessions
from headend.access.models import Session, Subscription, UsageDay
from headend.customers import suspensions
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.network.models import Command
from tests.kit import console
from tests.kit.router import Router, audited, class_of, used
from tests.kit.vouchers import asks, fresh, refusal, sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def router(world: World) -> Router:
    return Router()


def grace(world: World) -> Subscription:
    return world.subscriptions["grace"]


def live() -> Session:
    return Session.objects.get(ended_at=None)


# Which session, and whose


def test_a_session_that_replaces_another_belongs_to_whom_its_class_tells(world: World, router: Router) -> None:
    router.says("S", class_=class_of(world.otieno_home, "aa"))
    router.says("I", class_=class_of(grace(world), "bb"), t=10, mb=(1, 2))

    assert Session.objects.count() == 2
    assert (live().subscription, live().customer) == (grace(world), world.customers["grace"])
    assert used(grace(world)) == (1, 2, 10)
    assert used(world.otieno_home) == (0, 0, 0)
    suspensions.suspend(customer=world.customers["grace"], kind="disabled", by=None)
    assert enforcement.enforce(scope="customer", scope_id=world.customers["grace"].pk) == 1
    assert Command.objects.get().session_id == live().pk
    assert audited() == []


def test_a_session_that_replaces_another_without_class_belongs_to_its_name(world: World, router: Router) -> None:
    router.says("S", et=-4000)
    router.says("I", et=-400, t=3600, mb=(10, 100))
    router.says("I", et=0, t=60, mb=(1, 7))
    router.says("P", et=0, t=90, mb=(2, 9))

    assert Session.objects.count() == 2
    assert used(world.otieno_home)[:2] == (12, 109)
    assert audited() == []


def test_one_batch_that_replaces_a_session_knows_whose_the_new_one_is(world: World, router: Router) -> None:
    one, other = class_of(world.otieno_home, "aa"), class_of(grace(world), "bb")
    router.send(
        router.packet("S", class_=one),
        router.packet("I", class_=one, t=30, mb=(5, 5)),
        router.packet("I", class_=other, t=10, mb=(1, 2)),
        router.packet("P", class_=one, t=40, mb=(6, 6)),
    )

    assert used(world.otieno_home) == (6, 6, 40)
    assert used(grace(world)) == (1, 2, 10)
    assert live().subscription == grace(world)


def test_a_late_report_of_an_id_that_is_used_again_is_its_own_session_s(world: World, router: Router) -> None:
    one, other = class_of(world.otieno_home, "aa"), class_of(grace(world), "bb")
    router.says("S", class_=one, et=-900)
    router.says("I", class_=one, et=-600, t=300, mb=(10, 20))
    router.says("S", class_=other, et=-60)
    router.says("P", class_=one, et=-300, t=600, mb=(30, 40))
    router.says("I", class_=one, et=-450, t=450, mb=(20, 30))

    assert Session.objects.count() == 2
    assert used(world.otieno_home) == (30, 40, 600)
    assert live().subscription == grace(world)
    router.says("I", class_=other, et=0, t=60, mb=(1, 1))
    assert used(grace(world)) == (1, 1, 60)


def test_a_session_of_before_that_is_heard_of_for_the_first_time_ends_nobody_s(world: World, router: Router) -> None:
    one, other = class_of(world.otieno_home, "aa"), class_of(grace(world), "bb")
    router.says("S", class_=other, et=-60)
    router.says("I", class_=one, et=-300, t=600, mb=(30, 40))

    assert live().subscription == grace(world)
    assert used(world.otieno_home) == (30, 40, 600)
    # What says nothing of its token goes on with the one that lives.
    router.says("I", et=0, t=60, mb=(1, 1))
    assert used(grace(world)) == (1, 1, 60)


def test_of_two_sessions_the_one_lives_that_its_router_speaks_of(world: World, router: Router) -> None:
    one, other = class_of(world.otieno_home, "aa"), class_of(grace(world), "bb")
    router.says("S", class_=one)
    router.says("S", class_=other)
    router.says("I", class_=one, t=60, mb=(1, 1))
    assert live().subscription == world.otieno_home
    router.says("I", class_=other, t=60, mb=(2, 2))
    assert live().subscription == grace(world)

    assert (used(world.otieno_home), used(grace(world))) == ((1, 1, 60), (2, 2, 60))
    assert Session.objects.count() == 2


def test_a_session_of_nobody_becomes_somebody_s_when_class_tells_of_him(world: World, router: Router) -> None:
    router.says("S", name="a-name-of-the-router")
    router.says("I", name="a-name-of-the-router", t=60, mb=(1, 2))
    assert live().subscription is None
    router.says("I", name="a-name-of-the-router", t=120, mb=(3, 4), class_=class_of(world.otieno_home, "aa"))

    assert (live().subscription, live().customer) == (world.otieno_home, world.otieno)
    assert used(world.otieno_home) == (3, 4, 120)


def test_the_audit_names_a_session_of_a_known_name_that_is_nobody_s(world: World, router: Router) -> None:
    router.says("S", name="a-name-of-the-router", session="R2")
    router.says("S", name="Otieno ")
    assert audited() == []

    Session.objects.filter(subscription=world.otieno_home).update(subscription=None, customer=None)

    (failure,) = audited()
    assert "'Otieno ' is a name of ours, and the session is nobody's" in failure


# One Class is one session


def test_one_class_is_one_session_though_its_time_falls(world: World, router: Router) -> None:
    class_ = class_of(world.otieno_home, "aa")
    router.says("S", class_=class_, et=-700)
    router.says("I", class_=class_, et=-512, t=188, mb=(0, 10))
    router.says("I", class_=class_, et=-200, t=120, mb=(0, 30))
    router.says("P", class_=class_, et=0, t=300, mb=(0, 50))

    assert Session.objects.get().ended_at is not None
    assert used(world.otieno_home)[:2] == (0, 50)


def test_two_starts_of_one_class_are_one_session(world: World, router: Router) -> None:
    class_ = class_of(world.otieno_home, "aa")
    router.says("S", class_=class_)
    router.says("S", class_=class_, more=(a.address(a.FRAMED_IP_ADDRESS, "10.0.0.9"),))
    router.says("I", class_=class_, t=20, mb=(1, 2))
    router.says("P", class_=class_, t=30, mb=(3, 4))

    ended = Session.objects.get()
    assert (ended.framed_address, ended.end_cause) == ("10.0.0.9", "User-Request")
    assert used(world.otieno_home) == (3, 4, 30)


def test_a_start_of_the_same_class_in_the_middle_counts_nothing_twice(world: World, router: Router) -> None:
    class_ = class_of(world.otieno_home, "aa")
    router.says("S", class_=class_, et=-100)
    router.says("I", class_=class_, mb=(10, 100))
    router.says("S", class_=class_, et=0)
    router.says("P", class_=class_, mb=(16, 160))

    assert Session.objects.get().ended_at is not None
    assert used(world.otieno_home)[:2] == (16, 160)


def test_a_name_in_any_spelling_is_one_session(world: World, router: Router) -> None:
    class_ = class_of(world.otieno_home, "aa")
    router.says("S", class_=class_, name="acc.20")
    router.says("I", class_=class_, name="ACC.20", t=20, mb=(1, 2))
    router.says("P", class_=class_, name="acc.20 ", t=30, mb=(3, 4))

    assert Session.objects.get().user_name == "acc.20"
    assert used(world.otieno_home) == (3, 4, 30)


# Counters that nobody could have used


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([("I", 600, 50, 200), ("P", 783, 0, 0)], (50, 200)),
        ([("I", 600, 10, 300), ("I", 660, 1, 20)], (10, 300)),
        ([("I", 188, 0, 10), ("I", 170, 0, 30), ("P", 180, 0, 50)], (0, 50)),
        # Where it went on after it fell, what is above the highest counts.
        ([("I", 600, 10, 300), ("I", 660, 1, 20), ("I", 720, 12, 310), ("I", 9000, 15, 400)], (15, 400)),
        # Never, though it stays below for so long that 4 GiB would have been possible.
        ([("I", 600, 10, 300), ("I", 660, 1, 20), *(("I", 660 + 600 * n, 1, 20 + n) for n in range(1, 40))], (10, 300)),
    ],
)
@pytest.mark.parametrize("limit_kbps", [10_000, None])
def test_a_counter_that_fell_stands_at_the_higher_value(
    world: World,
    router: Router,
    told: list[tuple[str, int, float, float]],
    wanted: tuple[float, float],
    limit_kbps: int | None,
) -> None:
    Subscription.objects.update(download_kbps=limit_kbps, upload_kbps=limit_kbps)
    for kind, seconds, up, down in told:
        with clock.at(clock.now() + timedelta(seconds=seconds)):
            router.says(kind, t=seconds, mb=(up, down))

    assert used(world.otieno_home)[:2] == wanted
    assert audited() == []


def test_a_counter_wraps_where_the_speed_of_the_plan_allows_it(world: World, router: Router) -> None:
    giga = 4294.967296
    for seconds, low in ((3600, 4200), (3900, 4200 + 300 - giga), (4200, 4200 + 600 - giga)):
        router.says("I", session="R1", t=seconds, et=seconds - 4200, mb=(0, low))
    assert used(world.otieno_home)[1] == pytest.approx(4800)
    # In five minutes 10 Mbit/s are 375 MB, a quarter more at the most.
    router.says("I", name="grace", session="R2", t=3600, mb=(0, 3000))
    router.says("I", name="grace", session="R2", t=3900, mb=(0, 100))
    assert used(grace(world))[1] == 3000


def test_time_that_nobody_had_counts_what_can_have_passed(world: World, router: Router) -> None:
    with clock.at(clock.now().replace(microsecond=0)):
        router.says("S", et=-1714)
        router.says("P", et=0, t=23311, mb=(1, 1))

    assert used(world.otieno_home) == (1, 1, 1714)


@pytest.mark.parametrize("starts", [True, False])
def test_an_absurd_time_uses_nobody_s_time_up(world: World, router: Router, starts: bool) -> None:
    voucher = sold(world)
    names = {"name": voucher.code, "session": "R2"}
    with clock.at(clock.now() - timedelta(minutes=10)):
        if starts:
            router.says("S", name="neema")
            router.says("S", **names)
    router.says("I", name="neema", t=4_294_967_294, mb=(1, 1))
    router.says("I", **names, t=4_294_967_294, mb=(1, 1))

    passed = 600 if starts else 0
    assert used(world.subscriptions["neema"]) == (1, 1, passed)
    assert fresh(voucher).session_seconds == passed
    assert not fresh(voucher).is_spent
    assert live_count() == 2


def live_count() -> int:
    return Session.objects.filter(ended_at=None).count()


@pytest.mark.parametrize("gigawords", [2**28 - 1, 2**31, 2**32 - 1])
def test_absurd_counters_are_answered_and_say_nothing(world: World, router: Router, gigawords: int) -> None:
    router.says("S")
    router.says("I", t=60, mb=(1, 2), more=(a.integer(a.ACCT_OUTPUT_GIGAWORDS, gigawords),))
    assert used(world.otieno_home) == (0, 0, 60)
    # What comes after it counts as ever.
    router.says("I", t=120, mb=(3, 4))
    assert used(world.otieno_home) == (3, 4, 120)
    assert audited() == []


# A clock that is wrong


@pytest.mark.parametrize("behind", [1800, 5 * 86_400, 60 * 86_400])
def test_a_session_of_a_router_whose_clock_is_behind_lives_today(world: World, router: Router, behind: int) -> None:
    now = clock.now()
    neema = world.subscriptions["neema"]
    Subscription.objects.filter(pk=neema.pk).update(simultaneous_use=1)
    for step in range(50):
        with clock.at(now + timedelta(seconds=20 * step)):
            router.says("I", name="neema", et=-behind, t=20 * step, mb=(step, step), class_=class_of(neema, "aa"))
            assert sessions.reap() == 0
    later = now + timedelta(seconds=20 * 49)

    assert live().updated_at == later
    assert used(neema) == (49, 49, 980)
    assert {day.day for day in UsageDay.objects.all()} <= {
        clock.local_day(at, world.organization.timezone) for at in (now, later)
    }
    # A second device is refused, and the customer is disconnected when disabled.
    with clock.at(later):
        assert refusal(asks(world, "neema", mac="AABBCC999999", at=later)) == "session_limit"
        suspensions.suspend(customer=world.customers["neema"], kind="disabled", by=None)
        assert enforcement.sweep() == 1


def test_a_restart_of_a_router_whose_clock_is_behind_ends_what_it_had(world: World, router: Router) -> None:
    router.says("S", et=-3 * 3600, session="R1")
    router.says("S", session="R2", name="grace")
    router.says("on", et=-3 * 3600)

    assert {session.end_cause for session in Session.objects.all()} == {"NAS-Reboot"}
    assert live_count() == 0


def test_a_restart_that_is_told_late_ends_nothing_that_began_since(world: World, router: Router) -> None:
    now = clock.now()
    with clock.at(now - timedelta(seconds=60)):
        router.says("S", session="R1")
    with clock.at(now - timedelta(seconds=10)):
        router.says("S", session="R2")
    with clock.at(now):
        router.says("on", more=(a.integer(a.ACCT_DELAY_TIME, 30),))

    assert live().acct_session_id == "R2"


def test_a_report_that_was_delayed_counts_for_the_day_on_which_it_happened(world: World, router: Router) -> None:
    two_days = 2 * 86_400
    router.says("P", t=60, mb=(1, 1), more=(a.integer(a.ACCT_DELAY_TIME, two_days),))

    happened_at = clock.now() - timedelta(seconds=two_days)
    assert UsageDay.objects.get().day == clock.local_day(happened_at, world.organization.timezone)


# After the Stop


@pytest.mark.parametrize("class_token", ["aa", ""])
def test_a_stop_after_which_the_session_goes_on_was_none(world: World, router: Router, class_token: str) -> None:
    class_ = class_of(world.otieno_home, class_token) if class_token else b""
    router.says("S", class_=class_, et=-700)
    router.says("P", class_=class_, et=-400, t=300, mb=(1, 1))
    assert live_count() == 0
    router.says("I", class_=class_, et=-340, t=360, mb=(2, 2))
    router.says("I", class_=class_, et=-280, t=420, mb=(3, 3))

    assert live().end_cause == ""
    assert used(world.otieno_home) == (3, 3, 420)
    assert Session.objects.count() == 1


def test_in_any_order_a_session_that_went_on_after_its_stop_lives(world: World, router: Router) -> None:
    told = [
        ("S", {"et": -700}),
        ("P", {"et": -400, "t": 300, "mb": (1, 1)}),
        ("I", {"et": -340, "t": 360, "mb": (2, 2)}),
        ("I", {"et": -460, "t": 240, "mb": (0.5, 0.5)}),
    ]
    for number, order in enumerate(permutations(told)):
        class_ = class_of(world.otieno_home, f"{number:04x}")
        for kind, what in order:
            router.says(kind, session=f"R{number}", class_=class_, **what)
        session = Session.objects.get(acct_session_id=f"R{number}")
        assert (session.ended_at, session.download_bytes, session.session_seconds) == (None, 2_000_000, 360), order


def test_an_interim_that_its_stop_overtook_opens_nothing_again(world: World, router: Router) -> None:
    now = clock.now()
    with clock.at(now - timedelta(seconds=300)):
        router.says("S", et=0)
    with clock.at(now):
        router.says("P", et=0, mb=(5, 5))
        router.says("I", et=-60, t=240, mb=(2, 2))

    assert live_count() == 0
    assert used(world.otieno_home) == (5, 5, 240)


# What the router's page says


def shown(world: World, router: Router) -> str:
    """The page of the NAS, once the door has written what it gathered."""
    router.counts.write(now=True)
    client = console.client_of(world.staff["support"])
    page = client.get(f"/baobab/console/nas/{world.hilltop.pk}/")
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (-1800, "The clock of this router is behind by 30m."),
        (-5 * 86_400, "The clock of this router is behind by 5d 0h."),
        (3 * 3600, "The clock of this router is ahead by 3h 00m."),
    ],
)
def test_a_router_s_page_says_by_how_much_its_clock_is_off(
    world: World, router: Router, ahead: int, words: str
) -> None:
    with clock.at(clock.now().replace(microsecond=0)):
        router.says("I", et=ahead, t=60, mb=(1, 1))
    assert words in shown(world, router)
    # It was set right.
    router.says("I", et=0, t=120, mb=(1, 1))
    assert "The clock of this router" not in shown(world, router)


def test_a_clock_is_not_behind_because_a_report_is_late(world: World, router: Router) -> None:
    router.says("I", et=-7200, t=60, mb=(1, 1), more=(a.integer(a.ACCT_DELAY_TIME, 7200),))
    assert "The clock of this router" not in shown(world, router)
    # One that does not say how late it is comes among others that are not.
    router.says("I", et=-7200, t=60, mb=(1, 1))
    router.says("I", et=0, t=120, mb=(1, 1))
    assert "The clock of this router" not in shown(world, router)


def test_without_time_stamps_nobody_knows_the_router_s_clock(world: World, router: Router) -> None:
    router.says("I", t=60, mb=(1, 1))
    assert "The clock of this router" not in shown(world, router)
