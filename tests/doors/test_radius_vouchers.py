"""Vouchers at the RADIUS door by real UDP: the first use, devices at once, each refusal, and what is counted."""

from datetime import timedelta

import pytest
from django.db import connection

from headend.access import batches, enforcement, vouchers
from headend.access.models import RefusalCount, Session, Sheet, Voucher
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code
from headend.network.models import Command
from headend.system.models import Event, Job
from tests.kit.radius import Radius, doors, report, text
from tests.kit.vouchers import fresh, of, printed, sold
from tests.kit.world import NETWORK_PASSWORD

PHONE, LAPTOP, TABLET = "AA:BB:CC:00:11:22", "AA-BB-CC-33-44-55", "aabb.cc66.7788"
WRONG = "The user name or password is wrong."
START, INTERIM, STOP = AcctStatusType.START, AcctStatusType.INTERIM_UPDATE, AcctStatusType.STOP


@pytest.fixture
def radius(lasting_world):
    with doors() as (door,):
        yield door


def login(door: Radius, voucher: Voucher, mac: str = PHONE, *, name: str = "", password: str = "", **how):
    station = a.text(a.CALLING_STATION_ID, mac)
    return door.login(name or voucher.code, password or vouchers.open_password(voucher), station, **how)


def accepted(packet):
    assert packet is not None, "there was no answer"
    assert packet.code == Code.ACCESS_ACCEPT, packet.text(a.REPLY_MESSAGE)
    return packet


def tells(door: Radius, status: AcctStatusType, voucher: Voucher, accept=None, *, mac: str = PHONE, **counters):
    """The NAS reports, with the Class of the Accept where it is given."""
    session = counters.pop("session", "1")
    more = [a.text(a.CALLING_STATION_ID, mac)]
    if accept is not None:
        more.append((a.CLASS, accept.get(a.CLASS)))
    attributes = [*report(status, voucher.code, session, **counters), *more]
    return door.ask(Code.ACCOUNTING_REQUEST, attributes, message_authenticator=False)


@pytest.mark.parametrize("chap", [False, True])
def test_the_first_use_starts_the_clock_before_the_accept(lasting_world, radius, chap):
    voucher = sold(lasting_world, time_limit_seconds=None)
    before = clock.now()

    accept = accepted(login(radius, voucher, chap=chap))

    used = fresh(voucher)
    assert used.first_mac == "AABBCC001122"
    assert before <= used.first_used_at <= clock.now()
    assert used.expires_at == used.first_used_at + timedelta(hours=24)
    # It follows the expiry just set: the whole day.
    assert accept.integer(a.SESSION_TIMEOUT) == 24 * 3600
    assert accept.get(a.CLASS).startswith(f"h1:v{voucher.pk}:".encode())
    assert int.from_bytes(accept.vendor(a.MIKROTIK, a.MIKROTIK_TOTAL_LIMIT)) == 2_000_000_000
    assert accept.vendor(a.MIKROTIK, a.MIKROTIK_RATE_LIMIT) == b"1M/4M"
    assert accept.integer(a.IDLE_TIMEOUT) == 600
    assert Event.objects.filter(kind="voucher.started", subject_id=voucher.pk).count() == 1


@pytest.mark.parametrize("chap", [False, True])
def test_a_code_and_its_password_are_known_as_people_type_and_paste_them(lasting_world, radius, chap):
    voucher = sold(lasting_world)
    made, code = vouchers.open_password(voucher), voucher.code
    for name in (
        code.replace("-", "\u2212"),
        f"\u200e{code}\u200e",
        code.replace("-", "\u200b"),
        code.replace("-", "\u00ad-\u2060"),
        f"“{code.lower()}”",
        f"'{code}' ",
    ):
        accepted(login(radius, voucher, name=name, chap=chap))
    for password in (made.upper(), made.capitalize(), f"{made} ", f"{made.upper()} ", f"{made.capitalize()} "):
        accepted(login(radius, voucher, password=password, chap=chap))


def test_a_password_in_clear_is_known_in_any_case(lasting_world, radius):
    voucher = sold(lasting_world)
    made = vouchers.open_password(voucher)

    accepted(login(radius, voucher, password=f" {made[:3]}{made[3:].swapcase()}  "))


