"""Captive pages: connecting with the code of a voucher."""

from datetime import timedelta
from typing import Any

import pytest

from headend.access import blocks, vouchers
from headend.access.models import Voucher
from headend.doors.captive import limits
from headend.lib import clock
from headend.system import organizations
from tests.kit.billing import practice
from tests.kit.captive import MAC, Guest
from tests.kit.vouchers import of as vouchers_of
from tests.kit.vouchers import printed, sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db
SUPPORT = "0709 118 000"


@pytest.fixture(autouse=True)
def gateway(world: World) -> Any:
    organizations.edit(organization=world.organization, by=None, support_phone=SUPPORT)
    return practice(world.organization)


@pytest.fixture
def guest(world: World) -> Guest:
    return Guest(world)


@pytest.mark.parametrize(
    ("between", "around"),
    [(" ", " "), ("\u2212", ""), ("-", "\u200e"), ("\u200b", "\u2060"), ("\u00ad-", "“"), ("-", '"')],
)
def test_a_voucher_code_in_any_spelling(world: World, guest: Guest, between: str, around: str) -> None:
    (voucher,) = vouchers_of(printed(world))
    guest.arrives()

    guest.types(f"{around}{voucher.code.lower().replace('-', between)}{around}")

    login = guest.login
    assert login["username"] == voucher.code_key.upper()
    assert login["password"] == vouchers.open_password(voucher)
    assert voucher.code in guest.page


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("held", "This voucher is not on sale yet."),
        ("void", "This voucher is no longer valid."),
        ("expired", "This voucher has expired."),
        ("spent", "This voucher is used up."),
        ("blocked", "Your voucher is blocked."),
        ("unknown", "This code is not known. Check it."),
        ("empty", "Type the code that stands on your voucher."),
        ("theirs", "This code is not known. Check it."),
    ],
)
def test_a_code_that_does_not_connect(world: World, guest: Guest, change: str, text: str) -> None:
    (voucher,) = vouchers_of(printed(world, released=change != "held"))
    code = voucher.code
    now = clock.now()
    if change == "void":
        vouchers.void(voucher=voucher, by=None)
    elif change == "expired":
        Voucher.objects.update(first_used_at=now - timedelta(days=2), expires_at=now - timedelta(days=1))
    elif change == "spent":
        Voucher.objects.update(download_bytes=2_000_000_000)
    elif change == "blocked":
        blocks.block(voucher=voucher, by=None, reason="x")
    elif change == "theirs":
        guest = Guest(world, "acacia")
        guest.opens()
    elif change in ("unknown", "empty"):
        code = {"unknown": "ZZZZ-ZZZZ", "empty": "  "}[change]
    if change != "theirs":
        guest.arrives()

    guest.types(code)

    assert guest.status == 400
    assert text in guest.page
    assert guest.refresh == ""
    # What was typed stands there still, and the visit goes on.
    assert change == "empty" or f'value="{code}"' in guest.page
    assert change == "theirs" or guest.visit


def test_a_device_that_is_blocked(world: World, guest: Guest) -> None:
    voucher = sold(world)
    device = world.customers["neema"].device_set.create(organization=world.organization, mac=MAC.replace(":", ""))
    blocks.block(device=device, by=None, reason="x")
    guest.arrives()

    assert "This device is blocked." in guest.types(voucher.code)


def test_wrong_codes_are_counted_and_right_ones_are_not(world: World, guest: Guest) -> None:
    voucher = sold(world)
    guest.arrives()
    for _ in range(limits.WRONG_CODES_OF_DEVICE - 1):
        assert "not known" in guest.types("ZZZZ-ZZZZ")
        guest.types(voucher.code)
        guest.arrives()
    assert "not known" in guest.types("ZZZZ-ZZZZ")

    assert "Too many tries" in guest.types(voucher.code)
    assert guest.status == 429
    # Another guest of the same café is not held up.
    other = Guest(world)
    other.arrives(mac="02:00:00:00:00:08")
    other.types(voucher.code)
    assert other.login
    with clock.at(clock.now() + timedelta(minutes=16)):
        guest.arrives()
        guest.types(voucher.code)
        assert guest.login


def test_pretending_to_be_many_devices_helps_little(world: World, guest: Guest, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "WRONG_CODES_OF_SOURCE", 5)
    for number in range(6):
        guest.arrives(mac=f"02:00:00:00:01:{number:02d}")
        guest.types("ZZZZ-ZZZZ")
    assert guest.status == 429
