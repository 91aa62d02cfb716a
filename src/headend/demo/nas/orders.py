"""What the server may order a simulated NAS to do: end a session (RFC 5176)."""

import time
from collections.abc import Callable, Iterable

from headend.demo.nas.config import Config
from headend.demo.nas.session import ADMIN_RESET, Session
from headend.lib.radius import attributes as at
from headend.lib.radius.attributes import ErrorCause
from headend.lib.radius.packet import (
    Code,
    Packet,
    decode,
    encode_reply,
    verify_message_authenticator,
    verify_request_authenticator,
)

REPLAY_SECONDS = 30
CLOCK_SKEW_SECONDS = 300

_NAS_IDENTIFICATION = frozenset((at.NAS_IP_ADDRESS, at.NAS_IDENTIFIER))
_SESSION_IDENTIFICATION = frozenset(
    (
        at.USER_NAME,
        at.NAS_PORT,
        at.FRAMED_IP_ADDRESS,
        at.CALLED_STATION_ID,
        at.CALLING_STATION_ID,
        at.ACCT_SESSION_ID,
        at.NAS_PORT_ID,
    )
)
_ALWAYS_ALLOWED = frozenset((at.EVENT_TIMESTAMP, at.PROXY_STATE, at.MESSAGE_AUTHENTICATOR))
_DISCONNECT_ATTRIBUTES = _NAS_IDENTIFICATION | _SESSION_IDENTIFICATION | _ALWAYS_ALLOWED


class Orders:
    """Judges the server's requests over the open `sessions()`; `close(session, cause)` is called to end one."""

    def __init__(
        self, config: Config, sessions: Callable[[], Iterable[Session]], close: Callable[[Session, int], None]
    ) -> None:
        self._secret = config.secret
        self._sessions = sessions
        self._close = close
        self._nas = (
            at.address(at.NAS_IP_ADDRESS, config.address),
            at.text(at.NAS_IDENTIFIER, config.identifier),
        )
        self._answered: dict[tuple[tuple[str, int], int, bytes], tuple[float, bytes]] = {}

    def answer(self, datagram: bytes, peer: tuple[str, int]) -> bytes | None:
        """Return the reply, or None where a router keeps silent; raises PacketError for garbage.

        Silence meets a wrong secret and an old timestamp (RFC 5176 sections 2.3 and 6.3). A repeated request gets the
        same bytes again (RFC 5080 section 2.2.2).
        """
        request = decode(datagram)
        signed = verify_message_authenticator(request, self._secret)
        if request.code not in (Code.DISCONNECT_REQUEST, Code.COA_REQUEST) or signed is False:
            return None
        if not verify_request_authenticator(request, self._secret):
            return None
        sent_at = request.integer(at.EVENT_TIMESTAMP)
        if sent_at is not None and abs(time.time() - sent_at) > CLOCK_SKEW_SECONDS:
            return None
        now = time.monotonic()
        self._answered = {key: kept for key, kept in self._answered.items() if now - kept[0] < REPLAY_SECONDS}
        key = (peer, request.identifier, request.authenticator)
        if key not in self._answered:
            code, attribute = self._obey(request)
            reply = encode_reply(code, request, [attribute], self._secret, message_authenticator=signed is True)
            self._answered[key] = now, reply
        return self._answered[key][1]

    def _obey(self, request: Packet) -> tuple[Code, tuple[int, bytes]]:
        if request.code == Code.COA_REQUEST:
            return Code.COA_NAK, at.integer(at.ERROR_CAUSE, ErrorCause.UNSUPPORTED_SERVICE)
        meant = self._meant(request)
        refusal = self._refusal(request, len(meant))
        if refusal is not None:
            return Code.DISCONNECT_NAK, at.integer(at.ERROR_CAUSE, refusal)
        self._close(meant[0], ADMIN_RESET)
        return Code.DISCONNECT_ACK, at.integer(at.ACCT_TERMINATE_CAUSE, ADMIN_RESET)

    def _meant(self, request: Packet) -> list[Session]:
        """Return the sessions of which all the identification that is given is true."""
        wanted = [attribute for attribute in request.attributes if attribute[0] in _SESSION_IDENTIFICATION]
        return [session for session in self._sessions() if all(attribute in session.identity for attribute in wanted)]

    def _refusal(self, request: Packet, meant_count: int) -> ErrorCause | None:
        given = {number for number, _ in request.attributes}
        if not given <= _DISCONNECT_ATTRIBUTES:
            return ErrorCause.UNSUPPORTED_ATTRIBUTE
        nas = [attribute for attribute in request.attributes if attribute[0] in _NAS_IDENTIFICATION]
        if any(attribute not in self._nas for attribute in nas):
            return ErrorCause.NAS_IDENTIFICATION_MISMATCH
        if not given & _SESSION_IDENTIFICATION:
            return ErrorCause.MISSING_ATTRIBUTE
        if meant_count == 0:
            return ErrorCause.SESSION_CONTEXT_NOT_FOUND
        return None if meant_count == 1 else ErrorCause.MULTIPLE_SESSION_SELECTION_UNSUPPORTED
