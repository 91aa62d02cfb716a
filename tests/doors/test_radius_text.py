"""Text as real routers send it: octets, NULs, Latin-1. Whoever has our Class is answered and charged, whatever else is in it."""

import pytest
from django.db import connection

from headend.access import credentials
from headend.access.models import Device, RefusalCount, Session, UsagePeriod
from headend.doors.radius import threads
from headend.lib.radius import attributes as a
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code
from headend.lib.radius.passwords import pap_encode
from tests.kit.packets import Door, report
from tests.kit.world import NETWORK_PASSWORD, SECRET

pytestmark = pytest.mark.django_db

START, INTERIM, STOP = AcctStatusType.START, AcctStatusType.INTERIM_UPDATE, AcctStatusType.STOP
ON = AcctStatusType.ACCOUNTING_ON
WRONG = "The user name or password is wrong."


def of_otieno(world) -> tuple[int, bytes]:
    return a.CLASS, f"h1:{world.otieno_home.pk}:00ff".encode()


@pytest.mark.parametrize(
    ("station", "kept"),
    [
        (b"\x01\xc4\xe3", "01c4e3"),
        (b"\x00\x0c\x42\xf1\xe3\x07", "000C42F1E307"),
        (b"\x01\x00\x0c\x42\xf1\xe3\x07", "000C42F1E307"),
        (b"00:0C:42:F1:E3:07\x00", "000C42F1E307"),
        (b"00:0C:42\x00:F1:E3:07", "000C42F1E307"),
        (b"caf\xe9", "636166e9"),
        (b"pppoe-7", "pppoe-7"),
        (b"ether2", "ether2"),
        (b"", ""),
    ],
)
def test_a_station_that_is_no_text_is_kept_and_its_usage_counts(world, station, kept):
    told = report(INTERIM, seconds=60, up=7, down=11)
    (answer,) = Door().account([*told, of_otieno(world), (a.CALLING_STATION_ID, station)])
    assert answer.code == Code.ACCOUNTING_RESPONSE
    session = Session.objects.get()
    assert (session.mac, session.subscription, session.download_bytes) == (kept, world.otieno_home, 11)
    assert UsagePeriod.objects.filter(subscription=world.otieno_home, download_bytes=11).exists()
    assert list(Device.objects.values_list("mac", flat=True)) == ([kept] if kept == "000C42F1E307" else [])


@pytest.mark.parametrize(
    ("session_id", "kept"),
    [
        (b"81a00001\x00", "81a00001"),
        (b"81\x01a", "3831" + "0161"),
        (b"\x00\x00\x00\x01", "00000001"),
        (b"\x00\x00", "0000"),
        (b"\xff" * 200, "f" * 253),
    ],
)
def test_a_session_id_that_is_no_text_is_one_id(world, session_id, kept):
    door = Door()
    assert door.account([*report(START, session_id), of_otieno(world)])[0]
    assert door.account([*report(STOP, session_id, seconds=9, up=1, down=2), of_otieno(world)])[0]
    session = Session.objects.get()
    assert (session.acct_session_id, session.download_bytes, session.end_cause) == (kept, 2, "User-Request")


def test_two_ids_of_raw_octets_are_two_sessions(world):
    Door().account(*([*report(START, bytes((0, 0, 0, number))), of_otieno(world)] for number in (1, 2)))
    assert Session.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "kept"),
    [(b"otieno\x00", "otieno"), (b"oti\x1beno", "otieno"), (b"Jos\xe9", "José"), (b"\xff\xfe\x00", "ÿþ")],
)
def test_a_name_that_is_no_text_is_cleaned_and_its_usage_counts(world, name, kept):
    told = report(INTERIM, name=name, seconds=60, up=1, down=5)
    assert Door().account([*told, of_otieno(world)])[0].code == Code.ACCOUNTING_RESPONSE
    session = Session.objects.get()
    assert (session.user_name, session.subscription, session.download_bytes) == (kept, world.otieno_home, 5)


