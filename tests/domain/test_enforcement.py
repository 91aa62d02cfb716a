"""Whoever would now be refused is disconnected, and nobody else."""

from datetime import date, timedelta
from typing import Any

import pytest

from headend.access import blocks, devices, enforcement, recording, subscriptions
from headend.access.models import Device, Session
from headend.customers import customers, suspensions
from headend.desk import removals
from headend.lib import clock
from headend.network.models import Command
from headend.system.models import Job, State
from tests.kit.verbs import connects
from tests.kit.vouchers import said, sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def commands() -> list[tuple[int, str]]:
    """(session id, reason) of every Command."""
    return list(Command.objects.order_by("pk").values_list("session_id", "reason"))


def carry_out_jobs() -> None:
    for job in Job.objects.filter(kind="enforce"):
        enforcement.enforce(**job.payload)


def test_a_disabled_customer_is_disconnected_once(world: World) -> None:
    session = connects(world, "otieno", framed_address="10.5.5.5")
    connects(world, "grace", session="81a00002")
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)

    carry_out_jobs()

    command = Command.objects.get()
    assert (command.session_id, command.nas, command.customer_id, command.kind, command.reason, command.state) == (
        session.pk,
        world.hilltop,
        world.otieno.pk,
        "disconnect",
        "customer_disabled",
        State.QUEUED,
    )
    assert command.identification == {
        "user_name": "otieno",
        "acct_session_id": "81a00001",
        "framed_address": "10.5.5.5",
        "nas_address": "127.0.0.1",
    }
    carry_out_jobs()
    enforcement.sweep()
    Command.objects.update(state=State.SENDING)
    enforcement.sweep()
    assert commands() == [(session.pk, "customer_disabled")]


def test_the_sweep_finds_what_no_job_told(world: World) -> None:
    session = connects(world, "otieno")
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    Job.objects.all().delete()

    assert enforcement.sweep() == 1

    assert commands() == [(session.pk, "customer_disabled")]


def test_the_sweep_finds_who_expired(world: World) -> None:
    session = connects(world, "otieno")
    expires_at = world.otieno_home.expires_at
    assert expires_at is not None

    with clock.at(expires_at - timedelta(microseconds=1)):
        assert enforcement.sweep() == 0
    with clock.at(expires_at):
        assert enforcement.sweep() == 1

    assert commands() == [(session.pk, "subscription_expired")]


def test_whoever_is_accepted_is_left_alone(world: World) -> None:
    connects(world, "otieno")
    connects(world, "neema", session="81a00002")
    # Both of the two devices at once that the plan allows.
    connects(world, "neema", session="81a00003")

    assert enforcement.sweep() == 0
    assert enforcement.enforce(scope="organization", scope_id=world.organization.pk) == 0

    assert commands() == []


def test_a_session_without_a_subscription_is_left_alone(world: World) -> None:
    session = connects(world, "a-name-of-the-router")
    assert session.subscription is None

    assert enforcement.sweep() == 0
    assert enforcement.enforce(scope="nas", scope_id=world.hilltop.pk) == 0

    assert commands() == []


def test_a_session_that_has_ended_is_left_alone(world: World) -> None:
    connects(world, "otieno")
    Session.objects.update(ended_at=clock.now())
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)

    assert enforcement.sweep() == 0


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("deleted", "customer_deleted"),
        ("group", "group_disabled"),
        ("disabled", "customer_disabled"),
        ("account", "account_expired"),
        ("blocked", "subscription_blocked"),
        ("overdue", "suspended"),
        ("device", "device_blocked"),
        # Its name is free: no login would find it.
        ("ended", "user_unknown"),
    ],
)
def test_each_verb_that_ends_access_queues_what_enforces_it(world: World, what: str, reason: str) -> None:
    session = connects(world, "otieno", mac="AABBCCDDEE0F")
    devices.seen([(world.organization.pk, world.otieno.pk, "AABBCCDDEE0F")], clock.now())
    Job.objects.all().delete()

    if what == "deleted":
        removals.delete(customer=world.otieno, by=None)
    elif what == "group":
        suspensions.suspend(group=world.default_group, kind="disabled", by=None)
    elif what in ("disabled", "overdue"):
        suspensions.suspend(customer=world.otieno, kind=what, by=None)
    elif what == "account":
        customers.edit(customer=world.otieno, by=None, account_expires_on=date(2020, 1, 1))
    elif what == "blocked":
        blocks.block(subscription=world.otieno_home, by=None)
    elif what == "device":
        blocks.block(device=Device.objects.get(), by=None)
    else:
        subscriptions.end(subscription=world.otieno_home, by=None)
    carry_out_jobs()

    assert commands() == [(session.pk, reason)]


