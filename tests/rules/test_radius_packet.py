"""RADIUS packets: published vectors, what is discarded, and that whatever we write we can read."""

import contextlib
import hmac
from ipaddress import AddressValueError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.lib.radius import attributes as at
from headend.lib.radius.packet import (
    Code,
    Packet,
    PacketError,
    decode,
    encode_reply,
    encode_request,
    verify_message_authenticator,
    verify_reply,
    verify_request_authenticator,
)

SECRET = b"testing123"
COUNTING = bytes(range(16))

ACCESS_REQUEST = bytes.fromhex(
    "0107003f000102030405060708090a0b0c0d0e0f501271c5c95a9e4a6cb2df8b0d3f1de19d650107616c696365"
    "0212e58b6ab81189572b104607240014828b"
)
ACCESS_ACCEPT = bytes.fromhex(
    "0207002c20b464e16988b3e426df23abc32d5807501264079cd2788a0f6d595072b4a1ad5b631b0600000e10"
)
ACCOUNTING_START = bytes.fromhex("040900243b92795ab74e03790ac0cec649426af72806000000012c0a3831613030303031")
DISCONNECT = bytes.fromhex(
    "28030030931865c1ae9778dbcef7ba774edb06445012608ad6277d67913b6ac02e8967235fce2c0a3831613030303031"
)
STATUS_SERVER = bytes.fromhex("0c010026000102030405060708090a0b0c0d0e0f5012aab986ded10dbd45f99281c7bc944c58")

HIDDEN = bytes.fromhex("e58b6ab81189572b104607240014828b")
REPLIES = {
    Code.ACCESS_REQUEST: Code.ACCESS_REJECT,
    Code.ACCOUNTING_REQUEST: Code.ACCOUNTING_RESPONSE,
    Code.STATUS_SERVER: Code.ACCESS_ACCEPT,
    Code.DISCONNECT_REQUEST: Code.DISCONNECT_NAK,
    Code.COA_REQUEST: Code.COA_ACK,
}
# 80 is left out: the encoder writes it itself.
attribute_lists = st.lists(
    st.tuples(st.integers(1, 255).filter(lambda number: number != 80), st.binary(max_size=253)), max_size=12
)


def packet(*attributes: tuple[int, bytes]) -> Packet:
    return decode(encode_request(Code.ACCESS_REQUEST, 1, attributes, SECRET, message_authenticator=False))


def test_an_access_request_is_written_and_read_as_the_vector_says() -> None:
    attributes = [at.text(at.USER_NAME, "alice"), at.octets(at.USER_PASSWORD, HIDDEN)]
    assert encode_request(Code.ACCESS_REQUEST, 7, attributes, SECRET, authenticator=COUNTING) == ACCESS_REQUEST
    request = decode(ACCESS_REQUEST)
    assert (request.code, request.identifier, request.authenticator) == (Code.ACCESS_REQUEST, 7, COUNTING)
    assert [number for number, _ in request.attributes] == [80, 1, 2]
    assert request.text(at.USER_NAME) == "alice"
    assert verify_message_authenticator(request, SECRET) is True
    assert verify_message_authenticator(request, b"another secret") is False


def test_an_accept_is_written_and_read_as_the_vector_says() -> None:
    request = decode(ACCESS_REQUEST)
    attributes = [at.integer(at.SESSION_TIMEOUT, 3600)]
    written = encode_reply(Code.ACCESS_ACCEPT, request, attributes, SECRET, message_authenticator=True)
    assert written == ACCESS_ACCEPT
    reply = decode(ACCESS_ACCEPT)
    assert verify_reply(reply, COUNTING, SECRET)
    assert verify_message_authenticator(reply, SECRET, COUNTING) is True
    assert reply.integer(at.SESSION_TIMEOUT) == 3600
    assert not verify_reply(reply, bytes(16), SECRET)
    assert not verify_reply(reply, COUNTING, b"another secret")


