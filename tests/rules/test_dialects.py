"""What a router says of a guest, and how the guest is led back to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.doors.captive import dialects
from headend.doors.captive.dialects import Arrival, UnreadableError

CHALLENGE = bytes.fromhex("d2a1f0047e11c3b90a5d66788899aabb")


def octal(octets: bytes) -> str:
    return "".join(f"\\{octet:03o}" for octet in octets)


def test_it_works() -> None:
    told = {
        "nas": "t1",
        "mac": "01:23:45:67:89:ab",
        "link-login-only": "http://10.5.50.1/login",
        "link-orig": "http://example.org/?a=b",
        "error": "",
        "chap-id": octal(b"\x35"),
        "chap-challenge": octal(CHALLENGE),
        "server-name": "hotspot1",
    }

    assert dialects.is_arrival(told)
    assert dialects.read(told) == Arrival(
        "t1", "http://10.5.50.1/login", "http://example.org/?a=b", "0123456789AB", "", b"\x35", CHALLENGE
    )


def test_everything_may_be_missing() -> None:
    assert dialects.read({}) == Arrival()
    assert not dialects.is_arrival({"visit": "x", "error": "y"})


def test_http_chap() -> None:
    """The vector of the fact sheet on hotspots, as octal escapes."""
    arrival = dialects.read({"chap-id": r"\065", "chap-challenge": octal(CHALLENGE)})

    address = dialects.login_address(
        "http://10.5.50.1/login",
        name="K7QM3XPT",
        password="secret-1",
        dst="http://us.example/online/?visit=a:b",
        chap_id=arrival.chap_id,
        chap_challenge=arrival.chap_challenge,
    )

    assert address == (
        "http://10.5.50.1/login?username=K7QM3XPT&password=ab231996b0344267e24779b9e6371bf7"
        "&dst=http%3A%2F%2Fus.example%2Fonline%2F%3Fvisit%3Da%3Ab"
    )


@pytest.mark.parametrize(
    ("login_url", "begins"),
    [
        ("http://10.5.50.1/login", "http://10.5.50.1/login?username=K7&"),
        ("https://login.lan:8443/login?target=lv", "https://login.lan:8443/login?target=lv&username=K7&"),
        ("http://10.5.50.1/login?#top", "http://10.5.50.1/login?username=K7&"),
    ],
)
def test_plain_passwords_and_the_address_as_it_was(login_url: str, begins: str) -> None:
    address = dialects.login_address(
        login_url, name="K7", password="a b&c", dst="http://x/", chap_id=b"", chap_challenge=b""
    )

    assert address == begins + "password=a%20b%26c&dst=http%3A%2F%2Fx%2F"


@given(st.binary(min_size=1, max_size=1), st.binary(min_size=16, max_size=16))
def test_every_challenge_is_read(chap_id: bytes, challenge: bytes) -> None:
    arrival = dialects.read({"chap-id": octal(chap_id), "chap-challenge": octal(challenge)})

    assert (arrival.chap_id, arrival.chap_challenge) == (chap_id, challenge)


@pytest.mark.parametrize(
    ("chap_id", "challenge", "field"),
    [
        (r"\400", octal(CHALLENGE), "chap-id"),
        (r"\38", octal(CHALLENGE), "chap-id"),
        (r"\065\065", octal(CHALLENGE), "chap-id"),
        ("5", octal(CHALLENGE), "chap-id"),
        ("065 ", octal(CHALLENGE), "chap-id"),
        (r"\٠٦٥", octal(CHALLENGE), "chap-id"),
        (r"\065", octal(CHALLENGE)[:-4], "chap-challenge"),
        (r"\065", octal(CHALLENGE) + r"\001", "chap-challenge"),
        (r"\065", octal(CHALLENGE)[:-1] + "9", "chap-challenge"),
        (r"\065", CHALLENGE.hex() * 2, "chap-challenge"),
        (r"\065", "", "chap-challenge"),
        ("", octal(CHALLENGE), "chap-id"),
    ],
)
def test_a_challenge_is_read_strictly(chap_id: str, challenge: str, field: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        dialects.read({"chap-id": chap_id, "chap-challenge": challenge})

    assert str(caught.value) == field


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "//example.org/",
        "example.org",
        "http://",
        "http://[",
        "ftp://x/",
        "http://x/\x00",
        "http://x/" + "a" * 500,
    ],
)
def test_a_page_that_no_link_may_lead_to(address: str) -> None:
    assert dialects.read({"link-orig": address}).orig_url == ""


def test_what_the_router_says_is_words() -> None:
    said = dialects.read({"error": "  no\x00 more\r\nsessions \x1b[1m" + "x" * 300}).error

    assert said.startswith("no more sessions [1m")
    assert len(said) == 200


def test_another_notation_of_a_mac_and_none() -> None:
    assert dialects.read({"mac": "01-23-45-67-89-AB"}).mac == "0123456789AB"
    assert dialects.read({"mac": "phone"}).mac == ""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://evil.example/login", "evil.example"),
        ("http://10.5.50.1@evil.example:81/", "evil.example:81"),
        ("nonsense", ""),
        ("http://[::1", ""),
        ("http://a\nb/", "ab"),
        ("http://" + "h" * 300, "h" * 100),
    ],
)
def test_the_host_that_staff_read(url: str, host: str) -> None:
    assert dialects.host_of(url) == host
