"""A mail server: one mail handed over by SMTP (RFC 5321), with STARTTLS (RFC 3207), TLS from the beginning, or neither.

`Target.base_url` is `starttls://host:port`, `tls://host:port` or `plain://host:port`; the options are `from_address`, `from_name` and
`reply_to`. No server knows our ids: nothing is handed over twice.
"""

import base64
import re
import smtplib
import socket
import ssl
from dataclasses import replace
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from headend.lib import mailbox
from headend.lib.outside import ANSWER_SECONDS, CONNECT_SECONDS, Deadline, InsideError, look_up
from headend.messaging.gateways import mime, wire
from headend.messaging.gateways.adapter import Answer, Parcel, Reason, Target

KNOWS_OURS = False
# In all. The worker's claim to a message lasts longer.
WHOLE_SECONDS: Final = 20.0
STARTTLS: Final = "starttls"
TLS: Final = "tls"
PLAIN: Final = "plain"
PORTS: Final = {STARTTLS: 587, TLS: 465, PLAIN: 25}
_NOT_AVAILABLE: Final = 421
_TOO_LARGE: Final = 552
_LOGIN_NEEDED: Final = 530
# It takes the mail for somebody of another server, or does not say for whom.
_FORWARDED: Final = (251, 252)
_UNKNOWN: Final = Answer("unknown", reason="silent")
# What the first line of an answer begins with (RFC 3463).
_ENHANCED: Final = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})\b")
_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
# Of one answer. The longest that mail servers give are lists of what they can.
REPLY_LINES_MOST: Final = 100
REPLY_LINE_LONGEST: Final = 8192


def send(target: Target, parcel: Parcel) -> Answer:
    """Hands a mail over."""
    try:
        sender = mailbox.address(target.options["from_address"])
        parcel = replace(parcel, to=mailbox.address(parcel.to))
    except ValueError:
        return Answer("refused", reason="receiver")
    content = mime.write(
        parcel, sender=sender, name=target.options["from_name"], reply_to=target.options.get("reply_to", "")
    )
    deadline = Deadline(WHOLE_SECONDS)
    conversation = _Conversation(target, deadline)
    try:
        conversation.open(domain=sender.rpartition("@")[2])
        return conversation.hand_over(sender, parcel.to, content)
    except _RefusedError as refused:
        return refused.answer
    except InsideError:
        return Answer("refused", reason="inside")
    except (OSError, UnicodeError, smtplib.SMTPException) as error:
        return conversation.broken(error)
    finally:
        deadline.stop()
        conversation.close()


def place(security: str, host: str, port: int) -> str:
    """A `base_url`. Raises ValueError for what is none."""
    if security not in (STARTTLS, TLS, PLAIN) or not host or not 0 < port < 2**16:
        raise ValueError("this is no mail server")
    return f"{security}://{f'[{ip_address(host)}]' if ':' in host else host}:{port}"


def credit(target: Target) -> str:
    """A mail server sells nothing."""
    return ""


class _Client(smtplib.SMTP):
    """The library's, but that an answer has an end: its own gathers lines for as long as any come."""

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            assert self.sock is not None, "it is connected"
            self.file = self.sock.makefile("rb")
        lines: list[bytes] = []
        while len(lines) < REPLY_LINES_MOST:
            line = self.file.readline(REPLY_LINE_LONGEST + 1)
            if not line or len(line) > REPLY_LINE_LONGEST:
                break
            lines.append(line[4:].strip())
            if line[3:4] != b"-":
                return (int(line[:3]) if line[:3].isdigit() else -1), b"\n".join(lines)
        self.close()
        raise smtplib.SMTPServerDisconnected("the answer has no end")


