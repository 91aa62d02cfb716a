"""The RADIUS door by real UDP: who is accepted, who is refused and why, and what gets no answer at all."""

import os
from datetime import timedelta

import pytest

from headend.access import blocks, credentials, reasons
from headend.access.models import Credential, RefusalCount, Session, Subscription, UsagePeriod
from headend.customers import customers, suspensions
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code, decode, encode_request
from headend.network import nas as nas_verbs
from headend.network.models import NAS
from headend.system import organizations
from headend.ui import contact
from tests.kit.radius import Radius, doors, report, text

WRONG = "The user name or password is wrong."


@pytest.fixture
def radius(lasting_world):
    with doors() as (door,):
        yield door


def counted(door: Radius) -> dict[str, int]:
    """Stops the door, so that its counts are written, and reads them."""
    door.stop()
    return {row.reason: row.count for row in RefusalCount.objects.all()}


def accepted(packet):
    assert packet is not None, "there was no answer"
    assert packet.code == Code.ACCESS_ACCEPT, packet.text(a.REPLY_MESSAGE)
    return packet


def test_pap_and_chap_are_accepted_with_what_the_plan_promises(lasting_world, radius):
    for chap in (False, True):
        accept = accepted(radius.login("otieno", chap=chap))
        assert 27 * 86400 < accept.integer(a.SESSION_TIMEOUT) <= 31 * 86400
        assert accept.get(a.CLASS).startswith(b"h1:")
        assert accept.integer(a.ACCT_INTERIM_INTERVAL) == 300
        assert accept.vendor(a.MIKROTIK, a.MIKROTIK_RATE_LIMIT) == b"3M/10M"
        assert accept.vendor(a.MIKROTIK, a.MIKROTIK_TOTAL_LIMIT) is None
        assert accept.vendor(a.WISPR, a.WISPR_BANDWIDTH_MAX_DOWN) is None


def test_chap_with_a_challenge_of_its_own(radius):
    from headend.lib.radius.passwords import chap_response

    challenge = b"0123456789abcdef"
    proof = (a.CHAP_PASSWORD, chap_response(9, challenge, b"radius-pass-1"))
    request = [a.text(a.USER_NAME, "otieno"), proof, (a.CHAP_CHALLENGE, challenge)]
    accepted(radius.ask(Code.ACCESS_REQUEST, request))


def test_a_cap_and_a_time_limit_are_told_as_what_is_left(lasting_world, radius):
    usage = UsagePeriod.objects.filter(subscription=lasting_world.subscriptions["neema"])
    usage.update(upload_bytes=100_000_000, download_bytes=400_000_000, session_seconds=3600)
    accept = accepted(radius.login("neema"))
    assert int.from_bytes(accept.vendor(a.MIKROTIK, a.MIKROTIK_TOTAL_LIMIT)) == 1_500_000_000
    assert int.from_bytes(accept.vendor(a.MIKROTIK, a.MIKROTIK_TOTAL_LIMIT_GIGAWORDS)) == 0
    assert accept.integer(a.SESSION_TIMEOUT) == 7 * 3600
    assert accept.integer(a.IDLE_TIMEOUT) == 600


@pytest.mark.parametrize(
    ("vendor", "wanted"),
    [
        ("coovachilli", (a.CHILLISPOT, a.CHILLISPOT_MAX_TOTAL_OCTETS, 2_000_000_000)),
        ("coovachilli", (a.WISPR, a.WISPR_BANDWIDTH_MAX_DOWN, 4_000_000)),
        ("other", (a.WISPR, a.WISPR_BANDWIDTH_MAX_UP, 1_000_000)),
    ],
)
def test_other_vendors_get_their_own_attributes(lasting_world, radius, vendor, wanted):
    nas_verbs.edit(nas=lasting_world.hilltop, by=None, vendor=vendor)
    accept = accepted(radius.login("neema"))
    vendor_id, kind, value = wanted
    assert int.from_bytes(accept.vendor(vendor_id, kind)) == value
    assert accept.vendor(a.MIKROTIK, a.MIKROTIK_RATE_LIMIT) is None


def test_a_fixed_address_is_told(lasting_world, radius):
    Subscription.objects.filter(pk=lasting_world.otieno_home.pk).update(framed_address="10.0.3.41")
    assert accepted(radius.login("otieno")).get(a.FRAMED_IP_ADDRESS) == bytes((10, 0, 3, 41))


@pytest.mark.parametrize("name", ["otieno", "OTIENO", "  otieno ", "ｏtieno"])
def test_a_name_is_found_in_any_spelling(radius, name):
    accepted(radius.login(name))


def test_an_unknown_name_and_a_wrong_password_read_the_same(lasting_world, radius):
    for packet in (radius.login("nobody"), radius.login("otieno", "wrong"), radius.login("otieno", "wrong", chap=True)):
        assert packet.code == Code.ACCESS_REJECT
        assert text(packet) == WRONG
    assert counted(radius) == {"user_unknown": 1, "password_wrong": 2}


