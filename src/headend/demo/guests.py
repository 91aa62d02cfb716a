"""Guests of the demo's hotspot: they buy a pass, use it on some days, and come back; others hold a printed one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from headend.access import batches, vouchers
from headend.access.metering import Report
from headend.access.models import Plan, Voucher
from headend.access.vouchers import FirstUse
from headend.customers.models import Customer
from headend.demo.paying import Till
from headend.network.models import NAS
from headend.system.models import Organization

BUYS: Final = 0.25
USES: Final = 0.75
# Of the sheet that was handed out, so many codes were used by somebody.
PRINTED_USED: Final = 6


@dataclass(slots=True)
class Guest:
    """Somebody who buys passes, and the one that he has."""

    customer: Customer
    plan: Plan
    mac: str
    voucher: Voucher | None = None


def buy(guest: Guest, till: Till, random: Random, now: datetime) -> None:
    """A guest whose pass is over buys the next one, some days later."""
    if (guest.voucher is None or _is_over(guest.voucher, now)) and random.random() < BUYS:
        guest.voucher = till.buy(guest.customer, guest.plan).voucher


def use(guest: Guest, nas: NAS, start: datetime, random: Random) -> Report | None:
    """One evening of a guest, as the Stop of his session tells it; the first one starts the clock of his pass."""
    voucher = guest.voucher
    begin = start + timedelta(minutes=random.randrange(10 * 60, 20 * 60))
    if voucher is None or random.random() > USES or (voucher.expires_at is not None and begin > voucher.expires_at):
        return None
    if voucher.first_used_at is None:
        vouchers.start([FirstUse(voucher.pk, guest.mac, begin)])
        voucher.refresh_from_db()
    return _stop(voucher, nas, mac=guest.mac, begin=begin, random=random)


def print_sheets(organization: Organization, plan: Plan, nas: NAS, *, start: datetime, random: Random) -> list[Report]:
    """Two sheets of printed passes: the first is handed out and used by some, the second is held."""
    batch = batches.issue(
        organization=organization, plan=plan, sheets=2, vouchers_per_sheet=20, by=None, note="Market kiosk"
    )
    sheet = batch.sheet_set.get(number=1)
    batches.release(sheet=sheet, by=None)
    reports = []
    for voucher in sheet.voucher_set.order_by("pk")[:PRINTED_USED]:
        begin = start + timedelta(minutes=random.randrange(10 * 60, 20 * 60))
        device = f"02B0{random.randrange(2**32):08X}"
        vouchers.start([FirstUse(voucher.pk, device, begin)])
        reports.append(_stop(voucher, nas, mac=device, begin=begin, random=random))
    return reports


def _is_over(voucher: Voucher, now: datetime) -> bool:
    return voucher.expires_at is not None and voucher.expires_at <= now


def _stop(voucher: Voucher, nas: NAS, *, mac: str, begin: datetime, random: Random) -> Report:
    seconds = random.randrange(900, 2 * 3600)
    download = min(seconds * random.randrange(20_000, 150_000), (voucher.cap_bytes or 10**13) // 8)
    return Report(
        kind="stop",
        organization_id=voucher.organization_id,
        nas_id=nas.pk,
        zone=voucher.organization.timezone,
        user_name=voucher.code_key.upper(),
        acct_session_id=f"{random.randrange(2**32):08x}",
        event_at=begin + timedelta(seconds=seconds),
        voucher_id=voucher.pk,
        mac=mac,
        framed_address=f"10.40.{random.randrange(4)}.{random.randrange(2, 250)}",
        seconds=seconds,
        upload_octets=download // 9,
        upload_gigawords=0,
        download_octets=download % 2**32,
        download_gigawords=download // 2**32,
        cause=random.choice(("User-Request", "Idle-Timeout", "Lost-Carrier")),
    )
