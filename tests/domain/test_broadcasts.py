"""Broadcasts: whom a filter finds, what is written to them in slices, stopping half-way, and what becomes of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from headend.access import subscriptions, vouchers
from headend.access.models import Subscription
from headend.customers import customers, groups
from headend.customers.models import Customer
from headend.desk import erasures, removals
from headend.doors.worker import loop, schedule
from headend.lib import clock
from headend.messaging import audiences, broadcasts, carriers, links, messages, opt_outs, previews
from headend.messaging.audiences import Audience
from headend.messaging.broadcasts import Terms
from headend.messaging.letters import Letter
from headend.messaging.models import Broadcast, Link, Message, Policy
from headend.system.models import Event, Job
from tests.kit import portal
from tests.kit.verbs import connects, event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _carrier(world: World) -> None:
    portal.add_carrier(world.organization)
    Policy.objects.create(organization=world.organization, hour_from=0, hour_until=24)
    forget()


def terms(text: str = "Hello {first_name}", audience: Audience | None = None, **more: Any) -> Terms:
    return Terms(Letter(text, more.pop("subject", "")), more.pop("channel", "sms"), audience or Audience(), **more)


def draft(world: World, text: str = "Hello {first_name}", audience: Audience | None = None, **more: Any) -> Broadcast:
    by = world.staff["owner"].staff
    return broadcasts.draft(organization=world.organization, terms=terms(text, audience, **more), by=by)


def begun(world: World, *args: Any, **more: Any) -> Broadcast:
    broadcast = draft(world, *args, **more)
    broadcasts.begin(broadcast=broadcast, by=world.staff["owner"].staff)
    broadcast.refresh_from_db()
    return broadcast


def write(broadcast: Broadcast) -> Broadcast:
    broadcasts.write(broadcast_id=broadcast.pk)
    broadcast.refresh_from_db()
    return broadcast


def many(world: World, number: int, start: int = 0) -> list[Customer]:
    """So many more with a phone, by one statement."""
    rows = [
        Customer(
            organization=world.organization,
            group=world.default_group,
            account_number=f"M-{each}",
            account_number_key=f"M{each}",
            first_name=f"Maria {each}",
            phone=f"+2547{each:08d}",
            sort_key=f"maria {each}",
        )
        for each in range(start, start + number)
    ]
    return Customer.objects.bulk_create(rows)


def found(world: World, **filters: Any) -> set[str]:
    return {customer.first_name for customer in audiences.find(world.organization, Audience(**filters))}


def sent_to() -> list[str]:
    return sorted(Message.objects.values_list("to", flat=True))


def test_it_works(world: World) -> None:
    broadcast = begun(world, "Hello {first_name}: {link}")
    assert (broadcast.state, broadcast.people) == ("writing", 3)
    assert event("broadcast.begun").payload == {"channel": "sms", "people": 3}
    # A second press does no harm.
    broadcasts.begin(broadcast=broadcast, by=None)
    assert Event.objects.count() == Job.objects.count() == 1

    write(broadcast)
    assert (broadcast.state, broadcast.written) == ("sending", 3)
    sent = {message.customer_id: message for message in Message.objects.all()}
    one = sent[world.otieno.pk]
    assert (one.lane, one.kind, one.is_promotional, one.broadcast_id) == ("bulk", "broadcast", True, broadcast.pk)
    assert portal.body(one) == f"Hello Otieno: {links.place_of(Link.objects.get(message=one).code)}"
    # Again, it writes nothing.
    broadcasts.write(broadcast_id=broadcast.pk)
    assert Message.objects.count() == 3

    Message.objects.update(state="delivered", finished_at=clock.now())
    Link.objects.filter(message=one).update(clicks=2)
    broadcasts.settle()
    broadcast.refresh_from_db()
    assert broadcast.state == "finished"
    assert event("broadcast.finished").payload == {"sent": 3, "unsent": 0}
    assert broadcasts.figures(broadcast) == broadcasts.Figures(delivered=3, parts=3, followed=1, clicks=2)
    broadcasts.settle()
    assert happened().count("broadcast.finished") == 1


def test_the_worker_does_it(world: World) -> None:
    broadcast = begun(world)
    while loop.run_once():
        pass
    broadcast.refresh_from_db()
    assert broadcast.written == 3
    assert {message.attempts for message in Message.objects.all()} == {1}


def test_a_draft_is_changed_or_thrown_away_until_it_is_begun(world: World) -> None:
    broadcast = draft(world, part_price_micros=800_000)
    broadcasts.edit(broadcast=broadcast, terms=terms("Other", channel="email", subject="News"))
    broadcast.refresh_from_db()
    assert (broadcast.text, broadcast.channel, broadcast.subject, broadcast.state) == (
        "Other",
        "email",
        "News",
        "draft",
    )
    broadcasts.edit(broadcast=broadcast, terms=terms("Other"))
    broadcast.refresh_from_db()
    broadcasts.begin(broadcast=broadcast, by=None)
    with refused("broadcast_begun"):
        broadcasts.edit(broadcast=broadcast, terms=terms("Third"))
    with refused("broadcast_begun"):
        broadcasts.discard(broadcast=broadcast)
    other = draft(world)
    broadcasts.discard(broadcast=other)
    assert list(Broadcast.objects.all()) == [broadcast]


def test_what_cannot_be_sent_is_refused(world: World) -> None:
    with refused("text_missing", "text"):
        draft(world, " ")
    with refused("text_missing", "subject"):
        draft(world, channel="email")
    with refused("place_unknown", "text"):
        draft(world, "{password}")
    with refused("broadcast_to_nobody"):
        begun(world, audience=Audience(presence="online"))
    with refused("channel_absent"):
        begun(world, channel="email", subject="x")
    assert not happened()


def test_whom_a_filter_finds(world: World) -> None:
    estate = groups.add(organization=world.organization, name="Estate", by=None)
    mary = customers.register(organization=world.organization, by=None, first_name="Mary", group=estate)
    everybody = {"Otieno", "Grace Wanjiru", "Neema", "Mary"}
    assert found(world) == everybody
    assert found(world, site=world.site.pk) == everybody - {"Mary"}
    assert found(world, group=estate.pk) == {"Mary"}
    assert found(world, standing="active") == everybody - {"Mary"}
    assert found(world, plan=world.home_10m.pk) == {"Otieno", "Grace Wanjiru"}
    connects(world, "otieno")
    assert found(world, presence="online") == {"Otieno"}
    assert found(world, presence="offline") == everybody - {"Otieno"}
    assert found(world, presence="online", site=world.site.pk, plan=world.day_pass.pk) == set()
    # The Day pass is for 24 hours, the others for a month.
    assert found(world, standing="expiring", days=2) == {"Neema"}
    with time_machine.travel(clock.now() + timedelta(days=3)):
        assert found(world, standing="expired", days=3) == {"Neema"}
        assert found(world, standing="expired", days=1) == set()
        assert found(world, standing="active") == {"Otieno", "Grace Wanjiru"}
        voucher = vouchers.issue(customer=mary, plan=world.day_pass, by=None)
        assert found(world, standing="active", plan=world.day_pass.pk) == {"Mary"}
        vouchers.void(voucher=voucher, by=None)
        assert found(world, standing="active", plan=world.day_pass.pk) == set()
    subscriptions.end(subscription=Subscription.objects.get(pk=world.otieno_home.pk), by=None)
    assert found(world, standing="active") == {"Grace Wanjiru", "Neema"}
    removals.delete(customer=world.customers["grace"], by=None)
    assert "Grace Wanjiru" not in found(world)
    assert audiences.find(world.neighbour, Audience()).count() == 0


def test_who_has_no_number_or_opted_out_gets_none(world: World) -> None:
    customers.register(organization=world.organization, by=None, first_name="Silent")
    opt_outs.add(organization=world.organization, channel="sms", address=world.otieno.phone, how="reply")
    broadcast = draft(world, part_price_micros=800_000)
    seen = previews.of(broadcast)
    assert (seen.people, seen.unreachable, seen.opted_out, seen.reached, seen.parts) == (4, 1, 1, 2, 2)
    assert (seen.is_about, seen.text, seen.cost_micros(800_000)) == (False, "Hello Grace Wanjiru", 1_600_000)
    broadcasts.begin(broadcast=broadcast, by=None)
    write(broadcast)
    assert (broadcast.people, broadcast.written, broadcast.unreachable, broadcast.opted_out) == (4, 2, 1, 1)
    assert world.otieno.phone not in sent_to()


def test_a_notice_goes_to_those_as_well_who_opted_out(world: World) -> None:
    opt_outs.add(organization=world.organization, channel="sms", address=world.otieno.phone, how="reply")
    broadcast = begun(world, is_notice=True)
    assert previews.of(broadcast).reached == 3
    write(broadcast)
    assert world.otieno.phone in sent_to()
    assert not Message.objects.filter(is_promotional=True).exists()


def test_an_offer_waits_for_the_hours_and_a_notice_does_not(world: World) -> None:
    Policy.objects.update(hour_from=8, hour_until=20)
    # 23:30 in Nairobi.
    with time_machine.travel(datetime(2026, 3, 1, 20, 30, tzinfo=UTC)):
        offer, notice = write(begun(world)), write(begun(world, is_notice=True))
        asked = {message.next_at for message in Message.objects.filter(broadcast=offer)}
        assert asked == {broadcasts.goes_at(offer)} == {datetime(2026, 3, 2, 5, 0, tzinfo=UTC)}
        while loop.run_once():
            pass
    assert {message.attempts for message in Message.objects.filter(broadcast=offer)} == {0}
    assert {message.attempts for message in Message.objects.filter(broadcast=notice)} == {1}


def test_who_is_deleted_or_erased_meanwhile_gets_none(world: World) -> None:
    broadcast = write(begun(world))
    removals.delete(customer=world.otieno, by=None)
    removals.delete(customer=world.customers["grace"], by=None)
    erasures.erase(
        customer=Customer.objects.get(pk=world.customers["grace"].pk),
        account_number=world.customers["grace"].account_number,
        by=None,
    )
    assert world.customers["grace"].phone not in sent_to()
    while loop.run_once():
        pass
    assert Message.objects.get(customer_id=world.otieno.pk).error == "customer_gone"
    assert broadcasts.figures(broadcast).failed == 1


def test_killed_between_slices_it_goes_on_and_nobody_gets_it_twice(world: World, monkeypatch: Any) -> None:
    many(world, 2 * broadcasts.AT_ONCE)
    broadcast = begun(world)
    slices = 0
    real = broadcasts._write_slice

    def killed(broadcast_id: int) -> bool:
        nonlocal slices
        slices += 1
        if slices == 2:
            raise SystemExit
        return real(broadcast_id)

    monkeypatch.setattr(broadcasts, "_write_slice", killed)
    with pytest.raises(SystemExit):
        broadcasts.write(broadcast_id=broadcast.pk)
    assert Message.objects.count() == broadcasts.AT_ONCE
    write(broadcast)
    assert broadcast.written == Message.objects.count() == 2 * broadcasts.AT_ONCE + 3
    assert len(set(sent_to())) == Message.objects.count()


def test_killed_inside_a_slice_nothing_of_it_is_there(world: World, monkeypatch: Any) -> None:
    broadcast = begun(world, "{link}")

    def killed(**_more: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(links, "keep", killed)
        with pytest.raises(SystemExit):
            broadcasts.write(broadcast_id=broadcast.pk)
    assert not Message.objects.exists()
    write(broadcast)
    assert Link.objects.count() == Message.objects.count() == 3


def test_a_job_that_was_given_up_is_queued_again(world: World) -> None:
    broadcast = begun(world)
    broadcasts.settle()
    assert Job.objects.count() == 1
    Job.objects.update(state="failed", finished_at=clock.now())
    broadcasts.settle()
    assert Job.objects.filter(state="queued", payload={"broadcast_id": broadcast.pk}).count() == 1


def test_it_is_stopped_half_way(world: World) -> None:
    many(world, broadcasts.AT_ONCE)
    broadcast = begun(world)
    assert broadcasts._write_slice(broadcast.pk)
    first, second, third = Message.objects.order_by("pk")[:3]
    Message.objects.filter(pk=first.pk).update(state="sent", finished_at=clock.now(), body_sealed=None)
    Message.objects.filter(pk=second.pk).update(state="sending", lease_until=clock.now() + timedelta(minutes=1))
    by = world.staff["admin"].staff
    for _ in range(2):
        broadcasts.stop(broadcast=broadcast, by=by)
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.stopped_by) == ("stopped", by)
    assert event("broadcast.stopped").payload == {"sent": 2, "unsent": broadcasts.AT_ONCE + 1}
    third.refresh_from_db()
    assert (third.state, third.error, third.body_sealed) == ("failed", "stopped", None)
    # The worker writes no more, and what its carrier did not take is not tried again.
    write(broadcast)
    assert Message.objects.count() == broadcasts.AT_ONCE
    Message.objects.filter(pk=second.pk).update(state="queued", next_at=clock.now())
    while loop.run_once():
        pass
    second.refresh_from_db()
    assert (second.state, second.error) == ("failed", "stopped")
    broadcasts.settle()
    broadcast.refresh_from_db()
    assert broadcast.finished_at is not None
    now = broadcasts.figures(broadcast)
    assert (now.sent, now.stopped, now.failed, now.waiting) == (1, broadcasts.AT_ONCE - 1, 0, 0)
    assert "broadcast.finished" not in happened()


def test_what_was_not_begun_or_is_over_is_not_stopped(world: World) -> None:
    broadcast = draft(world)
    broadcasts.stop(broadcast=broadcast, by=None)
    broadcasts.begin(broadcast=broadcast, by=None)
    write(broadcast)
    Message.objects.update(state="sent", finished_at=clock.now())
    broadcasts.settle()
    broadcasts.stop(broadcast=broadcast, by=None)
    broadcast.refresh_from_db()
    assert broadcast.state == "finished"


def test_its_figures_stay_when_its_messages_are_forgotten(world: World) -> None:
    broadcast = write(begun(world, "{link}"))
    Message.objects.update(state="delivered", finished_at=clock.now())
    Link.objects.update(clicks=1)
    broadcasts.settle()
    for days in (broadcasts.KEPT_AFTER_DAYS + 1, messages.KEPT_DAYS + 1):
        with time_machine.travel(clock.now() + timedelta(days=days)):
            schedule.forget()
    broadcast.refresh_from_db()
    assert not Message.objects.exists()
    assert broadcasts.figures(broadcast) == broadcasts.Figures(delivered=3, parts=3, followed=3, clicks=3)


def test_a_slice_costs_the_same_whatever_is_in_it(world: World) -> None:
    filters = Audience(standing="all", presence="offline", group=world.default_group.pk)
    few = begun(world, "{name}: {link}", filters)
    with CaptureQueriesContext(connection) as of_few:
        assert broadcasts._write_slice(few.pk)
    many(world, broadcasts.AT_ONCE)
    more = begun(world, "{name}: {link}", filters)
    with CaptureQueriesContext(connection) as of_more:
        assert broadcasts._write_slice(more.pk)
    # Rows are written by so many a statement.
    assert len(of_few) <= len(of_more) <= 13
    with CaptureQueriesContext(connection) as seen:
        previews.of(more)
    assert len(seen) <= 4


def test_of_very_many_the_preview_looks_at_some(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(previews, "LOOKED_AT_MOST", 20)
    customers.register(organization=world.organization, by=None, first_name="Silent")
    many(world, 36)
    seen = previews.of(draft(world))
    assert (seen.people, seen.unreachable, seen.reached, seen.parts, seen.is_about) == (40, 2, 38, 38, True)


def test_nobody_of_another_organization_gets_it(world: World) -> None:
    customers.register(organization=world.neighbour, by=None, first_name="Juma", phone="0731000199")
    write(begun(world))
    assert "+254731000199" not in sent_to()
    assert carriers.of(world.neighbour) is None
