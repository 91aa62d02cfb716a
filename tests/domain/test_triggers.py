"""Usage triggers: each told once in a period, however many marks one report comes past, and again when there is more to use."""

from datetime import UTC, datetime, timedelta

import pytest

from headend.access import recording, subscriptions, triggers
from headend.access.metering import WRAP, Report
from headend.access.models import DefaultTrigger, Plan, Subscription, Trigger, UsagePeriod
from headend.customers import customers, suspensions
from headend.desk import erasures, removals
from headend.lib import clock
from headend.messaging import carriers, notices
from headend.messaging.models import Carrier, Message
from headend.system import search
from headend.system.models import Event
from tests.kit import portal
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import World

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CAP = 2_000_000_000
PERCENT = CAP // 100
MAIL, PHONE = "office@example.com", "+254711000111"


@pytest.fixture(autouse=True)
def _carriers(world: World) -> None:
    portal.add_carrier(world.organization)
    Carrier.objects.create(organization=world.organization, channel="email", kind="smtp", base_url="x", key_sealed=b"")


@pytest.fixture
def line(world: World) -> Subscription:
    """A day pass of 2 GB of Otieno's, who connects as `second`."""
    made = begun(world, "second")
    forget()
    return made


def begun(world: World, name: str, plan: Plan | None = None) -> Subscription:
    with clock.at(NOON):
        made = subscriptions.create(customer=world.otieno, plan=plan or world.day_pass, username=name, by=None)
        return subscriptions.activate(subscription=made, by=None)


def used(
    world: World, percent: float, at: datetime = NOON + HOUR, *, name: str = "second", session: str = "81a00009"
) -> None:
    """The NAS reports that the session of a name has come to so much of 2 GB; whoever is to be told is."""
    total = round(percent * PERCENT)
    with clock.at(at):
        recording.record([report(world, at, total, name=name, session=session)])
        tell()


def report(world: World, at: datetime, total: int, *, name: str = "second", session: str = "1") -> Report:
    return Report(
        kind="interim",
        organization_id=world.organization.pk,
        nas_id=world.hilltop.pk,
        zone=world.organization.timezone,
        user_name=name,
        acct_session_id=session,
        event_at=at,
        seconds=round((at - NOON).total_seconds()),
        upload_octets=0,
        download_octets=total,
    )


def tell() -> None:
    while notices.hand_on():
        pass


def told() -> list[tuple[str, str]]:
    """What was said and where: the percentage and the address, in order."""
    rows = Message.objects.filter(kind="usage.reached").order_by("pk").values_list("shown", "to")
    return [(text.partition(" %")[0].split()[-1], to) for text, to in rows]


def add(world: World, percent: int, email: str = MAIL, phone: str = "") -> Trigger:
    return triggers.add(customer=world.otieno, percent=percent, email=email, phone=phone, by=None)


def add_default(world: World, percent: int, *, by_email: bool = True, by_sms: bool = True) -> DefaultTrigger:
    return triggers.add_default(
        organization=world.organization, percent=percent, by_email=by_email, by_sms=by_sms, by=None
    )


# ---- rows ----


def test_not_3_rows_are_added_and_deleted(world: World) -> None:
    asha = world.staff["support"].staff
    forget()

    row = triggers.add(customer=world.otieno, percent=80, email=f" {MAIL} ", phone="0711 000 111", by=asha)
    add(world, 50, "", "0711000222")

    assert [(each.percent, each.email, each.phone) for each in triggers.of(customer=world.otieno)] == [
        (50, "", "+254711000222"),
        (80, MAIL, PHONE),
    ]
    added = Event.objects.filter(kind="trigger.added").earliest("pk")
    assert (added.customer_id, added.staff, added.payload) == (world.otieno.pk, asha, {"percent": 80})
    assert added.personal == {"address": f"{MAIL}, {PHONE}"}
    for _ in range(2):
        triggers.delete(trigger=row, by=asha)
    assert happened() == ["trigger.added", "trigger.added", "trigger.deleted"]


def test_not_3_what_no_row_can_be_is_refused(world: World) -> None:
    add(world, 80, MAIL, PHONE)
    forget()
    for percent in (0, 101, -1):
        with refused("percent_wrong", "percent"):
            add(world, percent)
        with refused("percent_wrong", "percent"):
            add_default(world, percent)
    with refused("trigger_address_missing", "email"):
        add(world, 80, " ", " ")
    with refused("email_wrong", "email"):
        add(world, 80, "office@example.com\nBcc: x@example.com")
    with refused("phone_landline", "phone"):
        add(world, 80, "", "020 2555666")
    with refused("trigger_taken", "percent"):
        add(world, 80, MAIL, "0711000111")
    with refused("trigger_channel_missing", "by_email"):
        add_default(world, 80, by_email=False, by_sms=False)
    add_default(world, 80, by_sms=False)
    with refused("trigger_taken", "percent"):
        add_default(world, 80)
    assert happened() == ["default_trigger.added"]


