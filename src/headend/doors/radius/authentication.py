"""Access-Requests: many are looked up together, and each is decided alone."""

import logging
from collections.abc import Sequence
from hmac import compare_digest

from django.conf import settings
from django.utils import translation

from headend.access import facts, reasons
from headend.access.authorize import Refusal, decide
from headend.access.facts import Login, Lookup
from headend.doors.radius import translate
from headend.doors.radius.arrivals import Answer, Request
from headend.doors.radius.counts import Counts
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius.packet import Code, Packet, PacketError, encode_reply
from headend.lib.radius.passwords import chap_matches, pap_decode
from headend.system.sealing import SealingError

log = logging.getLogger(__name__)

METHOD_UNSUPPORTED = "method_unsupported"


def answer(requests: Sequence[Request], counts: Counts) -> list[Answer]:
    """The answers to Access-Requests, in three statements for all of them."""
    asked: list[tuple[Request, Lookup]] = []
    answers = []
    for request in requests:
        try:
            asked.append((request, translate.lookup(request)))
        except PacketError:
            counts.refused("packet_malformed", request.arrival.source, request.client)
            answers.append(Answer(request.arrival, None))
    logins = facts.load([lookup for _, lookup in asked], clock.now())
    for (request, lookup), login in zip(asked, logins, strict=True):
        try:
            answers.append(_decide(request, lookup, login, counts))
        except SealingError as error:
            # One secret that cannot be opened silences its own login and nobody else's.
            log.error("%s could not be answered: %s", lookup.name, error)
            answers.append(Answer(request.arrival, None))
    return answers


def _decide(request: Request, lookup: Lookup, login: Login, counts: Counts) -> Answer:
    known_method = request.packet.get(a.USER_PASSWORD) is not None or request.packet.get(a.CHAP_PASSWORD) is not None
    if login.facts.found:
        login.facts.password_right = known_method and _password_right(request, login)
    decision = decide(login.facts)
    if not isinstance(decision, Refusal):
        attributes = translate.grant(decision, request.client.vendor)
        return Answer(request.arrival, _reply(Code.ACCESS_ACCEPT, request, attributes))
    reason = decision.code.value if known_method else METHOD_UNSUPPORTED
    counts.refused(reason, request.arrival.source, request.client, lookup.name)
    with translation.override(request.client.language):
        text = reasons.public_text(decision)
    reply = _reply(Code.ACCESS_REJECT, request, [a.text(a.REPLY_MESSAGE, text)])
    return Answer(request.arrival, reply, settings.REJECT_DELAY_SECONDS)


def _password_right(request: Request, login: Login) -> bool:
    packet, secret = request.packet, request.client.secret
    try:
        return _matches(packet, secret, login.open_secret().encode())
    except PacketError:
        return False


def _matches(packet: Packet, secret: bytes, password: bytes) -> bool:
    presented = packet.get(a.USER_PASSWORD)
    if presented is not None:
        return compare_digest(pap_decode(presented, secret, packet.authenticator), password)
    response = packet.get(a.CHAP_PASSWORD)
    challenge = packet.get(a.CHAP_CHALLENGE) or packet.authenticator
    return response is not None and chap_matches(response, challenge, password)


def _reply(code: Code, request: Request, attributes: translate.Attributes) -> bytes:
    # Message-Authenticator first in every answer, always (CVE-2024-3596).
    return encode_reply(code, request.packet, attributes, request.client.secret, message_authenticator=True)
