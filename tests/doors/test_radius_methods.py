"""The ways in which a password comes: MS-CHAP with its proof and its keys, EAP with its no, and what else is refused by name."""

import os
from hashlib import sha1

import pytest

from headend.access import credentials, reasons
from headend.access.models import Credential, RefusalCount
from headend.customers import suspensions
from headend.lib.radius import attributes as a
from headend.lib.radius import md4, mschap
from headend.lib.radius.packet import Code, Packet, verify_message_authenticator
from headend.lib.radius.passwords import pap_decode
from headend.network import nas as nas_verbs
from headend.network.models import NAS
from headend.reports import nas as report
from headend.system import organizations
from tests.kit.packets import Attributes, Door
from tests.kit.vouchers import sold
from tests.kit.world import NETWORK_PASSWORD, SECRET

pytestmark = pytest.mark.django_db

WRONG = "The user name or password is wrong."


class Peer:
    """A PPP peer that knows the protocol by its RFCs alone: it asks by MS-CHAPv2 and checks what it is told."""

    def __init__(self, name: bytes = b"otieno", password: str = NETWORK_PASSWORD, hashed_name: bytes = b"") -> None:
        self.name, self.hashed_name = name, hashed_name or name
        self.hash = md4.digest(password.encode("utf-16-le"))
        self.challenge, self.own_challenge, self.authenticator = os.urandom(16), os.urandom(16), os.urandom(16)
        hashed = sha1(self.own_challenge + self.challenge + self.hashed_name, usedforsecurity=False).digest()
        self.nt_response = mschap.challenge_response(hashed[:8], self.hash)
        self.hashed_challenge = hashed[:8]

    def request(self) -> Attributes:
        response = b"\x2a\x00" + self.own_challenge + bytes(8) + self.nt_response
        return [
            (a.USER_NAME, self.name),
            a.vendor_octets(a.MICROSOFT, a.MS_CHAP_CHALLENGE, self.challenge),
            a.vendor_octets(a.MICROSOFT, a.MS_CHAP2_RESPONSE, response),
        ]

    def ask(self, door: Door) -> Packet:
        (answer,) = door.login(self.request(), authenticator=self.authenticator)
        assert answer is not None
        return answer

    def believes(self, accept: Packet) -> bool:
        told = accept.vendor(a.MICROSOFT, a.MS_CHAP2_SUCCESS)
        first = sha1(
            md4.digest(self.hash) + self.nt_response + b"Magic server to client signing constant", usedforsecurity=False
        )
        second = sha1(
            first.digest() + self.hashed_challenge + b"Pad to make it do more than one iteration", usedforsecurity=False
        )
        return told == b"\x2aS=" + second.hexdigest().upper().encode()

    def opened(self, accept: Packet, kind: int) -> bytes:
        """A salted key in clear: the salt goes behind the authenticator, the first byte is the length."""
        value = accept.vendor(a.MICROSOFT, kind)
        assert value is not None
        assert len(value) == 34
        plain = pap_decode(value[2:], SECRET.encode(), self.authenticator + value[:2])
        return plain[1 : 1 + plain[0]]


def number(packet: Packet, kind: int) -> int:
    return int.from_bytes(packet.vendor(a.MICROSOFT, kind) or b"")


def test_ms_chap_2_is_accepted_with_its_proof_and_the_keys_for_mppe(world):
    peer = Peer()
    accept = peer.ask(Door())
    assert accept.code == Code.ACCESS_ACCEPT
    assert peer.believes(accept)
    sends, receives = mschap.session_keys(peer.nt_response, peer.hash)
    assert peer.opened(accept, a.MS_MPPE_SEND_KEY) == sends
    assert peer.opened(accept, a.MS_MPPE_RECV_KEY) == receives
    assert (number(accept, a.MS_MPPE_ENCRYPTION_POLICY), number(accept, a.MS_MPPE_ENCRYPTION_TYPES)) == (1, 6)
    assert accept.vendor(a.MIKROTIK, a.MIKROTIK_RATE_LIMIT) == b"3M/10M"


def test_a_name_in_another_spelling_is_hashed_as_the_peer_sent_it(world):
    for peer in (Peer(b"OTIENO"), Peer(b" otieno ")):
        assert peer.believes(peer.ask(Door()))


def test_a_realm_of_ours_is_hashed_and_a_domain_in_front_is_not(world):
    organizations.edit(organization=world.organization, by=None, realms="isp")
    for peer in (Peer(b"otieno@isp"), Peer(b"ISP\\otieno", hashed_name=b"otieno")):
        assert peer.believes(peer.ask(Door()))


def test_a_wrong_ms_chap_2_is_refused_without_another_try(world):
    door = Door()
    for peer in (Peer(password="wrong-one"), Peer(b"nobody")):
        reject = peer.ask(door)
        assert (reject.code, reject.text(a.REPLY_MESSAGE)) == (Code.ACCESS_REJECT, WRONG)
        error = reject.vendor(a.MICROSOFT, a.MS_CHAP_ERROR)
        assert error.startswith(b"\x2aE=691 R=0 C=")
        assert error.endswith(b" V=3 M=" + WRONG.encode())
        assert reject.vendor(a.MICROSOFT, a.MS_CHAP2_SUCCESS) is None
    assert door.counted() == {"password_wrong": 1, "user_unknown": 1}


def test_a_disabled_customer_reads_in_words_of_ppp_too(world):
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    assert Peer().ask(Door()).vendor(a.MICROSOFT, a.MS_CHAP_ERROR).startswith(b"\x2aE=647 R=0")
    suspensions.lift(customer=world.otieno, kind="disabled", by=None)
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)
    assert Peer().ask(Door()).vendor(a.MICROSOFT, a.MS_CHAP_ERROR).startswith(b"\x2aE=649 R=0")