def test_not_3_rows_do_not_grow_without_end(world: World) -> None:
    for percent in range(1, triggers.MOST + 1):
        add(world, percent)
        add_default(world, percent)
    with refused("triggers_many"):
        add(world, 99)
    with refused("triggers_many"):
        add_default(world, 99)


def test_not_3_defaults_are_added_and_deleted(world: World) -> None:
    forget()
    row = add_default(world, 80, by_sms=False)
    for _ in range(2):
        triggers.delete_default(trigger=row, by=None)
    assert happened() == ["default_trigger.added", "default_trigger.deleted"]
    assert event("default_trigger.added").payload == {"percent": 80, "channels": "email"}
    assert not triggers.defaults(organization=world.organization).exists()


def test_not_3_the_search_finds_the_customer_by_a_row_and_erasing_takes_it(world: World) -> None:
    grace = world.customers["grace"]
    row = triggers.add(customer=grace, percent=80, email=MAIL, phone=PHONE, by=None)

    def finds(query: str) -> list[int]:
        return search.find(organization=world.organization, query=query)

    assert finds("office@example") == finds("0711000111") == [grace.pk]
    triggers.delete(trigger=row, by=None)
    assert finds("0711000111") == []
    triggers.add(customer=grace, percent=80, email=MAIL, phone=PHONE, by=None)
    removals.delete(customer=grace, by=None)
    with refused("customer_is_deleted"):
        triggers.add(customer=grace, percent=90, email=MAIL, by=None)
    erasures.erase(customer=grace, account_number=grace.account_number, by=None)
    assert not Trigger.objects.exists()
    assert MAIL not in written()


# ---- when it is told ----


def test_trap_10_a_mark_is_told_once_in_a_period(world: World, line: Subscription) -> None:
    add(world, 80, MAIL, PHONE)
    used(world, 79.99)
    assert told() == []
    used(world, 80, NOON + 2 * HOUR)
    used(world, 80, NOON + 2 * HOUR)
    used(world, 81, NOON + 3 * HOUR)
    used(world, 80.5, NOON + 3 * HOUR)
    used(world, 10, NOON + 4 * HOUR, session="81a0000a")
    assert sorted(told()) == [("80", PHONE), ("80", MAIL)]
    sms = Message.objects.get(channel="sms")
    assert sms.shown == (
        "Baobab Net: Otieno Ouma, 80 % of the data of Day pass is used: 1.6 GB of 2.0 GB. 400 MB left until Dec 1 12:00."
    )
    assert (sms.customer_id, sms.segments) == (world.otieno.pk, 1)
    mail = Message.objects.get(channel="email")
    assert mail.subject == "80 % of Day pass is used"
    assert event("usage.reached").payload == {
        "plan": "Day pass",
        "percent": 80,
        "after_percent": 79,
        "used_bytes": 80 * PERCENT,
        "cap_bytes": CAP,
    }


def test_trap_10_of_several_marks_in_one_report_the_highest_is_told(world: World, line: Subscription) -> None:
    for percent in (50, 75, 90):
        add(world, percent)
    add(world, 60, "other@example.com")
    used(world, 89)
    assert sorted(told()) == [("60", "other@example.com"), ("75", MAIL)]
    used(world, 100, NOON + 2 * HOUR)
    assert told()[2:] == [("90", MAIL)]


def test_trap_10_an_address_in_other_letters_and_as_a_default_is_told_once(world: World, line: Subscription) -> None:
    customers.edit(customer=world.otieno, email="Otieno@Example.com", by=None)
    add(world, 50, "otieno@example.com", world.otieno.phone)
    add_default(world, 80)
    used(world, 85)
    assert sorted(told()) == sorted([("80", world.otieno.phone), ("80", "Otieno@Example.com")])


def test_trap_10_the_next_period_tells_again(world: World, line: Subscription) -> None:
    add(world, 80)
    with clock.at(NOON + HOUR):
        subscriptions.activate(subscription=line, by=None)
    used(world, 85)
    # It began by itself meanwhile: this report is of the second period already, whose data it comes to 40 % of.
    used(world, 125, NOON + DAY + HOUR)
    assert told() == [("80", MAIL)]
    used(world, 166, NOON + DAY + 2 * HOUR)
    assert told() == [("80", MAIL)] * 2


def test_trap_10_a_renewal_after_all_is_used_arms_it_again(world: World, line: Subscription) -> None:
    add(world, 80)
    used(world, 100)
    with clock.at(NOON + 2 * HOUR):
        subscriptions.activate(subscription=line, by=None)
    used(world, 190, NOON + 3 * HOUR)
    assert told() == [("80", MAIL)] * 2


def test_trap_10_a_larger_cap_arms_it_again(world: World, line: Subscription) -> None:
    add(world, 80)
    used(world, 85)
    Subscription.objects.filter(pk=line.pk).update(cap_bytes=2 * CAP)
    used(world, 150, NOON + 2 * HOUR)
    assert told() == [("80", MAIL)]
    used(world, 161, NOON + 3 * HOUR)
    assert told() == [("80", MAIL)] * 2


