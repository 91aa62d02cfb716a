"""The database picks whom the sweep decides for: everybody who could be refused, and nobody else each minute."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from headend.access import authorize, batches, blocks, devices, enforcement, facts, refusable
from headend.access import vouchers as voucher_verbs
from headend.access.models import Credential, Device, Session, Subscription, UsagePeriod, Voucher
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.lib import clock
from headend.network.models import Command
from headend.system import engine
from tests.kit import vouchers
from tests.kit.verbs import connects
from tests.kit.world import World

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def of_package(**changes: object) -> Callable[[World, Session], object]:
    return lambda world, session: Subscription.objects.filter(pk=world.otieno_home.pk).update(**changes)


def of_customer(**changes: object) -> Callable[[World, Session], object]:
    return lambda world, session: Customer.objects.filter(pk=world.otieno.pk).update(**changes)


def uses(**counters: int) -> Callable[[World, Session], object]:
    """The present period has used so much; the package allows a gigabyte and an hour."""

    def use(world: World, session: Session) -> None:
        of_package(cap_bytes=10**9, time_limit_seconds=3600)(world, session)
        UsagePeriod.objects.filter(subscription=world.otieno_home).order_by("-started_at").update(**counters)

    return use


def suspended(kind: str, **more: object) -> Callable[[World, Session], object]:
    return lambda world, session: suspensions.suspend(customer=world.otieno, kind=kind, by=None, **more)  # type: ignore[arg-type]  # of the verb


def device_blocked(world: World, session: Session) -> None:
    devices.seen([(world.organization.pk, world.otieno.pk, session.mac)], clock.now())
    blocks.block(device=Device.objects.get(mac=session.mac), by=None)


CAUSES: dict[str, Callable[[World, Session], object]] = {
    "expired": of_package(expires_at=clock.now()),
    "not active": of_package(activated_at=None),
    "ended": of_package(ended_at=clock.now()),
    "account expired": lambda world, session: of_customer(
        account_expires_on=clock.local_day(clock.now() - timedelta(days=1), world.organization.timezone)
    )(world, session),
    "deleted": of_customer(deleted_at=clock.now()),
    "data used up": uses(upload_bytes=10**8, download_bytes=9 * 10**8),
    "time used up": uses(session_seconds=3600),
    "disabled": suspended("disabled"),
    "overdue": suspended("overdue"),
    "on hold": suspended("hold", ends_at=clock.now() + HOUR),
    "group halted": lambda world, session: suspensions.suspend(group=world.default_group, kind="disabled", by=None),
    "package blocked": lambda world, session: blocks.block(subscription=world.otieno_home, by=None),
    "device blocked": device_blocked,
}


@pytest.mark.parametrize("cause", CAUSES)
def test_whoever_could_be_refused_is_picked(world: World, cause: str) -> None:
    session = connects(world, "otieno", mac="AABBCCDDEE0F")
    if cause != "group halted":
        connects(world, "grace", session="81a00002")
    assert refusable.sessions(clock.now()) == []

    CAUSES[cause](world, session)

    assert refusable.sessions(clock.now()) == [session.pk]
    owner: facts.Subject = ("subscription", world.otieno_home.pk)
    known = facts.for_running([(owner, session.mac)], clock.now())[owner, session.mac]
    assert isinstance(authorize.decide(known), authorize.Refusal)


@pytest.mark.parametrize(
    "change",
    [
        uses(upload_bytes=10**8, download_bytes=9 * 10**8 - 1, session_seconds=3599),
        of_package(expires_at=clock.now() + HOUR),
        lambda world, session: Subscription.objects.filter(customer=world.customers["grace"]).update(
            expires_at=clock.now()
        ),
        lambda world, session: Session.objects.update(ended_at=clock.now()),
    ],
    ids=["nearly used up", "expires soon", "somebody else", "gone"],
)
def test_nobody_else_is(world: World, change: Callable[[World, Session], object]) -> None:
    session = connects(world, "otieno")
    change(world, session)
    suspensions.suspend(customer=world.otieno, kind="hold", by=None, ends_at=clock.now() + HOUR)
    suspensions.lift(customer=world.otieno, kind="hold", by=None)

    assert refusable.sessions(clock.now()) == []


def test_a_suspension_that_is_over_picks_nobody(world: World) -> None:
    connects(world, "otieno")
    suspensions.suspend(customer=world.otieno, kind="hold", by=None, ends_at=clock.now() + HOUR)

    assert refusable.sessions(clock.now() + HOUR) == []


VOUCHERS: dict[str, Callable[[Voucher], object]] = {
    "void": lambda voucher: voucher_verbs.void(voucher=voucher, by=None),
    "expired": lambda voucher: Voucher.objects.filter(pk=voucher.pk).update(expires_at=clock.now()),
    "data used up": lambda voucher: Voucher.objects.filter(pk=voucher.pk).update(cap_bytes=10, download_bytes=10),
    "time used up": lambda voucher: Voucher.objects.filter(pk=voucher.pk).update(
        time_limit_seconds=60, session_seconds=60
    ),
    "blocked": lambda voucher: blocks.block(voucher=voucher, by=None),
    "sheet void": lambda voucher: batches.void(sheet=voucher.sheet, by=None),  # type: ignore[arg-type]  # it has one
}


@pytest.mark.parametrize("cause", VOUCHERS)
def test_so_are_vouchers(world: World, cause: str) -> None:
    (voucher,) = vouchers.of(vouchers.printed(world))
    voucher_verbs.redeem(voucher_id=voucher.pk, mac=vouchers.MAC, now=clock.now())
    session = connects(world, voucher.code)
    assert session.voucher_id == voucher.pk
    assert refusable.sessions(clock.now()) == []

    VOUCHERS[cause](voucher)

    assert refusable.sessions(clock.now()) == [session.pk]


def test_within_a_round_the_rules_themselves_look_at_everybody(world: World) -> None:
    """Its name is free, which nothing that the database looks at tells: the sweep still finds it, and each session once."""
    lost = connects(world, "otieno")
    connects(world, "grace", session="81a00002")
    Credential.objects.filter(subscription=world.otieno_home).update(ended_at=clock.now())
    assert refusable.sessions(clock.now()) == []
    start = clock.now()
    found = []
    for minute in range(enforcement.ROUND_MINUTES):
        with clock.at(start + timedelta(minutes=minute)):
            found.append(enforcement.sweep())

    assert sorted(found)[-2:] == [0, 1]
    assert list(Command.objects.values_list("session_id", "reason")) == [(lost.pk, "user_unknown")]


if connection.vendor == "postgresql":

    def test_no_set_is_read_again_for_each_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A set within an OR is hashed only while PostgreSQL takes it for small, which it does not of many without statistics."""
        rows, plans = engine.rows, []

        def explained(statement: str, values: Sequence[Any], **how: bool) -> list[tuple[Any, ...]]:
            plans.append("\n".join(line for (line,) in rows(f"EXPLAIN {statement}", values)))
            return rows(statement, values, **how)

        monkeypatch.setattr(engine, "rows", explained)
        refusable.sessions(clock.now())

        assert plans
        # One value of the session's own package or voucher is found by its key, and compared.
        assert [plan for plan in plans if re.search(r"hashed SubPlan|\(SubPlan \d+\)(?! = 1)|ANY \(", plan)] == []
