"""What a simulated NAS says: the attributes of its requests, in the manner of RouterOS."""

import os
import random
import time

from headend.demo.nas.config import Config, Login
from headend.demo.nas.session import Session
from headend.lib.radius import attributes as at
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.passwords import chap_response, pap_encode

PPPOE_PORT_BASE = 15728640
HOTSPOT_PORT_BASE = 2149580800
HOTSPOT_INTERFACE = "wlan1"
PORTS = 2**20
PACKET_SIZE_BYTES = 900


def identity(config: Config, login: Login, *, session_id: str, number: int) -> list[tuple[int, bytes]]:
    """What describes a session in every packet about it; `number` counts the sessions."""
    if login.kind == "pppoe":
        kind = [
            at.integer(at.SERVICE_TYPE, at.ServiceType.FRAMED),
            at.integer(at.FRAMED_PROTOCOL, at.FRAMED_PROTOCOL_PPP),
            at.integer(at.NAS_PORT, PPPOE_PORT_BASE + number % PORTS),
            at.integer(at.NAS_PORT_TYPE, at.NasPortType.ETHERNET),
            at.text(at.NAS_PORT_ID, "ether2"),
            at.text(at.CALLED_STATION_ID, "pppoe-in"),
        ]
    else:
        # RouterOS sends no Service-Type for a hotspot.
        kind = [
            at.integer(at.NAS_PORT, HOTSPOT_PORT_BASE + number % PORTS),
            at.integer(at.NAS_PORT_TYPE, at.NasPortType.WIRELESS_802_11),
            at.text(at.NAS_PORT_ID, HOTSPOT_INTERFACE),
            at.text(at.CALLED_STATION_ID, config.hotspot.server_name if config.hotspot else "hotspot1"),
        ]
    return [
        *kind,
        at.text(at.CALLING_STATION_ID, login.mac),
        at.text(at.USER_NAME, login.username),
        at.text(at.ACCT_SESSION_ID, session_id),
        *_nas(config),
    ]


def proof(config: Config, login: Login, authenticator: bytes, *, with_chap: bool) -> list[tuple[int, bytes]]:
    """The password, hidden or as the answer to a challenge."""
    password = login.password.encode()
    if not with_chap:
        return [at.octets(at.USER_PASSWORD, pap_encode(password, config.secret, authenticator))]
    challenge = os.urandom(16)
    response = chap_response(random.randrange(256), challenge, password)
    return [at.octets(at.CHAP_CHALLENGE, challenge), at.octets(at.CHAP_PASSWORD, response)]


def digest_proof(chap_id: int, challenge: bytes, digest: bytes) -> list[tuple[int, bytes]]:
    """The answer that a guest's login page or portal computed to the hotspot's own challenge."""
    return [at.octets(at.CHAP_CHALLENGE, challenge), at.octets(at.CHAP_PASSWORD, bytes((chap_id,)) + digest)]


def of_nas(config: Config, status: AcctStatusType) -> list[tuple[int, bytes]]:
    """What Accounting-On and Accounting-Off say."""
    return [
        at.integer(at.ACCT_STATUS_TYPE, status),
        *_nas(config),
        at.integer(at.EVENT_TIMESTAMP, int(time.time())),
    ]


def report(session: Session, status: AcctStatusType) -> list[tuple[int, bytes]]:
    """What an Accounting-Request says of a session at this moment."""
    said = [
        at.integer(at.ACCT_STATUS_TYPE, status),
        *session.identity,
        *((at.CLASS, value) for value in session.grant.classes),
        at.integer(at.ACCT_AUTHENTIC, at.ACCT_AUTHENTIC_RADIUS),
        at.integer(at.EVENT_TIMESTAMP, int(time.time())),
    ]
    if status != AcctStatusType.START:
        # Input is what the NAS receives from the user (RFC 2866 section 5.3).
        said += [
            at.integer(at.ACCT_SESSION_TIME, int(session.counted_at - session.started_at)),
            at.integer(at.ACCT_INPUT_OCTETS, session.upload_bytes & at.INTEGER_MAX),
            at.integer(at.ACCT_INPUT_GIGAWORDS, session.upload_bytes >> 32 & at.INTEGER_MAX),
            at.integer(at.ACCT_INPUT_PACKETS, session.upload_bytes // PACKET_SIZE_BYTES & at.INTEGER_MAX),
            at.integer(at.ACCT_OUTPUT_OCTETS, session.download_bytes & at.INTEGER_MAX),
            at.integer(at.ACCT_OUTPUT_GIGAWORDS, session.download_bytes >> 32 & at.INTEGER_MAX),
            at.integer(at.ACCT_OUTPUT_PACKETS, session.download_bytes // PACKET_SIZE_BYTES & at.INTEGER_MAX),
        ]
    if session.cause is not None:
        said.append(at.integer(at.ACCT_TERMINATE_CAUSE, session.cause))
    return said


def _nas(config: Config) -> list[tuple[int, bytes]]:
    return [at.text(at.NAS_IDENTIFIER, config.identifier), at.address(at.NAS_IP_ADDRESS, config.address)]