def test_the_response_authenticator_of_rfc_2865_section_7_1() -> None:
    secret, authenticator = b"xyzzy5461", bytes.fromhex("0f403f9473978057bd83d5cb98f4227a")
    request = decode(encode_request(1, 0, [], secret, authenticator=authenticator, message_authenticator=False))
    attributes = [(6, bytes.fromhex("00000001")), (15, bytes.fromhex("00000000")), (14, bytes.fromhex("c0a80103"))]
    reply = decode(encode_reply(2, request, attributes, secret, message_authenticator=False))
    assert reply.authenticator == bytes.fromhex("86fe220e7624ba2a1005f6bf9b55e0b2")
    assert reply.raw[20:] == bytes.fromhex("0606000000010f0600000000" + "0e06c0a80103")
    assert verify_reply(reply, authenticator, secret)
    assert verify_message_authenticator(reply, secret, authenticator) is None


def test_an_accounting_start_is_written_and_read_as_the_vector_says() -> None:
    attributes = [at.integer(at.ACCT_STATUS_TYPE, at.AcctStatusType.START), at.text(at.ACCT_SESSION_ID, "81a00001")]
    written = encode_request(Code.ACCOUNTING_REQUEST, 9, attributes, SECRET, message_authenticator=False)
    assert written == ACCOUNTING_START
    request = decode(ACCOUNTING_START)
    assert verify_request_authenticator(request, SECRET)
    assert not verify_request_authenticator(request, b"another secret")
    assert verify_message_authenticator(request, SECRET) is None


def test_a_disconnect_is_written_and_read_as_the_vector_says() -> None:
    attributes = [at.text(at.ACCT_SESSION_ID, "81a00001")]
    assert encode_request(Code.DISCONNECT_REQUEST, 3, attributes, SECRET) == DISCONNECT
    request = decode(DISCONNECT)
    assert verify_request_authenticator(request, SECRET)
    assert verify_message_authenticator(request, SECRET) is True


def test_a_status_server_is_written_and_read_as_the_vector_says() -> None:
    assert encode_request(Code.STATUS_SERVER, 1, [], SECRET, authenticator=COUNTING) == STATUS_SERVER
    assert verify_message_authenticator(decode(STATUS_SERVER), SECRET) is True


@pytest.mark.parametrize("datagram", [ACCESS_REQUEST, DISCONNECT, STATUS_SERVER])
def test_every_changed_byte_breaks_the_message_authenticator_of_a_request(datagram: bytes) -> None:
    for position in range(len(datagram)):
        changed = bytearray(datagram)
        changed[position] ^= 0x01
        try:
            altered = decode(bytes(changed))
        except PacketError:
            continue
        signed = verify_message_authenticator(altered, SECRET)
        # The authenticator of a Disconnect is not under its Message-Authenticator: it has a signature of its own.
        assert signed is not True or not verify_request_authenticator(altered, SECRET)


def signed_by_hand(*attributes: tuple[int, bytes], at_byte: int) -> Packet:
    """A request whose Message-Authenticator, 16 zeros so far, is computed over the bytes as they stand."""
    datagram = encode_request(
        Code.ACCESS_REQUEST, 7, attributes, SECRET, authenticator=COUNTING, message_authenticator=False
    )
    signature = hmac.digest(SECRET, datagram, "md5")
    return decode(datagram[:at_byte] + signature + datagram[at_byte + 16 :])


def test_a_message_authenticator_need_not_come_first() -> None:
    request = signed_by_hand(at.text(at.USER_NAME, "alice"), (80, bytes(16)), at_byte=29)
    assert verify_message_authenticator(request, SECRET) is True


@pytest.mark.parametrize("at_byte", [22, 40])
def test_two_message_authenticators_are_wrong_though_one_is_right(at_byte: int) -> None:
    request = signed_by_hand((80, bytes(16)), (80, bytes(16)), at_byte=at_byte)
    assert verify_message_authenticator(request, SECRET) is False


def test_a_message_authenticator_of_another_size_is_wrong() -> None:
    # Its first 16 bytes are right.
    assert verify_message_authenticator(signed_by_hand((80, bytes(17)), at_byte=22), SECRET) is False
    assert verify_message_authenticator(packet((80, bytes(15))), SECRET) is False
    assert verify_message_authenticator(packet((80, b"")), SECRET) is False