def test_trap_10_without_a_cap_nothing_is_told_and_under_one_again_it_is(world: World, line: Subscription) -> None:
    add(world, 80)
    Subscription.objects.filter(pk=line.pk).update(cap_bytes=None)
    used(world, 150)
    assert told() == []
    Subscription.objects.filter(pk=line.pk).update(cap_bytes=2 * CAP)
    used(world, 161, NOON + 2 * HOUR)
    assert told() == [("80", MAIL)]


def test_trap_10_each_package_is_told_of_by_itself(world: World, line: Subscription) -> None:
    begun(world, "third")
    add(world, 80)
    used(world, 85)
    used(world, 85, name="third", session="81a0000b")
    assert told() == [("80", MAIL)] * 2


def test_trap_10_two_packages_in_one_batch_are_both_told_of(world: World, line: Subscription) -> None:
    begun(world, "third")
    add(world, 80)
    at = NOON + HOUR
    with clock.at(at):
        recording.record([report(world, at, 85 * PERCENT), report(world, at, 99 * PERCENT, name="third", session="2")])
        tell()
    assert told() == [("80", MAIL)] * 2


def test_trap_10_counters_that_wrap_go_on_where_they_were(world: World, line: Subscription) -> None:
    Subscription.objects.filter(pk=line.pk).update(cap_bytes=5_000_000_000, download_kbps=100_000)
    add(world, 80)
    for hours, total in ((1, 3_900_000_000), (2, 4_100_000_000), (3, 4_900_000_000 - WRAP), (4, 4_950_000_000 - WRAP)):
        at = NOON + hours * HOUR
        with clock.at(at):
            recording.record([report(world, at, total)])
            tell()
    assert UsagePeriod.objects.get(subscription=line, ends_at__isnull=False).used_bytes == 4_950_000_000
    assert told() == [("80", MAIL)]


def test_not_3_a_row_that_is_added_later_tells_of_what_comes_then(world: World, line: Subscription) -> None:
    used(world, 60)
    row = add(world, 50)
    used(world, 70, NOON + 2 * HOUR)
    assert told() == []
    triggers.delete(trigger=row, by=None)
    add(world, 80)
    used(world, 90, NOON + 3 * HOUR)
    assert told() == [("80", MAIL)]


def test_not_3_a_row_that_was_deleted_meanwhile_tells_nothing(world: World, line: Subscription) -> None:
    row = add(world, 50)
    at = NOON + HOUR
    with clock.at(at):
        recording.record([report(world, at, 60 * PERCENT)])
        triggers.delete(trigger=row, by=None)
        tell()
    assert told() == []


# ---- who is told ----


def test_use_7_defaults_tell_every_customer_where_they_are_reached(world: World, line: Subscription) -> None:
    add_default(world, 80, by_sms=False)
    add_default(world, 90, by_email=False)
    used(world, 85)
    assert told() == []
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    used(world, 95, NOON + 2 * HOUR)
    assert told() == [("90", world.otieno.phone)]
    triggers.add_default(organization=world.neighbour, percent=99, by_email=True, by_sms=True, by=None)
    used(world, 100, NOON + 3 * HOUR)
    assert len(told()) == 1


def test_use_7_an_empty_column_sends_nothing_by_that_channel(world: World, line: Subscription) -> None:
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    add(world, 50, MAIL, "")
    add(world, 80, "", PHONE)
    used(world, 55)
    used(world, 85, NOON + 2 * HOUR)
    assert told() == [("50", MAIL), ("80", PHONE)]


def test_use_7_somebody_without_an_address_of_their_own_has_others_told(world: World, line: Subscription) -> None:
    add(world, 80)
    customers.edit(customer=world.otieno, phone="", by=None)
    used(world, 85)
    assert told() == [("80", MAIL)]


def test_use_7_the_halted_are_told_and_the_deleted_are_not(world: World, line: Subscription) -> None:
    add(world, 80)
    add(world, 90)
    suspensions.suspend(customer=world.otieno, kind="hold", by=None)
    used(world, 85)
    assert told() == [("80", MAIL)]
    removals.delete(customer=world.otieno, by=None)
    used(world, 95, NOON + 2 * HOUR)
    assert told() == [("80", MAIL)]


def test_use_7_nobody_carries_it_then_nothing_is_sent_later(world: World, line: Subscription) -> None:
    add(world, 80, MAIL, PHONE)
    carrier = Carrier.objects.get(channel="sms")
    carriers.switch(carrier=carrier, is_on=False, by=None)
    Carrier.objects.filter(channel="email").delete()
    used(world, 85)
    carriers.switch(carrier=carrier, is_on=True, by=None)
    used(world, 95, NOON + 2 * HOUR)
    assert told() == []


def test_use_7_nothing_is_recorded_where_no_mark_is_named(world: World, line: Subscription) -> None:
    add(world, 30)
    triggers.add_default(organization=world.neighbour, percent=50, by_email=True, by_sms=True, by=None)
    used(world, 29)
    used(world, 31, NOON + 2 * HOUR)
    used(world, 79, NOON + 3 * HOUR)
    assert [kind for kind in happened() if kind.startswith("usage.")] == ["usage.reached"]