class _RefusedError(Exception):
    """The mail server said no."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


class _Conversation:
    """One conversation with a mail server. `stage` is why it fails if it breaks off here."""

    def __init__(self, target: Target, deadline: Deadline) -> None:
        self.target = target
        self.deadline = deadline
        self.stage: Reason = "unreachable"
        self.smtp: smtplib.SMTP | None = None

    def open(self, *, domain: str) -> None:
        """Until the server would take a mail."""
        parts = urlsplit(self.target.base_url)
        host, security = parts.hostname or "", parts.scheme
        address = look_up(host, parts.port or 0, is_bounded=self.target.is_bounded)
        connection = socket.create_connection((address, parts.port or 0), timeout=CONNECT_SECONDS)
        self.deadline.watch(connection)
        self.stage = "greeting"
        connection.settimeout(ANSWER_SECONDS)
        # The name is told to the server: the library would look for one by DNS.
        self.smtp = _Client(local_hostname=domain)
        self.smtp.sock = self._encrypted(connection, host) if security == TLS else connection
        self._demand(220, *self.smtp.getreply())
        self._greet()
        if security == STARTTLS:
            self._start_tls(host)
        self.stage = "hung"
        if self.target.account:
            self._log_in()

    def hand_over(self, sender: str, receiver: str, content: bytes) -> Answer:
        """From the envelope to the last dot. What is not answered after that may be on its way."""
        assert self.smtp is not None, "it is open"
        size = ""
        if self.smtp.has_extn("size"):
            size = f" SIZE={len(content)}"
            limit = self.smtp.esmtp_features["size"].strip()
            if limit.isdigit() and 0 < int(limit) < len(content):
                raise _RefusedError(Answer("refused", reason="length", detail=f"{len(content)} > {limit}"))
        self._demand(250, *self.smtp.docmd("MAIL", f"FROM:<{sender}>{size}"), reason="from")
        code, said = self.smtp.docmd("RCPT", f"TO:<{receiver}>")
        if code not in _FORWARDED:
            self._demand(250, code, said, reason="receiver")
        self._demand(354, *self.smtp.docmd("DATA"))
        body = _DOT.sub(b"..", content)
        self.smtp.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        self.stage = "silent"
        self.smtp.send(b".\r\n")
        code, said = self.smtp.getreply()
        self._demand(250, code, said)
        words = wire.readable(self.target, _text(said))
        return Answer("accepted", reference=words[: wire.REFERENCE_LONGEST])

    def broken(self, error: Exception) -> Answer:
        """What it means that the conversation broke off."""
        if self.stage == "silent":
            return _UNKNOWN
        if isinstance(error, ssl.SSLCertVerificationError):
            return Answer("again", reason="certificate", detail=wire.readable(self.target, error.verify_message))
        return Answer("again", reason=self.stage)

    def close(self) -> None:
        """Without waiting for a farewell."""
        if self.smtp is not None:
            self.smtp.close()

    def _greet(self) -> None:
        assert self.smtp is not None, "it is open"
        code, _said = self.smtp.ehlo()
        if code != 250:
            self._demand(250, *self.smtp.helo())

    def _start_tls(self, host: str) -> None:
        smtp = self.smtp
        assert smtp is not None, "it is open"
        assert smtp.sock is not None, "it is open"
        if not smtp.has_extn("starttls"):
            raise _RefusedError(Answer("again", reason="tls"))
        self._demand(220, *smtp.docmd("STARTTLS"), reason="tls")
        # What was said before in clear is forgotten, also what somebody between sent too early.
        smtp.file = None
        smtp.sock = self._encrypted(smtp.sock, host)
        smtp.esmtp_features = {}
        self._greet()

    def _encrypted(self, connection: socket.socket, host: str) -> socket.socket:
        """Under the name of the host, whose certificate has to be good for it."""
        context = ssl.create_default_context()
        encrypted = context.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False)
        self.deadline.watch(encrypted)
        try:
            encrypted.do_handshake()
        except BaseException:
            encrypted.close()
            raise
        return encrypted

    def _log_in(self) -> None:
        """PLAIN (RFC 4616) or LOGIN, whichever the server knows."""
        smtp = self.smtp
        assert smtp is not None, "it is open"
        ways = smtp.esmtp_features.get("auth", "").upper().split()
        name, word = _encoded(self.target.account), _encoded(self.target.key)
        if "PLAIN" in ways:
            both = _encoded(f"\0{self.target.account}\0{self.target.key}")
            code, said = smtp.docmd("AUTH", f"PLAIN {both}")
        elif "LOGIN" in ways:
            self._demand(334, *smtp.docmd("AUTH", "LOGIN"), reason="login")
            self._demand(334, *smtp.docmd(name), reason="login")
            code, said = smtp.docmd(word)
        else:
            has_tls = smtp.has_extn("starttls")
            raise _RefusedError(Answer("refused", reason="encryption" if has_tls else "no_login"))
        self._demand(235, code, said, reason="login")

    def _demand(self, wanted: int, code: int, said: bytes, *, reason: Reason = "refused") -> None:
        if code == wanted:
            return
        words = wire.readable(self.target, f"{code} {_text(said)}")
        if 500 <= code < 600:
            raise _RefusedError(Answer("refused", reason=_why(code, _text(said), reason), detail=words))
        if 400 <= code < 500:
            passing: Reason = "trouble" if code == _NOT_AVAILABLE or reason == "login" else "later"
            raise _RefusedError(Answer("again", reason=passing, detail=words))
        # Nothing of SMTP: the port is somebody else's.
        raise _RefusedError(_UNKNOWN if self.stage == "silent" else Answer("again", reason=self.stage))


def _why(code: int, said: str, reason: Reason) -> Reason:
    """Servers mean more by one code than one thing; some of it can be read out of their words."""
    lower = said.casefold()
    subject, detail = ("", "") if (found := _ENHANCED.match(said)) is None else found.groups()
    if "starttls" in lower or "must use tls" in lower:
        return "encryption"
    if code == _LOGIN_NEEDED or "relay" in lower or "authentication required" in lower:
        return "relay"
    if code == _TOO_LARGE or (subject, detail) == ("3", "4"):
        return "receiver" if subject == "2" else "length"
    return "from" if reason == "receiver" and (subject, detail) in (("1", "7"), ("1", "8")) else reason


def _text(said: bytes) -> str:
    return said.decode("utf-8", "replace")


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
