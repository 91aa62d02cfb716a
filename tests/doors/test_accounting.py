"""Accounting by real UDP: repeated, shuffled, through restarts and crashes, it comes to the same."""

import contextlib
import threading
from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.db.models import Sum

from headend.access import sessions, triggers
from headend.access.models import Device, RefusalCount, Session, UsageDay, UsagePeriod
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code
from headend.messaging import notices
from headend.messaging.models import Message
from headend.network import nas as nas_verbs
from headend.system import search
from headend.system.models import Event, Job
from tests.kit import portal
from tests.kit.radius import Radius, doors, report

START, INTERIM, STOP = AcctStatusType.START, AcctStatusType.INTERIM_UPDATE, AcctStatusType.STOP
GIGA = 2**32


@pytest.fixture
def radius(lasting_world):
    with doors() as (door,):
        yield door


def totals(model) -> tuple[int, int, int]:
    found = model.objects.aggregate(up=Sum("upload_bytes"), down=Sum("download_bytes"), seconds=Sum("session_seconds"))
    return found["up"] or 0, found["down"] or 0, found["seconds"] or 0


def assert_all_agree(wanted: tuple[int, int, int]) -> None:
    assert totals(Session) == totals(UsageDay) == totals(UsagePeriod) == wanted


def test_a_session_begins_moves_and_ends(lasting_world, radius):
    station = a.text(a.CALLING_STATION_ID, "aa-bb-cc-00-11-22")
    framed = a.address(a.FRAMED_IP_ADDRESS, "10.0.0.7")
    start = [*report(START, "otieno", "1"), station, framed]
    assert radius.ask(Code.ACCOUNTING_REQUEST, start, message_authenticator=False).code == Code.ACCOUNTING_RESPONSE
    live = Session.objects.get()
    assert (live.customer, live.subscription) == (lasting_world.otieno, lasting_world.otieno_home)
    assert (live.mac, live.framed_address, live.ended_at) == ("AABBCC001122", "10.0.0.7", None)
    assert radius.account(INTERIM, session="1", seconds=200, up=1_000, down=9_000)
    assert_all_agree((1_000, 9_000, 200))
    assert radius.account(STOP, session="1", seconds=260, up=1_500, down=9_500, cause=1)
    ended = Session.objects.get()
    assert ended.end_cause == "User-Request"
    assert ended.ended_at is not None
    assert_all_agree((1_500, 9_500, 260))
    assert Device.objects.get().mac == "AABBCC001122"
    assert search.find(organization=lasting_world.organization, query="aa:bb:cc:00") == [lasting_world.otieno.pk]


def test_gigawords_and_wraps(lasting_world, radius):
    assert radius.account(INTERIM, session="1", seconds=60, up=7, down=5, down_giga=3)
    assert Session.objects.get(acct_session_id="1").download_bytes == 3 * GIGA + 5
    assert radius.account(INTERIM, session="2", seconds=3600, up=0, down=GIGA - 100_000_000)
    # 200 MB in four minutes is less than the 10 Mbit/s of the plan; a further 4 GiB in one minute nobody had.
    assert radius.account(INTERIM, session="2", seconds=3840, up=0, down=100_000_000)
    assert radius.account(INTERIM, session="2", seconds=3900, up=0, down=50_000_000)
    assert Session.objects.get(acct_session_id="2").download_bytes == GIGA + 100_000_000


def test_a_nas_that_counts_the_other_way_round(lasting_world, radius):
    nas_verbs.edit(nas=lasting_world.hilltop, by=None, swap_octets=True)
    assert radius.account(INTERIM, seconds=60, up=9_000, down=1_000)
    assert_all_agree((1_000, 9_000, 60))