def test_the_password_is_checked_before_any_state_is_told(lasting_world, radius):
    suspensions.suspend(customer=lasting_world.otieno, kind="disabled", by=None)
    assert text(radius.login("otieno", "wrong")) == WRONG
    assert text(radius.login("otieno")) == "Your account is disabled. Please contact us."


def test_a_refusal_names_the_number_to_call(lasting_world, radius):
    suspensions.suspend(customer=lasting_world.otieno, kind="abuse", by=None)
    assert text(radius.login("otieno")) == "Your account is suspended. Please contact us."
    organizations.edit(organization=lasting_world.organization, by=None, support_phone="0709 118 000")
    assert text(radius.login("otieno")) == "Your account is suspended. Call 0709 118 000."
    assert text(radius.login("otieno", "wrong")) == WRONG


def test_every_refusal_fits_into_a_reply_with_the_longest_number():
    for words in reasons.PUBLIC.values():
        said = contact.put_plainly(str(words), "\N{FULLWIDTH DIGIT NINE}" * 40)
        assert len(said.encode()) <= a.TEXT_MAX_BYTES


def test_a_changed_password_holds_at_once(lasting_world, radius):
    accepted(radius.login("otieno"))
    credentials.set_secret(credential=lasting_world.credential("otieno"), secret="quite-another-1", by=None)
    assert radius.login("otieno").code == Code.ACCESS_REJECT
    accepted(radius.login("otieno", "quite-another-1"))


def disabled(world):
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    return lambda: suspensions.lift(customer=world.otieno, kind="disabled", by=None)


def group_disabled(world):
    suspensions.suspend(group=world.otieno.group, kind="disabled", by=None)
    return lambda: suspensions.lift(group=world.otieno.group, kind="disabled", by=None)


def suspended(world):
    suspensions.suspend(customer=world.otieno, kind="overdue", by=None)
    return lambda: suspensions.lift(customer=world.otieno, kind="overdue", by=None)


def blocked(world):
    blocks.block(subscription=world.otieno_home, by=None)
    return lambda: blocks.lift(subscription=world.otieno_home, by=None)


def account_expired(world):
    yesterday = clock.local_day(clock.now(), "Africa/Nairobi") - timedelta(days=1)
    customers.edit(customer=world.otieno, by=None, account_expires_on=yesterday)
    return lambda: customers.edit(customer=world.otieno, by=None, account_expires_on=None)


def subscription_expired(world):
    row = Subscription.objects.filter(pk=world.otieno_home.pk)
    row.update(expires_at=clock.now() - timedelta(seconds=1))
    return lambda: row.update(expires_at=clock.now() + timedelta(days=1))


def cap_reached(world):
    row = Subscription.objects.filter(pk=world.otieno_home.pk)
    row.update(cap_bytes=1000)
    UsagePeriod.objects.filter(subscription=world.otieno_home).update(download_bytes=1000)
    return lambda: row.update(cap_bytes=1001)


def draft(world):
    row = Subscription.objects.filter(pk=world.otieno_home.pk)
    row.update(activated_at=None)
    return lambda: row.update(activated_at=clock.now())


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (disabled, "customer_disabled"),
        (group_disabled, "group_disabled"),
        (suspended, "suspended"),
        (blocked, "subscription_blocked"),
        (account_expired, "account_expired"),
        (subscription_expired, "subscription_expired"),
        (cap_reached, "cap_reached"),
        (draft, "subscription_inactive"),
    ],
)
def test_each_reason_refuses_by_name_and_its_end_lets_in_again(lasting_world, radius, happens, code):
    accepted(radius.login("otieno"))
    undo = happens(lasting_world)
    refused = radius.login("otieno")
    assert refused.code == Code.ACCESS_REJECT
    assert text(refused)
    undo()
    accepted(radius.login("otieno"))
    assert counted(radius) == {code: 1}


def test_too_many_devices(lasting_world, radius):
    radius.account(AcctStatusType.START)
    refused = radius.login("otieno")
    assert text(refused).startswith("Too many devices")
    # The session that asks again is no further device.
    accepted(radius.login("otieno", "radius-pass-1", a.text(a.ACCT_SESSION_ID, "81a00001")))
    radius.account(AcctStatusType.STOP, seconds=5)
    accepted(radius.login("otieno"))
    assert counted(radius) == {"session_limit": 1}


def test_a_device_that_comes_again_a_second_after_replaces_its_session(lasting_world, radius):
    station = a.text(a.CALLING_STATION_ID, "AA:BB:CC:00:11:22")
    started = [*report(AcctStatusType.START, "otieno", "1"), station]
    radius.ask(Code.ACCOUNTING_REQUEST, started, message_authenticator=False)
    accepted(radius.login("otieno", "radius-pass-1", station, a.text(a.ACCT_SESSION_ID, "2")))
    radius.stop()
    assert Session.objects.get().end_cause == "Lost-Carrier"


def test_a_secret_that_does_not_open_silences_its_own_login_alone(lasting_world, radius):
    Credential.objects.filter(name="grace").update(secret_sealed=b"damaged")
    assert radius.login("grace", timeout=0.5) is None
    accepted(radius.login("otieno"))