@pytest.mark.parametrize("scope", ["customer", "group", "subscription", "nas", "organization"])
def test_a_scope_holds_its_own(world: World, scope: str) -> None:
    session = connects(world, "otieno")
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    id_ = {
        "customer": world.otieno.pk,
        "group": world.otieno.group_id,
        "subscription": world.otieno_home.pk,
        "nas": world.hilltop.pk,
        "organization": world.organization.pk,
    }[scope]

    assert enforcement.enforce(scope=scope, scope_id=id_ + 100) == 0
    assert commands() == []
    assert enforcement.enforce(scope=scope, scope_id=id_) == 1
    assert commands() == [(session.pk, "customer_disabled")]


def test_many_sessions_are_decided_in_slices(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enforcement, "SLICE", 2)
    for number in range(5):
        connects(world, "neema", session=f"81a0001{number}")
    connects(world, "otieno")
    suspensions.suspend(customer=world.customers["neema"], kind="overdue", by=None)

    assert enforcement.sweep() == 5

    assert len(commands()) == 5


def test_a_session_that_went_on_is_told_again(world: World) -> None:
    session = connects(world, "otieno")
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    enforcement.sweep()
    Command.objects.update(state=State.FAILED, finished_at=clock.now())

    enforcement.sweep()

    assert commands() == [(session.pk, "customer_disabled")] * 2


def test_one_impossible_date_keeps_nobody_else_connected(world: World) -> None:
    session = connects(world, "otieno")
    connects(world, "grace", session="81a00002")
    customers.edit(customer=world.customers["grace"], by=None, account_expires_on=date.max)
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)

    assert enforcement.sweep() == 1

    assert commands() == [(session.pk, "customer_disabled")]


def at_once(world: World, *macs: str, **more: Any) -> list[Session]:
    """Devices that logged in with one voucher of two devices before any of them was counted."""
    now = clock.now()
    voucher = sold(world, first_used_at=now - timedelta(hours=1), expires_at=now + timedelta(hours=1), **more)
    recording.record([said(world, voucher, "start", f"81b{number}", mac=mac) for number, mac in enumerate(macs)])
    return list(Session.objects.filter(voucher=voucher).order_by("started_at", "pk"))


def test_who_came_last_beyond_the_number_of_devices_has_to_go(world: World) -> None:
    live = at_once(world, "AABBCC000001", "AABBCC000002", "AABBCC000003", "AABBCC000004")

    assert enforcement.sweep() == 2
    enforcement.sweep()

    assert commands() == [(session.pk, "session_limit") for session in live[2:]]


def test_a_session_that_is_not_heard_of_takes_no_room(world: World) -> None:
    live = at_once(world, "AABBCC000001", "AABBCC000002", "AABBCC000003")
    Session.objects.filter(pk=live[0].pk).update(updated_at=clock.now() - timedelta(minutes=30))

    assert enforcement.sweep() == 0


def test_a_device_that_moved_is_one(world: World) -> None:
    live = at_once(world, "AABBCC000001", "AABBCC000002", "AABBCC000002")

    assert len(live) == 3
    assert enforcement.sweep() == 0


def test_a_subscription_on_too_many_devices(world: World) -> None:
    first = connects(world, "otieno", mac="AABBCC000001", at=clock.now() - timedelta(seconds=30))
    second = connects(world, "otieno", session="81a00002", mac="AABBCC000002")
    connects(world, "grace", session="81a00003", mac="AABBCC000003")
    most = world.otieno_home.simultaneous_use

    enforcement.sweep()

    assert most == 1
    assert commands() == [(second.pk, "session_limit")]
    assert first.pk not in [session_id for session_id, _ in commands()]