def test_a_reply_is_not_signed_as_long_as_its_request_is_unknown() -> None:
    assert verify_message_authenticator(decode(ACCESS_ACCEPT), SECRET) is False
    # Not even where the authenticator of the request is taken to be zeros.
    request = decode(encode_request(Code.ACCESS_REQUEST, 1, [], SECRET, authenticator=bytes(16)))
    reply = decode(encode_reply(Code.ACCOUNTING_RESPONSE, request, [], SECRET, message_authenticator=True))
    assert verify_message_authenticator(reply, SECRET) is False
    assert verify_message_authenticator(reply, SECRET, bytes(16)) is True


def test_a_reply_with_a_wrong_message_authenticator_does_not_verify() -> None:
    request = decode(ACCESS_REQUEST)
    # The Response Authenticator is right, because it is made after the wrong attribute was put in.
    forged = encode_reply(Code.ACCESS_ACCEPT, request, [(80, bytes(16))], SECRET, message_authenticator=False)
    assert not verify_reply(decode(forged), COUNTING, SECRET)


def test_proxy_states_are_copied_in_order_behind_the_attributes() -> None:
    states = [(at.PROXY_STATE, b"outer"), (at.PROXY_STATE, b"inner"), (at.PROXY_STATE, b"outer")]
    request = decode(encode_request(1, 5, [states[0], at.text(1, "alice"), *states[1:]], SECRET))
    reply = decode(encode_reply(3, request, [at.text(at.REPLY_MESSAGE, "no")], SECRET, message_authenticator=True))
    assert reply.attributes[0][0] == 80
    assert reply.attributes[1:] == [(at.REPLY_MESSAGE, b"no"), *states]
    assert verify_reply(reply, request.authenticator, SECRET)


def test_a_random_authenticator_is_new_for_every_request() -> None:
    made = {decode(encode_request(Code.ACCESS_REQUEST, 1, [], SECRET)).authenticator for _ in range(20)}
    assert len(made) == 20


def test_padding_behind_the_length_is_ignored() -> None:
    request = decode(ACCESS_REQUEST + b"padding")
    assert request.raw == ACCESS_REQUEST
    assert verify_message_authenticator(request, SECRET) is True


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "0 bytes, fewer than the 20"),
        (ACCESS_REQUEST[:19], "19 bytes, fewer than the 20"),
        (b"\x01\x01\x00\x13" + bytes(16), "Length field says 19"),
        (b"\x01\x01\x10\x01" + bytes(4093), "Length field says 4097, more than the 4096"),
        (ACCESS_REQUEST[:-1], "only 62 bytes"),
        (b"\x01\x01\x00\x15" + bytes(16) + b"\x01", "attribute 1 runs past"),
        (b"\x01\x01\x00\x16" + bytes(16) + b"\x01\x00", "attribute 1 has length 0"),
        (b"\x01\x01\x00\x16" + bytes(16) + b"\x01\x01", "attribute 1 has length 1"),
        (b"\x01\x01\x00\x16" + bytes(16) + b"\x01\x03", "attribute 1 runs past"),
        (b"\x01\x01\x00\x16" + bytes(16) + b"\x01\x03x", "attribute 1 runs past"),
    ],
)
def test_a_broken_datagram_is_refused_with_its_reason(datagram: bytes, reason: str) -> None:
    with pytest.raises(PacketError, match=reason):
        decode(datagram)


def test_the_largest_and_the_smallest_packet_are_read() -> None:
    assert decode(b"\x01\x01\x00\x14" + bytes(16)).attributes == []
    largest = [(25, bytes(253))] * 15 + [(25, bytes(249))]
    datagram = encode_request(1, 1, largest, SECRET, message_authenticator=False)
    assert len(datagram) == 4096
    assert decode(datagram).attributes == largest


def test_what_does_not_fit_is_not_written() -> None:
    with pytest.raises(PacketError, match="254 bytes"):
        encode_request(1, 1, [(25, bytes(254))], SECRET)
    with pytest.raises(PacketError, match="4097 bytes"):
        encode_request(1, 1, [(25, bytes(253))] * 15 + [(25, bytes(250))], SECRET, message_authenticator=False)
    with pytest.raises(PacketError, match="authenticator has 16"):
        encode_request(1, 1, [], SECRET, authenticator=b"short")


