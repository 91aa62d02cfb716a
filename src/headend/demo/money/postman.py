"""The SMTP side of the practice network (RFC 5321): whoever has the key hands mails in, and they stay here."""

import base64
import binascii
import re
import socketserver
from collections.abc import Callable
from hmac import compare_digest
from typing import Any, Final

from headend.demo.money.letters import Letters

ADDRESS: Final = "127.0.0.1"
SIZE_MOST_BYTES: Final = 2**20
LINE_MOST_BYTES: Final = 4096
RECEIVERS_MOST: Final = 50
SILENT_CLIENT_SECONDS: Final = 30
_PATH: Final = re.compile(r"(?i:FROM|TO):\s*<([^<>\s@]+@[^<>\s@]+)>(?:\s.*)?")


class Postman(socketserver.ThreadingTCPServer):
    """Takes mail on this machine; `port` is where. Raises OSError where it is taken."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, key: str, letters: Letters) -> None:
        self.key = key
        self.letters = letters
        super().__init__((ADDRESS, port), _Visit)
        self.port = int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody who hangs up, or says nothing, is no fault of ours."""


class _Visit(socketserver.StreamRequestHandler):
    """One connection."""

    server: Postman
    timeout = SILENT_CLIENT_SECONDS

    def setup(self) -> None:
        super().setup()
        self.is_known = self.is_over = False
        self._forget()

    def handle(self) -> None:
        self._say(220, "practice.example ESMTP: what comes here goes nowhere")
        while not self.is_over and (line := self.rfile.readline(LINE_MOST_BYTES)):
            if not line.endswith(b"\n"):
                self._say(500, "5.5.2 The line is too long")
                return
            verb, _space, rest = line.decode("utf-8", "replace").strip().partition(" ")
            _VERBS.get(verb.upper(), _Visit.unknown)(self, rest)

    def ehlo(self, _: str) -> None:
        self._forget()
        self._say(250, "practice.example", "8BITMIME", f"SIZE {SIZE_MOST_BYTES}", "AUTH PLAIN")

    def auth(self, rest: str) -> None:
        """PLAIN alone (RFC 4616): any name, and the key as the password."""
        way, _space, given = rest.partition(" ")
        if way.upper() != "PLAIN" or not given:
            return self._say(504, "5.5.4 Only AUTH PLAIN with its answer is taken")
        try:
            parts = base64.b64decode(given, validate=True).split(b"\0")
        except binascii.Error:
            return self._say(501, "5.5.2 This is no base64")
        self.is_known = len(parts) == 3 and compare_digest(parts[2], self.server.key.encode())
        if self.is_known:
            return self._say(235, "2.7.0 Welcome")
        return self._say(535, "5.7.8 The name or the password is wrong")

    def mail(self, rest: str) -> None:
        size = re.search(r"(?i)\bSIZE=(\d{1,12})\b", rest)
        if not self.is_known:
            self._say(530, "5.7.0 Authentication required")
        elif (found := _PATH.fullmatch(rest)) is None:
            self._say(501, "5.1.7 This is no address of a sender")
        elif size and int(size[1]) > SIZE_MOST_BYTES:
            self._say(552, "5.3.4 The mail is too large")
        else:
            self._forget()
            self.sender = found[1]
            self._say(250, "2.1.0 Ok")

    def receiver(self, rest: str) -> None:
        found = _PATH.fullmatch(rest)
        if not self.sender:
            self._say(503, "5.5.1 Who sends it?")
        elif found is None or found[1].startswith("nobody@"):
            self._say(550, "5.1.1 There is no such mailbox")
        elif len(self.receivers) >= RECEIVERS_MOST:
            self._say(452, "4.5.3 Too many receivers")
        else:
            self.receivers.append(found[1])
            self._say(250, "2.1.5 Ok")

    def data(self, _: str) -> None:
        if not self.receivers:
            return self._say(503, "5.5.1 Who gets it?")
        self._say(354, "End it with a dot alone in a line")
        content = bytearray()
        is_too_large = False
        while (line := self.rfile.readline(LINE_MOST_BYTES)) != b".\r\n":
            if not line:
                self.is_over = True
                return None
            # It is read to its end, so that the answer arrives.
            is_too_large = is_too_large or len(content) + len(line) > SIZE_MOST_BYTES
            if not is_too_large:
                content += line[1:] if line.startswith(b".") else line
        if is_too_large:
            self._say(552, "5.3.4 The mail is too large")
        else:
            number = self.server.letters.take(self.receivers, bytes(content))
            self._say(250, f"2.0.0 Ok: kept as {number}")
        return self._forget()

    def reset(self, _: str) -> None:
        self._forget()
        self._say(250, "2.0.0 Ok")

    def noop(self, _: str) -> None:
        self._say(250, "2.0.0 Ok")

    def quit(self, _: str) -> None:
        self.is_over = True
        self._say(221, "2.0.0 Bye")

    def unknown(self, _: str) -> None:
        self._say(502, "5.5.1 That is not known here")

    def _forget(self) -> None:
        self.sender = ""
        self.receivers: list[str] = []

    def _say(self, code: int, *lines: str) -> None:
        for number, line in enumerate(lines, 1):
            between = " " if number == len(lines) else "-"
            self.wfile.write(f"{code}{between}{line}\r\n".encode())


_VERBS: Final[dict[str, Callable[[_Visit, str], None]]] = {
    "EHLO": _Visit.ehlo,
    "HELO": _Visit.ehlo,
    "AUTH": _Visit.auth,
    "MAIL": _Visit.mail,
    "RCPT": _Visit.receiver,
    "DATA": _Visit.data,
    "RSET": _Visit.reset,
    "NOOP": _Visit.noop,
    "QUIT": _Visit.quit,
}