def test_a_login_whose_text_is_none_is_answered(world):
    door = Door()
    for station in (b"\x01\xc4\xe3", b"\x00\x0c\x42\xf1\xe3\x07", b"00:0C:42:F1:E3:07\x00"):
        assert door.pap(b"otieno", (a.CALLING_STATION_ID, station)).code == Code.ACCESS_ACCEPT
    assert door.pap(b"otieno", (a.ACCT_SESSION_ID, b"\x00\xff")).code == Code.ACCESS_ACCEPT
    assert door.pap(b"otieno\x00").code == Code.ACCESS_ACCEPT
    for name in (b"\xff\xfe", b"nobody\x00", b"\x00", b""):
        refused = door.pap(name)
        assert (refused.code, refused.text(a.REPLY_MESSAGE)) == (Code.ACCESS_REJECT, WRONG)
    door.counts.write(now=True)
    assert set(RefusalCount.objects.values_list("user_name", flat=True)) == {"ÿþ", "nobody", ""}


def test_a_name_in_latin_1_is_the_name_that_it_spells(world):
    credentials.issue(subscription=world.otieno_home, name="José", password="radius-pass-1")
    assert Door().pap(b"Jos\xe9").code == Code.ACCESS_ACCEPT
    assert Door().pap("José".encode()).code == Code.ACCESS_ACCEPT


@pytest.mark.parametrize("broken", [a.EVENT_TIMESTAMP, a.ACCT_DELAY_TIME])
@pytest.mark.parametrize("status", [ON, AcctStatusType.ACCOUNTING_OFF])
def test_a_malformed_accounting_on_silences_itself_alone(world, status, broken):
    door = Door()
    restart = [a.integer(a.ACCT_STATUS_TYPE, status), (broken, b"")]
    before, silenced, after = door.account(
        report(INTERIM, b"1", seconds=60, up=1, down=1), restart, report(INTERIM, b"2", seconds=60, up=2, down=2)
    )
    assert (before.code, silenced, after.code) == (Code.ACCOUNTING_RESPONSE, None, Code.ACCOUNTING_RESPONSE)
    assert Session.objects.filter(ended_at=None).count() == 2
    assert door.counted() == {"report_unkeepable": 1}


def test_a_login_whose_answer_has_no_room_beside_what_proxies_put_in_is_not_answered_and_asks_nobody_anew(world):
    door, authenticator = Door(), bytes(16)
    full = [(a.PROXY_STATE, bytes(253))] * 15 + [(a.PROXY_STATE, bytes(200))]

    def pap(name, password):
        proof = (a.USER_PASSWORD, pap_encode(password, SECRET.encode(), authenticator))
        return [(a.USER_NAME, name), proof]

    batch = [pap(b"grace", b"wrong"), pap(b"otieno", NETWORK_PASSWORD.encode()) + full]
    grace, otieno = door.login(*batch, authenticator=authenticator)
    assert (grace.code, otieno) == (Code.ACCESS_REJECT, None)
    assert door.counted() == {"password_wrong": 1}


def test_a_packet_that_breaks_the_work_on_its_batch_stands_alone_in_the_end(world, monkeypatch):
    seen = []

    def work(requests, counts):
        seen.append(len(requests))
        if 5 in requests:
            raise ValueError("a packet that nobody foresaw")
        return [number * 10 for number in requests]

    made = threads.BatchThread(
        name="look-ups", work=work, hand_back=seen.append, counts=Door().counts, most=8, gather_seconds=0
    )
    monkeypatch.setattr(connection, "close", lambda: None)
    monkeypatch.setattr(threads, "Answer", lambda arrival, reply: reply)
    fifth = type("Five", (int,), {"arrival": None})(5)
    assert made._worked([1, 2, 3, 4, fifth, 6, 7, 8]) == [10, 20, 30, 40, None, 60, 70, 80]
    assert max(seen) == 8