def test_values_are_read_by_kind() -> None:
    request = packet((1, b"n\xc3\xa9ema"), (25, b"a"), (25, b"b"), (27, bytes.fromhex("ffffffff")))
    assert request.text(1) == "néema"
    assert (request.get(25), request.get_all(25)) == (b"a", [b"a", b"b"])
    assert request.integer(27) == 4294967295
    assert (request.get(99), request.get_all(99), request.text(99), request.integer(99)) == (None, [], None, None)
    assert request.label(99) == ""


@pytest.mark.parametrize(
    ("value", "text", "label"),
    [
        (b"81a00001", "81a00001", "81a00001"),
        (b"81a00001\0", "81a00001", "81a00001"),
        (b"ali\0ce", "alice", "616c69006365"),
        (b"Jos\xe9", "José", "4a6f73e9"),
        (b"n\xc3\xa9ema", "néema", "néema"),
        (b"a\xc2\xa0b", "a\xa0b", "61c2a062"),
        (b"\0\0", "", "0000"),
        (b"", "", ""),
        (b"\xff" * 253, "ÿ" * 253, "f" * 253),
    ],
)
def test_text_is_such_that_every_database_keeps_it(value: bytes, text: str, label: str) -> None:
    assert (packet((1, value)).text(1), packet((1, value)).label(1)) == (text, label)


@given(st.binary(max_size=120), st.binary(max_size=120))
def test_no_two_values_have_one_label_but_for_nuls_at_their_end(one: bytes, other: bytes) -> None:
    first, second = packet((1, one)).label(1), packet((1, other)).label(1)
    # Hexadecimal digits may be text as well: nothing sends the same thing in both ways.
    if first == second and first.encode() not in (one, other):
        assert one.rstrip(b"\0") == other.rstrip(b"\0")


def test_a_number_has_four_bytes() -> None:
    with pytest.raises(PacketError, match="must have 4 bytes, but has 3"):
        packet((27, b"abc")).integer(27)


def test_vendor_attributes_are_found_alone_and_together() -> None:
    alone = at.vendor_text(at.MIKROTIK, at.MIKROTIK_RATE_LIMIT, "2M/10M")
    together = (26, at.MIKROTIK.to_bytes(4) + bytes.fromhex("0106000000ff" + "0306") + b"home")
    other = at.vendor_integer(at.WISPR, at.WISPR_BANDWIDTH_MAX_UP, 64000)
    request = packet(other, together, alone)
    assert request.vendor(at.MIKROTIK, at.MIKROTIK_RATE_LIMIT) == b"2M/10M"
    assert request.vendor(at.MIKROTIK, at.MIKROTIK_RECV_LIMIT) == bytes.fromhex("000000ff")
    assert request.vendor(at.MIKROTIK, at.MIKROTIK_GROUP) == b"home"
    assert request.vendor(at.WISPR, at.WISPR_BANDWIDTH_MAX_UP) == (64000).to_bytes(4)
    assert request.vendor(at.WISPR, at.MIKROTIK_RATE_LIMIT) is None


@pytest.mark.parametrize("tail", ["01", "0100", "0101", "0107aa", "01030a02"])
def test_a_broken_vendor_attribute_is_ignored_as_a_whole(tail: str) -> None:
    broken = (26, at.MIKROTIK.to_bytes(4) + bytes.fromhex(tail))
    whole = at.vendor_text(at.MIKROTIK, 1, "right")
    assert packet(broken).vendor(at.MIKROTIK, 1) is None
    assert packet(broken, whole).vendor(at.MIKROTIK, 1) == b"right"
    assert packet((26, b"\0\0")).vendor(at.MIKROTIK, 1) is None