def packets() -> list[tuple[str, AcctStatusType, dict[str, int]]]:
    """Three sessions of five hours: one that wraps without Gigawords, one with them, one that is still open."""
    began = int(clock.now().timestamp()) - 10 * HALF_HOUR
    told: list[tuple[str, AcctStatusType, dict[str, int]]] = []
    for step in range(1, 11):
        down = step * 1_500_000_000
        kind = STOP if step == 10 else INTERIM
        when = {"seconds": step * HALF_HOUR, "at": began + step * HALF_HOUR}
        told.append(("81a00001", kind, {**when, "up": step * 1_000, "down": down % GIGA}))
        told.append(("81a00002", kind, {**when, "up": step, "down": down % GIGA, "down_giga": down // GIGA}))
        told.append(("81a00003", INTERIM, {**when, "up": step * 3, "down": step * 5}))
    return [(session, START, {"at": began}) for session in ("81a00001", "81a00002", "81a00003")] + told


HALF_HOUR = 1800
WANTED = (10_000 + 10 + 30, 15_000_000_000 * 2 + 50, 3 * 10 * HALF_HOUR)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_packet_three_times_in_random_order_with_a_restart_in_between(lasting_world, seed):
    # Two processes on PostgreSQL, where several may run; SQLite has one.
    with doors(2 if connection.vendor == "postgresql" else 1) as running:
        sent = packets() * 3
        Random(seed).shuffle(sent)
        half = len(sent) // 2
        send_all(running, sent[:half])
        for door in running:
            assert door.stop() == 0
            door.start()
        send_all(running, sent[half:])
    assert Session.objects.count() == 3
    assert set(Session.objects.filter(ended_at=None).values_list("acct_session_id", flat=True)) == {"81a00003"}
    assert_all_agree(WANTED)


def send_all(running: list[Radius], sent) -> None:
    """Sends through all doors at once; what gets no answer is sent again, as a NAS does."""
    failures: list[str] = []

    def work(door: Radius, mine) -> None:
        for session, status, counters in mine:
            for _ in range(5):
                if door.account(status, session=session, **counters) is not None:
                    break
            else:
                failures.append(f"{session} {status} {counters}")

    threads = [
        threading.Thread(target=work, args=(door, sent[index :: len(running)])) for index, door in enumerate(running)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_was_answered_before_a_crash_is_in_the_database(lasting_world, radius):
    answered: dict[str, int] = {}
    stop = threading.Event()

    def pound(number: int) -> None:
        for round_ in range(1, 10_000):
            if stop.is_set():
                return
            session = f"{number:08x}"
            with contextlib.suppress(ConnectionError):
                if radius.account(INTERIM, session=session, seconds=round_, up=round_, down=0, timeout=0.3) is not None:
                    answered[session] = round_

    threads = [threading.Thread(target=pound, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while not all(answered.get(f"{number:08x}", 0) >= 5 for number in range(4)):
        assert any(thread.is_alive() for thread in threads)
        stop.wait(0.01)
    radius.kill()
    stop.set()
    for thread in threads:
        thread.join()
    kept = dict(Session.objects.values_list("acct_session_id", "upload_bytes"))
    assert {session: up for session, up in answered.items() if kept.get(session, 0) < up} == {}
    assert totals(Session) == totals(UsageDay) == totals(UsagePeriod)


def test_accounting_on_closes_what_began_before(lasting_world, radius):
    assert radius.account(INTERIM, session="1", seconds=60, up=10, down=10)
    on = [a.integer(a.ACCT_STATUS_TYPE, AcctStatusType.ACCOUNTING_ON)]
    assert radius.ask(Code.ACCOUNTING_REQUEST, on, message_authenticator=False) is not None
    assert Session.objects.get().end_cause == "NAS-Reboot"
    assert radius.account(START, session="2")
    assert Session.objects.filter(ended_at=None).count() == 1
    off = [a.integer(a.ACCT_STATUS_TYPE, AcctStatusType.ACCOUNTING_OFF)]
    assert radius.ask(Code.ACCOUNTING_REQUEST, off, message_authenticator=False) is not None
    assert not Session.objects.filter(ended_at=None).exists()
    # A late Stop of the first still counts.
    assert radius.account(STOP, session="1", seconds=70, up=20, down=20)
    assert totals(Session)[:2] == (20, 20)


def test_a_report_that_cannot_be_kept_is_dropped_and_its_neighbours_are_not(lasting_world, radius):
    for bad in (
        report(INTERIM, "otieno", ""),
        [*report(INTERIM, "x", "1"), (a.USER_NAME, b"\xff\xfe")][1:],
        [(a.ACCT_STATUS_TYPE, b"\x01")],
    ):
        assert radius.ask(Code.ACCOUNTING_REQUEST, bad, message_authenticator=False, timeout=0.3) is None
    assert radius.account(INTERIM, seconds=60, up=1, down=1)
    radius.stop()
    assert RefusalCount.objects.get(reason="report_unkeepable").count == 3
    assert_all_agree((1, 1, 60))


def test_a_kind_of_report_that_we_do_not_use_is_answered(radius):
    assert radius.account(AcctStatusType.TUNNEL_START if hasattr(AcctStatusType, "TUNNEL_START") else 9) is not None
    assert not Session.objects.exists()


def test_usage_of_a_name_that_is_not_ours_is_kept_without_an_owner(lasting_world, radius):
    assert radius.account(INTERIM, name="somebody-local", seconds=60, up=5, down=5)
    live = Session.objects.get()
    assert (live.subscription_id, live.customer_id, live.download_bytes) == (None, None, 5)
    assert totals(UsageDay) == (0, 0, 0)


def test_class_leads_to_the_subscription_whatever_the_name(lasting_world, radius):
    accept = radius.login("otieno")
    told = [*report(START, "OTIENO@baobab", "1"), (a.CLASS, accept.get(a.CLASS))]
    assert radius.ask(Code.ACCOUNTING_REQUEST, told, message_authenticator=False)
    assert Session.objects.get().subscription == lasting_world.otieno_home


def test_class_of_another_organization_leads_nowhere(lasting_world, radius):
    nas_verbs.add(
        organization=lasting_world.neighbour, by=None, name="osu", address="127.0.0.3", secret="osu-secret-1234567"
    )
    told = [*report(START, "otieno", "1"), (a.CLASS, f"h1:{lasting_world.otieno_home.pk}:00ff".encode())]
    how = {"source": "127.0.0.3", "secret": "osu-secret-1234567", "message_authenticator": False}
    assert radius.ask(Code.ACCOUNTING_REQUEST, told, **how)
    assert Session.objects.get().subscription is None


def test_crossing_a_cap_says_so_once_and_queues_the_end(lasting_world, radius):
    assert radius.account(INTERIM, name="neema", seconds=60, up=0, down=1_700_000_000)
    assert list(Event.objects.filter(kind__startswith="usage.").values_list("kind", flat=True)) == ["usage.cap_near"]
    for seconds in (120, 180):
        assert radius.account(INTERIM, name="neema", seconds=seconds, up=0, down=2_000_000_000 + seconds)
    assert Event.objects.filter(kind="usage.cap_reached").count() == 1
    assert Job.objects.filter(kind="enforce", payload__scope="subscription").exists()


def test_trap_10_reports_that_come_past_triggers_tell_once_of_the_highest(lasting_world, radius):
    portal.add_carrier(lasting_world.organization)
    for percent in (50, 80):
        triggers.add_default(
            organization=lasting_world.organization, percent=percent, by_email=True, by_sms=True, by=None
        )
    for seconds, down in ((60, 900_000_000), (120, 1_700_000_000), (120, 1_700_000_000), (180, 1_700_000_001)):
        assert radius.account(INTERIM, name="neema", seconds=seconds, up=0, down=down)
    assert radius.account(STOP, name="neema", seconds=240, up=0, down=1_700_000_002)
    while notices.hand_on():
        pass
    told = Message.objects.get(kind="usage.reached")
    assert (told.to, "80 % of the data" in told.shown) == (lasting_world.customers["neema"].phone, True)


def test_silence_closes_a_session_and_its_next_report_opens_it_again(lasting_world, radius):
    assert radius.account(INTERIM, seconds=60, up=1, down=1)
    Session.objects.update(updated_at=clock.now() - timedelta(minutes=16))
    assert sessions.reap() == 1
    assert Session.objects.get().end_cause == "Lost-Carrier"
    assert radius.account(INTERIM, seconds=120, up=2, down=2)
    assert Session.objects.get().ended_at is None
    assert_all_agree((2, 2, 120))
