"""MD4 and MS-CHAP: the vectors of RFC 1320, 2433, 2759 and 3079, and what is refused."""

import pytest

from headend.lib.radius import attributes as at
from headend.lib.radius import md4, mschap
from headend.lib.radius.packet import Code, Packet, decode, encode_request
from headend.lib.radius.passwords import pap_decode

SECRET = b"testing123"
COUNTING = bytes(range(16))
# RFC 2759 section 9.2 and RFC 3079 section 3.5.3.
CHALLENGE = bytes.fromhex("5b5d7c7d7b3f2f3e3c2c602132262628")
PEER_CHALLENGE = bytes.fromhex("21402324255e262a28295f2b3a337c7e")
NT_RESPONSE = bytes.fromhex("82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df")
RESPONSE = b"\x07\x00" + PEER_CHALLENGE + bytes(8) + NT_RESPONSE
HASH = bytes.fromhex("44ebba8d5312b8d611474411f56989ae")


def packet(attributes: list[tuple[int, bytes]]) -> Packet:
    return decode(encode_request(Code.ACCESS_REQUEST, 1, attributes, SECRET))


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        ("", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        ("a", "bde52cb31de33e46245e05fbdbd6fb24"),
        ("abc", "a448017aaf21d8525fc10ae87aa6729d"),
        ("message digest", "d9130a8164549fe818874806e1c7014b"),
        ("abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4"),
        ("1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536"),
    ],
)
def test_md4_is_as_rfc_1320_says(message: str, digest: str) -> None:
    assert md4.digest(message.encode()).hex() == digest


def test_version_1_is_as_rfc_2433_says() -> None:
    challenge = bytes.fromhex("102db5df085d3041")
    hashed = mschap.nt_hash("MyPw")
    assert hashed.hex() == "fc156af7edcd6c0edde3337d427f4eac"
    proof = bytes.fromhex("4e9d3c8f9cfd385d5bf4d3246791956ca4c351ab409a3d61")
    assert mschap.challenge_response(challenge, hashed) == proof
    assert mschap.v1_matches(b"\x01\x01" + bytes(24) + proof, challenge, hashed)
    assert not mschap.v1_matches(b"\x01\x01" + bytes(24) + proof, challenge, mschap.nt_hash("mypw"))
    assert not mschap.v1_matches(b"\x01\x01" + bytes(24) + proof, challenge + b"\0", hashed)
    assert not mschap.v1_matches(b"\x01\x01" + bytes(24) + proof[:-1], challenge, hashed)


def test_a_response_of_lan_manager_alone_is_wrong() -> None:
    challenge = bytes.fromhex("102db5df085d3041")
    proof = mschap.challenge_response(challenge, mschap.nt_hash("MyPw"))
    assert not mschap.v1_matches(b"\x01\x00" + bytes(24) + proof, challenge, mschap.nt_hash("MyPw"))


def test_version_2_is_as_rfc_2759_says() -> None:
    hashed = mschap.nt_hash("clientPass")
    assert hashed == HASH
    assert md4.digest(hashed).hex() == "41c00c584bd2d91c4017a2a12fa59f3f"
    assert mschap.challenge_hash(PEER_CHALLENGE, CHALLENGE, b"User").hex() == "d02e4386bce91226"
    assert mschap.v2_matches(RESPONSE, CHALLENGE, b"User", hashed)
    kind, value = mschap.v2_success(RESPONSE, CHALLENGE, b"User", hashed)
    told = packet([(kind, value)]).vendor(at.MICROSOFT, at.MS_CHAP2_SUCCESS)
    assert told == b"\x07S=407A5589115FD0D6209F510FE9C04566932CDA56"


@pytest.mark.parametrize("name", [b"BUILTIN\\User", b"User"])
def test_the_domain_in_front_of_a_name_is_not_hashed(name: bytes) -> None:
    assert mschap.v2_matches(RESPONSE, CHALLENGE, name, HASH)


@pytest.mark.parametrize(
    ("response", "challenge", "name"),
    [
        (RESPONSE, CHALLENGE, b"user"),
        (RESPONSE, CHALLENGE, b"User@isp"),
        (RESPONSE, CHALLENGE[:-1], b"User"),
        (RESPONSE[:-1], CHALLENGE, b"User"),
        (RESPONSE + b"\0", CHALLENGE, b"User"),
        (b"", b"", b"User"),
    ],
)
def test_whatever_else_is_wrong(response: bytes, challenge: bytes, name: bytes) -> None:
    assert not mschap.v2_matches(response, challenge, name, HASH)


def test_the_session_keys_are_as_rfc_3079_says() -> None:
    send, receive = mschap.session_keys(NT_RESPONSE, HASH)
    assert send.hex() == "8b7cdc149b993a1ba118cb153f56dccb"
    assert receive.hex() == "d5f0e9521e3ea9589645e86051c82226"
    hidden = mschap.salted(send, bytes.fromhex("8001"), SECRET, COUNTING)
    assert hidden.hex() == "8001222f78911e81bc02d486a8a0a785432f23e948690cf7b68255e9483cdb57bb05"


def test_the_keys_of_version_2_have_salts_of_their_own_and_allow_encryption() -> None:
    told = packet(mschap.v2_keys(RESPONSE, HASH, SECRET, COUNTING))
    sends = told.vendor(at.MICROSOFT, at.MS_MPPE_SEND_KEY)
    receives = told.vendor(at.MICROSOFT, at.MS_MPPE_RECV_KEY)
    assert sends[0] & receives[0] & 0x80
    assert sends[:2] != receives[:2]
    assert sends == mschap.salted(mschap.session_keys(NT_RESPONSE, HASH)[0], sends[:2], SECRET, COUNTING)
    assert told.vendor(at.MICROSOFT, at.MS_MPPE_ENCRYPTION_POLICY) == (1).to_bytes(4)
    assert told.vendor(at.MICROSOFT, at.MS_MPPE_ENCRYPTION_TYPES) == (6).to_bytes(4)


def test_the_keys_of_version_1_are_hidden_as_a_password_is() -> None:
    told = packet(mschap.v1_keys(HASH, SECRET, COUNTING))
    keys = told.vendor(at.MICROSOFT, at.MS_CHAP_MPPE_KEYS)
    assert len(keys) == 32
    assert pap_decode(keys, SECRET, COUNTING).hex() == "00" * 8 + "41c00c584bd2d91c4017a2a12fa59f3f"


def test_an_error_says_that_there_is_no_other_try_and_fits_with_the_longest_text() -> None:
    first = packet([mschap.v1_error(RESPONSE, 691)]).vendor(at.MICROSOFT, at.MS_CHAP_ERROR)
    assert first == b"\x07E=691 R=0"
    second = packet([mschap.v2_error(RESPONSE, 647, "é" * 300)]).vendor(at.MICROSOFT, at.MS_CHAP_ERROR)
    assert second.startswith(b"\x07E=647 R=0 C=")
    assert b" V=3 M=\xc3\xa9" in second
    assert second.endswith("é".encode())