@pytest.mark.parametrize("chap", [False, True])
def test_another_password_stays_wrong_and_a_typed_one_exact(lasting_world, radius, chap):
    voucher = sold(lasting_world)
    made = vouchers.open_password(voucher)
    for password in (made[:-1], f"{made}x", made[::-1], f"-{made}", f"{made[:4]} {made[4:]}"):
        refused = login(radius, voucher, password=password, chap=chap)
        assert (refused.code, text(refused)) == (Code.ACCESS_REJECT, WRONG)
    for password in (NETWORK_PASSWORD.upper(), NETWORK_PASSWORD.capitalize(), f"{NETWORK_PASSWORD} "):
        refused = radius.login("otieno", password, chap=chap)
        assert (refused.code, text(refused)) == (Code.ACCESS_REJECT, WRONG)


def reasons() -> set[str]:
    """Why logins were refused. What was dropped because the machine was busy was asked again."""
    return set(RefusalCount.objects.exclude(reason="too_busy").values_list("reason", flat=True))


def test_a_later_login_is_told_what_is_left(lasting_world, radius):
    voucher = sold(lasting_world)
    # Of a day and of eight hours the shorter counts.
    assert accepted(login(radius, voucher)).integer(a.SESSION_TIMEOUT) == 8 * 3600
    ends = clock.now() + timedelta(hours=2)
    Voucher.objects.filter(pk=voucher.pk).update(expires_at=ends, download_bytes=500_000_000, session_seconds=3600)

    accept = accepted(login(radius, voucher))

    assert 7190 <= accept.integer(a.SESSION_TIMEOUT) <= 7200
    assert int.from_bytes(accept.vendor(a.MIKROTIK, a.MIKROTIK_TOTAL_LIMIT)) == 1_500_000_000
    assert fresh(voucher).expires_at == ends


def test_a_code_is_taken_in_any_spelling(lasting_world, radius):
    voucher = sold(lasting_world)
    plain = voucher.code.replace("-", "")
    for name in (voucher.code, plain, plain.lower(), f"{plain[:4]} {plain[4:]}"):
        accepted(login(radius, voucher, name=name))


def test_so_many_devices_at_once_as_the_plan_allows(lasting_world, radius):
    voucher = sold(lasting_world)
    first = accepted(login(radius, voucher))
    assert tells(radius, START, voucher, first)
    second = accepted(login(radius, voucher, LAPTOP))
    assert tells(radius, START, voucher, second, mac=LAPTOP, session="2")

    third = login(radius, voucher, TABLET)

    assert text(third).startswith("This code is already used on 2 devices")
    assert tells(radius, STOP, voucher, first, seconds=60)
    accepted(login(radius, voucher, TABLET))
    radius.stop()
    assert reasons() == {"session_limit"}


def test_a_second_device_finds_the_only_place_taken_at_once(lasting_world, radius):
    voucher = sold(lasting_world, simultaneous_use=1)
    accepted(login(radius, voucher))

    # The first has not sent its Start yet.
    assert text(login(radius, voucher, LAPTOP)).startswith("This code is already used on 1 device")
    accepted(login(radius, voucher))
    assert fresh(voucher).first_mac == "AABBCC001122"


def held(world):
    return of(printed(world, released=False))[0]


def on_a_void_sheet(world):
    batch = printed(world)
    batches.void(sheet=Sheet.objects.get(batch=batch), by=None)
    return of(batch)[0]


@pytest.mark.parametrize(
    ("made", "code", "words"),
    [
        (held, "voucher_held", "not on sale yet"),
        (on_a_void_sheet, "voucher_void", "no longer valid"),
        (lambda world: vouchers.void(voucher=sold(world), by=None), "voucher_void", "no longer valid"),
        (lambda world: sold(world, valid_until=clock.now()), "voucher_expired", "has expired"),
        (
            lambda world: sold(world, first_used_at=clock.now() - timedelta(days=2), expires_at=clock.now()),
            "voucher_expired",
            "has expired",
        ),
        (lambda world: sold(world, download_bytes=2_000_000_000), "voucher_spent", "used up"),
        (lambda world: sold(world, session_seconds=8 * 3600), "voucher_spent", "used up"),
    ],
    ids=["held", "void sheet", "void", "never used", "run out", "data", "time"],
)
def test_each_reason_refuses_by_name_and_starts_nothing(lasting_world, radius, made, code, words):
    voucher = made(lasting_world)
    started = fresh(voucher).first_used_at

    reply = login(radius, voucher)

    assert reply.code == Code.ACCESS_REJECT
    assert words in text(reply)
    assert fresh(voucher).first_used_at == started
    radius.stop()
    assert reasons() == {code}


