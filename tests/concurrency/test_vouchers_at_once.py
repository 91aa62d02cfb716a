"""Vouchers at the same moment: redeemed by two, voided while redeemed, counted by two processes, filled twice."""

import os
from collections import Counter
from functools import partial
from time import monotonic

import pytest

from headend.access import batches, recording, vouchers
from headend.access.models import Credential, Voucher
from headend.doors.radius import authentication
from headend.doors.radius.arrivals import Arrival, examine
from headend.doors.radius.clients import Clients
from headend.doors.radius.counts import Counts
from headend.doors.radius.guesses import Guesses
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius.packet import Code, decode, encode_request
from headend.lib.radius.passwords import pap_encode
from headend.lib.refused import Refused
from headend.system.models import Event, Job
from tests.kit.threads import at_once
from tests.kit.vouchers import fresh, of, printed, said, sold
from tests.kit.world import SECRET, World

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8
HERE = "127.0.0.1"


def login(voucher: Voucher, password: str, *macs: str) -> list[str]:
    """Devices ask hilltop's door together; for each what it is told: empty where it is accepted."""
    clients, counts = Clients(), Counts()
    clients.refresh()
    requests = []
    for number, mac in enumerate(macs):
        authenticator = os.urandom(16)
        proof = (a.USER_PASSWORD, pap_encode(password.encode(), SECRET.encode(), authenticator))
        attributes = [a.text(a.USER_NAME, voucher.code), proof, a.text(a.CALLING_STATION_ID, mac)]
        datagram = encode_request(Code.ACCESS_REQUEST, number, attributes, SECRET.encode(), authenticator=authenticator)
        arrival = Arrival(datagram, HERE, (HERE, number, number, "auth"), "auth", monotonic())
        request = examine(arrival, clients.find(HERE), counts)
        assert request is not None, "hilltop may ask"
        requests.append(request)
    told = {}
    for answer in authentication.answer(requests, counts, Guesses()):
        assert answer.reply is not None, "everybody is answered"
        told[answer.arrival.key[1]] = decode(answer.reply)
    return [told[number].text(a.REPLY_MESSAGE) or "" for number in range(len(macs))]


TOO_MANY = "This code is already used on 1 device. Disconnect it and try again, or buy another voucher."


def test_two_devices_redeem_a_voucher_of_one_device(lasting_world: World) -> None:
    for number in range(ROUNDS):
        voucher = sold(lasting_world, simultaneous_use=1)
        password = vouchers.open_password(voucher)
        macs = [f"AABBCC0000{number}{letter}" for letter in "AB"]

        results = [told for (told,) in at_once(*(partial(login, voucher, password, mac) for mac in macs))]

        assert sorted(results) == ["", TOO_MANY]
        winner = macs[results.index("")]
        assert fresh(voucher).first_mac == winner
        # It stays so, for both.
        assert [login(voucher, password, mac)[0] for mac in macs] == results
        assert Event.objects.filter(kind="voucher.started", subject_id=voucher.pk).count() == 1


def test_two_devices_redeem_it_in_one_batch(lasting_world: World) -> None:
    voucher, shared = sold(lasting_world, simultaneous_use=1), sold(lasting_world)
    first, second = "AABBCC000001", "AABBCC000002"

    assert login(voucher, vouchers.open_password(voucher), first, second, first) == ["", TOO_MANY, ""]
    assert login(shared, vouchers.open_password(shared), first, second, first) == ["", "", ""]
    assert (fresh(voucher).first_mac, fresh(shared).first_mac) == (first, first)


def test_the_clock_is_started_once(lasting_world: World) -> None:
    for _ in range(ROUNDS):
        voucher = sold(lasting_world)
        now = clock.now()

        results = at_once(
            *(
                partial(vouchers.redeem, voucher_id=voucher.pk, mac=mac, now=now)
                for mac in ("AABBCC000001", "AABBCC000002", "AABBCC000003")
            )
        )

        assert sorted(results) == [False, False, True]


def test_voided_while_it_is_redeemed(lasting_world: World) -> None:
    for _ in range(ROUNDS):
        voucher = sold(lasting_world)
        password = vouchers.open_password(voucher)

        (told,), void = at_once(
            partial(login, voucher, password, "AABBCC000001"), partial(vouchers.void, voucher=voucher, by=None)
        )

        # Accepted before, then the Job of voiding ends it; or refused, and its clock never began.
        assert isinstance(void, Voucher)
        assert (told == "") == (fresh(voucher).first_used_at is not None)
        assert Job.objects.filter(kind="enforce", payload__scope="voucher", payload__scope_id=voucher.pk).exists()


def test_two_presses_of_void(lasting_world: World) -> None:
    voucher = sold(lasting_world)

    results = at_once(*[lambda: vouchers.void(voucher=voucher, by=None)] * 3)

    codes = [result.code if isinstance(result, Refused) else "" for result in results]
    assert sorted(codes) == ["", "voucher_is_void", "voucher_is_void"]
    assert Event.objects.filter(kind="voucher.voided").count() == 1


def test_two_processes_count_one_voucher(lasting_world: World) -> None:
    world = lasting_world
    spent, other = sold(world, cap_bytes=1_000, simultaneous_use=9), sold(world)

    def device(number: int) -> None:
        for step in range(1, 9):
            mac = f"AABBCC00000{number}"
            more = {"session": f"{number}", "mac": mac, "seconds": step, "upload_octets": step * 50}
            reports = [said(world, spent, **more), said(world, other, **{**more, "session": f"other{number}"})]
            # In either order: they wait for each other, and never for ever.
            recording.record(reports if number % 2 else reports[::-1])

    assert at_once(*(lambda number=number: device(number) for number in range(4))) == [None] * 4

    assert (fresh(spent).used_bytes, fresh(spent).session_seconds) == (1_600, 32)
    assert (fresh(other).used_bytes, fresh(other).session_seconds) == (1_600, 32)
    assert Event.objects.filter(kind="voucher.spent").count() == 1


def test_a_batch_that_is_filled_twice_at_once(lasting_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MADE_AT_ONCE", 0)
    batch = printed(lasting_world, sheets=4, each=60)

    made = at_once(*[lambda: batches.fill(batch_id=batch.pk)] * 3)

    assert sum(made) == 240
    by_sheet = Counter(voucher.sheet_id for voucher in of(batch))
    assert list(by_sheet.values()) == [60] * 4
    assert Credential.objects.filter(voucher__sheet__batch=batch).count() == 240


def test_batches_made_at_once_have_numbers_of_their_own(lasting_world: World) -> None:
    made = at_once(*[lambda: printed(lasting_world, sheets=2, each=3)] * 3)

    assert sorted(batch.number for batch in made) == [1, 2, 3]
    assert Voucher.objects.values("code_key").distinct().count() == Voucher.objects.count() == 18