def test_attributes_are_encoded_by_kind() -> None:
    assert at.text(at.USER_NAME, "alice") == (1, b"alice")
    assert at.integer(at.SESSION_TIMEOUT, 3600) == (27, bytes.fromhex("00000e10"))
    assert at.address(at.FRAMED_IP_ADDRESS, "10.0.0.1") == (8, bytes.fromhex("0a000001"))
    assert at.octets(at.CLASS, b"\0\xff") == (25, b"\0\xff")
    assert at.vendor_text(at.MIKROTIK, 8, "1M") == (26, bytes.fromhex("00003a8c0804") + b"1M")
    assert at.vendor_integer(at.CHILLISPOT, 3, 1) == (26, bytes.fromhex("000038df030600000001"))


def test_long_text_is_cut_between_characters() -> None:
    assert at.text(18, "x" * 300) == (18, b"x" * 253)
    assert at.text(18, "é" * 127) == (18, "é".encode() * 126)
    kind, value = at.vendor_text(at.MIKROTIK, 8, "€" * 100)
    assert (kind, len(value), value[6:]) == (26, 252, "€".encode() * 82)


def test_numbers_and_addresses_out_of_range_are_refused() -> None:
    for number in (-1, 2**32):
        with pytest.raises(ValueError, match="32 bits"):
            at.integer(27, number)
        with pytest.raises(ValueError, match="32 bits"):
            at.vendor_integer(at.MIKROTIK, 17, number)
    for address in ("10.0.0", "10.0.0.256", "::1", ""):
        with pytest.raises(AddressValueError):
            at.address(8, address)
    with pytest.raises(ValueError, match="254 bytes"):
        at.octets(25, bytes(254))


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(datagram: bytes) -> None:
    read_or_refuse(datagram)


@given(st.binary(max_size=80), st.integers(0, 255))
def test_random_attributes_behind_a_right_header_are_read_or_refused(tail: bytes, code: int) -> None:
    read_or_refuse(bytes((code, 1)) + (20 + len(tail)).to_bytes(2) + COUNTING + tail)


def read_or_refuse(datagram: bytes) -> None:
    try:
        read = decode(datagram)
    except PacketError:
        return
    # What was read is exactly what arrived, and no question about it raises anything else.
    joined = b"".join(bytes((number, len(value) + 2)) + value for number, value in read.attributes)
    assert read.raw[20:] == joined
    assert verify_message_authenticator(read, SECRET) is not True
    assert verify_request_authenticator(read, SECRET) is False
    assert verify_reply(read, COUNTING, SECRET) is False
    for number, _ in read.attributes:
        read.vendor(at.MIKROTIK, number)
        for question in (read.text, read.integer):
            with contextlib.suppress(PacketError):
                question(number)


@given(st.sampled_from(list(REPLIES)), st.integers(0, 255), attribute_lists, st.binary(min_size=1, max_size=80))
def test_every_request_that_is_written_is_read_and_verified(
    code: Code, identifier: int, attributes: list[tuple[int, bytes]], secret: bytes
) -> None:
    read = decode(encode_request(code, identifier, attributes, secret))
    assert (read.code, read.identifier) == (code, identifier)
    assert read.attributes[0][0] == 80
    assert read.attributes[1:] == attributes
    assert verify_message_authenticator(read, secret) is True
    assert verify_message_authenticator(read, secret + b"x") is False
    if code not in (Code.ACCESS_REQUEST, Code.STATUS_SERVER):
        assert verify_request_authenticator(read, secret) is True


@given(st.sampled_from(list(REPLIES)), st.integers(0, 255), attribute_lists, st.booleans())
def test_every_reply_that_is_written_is_read_and_verified(
    code: Code, identifier: int, attributes: list[tuple[int, bytes]], signed: bool
) -> None:
    request = decode(encode_request(code, identifier, [], SECRET))
    reply = decode(encode_reply(REPLIES[code], request, attributes, SECRET, message_authenticator=signed))
    assert (reply.code, reply.identifier) == (REPLIES[code], identifier)
    assert reply.attributes[1 if signed else 0 :] == attributes
    assert verify_reply(reply, request.authenticator, SECRET)
    assert not verify_reply(reply, request.authenticator, SECRET + b"x")
    assert verify_message_authenticator(reply, SECRET, request.authenticator) is (True if signed else None)
