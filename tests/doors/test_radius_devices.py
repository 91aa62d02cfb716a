"""Devices at once: a device has one session on its NAS, and the one that it comes with now is that one."""

from datetime import timedelta

import pytest

from headend.access import sessions
from headend.access.models import Session, Subscription
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code
from headend.network import nas as nas_verbs
from tests.kit.packets import Door, report

pytestmark = pytest.mark.django_db

START, INTERIM, STOP = AcctStatusType.START, AcctStatusType.INTERIM_UPDATE, AcctStatusType.STOP
PHONE = (a.CALLING_STATION_ID, b"AA:BB:CC:00:11:22")
LAPTOP = (a.CALLING_STATION_ID, b"AA:BB:CC:00:11:33")


def session(number: bytes) -> tuple[int, bytes]:
    return a.ACCT_SESSION_ID, number


def live() -> list[str]:
    return list(Session.objects.filter(ended_at=None).order_by("pk").values_list("acct_session_id", flat=True))


def test_the_same_device_under_another_id_is_let_in_at_once_and_its_old_session_is_over(world):
    door = Door()
    door.account([*report(START, b"1"), PHONE], [*report(INTERIM, b"1", seconds=60, up=1, down=2), PHONE])
    assert door.pap(b"otieno", PHONE, session(b"2")).code == Code.ACCESS_ACCEPT
    door.counts.write(now=True)
    old = Session.objects.get()
    assert (old.end_cause, old.ended_at) == ("Lost-Carrier", old.updated_at)
    door.account([*report(START, b"2"), PHONE])
    assert live() == ["2"]
    # Its late Stop still counts, and says how it really ended.
    door.account([*report(STOP, b"1", seconds=70, up=3, down=4), PHONE])
    old.refresh_from_db()
    assert (old.end_cause, old.download_bytes) == ("User-Request", 4)
    assert live() == ["2"]


def test_another_device_is_refused_all_the_same(world):
    door = Door()
    door.account([*report(START, b"1"), PHONE])
    assert door.pap(b"otieno", LAPTOP, session(b"2")).code == Code.ACCESS_REJECT
    assert door.pap(b"otieno", session(b"2")).code == Code.ACCESS_REJECT
    door.counts.write(now=True)
    assert live() == ["1"]


def test_two_sessions_of_one_device_take_one_place(world):
    Subscription.objects.filter(pk=world.otieno_home.pk).update(simultaneous_use=2)
    door = Door()
    door.account([*report(START, b"1"), PHONE], [*report(START, b"2"), PHONE])
    assert door.pap(b"otieno", LAPTOP, session(b"3")).code == Code.ACCESS_ACCEPT
    door.account([*report(START, b"3"), LAPTOP])
    assert door.pap(b"otieno", session(b"4")).code == Code.ACCESS_REJECT


def test_on_another_nas_it_is_another_session(world):
    door = Door()
    door.account([*report(START, b"1"), PHONE])
    elsewhere = nas_verbs.add(
        organization=world.organization, by=None, name="market", address="127.0.0.3", secret="market-secret-456"
    )
    Session.objects.update(nas=elsewhere)
    assert door.pap(b"otieno", PHONE, session(b"2")).code == Code.ACCESS_REJECT


def test_a_session_that_is_asked_for_again_is_not_replaced(world):
    door = Door()
    door.account([*report(START, b"1"), PHONE])
    assert door.pap(b"otieno", PHONE, session(b"1")).code == Code.ACCESS_ACCEPT
    # Without an id it may be the one that runs, whose NAS asks anew.
    assert door.pap(b"otieno", PHONE).code == Code.ACCESS_ACCEPT
    door.counts.write(now=True)
    assert live() == ["1"]


def test_a_refused_login_replaces_nothing(world):
    door = Door()
    door.account([*report(START, b"1"), PHONE])
    assert door.pap(b"otieno", PHONE, session(b"2"), password="wrong-one").code == Code.ACCESS_REJECT
    door.counts.write(now=True)
    assert live() == ["1"]


def test_a_replaced_session_that_is_reported_all_the_same_lives_again(world):
    door = Door()
    door.account([*report(START, b"1"), PHONE])
    door.pap(b"otieno", PHONE, session(b"2"))
    door.counts.write(now=True)
    assert live() == []
    door.account([*report(INTERIM, b"1", seconds=60, up=1, down=2), PHONE])
    assert live() == ["1"]


def test_what_was_heard_of_since_is_not_closed(world):
    Door().account([*report(START, b"1"), PHONE])
    (number,) = Session.objects.values_list("pk", flat=True)
    assert sessions.close_replaced(session_ids=[number], at=clock.now() - timedelta(hours=1)) == 0
    assert sessions.close_replaced(session_ids=[number], at=clock.now()) == 1
    assert sessions.close_replaced(session_ids=[number], at=clock.now()) == 0
