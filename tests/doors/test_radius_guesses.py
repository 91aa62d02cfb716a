"""Wrong passwords are counted by name and device, and slowed: whoever guesses learns little, and nobody else is kept out."""

import itertools
import os

import pytest

from headend.access import refusals
from headend.access.models import Device, RefusalCount
from headend.access.refusals import Refused
from headend.doors.radius import authentication, guesses
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius import mschap
from headend.lib.radius.packet import Code
from headend.lib.radius.passwords import chap_response
from tests.kit import console
from tests.kit.packets import Door
from tests.kit.vouchers import sold
from tests.kit.world import NETWORK_PASSWORD

pytestmark = pytest.mark.django_db

PHONE = (a.CALLING_STATION_ID, b"AA:BB:CC:00:11:22")
LAPTOP = (a.CALLING_STATION_ID, b"AA:BB:CC:00:11:33")
WRONG = "The user name or password is wrong."


@pytest.fixture
def time(monkeypatch):
    """The monotonic clock, which moves only when a test moves it."""

    class Time:
        seconds = 1000.0

    monkeypatch.setattr(authentication, "monotonic", lambda: Time.seconds)
    return Time


def guess(door: Door, times: int, *more: tuple[int, bytes], name: bytes = b"otieno") -> None:
    for number in range(times):
        assert door.pap(name, *more, password=f"guess-{number}").code == Code.ACCESS_REJECT


def is_let_in(door: Door, *more: tuple[int, bytes], name: bytes = b"otieno") -> bool:
    return door.pap(name, *more).code == Code.ACCESS_ACCEPT


def test_beyond_the_bound_the_right_password_reads_as_a_wrong_one(world, time):
    door = Door()
    guess(door, guesses.DEVICE_AT_ONCE, PHONE)
    refused = door.pap(b"otieno", PHONE)
    assert (refused.code, refused.text(a.REPLY_MESSAGE)) == (Code.ACCESS_REJECT, WRONG)
    assert door.counted() == {"password_wrong": guesses.DEVICE_AT_ONCE, "guessing_slowed": 1}


def test_up_to_the_bound_it_is_let_in_and_all_is_forgotten(world, time):
    door = Door()
    for _ in range(3):
        guess(door, guesses.DEVICE_AT_ONCE - 1, PHONE)
        assert is_let_in(door, PHONE)


def test_a_router_that_was_set_right_is_let_in_within_seconds(world, time):
    door = Door()
    # A day of an old password, every ten seconds: below the bound, so each is looked at.
    for _ in range(200):
        guess(door, 1, PHONE)
        time.seconds += 10
    assert door.counted() == {"password_wrong": 200}
    # One that tries without a pause is slowed, and not for longer than a try takes to come back.
    guess(door, 500, PHONE)
    assert not is_let_in(door, PHONE)
    time.seconds += guesses.DEVICE_SECONDS
    assert is_let_in(door, PHONE)


def test_the_customer_s_other_device_and_other_names_are_let_in(world, time):
    door = Door()
    guess(door, 100, PHONE)
    assert is_let_in(door, LAPTOP)
    assert is_let_in(door, PHONE, name=b"grace")


def test_a_batch_of_guesses_is_bounded_as_well(world, time):
    door = Door()
    chap = [
        [(a.USER_NAME, b"otieno"), (a.CHAP_PASSWORD, bytes(17)), (a.CHAP_CHALLENGE, bytes(16)), PHONE]
        for _ in range(60)
    ]
    door.login(*chap)
    assert door.counted() == {"password_wrong": guesses.DEVICE_AT_ONCE, "guessing_slowed": 40}


def by_chap(password: str) -> list[tuple[int, bytes]]:
    challenge = os.urandom(16)
    return [(a.CHAP_PASSWORD, chap_response(1, challenge, password.encode())), (a.CHAP_CHALLENGE, challenge)]


def by_ms_chap(password: str) -> list[tuple[int, bytes]]:
    challenge = os.urandom(8)
    response = b"\x01\x01" + bytes(24) + mschap.challenge_response(challenge, mschap.nt_hash(password))
    return [
        a.vendor_octets(a.MICROSOFT, a.MS_CHAP_CHALLENGE, challenge),
        a.vendor_octets(a.MICROSOFT, a.MS_CHAP_RESPONSE, response),
    ]