def v1(challenge: bytes, password: str = NETWORK_PASSWORD, flags: int = 1) -> Attributes:
    proof = mschap.challenge_response(challenge, mschap.nt_hash(password))
    return [
        (a.USER_NAME, b"otieno"),
        a.vendor_octets(a.MICROSOFT, a.MS_CHAP_CHALLENGE, challenge),
        a.vendor_octets(a.MICROSOFT, a.MS_CHAP_RESPONSE, bytes((7, flags)) + bytes(24) + proof),
    ]


def test_ms_chap_1_is_accepted_with_its_keys(world):
    authenticator = os.urandom(16)
    (accept,) = Door().login(v1(b"8 octets"), authenticator=authenticator)
    assert accept.code == Code.ACCESS_ACCEPT
    keys = pap_decode(accept.vendor(a.MICROSOFT, a.MS_CHAP_MPPE_KEYS), SECRET.encode(), authenticator)
    assert keys == bytes(8) + md4.digest(mschap.nt_hash(NETWORK_PASSWORD)).rstrip(b"\0")
    assert number(accept, a.MS_MPPE_ENCRYPTION_POLICY) == 1


def test_a_wrong_ms_chap_1_is_refused_and_so_is_one_of_lan_manager_alone(world):
    door = Door()
    name, _, response = v1(b"8 octets")
    short = [name, a.vendor_octets(a.MICROSOFT, a.MS_CHAP_CHALLENGE, b"five!"), response]
    for request in (v1(b"8 octets", "wrong-one"), v1(b"8 octets", flags=0), short, [name, response]):
        (reject,) = door.login(request)
        assert reject.code == Code.ACCESS_REJECT
        assert reject.vendor(a.MICROSOFT, a.MS_CHAP_ERROR) == b"\x07E=691 R=0"
    assert door.counted() == {"password_wrong": 4}


@pytest.mark.parametrize(
    ("asked", "identifier"), [(b"\x02\x2f\x00\x0b\x01otieno", 0x2F), (b"", 0), (b"\x02\x07\x00\x06\x03\x19", 7)]
)
def test_eap_is_refused_by_its_own_no_and_counted_by_its_name(world, asked, identifier):
    door = Door()
    (reject,) = door.login([(a.USER_NAME, b"otieno"), (a.EAP_MESSAGE, asked)])
    assert reject.code == Code.ACCESS_REJECT
    assert reject.get(a.EAP_MESSAGE) == bytes((4, identifier, 0, 4))
    assert reject.attributes[0][0] == a.MESSAGE_AUTHENTICATOR
    # RFC 3579 section 2.6.5: no Reply-Message beside an EAP-Message.
    assert reject.text(a.REPLY_MESSAGE) is None
    door.counts.write(now=True)
    row = RefusalCount.objects.get()
    assert (row.reason, row.user_name, row.nas) == ("eap_unsupported", "otieno", world.hilltop)
    assert str(reasons.SHORT[row.reason]).startswith("EAP (802.1X, WPA-Enterprise) not supported")
    assert report.by_nas(world.organization) == {world.hilltop.pk: {"refused": 1, "dropped": 0}}


def test_a_signed_eap_request_teaches_nothing_about_other_logins(world):
    NAS.objects.filter(pk=world.hilltop.pk).update(require_message_authenticator="auto")
    door = Door()
    door.login([(a.USER_NAME, b"otieno"), (a.EAP_MESSAGE, b"\x02\x01\x00\x0b\x01otieno")])
    door.counts.write(now=True)
    assert NAS.objects.get(pk=world.hilltop.pk).message_authenticator_seen_at is None
    assert door.pap(b"otieno").code == Code.ACCESS_ACCEPT
    door.counts.write(now=True)
    assert NAS.objects.get(pk=world.hilltop.pk).message_authenticator_seen_at is not None


def test_whoever_asks_in_no_way_at_all_is_told_which_ways_there_are(world):
    organizations.edit(organization=world.organization, by=None, support_phone="0709 118 000")
    door = Door()
    (reject,) = door.login([(a.USER_NAME, b"otieno")])
    assert reject.text(a.REPLY_MESSAGE) == "This way to log in is not supported. Use PAP, CHAP or MS-CHAP."
    assert door.counted() == {"method_unsupported": 1}


def test_the_reply_to_ms_chap_is_signed_as_every_other(world):
    peer = Peer()
    accept = peer.ask(Door())
    assert accept.attributes[0][0] == a.MESSAGE_AUTHENTICATOR
    assert verify_message_authenticator(accept, SECRET.encode(), peer.authenticator)


def test_other_vendors_get_the_keys_too(world):
    nas_verbs.edit(nas=world.hilltop, by=None, vendor="other")
    assert Peer().ask(Door()).vendor(a.MICROSOFT, a.MS_MPPE_SEND_KEY) is not None


def test_a_voucher_s_password_is_known_by_ms_chap_as_people_type_it(world):
    voucher = sold(world)
    made = credentials.open_secret(Credential.objects.get(voucher=voucher))
    for typed in (made, made.upper(), f"{made.capitalize()} "):
        peer = Peer(voucher.code.lower().encode(), typed)
        accept = peer.ask(Door())
        assert accept.code == Code.ACCESS_ACCEPT
        assert peer.believes(accept)
    assert Peer(voucher.code.encode(), f"{made}x").ask(Door()).code == Code.ACCESS_REJECT