def test_a_refusal_is_told_in_the_organization_s_language(lasting_world, radius):
    organizations.edit(organization=lasting_world.organization, by=None, language="fr")
    assert radius.login("nobody").code == Code.ACCESS_REJECT


def test_strangers_get_no_answer(lasting_world, radius):
    assert radius.login("otieno", source="127.0.0.2", timeout=0.5) is None
    assert radius.ask(Code.STATUS_SERVER, [], source="127.0.0.2", timeout=0.5) is None
    assert counted(radius) == {"nas_unknown": 2}
    row = RefusalCount.objects.get()
    assert (row.source, row.nas_id, row.organization_id) == ("127.0.0.2", None, None)


def test_a_new_nas_is_known_at_once(lasting_world, radius):
    assert radius.login("otieno", source="127.0.0.3", timeout=0.5) is None
    nas_verbs.add(
        organization=lasting_world.organization, by=None, name="market", address="127.0.0.3", secret="market-secret-456"
    )
    accepted(radius.login("otieno", source="127.0.0.3", secret="market-secret-456"))


def test_the_organization_is_that_of_the_nas(lasting_world, radius):
    nas_verbs.add(
        organization=lasting_world.neighbour, by=None, name="osu", address="127.0.0.3", secret="osu-secret-1234567"
    )
    assert text(radius.login("otieno", source="127.0.0.3", secret="osu-secret-1234567")) == WRONG


def test_wrong_signatures_get_no_answer(lasting_world, radius):
    wrong = bytearray(encode_request(Code.ACCESS_REQUEST, 1, [a.text(a.USER_NAME, "otieno")], b"hilltop-secret-123"))
    wrong[30] ^= 1
    assert radius.ask(Code.ACCESS_REQUEST, [], datagram=bytes(wrong), timeout=0.5) is None
    assert radius.account(AcctStatusType.START, secret="not-the-secret-of-it", timeout=0.5) is None
    signed = encode_request(
        Code.ACCOUNTING_REQUEST, 1, report(AcctStatusType.START, "otieno", "1"), b"not-the-secret-of-it"
    )
    assert radius.ask(Code.ACCOUNTING_REQUEST, [], datagram=signed, timeout=0.5) is None
    assert radius.ask(Code.STATUS_SERVER, [], message_authenticator=False, timeout=0.5) is None
    assert counted(radius) == {
        "message_authenticator_wrong": 2,
        "authenticator_wrong": 1,
        "message_authenticator_missing": 1,
    }
    assert not Session.objects.exists()


def test_garbage_gets_no_answer_and_stops_nothing(lasting_world, radius):
    for garbage in (
        b"",
        b"\x01",
        b"\x01\x02\x00\x05" + bytes(16),
        os.urandom(4096),
        b"\x04\x01\x00\x16" + bytes(16) + b"\x28\x01",
    ):
        assert radius.ask(Code.ACCESS_REQUEST, [], datagram=garbage.ljust(1, b"\0"), timeout=0.2) is None
    accepted(radius.login("otieno"))
    assert counted(radius)["packet_malformed"] >= 4


def test_message_authenticator_is_required_once_it_was_seen(lasting_world, radius):
    accepted(radius.login("otieno", message_authenticator=False))
    assert NAS.objects.get(pk=lasting_world.hilltop.pk).message_authenticator_seen_at is None
    accepted(radius.login("otieno", message_authenticator=True))
    radius.stop()
    assert NAS.objects.get(pk=lasting_world.hilltop.pk).message_authenticator_seen_at is not None
    radius.start()
    assert radius.login("otieno", message_authenticator=False, timeout=0.5) is None
    nas_verbs.reset_protections(nas=lasting_world.hilltop, by=None)
    accepted(radius.login("otieno", message_authenticator=False))


def test_proxy_state_needs_a_signature_where_the_nas_has_shown_that_it_sends_none(lasting_world, radius):
    proxied = (a.PROXY_STATE, b"way-back")
    accept = accepted(radius.login("otieno", "radius-pass-1", proxied, message_authenticator=False))
    assert accept.get(a.PROXY_STATE) == b"way-back"
    nas_verbs.edit(nas=lasting_world.hilltop, by=None, limit_proxy_state="yes")
    assert radius.login("otieno", "radius-pass-1", proxied, message_authenticator=False, timeout=0.5) is None


def test_a_repeated_packet_gets_the_same_bytes(radius):
    import socket

    from headend.lib.radius.passwords import pap_encode

    authenticator = os.urandom(16)
    proof = (a.USER_PASSWORD, pap_encode(b"radius-pass-1", b"hilltop-secret-123", authenticator))
    request = [a.text(a.USER_NAME, "otieno"), proof]
    datagram = encode_request(Code.ACCESS_REQUEST, 5, request, b"hilltop-secret-123", authenticator=authenticator)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.1", 0))
        client.settimeout(3)
        answers = []
        for _ in range(3):
            client.sendto(datagram, ("127.0.0.1", radius.auth))
            answers.append(client.recv(4096))
    # The token in Class is random: only a remembered answer is the same twice.
    assert len(set(answers)) == 1
    assert decode(answers[0]).code == Code.ACCESS_ACCEPT