@pytest.mark.parametrize("proof", [by_chap, by_ms_chap])
def test_every_method_is_bounded_alike(world, time, proof):
    door = Door()
    name = (a.USER_NAME, b"otieno")
    for _ in range(guesses.DEVICE_AT_ONCE):
        assert door.login([name, PHONE, *proof("wrong-one")])[0].code == Code.ACCESS_REJECT
    assert door.login([name, PHONE, *proof(NETWORK_PASSWORD)])[0].code == Code.ACCESS_REJECT
    time.seconds += guesses.DEVICE_SECONDS
    assert door.login([name, PHONE, *proof(NETWORK_PASSWORD)])[0].code == Code.ACCESS_ACCEPT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((a.CALLING_STATION_ID, b"10.0.0.7"), (a.CALLING_STATION_ID, b"10.0.0.8")),
        ((a.NAS_PORT, bytes((0, 0, 0, 7))), (a.NAS_PORT, bytes((0, 0, 0, 8)))),
        ((a.NAS_PORT_ID, b"ether2"), (a.NAS_PORT_ID, b"ether3")),
    ],
)
def test_without_a_mac_the_station_or_the_port_is_the_device(world, time, one, other):
    door = Door()
    guess(door, guesses.DEVICE_AT_ONCE, one)
    assert not is_let_in(door, one)
    assert is_let_in(door, other)


def strangers():
    """Devices that nobody has seen, without end."""
    return ((a.CALLING_STATION_ID, f"02-00-00-00-{n // 256:02X}-{n % 256:02X}".encode()) for n in itertools.count())


def test_a_device_made_up_for_each_try_meets_the_bound_of_the_name(world, time):
    Device.objects.create(
        organization=world.organization,
        customer=world.otieno,
        mac="AABBCC001122",
        first_seen_at=clock.now(),
        last_seen_at=clock.now(),
    )
    door, made_up = Door(), strangers()
    for _ in range(guesses.NAME_AT_ONCE):
        guess(door, 1, next(made_up))
    assert door.counted() == {"password_wrong": guesses.NAME_AT_ONCE}
    assert not is_let_in(door, next(made_up))
    assert door.counted() == {"guessing_slowed": 1}
    # The customer's own device is known, and is let in all the same.
    assert is_let_in(door, PHONE)
    assert is_let_in(door, next(made_up), name=b"grace")
    time.seconds += guesses.NAME_SECONDS
    assert is_let_in(door, next(made_up))


def test_a_voucher_is_bound_by_device_alone(world, time):
    voucher = sold(world)
    door, made_up = Door(), strangers()
    for _ in range(guesses.NAME_AT_ONCE + 1):
        guess(door, 1, next(made_up), name=voucher.code.encode())
    assert door.counted() == {"password_wrong": guesses.NAME_AT_ONCE + 1}


def test_unknown_names_and_methods_that_we_do_not_know_are_no_guesses(world, time):
    door = Door()
    guess(door, 30, PHONE, name=b"nobody")
    for _ in range(30):
        door.login([(a.USER_NAME, b"otieno"), PHONE], [(a.USER_NAME, b"otieno"), PHONE, (a.EAP_MESSAGE, b"")])
    assert is_let_in(door, PHONE)
    assert not door.guesses


def test_what_is_kept_is_bounded(world, time, monkeypatch):
    monkeypatch.setattr(guesses, "MOST", 10)
    door, made_up = Door(), strangers()
    for _ in range(30):
        guess(door, 1, next(made_up))
    assert len(door.guesses._devices) == 10
    assert len(door.guesses._names) == 1


def test_the_count_tells_the_name_and_the_nas(world, time):
    door = Door()
    guess(door, guesses.DEVICE_AT_ONCE + 5, PHONE)
    door.counts.write(now=True)
    row = RefusalCount.objects.get(reason="guessing_slowed")
    assert (row.user_name, row.nas, row.count) == ("otieno", world.hilltop, 5)


def test_the_page_of_a_nas_names_whose_passwords_are_tried(world):
    client = console.client_of(world.staff["admin"])
    page = f"/baobab/console/nas/{world.hilltop.pk}/"
    assert "Somebody tries passwords." not in client.get(page).content.decode()
    what = Refused("guessing_slowed", "127.0.0.1", world.hilltop.pk, world.organization.pk, "otieno")
    refusals.count([(what, 812, clock.now())])
    text = client.get(page).content.decode()
    assert "Somebody tries passwords." in text
    assert "otieno: 812 tries were not looked at" in text
    assert "Too many wrong passwords: not looked at" in text
