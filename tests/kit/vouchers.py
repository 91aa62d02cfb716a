"""What tests of vouchers share: one that was sold, one that was printed, and what a login with it is told."""

from datetime import datetime, timedelta
from typing import Any

from headend.access import batches, facts, vouchers
from headend.access.authorize import Grant, Refusal, decide
from headend.access.facts import Lookup
from headend.access.metering import Report
from headend.access.models import Batch, Sheet, Voucher
from headend.lib import clock
from tests.kit.world import World

MAC = "AABBCC001122"
OTHER_MAC = "AABBCC334455"


def sold(world: World, **changes: Any) -> Voucher:
    """A *Day pass* that Neema bought, with other terms where they are given."""
    voucher = vouchers.issue(customer=world.customers["neema"], plan=world.day_pass, by=None)
    if changes:
        Voucher.objects.filter(pk=voucher.pk).update(**changes)
        voucher.refresh_from_db()
    return voucher


def printed(world: World, *, released: bool = True, sheets: int = 1, each: int = 1, **more: Any) -> Batch:
    """A batch of the *Day pass*."""
    batch = batches.issue(
        organization=world.organization, plan=world.day_pass, sheets=sheets, vouchers_per_sheet=each, by=None, **more
    )
    if released:
        for sheet in Sheet.objects.filter(batch=batch):
            batches.release(sheet=sheet, by=None)
    return batch


def of(batch: Batch) -> list[Voucher]:
    """The vouchers of a batch, by sheet."""
    return list(Voucher.objects.filter(sheet__batch=batch).order_by("sheet__number", "pk"))


def fresh(voucher: Voucher) -> Voucher:
    """The voucher as the database has it now."""
    return Voucher.objects.select_related("sheet").get(pk=voucher.pk)


def asks(world: World, name: str, mac: str = MAC, at: datetime | None = None, **more: Any) -> Grant | Refusal:
    """What a login with this name is told, its password being right."""
    lookup = Lookup(world.organization.pk, name, nas_id=world.hilltop.pk, mac=mac, **more)
    (login,) = facts.load([lookup], at or clock.now())
    return decide(login.facts)


def refusal(decision: Grant | Refusal) -> str:
    """Its code; empty where it is granted."""
    return decision.code.value if isinstance(decision, Refusal) else ""


def said(world: World, voucher: Voucher, kind: Any = "interim", session: str = "81a00001", **more: Any) -> Report:
    """What hilltop reports of a session of the voucher."""
    values = {
        "user_name": voucher.code_key.upper(),
        "acct_session_id": session,
        "event_at": clock.now(),
        "mac": MAC,
        **more,
    }
    return Report(
        kind=kind,
        organization_id=world.organization.pk,
        nas_id=world.hilltop.pk,
        zone=world.organization.timezone,
        **values,
    )


def every_state(world: World, now: datetime) -> dict[str, list[Voucher]]:
    """Vouchers of each state, at its edges too."""
    soon, before = now + timedelta(seconds=1), now - timedelta(seconds=1)
    used = {"first_used_at": now - timedelta(hours=1), "expires_at": soon}
    held = printed(world, released=False)
    voided = printed(world)
    batches.void(sheet=Sheet.objects.get(batch=voided), by=None)
    return {
        "unused": [sold(world), sold(world, valid_until=soon), *of(held)],
        "active": [
            sold(world, **used),
            sold(world, **used, valid_until=before),
            sold(world, **used, cap_bytes=10, upload_bytes=4, download_bytes=5),
            sold(world, **used, cap_bytes=None, time_limit_seconds=None, download_bytes=10**12, session_seconds=10**6),
        ],
        "spent": [
            sold(world, **used, cap_bytes=10, upload_bytes=4, download_bytes=6),
            sold(world, **used, time_limit_seconds=60, session_seconds=60),
        ],
        "expired": [
            sold(world, valid_until=now),
            sold(world, first_used_at=before, expires_at=now),
            sold(world, first_used_at=before, expires_at=now, time_limit_seconds=60, session_seconds=60),
        ],
        "void": [sold(world, voided_at=before), sold(world, **used, voided_at=before), *of(voided)],
    }