def test_an_unknown_code_and_a_wrong_password_read_the_same_and_start_nothing(lasting_world, radius):
    voucher = sold(lasting_world)
    replies = [radius.login("ABCD-EFGH", "whatever1"), radius.login(voucher.code, "whatever1")]

    assert {text(reply) for reply in replies} == {"The user name or password is wrong."}
    assert fresh(voucher).first_used_at is None


def test_usage_is_counted_to_the_voucher_by_its_token(lasting_world, radius):
    voucher = sold(lasting_world)
    accept = accepted(login(radius, voucher))
    assert tells(radius, START, voucher, accept)
    assert tells(radius, INTERIM, voucher, accept, seconds=60, up=1_000, down=9_000)
    assert tells(radius, STOP, voucher, accept, seconds=90, up=1_500, down=9_500)

    session = Session.objects.get()
    assert (session.voucher, session.subscription) == (voucher, None)
    assert session.customer == lasting_world.customers["neema"]
    assert len(session.class_token) == 16
    used = fresh(voucher)
    assert (used.upload_bytes, used.download_bytes, used.session_seconds) == (1_500, 9_500, 90)


def test_usage_without_a_token_is_counted_by_the_code(lasting_world, radius):
    voucher = sold(lasting_world)
    assert tells(radius, INTERIM, voucher, seconds=60, up=1, down=2)
    assert fresh(voucher).used_bytes == 3
    assert Session.objects.get().user_name == voucher.code


@pytest.mark.parametrize(
    "forged", [b"h1:v:abc", b"h1:vv7:abc", b"h1:v-7:abc", b"h1:7v:abc", b"h1:v9999999:abc", b"h1:v7"]
)
def test_a_class_that_is_not_ours_tells_nothing(lasting_world, radius, forged):
    voucher = sold(lasting_world)
    attributes = [*report(START, "otieno", "1"), (a.CLASS, forged)]
    assert radius.ask(Code.ACCOUNTING_REQUEST, attributes, message_authenticator=False)
    session = Session.objects.get()
    assert (session.subscription, session.voucher) == (lasting_world.otieno_home, None)
    assert fresh(voucher).used_bytes == 0


def test_used_up_ends_the_session_by_a_command(lasting_world, radius):
    voucher = sold(lasting_world)
    accept = accepted(login(radius, voucher))
    assert tells(radius, START, voucher, accept)
    assert not Job.objects.filter(kind="enforce", payload__scope="voucher").exists()
    assert tells(radius, INTERIM, voucher, accept, seconds=60, down=1_999_999_999)
    assert not Event.objects.filter(kind="voucher.spent").exists()
    assert tells(radius, INTERIM, voucher, accept, seconds=120, down=2_000_000_000)

    assert Event.objects.filter(kind="voucher.spent").count() == 1
    job = Job.objects.get(kind="enforce", payload__scope="voucher")
    assert enforcement.enforce(**job.payload) == 1
    command = Command.objects.get()
    assert (command.session_id, command.reason) == (Session.objects.get().pk, "voucher_spent")
    assert text(login(radius, voucher, LAPTOP)) == "This voucher is used up. Please buy another one."


if connection.vendor == "sqlite":

    def test_what_cannot_be_written_is_not_accepted_and_stops_nobody_else(lasting_world, radius):
        voucher = sold(lasting_world)
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TRIGGER broken BEFORE UPDATE OF first_used_at ON access_voucher "
                "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            )
        try:
            assert login(radius, voucher, timeout=0.7) is None
            accepted(radius.login("otieno"))
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER broken")
        assert fresh(voucher).first_used_at is None
        accepted(login(radius, voucher))
