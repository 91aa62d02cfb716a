"""PAP and CHAP: published vectors, and that what is hidden can be shown again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.lib.radius.packet import PacketError
from headend.lib.radius.passwords import chap_matches, chap_response, pap_decode, pap_encode

SECRET = b"testing123"
COUNTING = bytes(range(16))


@pytest.mark.parametrize(
    ("password", "secret", "authenticator", "hidden"),
    [
        (b"arctangent", b"xyzzy5461", "0f403f9473978057bd83d5cb98f4227a", "0dbe708d93d413ce3196e43f782a0aee"),
        (b"secret-1", b"testing123", "000102030405060708090a0b0c0d0e0f", "e58b6ab81189572b104607240014828b"),
    ],
)
def test_pap_is_as_the_vectors_say(password: bytes, secret: bytes, authenticator: str, hidden: str) -> None:
    assert pap_encode(password, secret, bytes.fromhex(authenticator)) == bytes.fromhex(hidden)
    assert pap_decode(bytes.fromhex(hidden), secret, bytes.fromhex(authenticator)) == password


def test_chap_is_as_the_vector_says() -> None:
    challenge = bytes(range(0x10, 0x20))
    value = bytes.fromhex("2ac17815edcdc97f2449b18e7e86839c32")
    assert chap_response(0x2A, challenge, b"secret-1") == value
    assert chap_matches(value, challenge, b"secret-1")
    assert not chap_matches(value, challenge, b"secret-2")
    assert not chap_matches(value, challenge[:-1], b"secret-1")
    assert not chap_matches(b"\x2b" + value[1:], challenge, b"secret-1")


@pytest.mark.parametrize("size", [0, 1, 16, 18])
def test_a_chap_password_of_another_length_does_not_match(size: int) -> None:
    assert not chap_matches(bytes(size), COUNTING, b"")


@pytest.mark.parametrize("size", [0, 1, 15, 17, 127, 144])
def test_a_hidden_password_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(PacketError, match=f"not {size}"):
        pap_decode(bytes(size), SECRET, COUNTING)


@pytest.mark.parametrize(("size", "hidden_size"), [(0, 16), (1, 16), (16, 16), (17, 32), (128, 128)])
def test_a_password_is_padded_to_whole_blocks(size: int, hidden_size: int) -> None:
    assert len(pap_encode(b"x" * size, SECRET, COUNTING)) == hidden_size


def test_a_password_over_128_bytes_is_refused() -> None:
    with pytest.raises(PacketError, match="not 129"):
        pap_encode(b"x" * 129, SECRET, COUNTING)


def test_a_wrong_secret_gives_something_else() -> None:
    assert pap_decode(pap_encode(b"secret-1", SECRET, COUNTING), b"testing124", COUNTING) != b"secret-1"


@given(st.binary(max_size=128), st.binary(min_size=1, max_size=60), st.binary(min_size=16, max_size=16))
def test_every_password_that_is_hidden_can_be_shown(password: bytes, secret: bytes, authenticator: bytes) -> None:
    assert pap_decode(pap_encode(password, secret, authenticator), secret, authenticator) == password.rstrip(b"\0")


@given(st.integers(0, 255), st.binary(max_size=60), st.binary(max_size=60))
def test_every_chap_response_matches_its_own_password_only(identifier: int, challenge: bytes, password: bytes) -> None:
    value = chap_response(identifier, challenge, password)
    assert chap_matches(value, challenge, password)
    assert not chap_matches(value, challenge, password + b"x")
