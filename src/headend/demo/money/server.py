"""The HTTP side of the practice network: `/v1/...` for merchants with a key, the rest for who plays.

The second kind needs no key: it stands for the people who hold the phones, and is heard on this machine only.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Callable
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from headend.demo.money import reading, refused
from headend.demo.money.config import Config
from headend.demo.money.letters import Letters
from headend.demo.money.network import Network
from headend.demo.money.postman import Postman
from headend.demo.money.reading import Page
from headend.demo.money.refused import RefusedError
from headend.demo.money.texts import Texts

ADDRESS: Final = "127.0.0.1"
BODY_MOST_BYTES: Final = 16 * 1024
# A larger content is read so far before it is refused: a connection closed over unread bytes loses the answer.
LEFTOVER_MOST_BYTES: Final = 2**20
SILENT_CLIENT_SECONDS: Final = 10
DRIP_SECONDS: Final = 0.05

Answer = tuple[int, Any]


class PracticeServer(ThreadingHTTPServer):
    """Serves a network on this machine; `url` is where. Raises OSError when the port is taken."""

    daemon_threads = True
    # Several merchants' workers may come at the same moment.
    request_queue_size = 128

    def __init__(self, config: Config) -> None:
        self.config = config
        self.network = Network(config)
        self.texts = Texts()
        self.letters = Letters()
        self.postman = Postman(config.mail_port, config.key, self.letters)
        try:
            super().__init__((ADDRESS, config.port), _Handler)
        except OSError:
            self.postman.server_close()
            raise
        self.url = f"http://{ADDRESS}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what is a fault of ours; somebody who hangs up is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Serve both sides until `shutdown`."""
        threading.Thread(target=self.postman.serve_forever, args=(poll_interval,), daemon=True).start()
        super().serve_forever(poll_interval)

    def shutdown(self) -> None:
        """Take nothing more."""
        self.postman.shutdown()
        super().shutdown()

    def server_close(self) -> None:
        """Stop listening, and let the network end."""
        self.network.close()
        self.postman.server_close()
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    """One request; see the table of doors at the end."""

    server: PracticeServer
    protocol_version = "HTTP/1.1"
    server_version = "practice-money/1"
    timeout = SILENT_CLIENT_SECONDS

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""

    def ask(self, _: str) -> Answer:
        """`POST /v1/prompts`."""
        prompt = self.server.network.ask(self._fields())
        if prompt.behaviour.deed == "drips":
            self._drip()
            return 0, None
        self._send(HTTPStatus.ACCEPTED, {"request_id": prompt.request_id})
        self.server.network.begin(prompt)
        return 0, None

    def query(self, reference: str) -> Answer:
        """`GET /v1/prompts/<reference>`."""
        return HTTPStatus.OK, self.server.network.query(reference)

    def send_text(self, _: str) -> Answer:
        """`POST /v1/messages`."""
        message_id, is_new = self.server.texts.send(self._fields())
        return HTTPStatus.ACCEPTED if is_new else HTTPStatus.OK, {"message_id": message_id}

    def decide(self, phone: str) -> Answer:
        """`POST /phone/<phone>`."""
        behaviour = self.server.network.decide(refused.phone(phone, "phone_invalid"), self._fields())
        said = {"behaviour": behaviour.deed, "after_seconds": behaviour.after_seconds, "amount": behaviour.amount}
        return HTTPStatus.OK, {"phone": phone, **said, "reason": behaviour.reason}

    def prompts(self, phone: str) -> Answer:
        """`GET /phone/<phone>`."""
        return HTTPStatus.OK, self.server.network.seen_on(refused.phone(phone, "phone_invalid"))

    def texts(self, phone: str) -> Answer:
        """`GET /sms/<phone>`."""
        return HTTPStatus.OK, self.server.texts.got_by(refused.phone(phone, "phone_invalid"))

    def mails(self, address: str) -> Answer:
        """`GET /mail/<address>`."""
        return HTTPStatus.OK, self.server.letters.got_by(address)

    def everything(self, _: str) -> Answer:
        """`GET /`."""
        return HTTPStatus.OK, reading.everything(self.server.letters.all(), self.server.texts.all())

    def letter(self, number: str) -> Answer:
        """`GET /letters/<number>`."""
        letter = self.server.letters.find(number)
        if letter is None:
            raise RefusedError(404, "not_found", "There is no such letter.")
        return HTTPStatus.OK, reading.letter(letter)

    def _serve(self, method: str) -> None:
        self.close_connection = True
        try:
            self._content = self._read() if method == "POST" else b""
            status, content = self._answer(method)
        except RefusedError as error:
            status, content = error.status, {"error": error.code, "message": str(error)}
        if status:
            self._send(status, content)

    def _answer(self, method: str) -> Answer:
        path = urlsplit(self.path).path
        if path.startswith("/v1/"):
            self._check_key()
        found = [(verb, act, match[1]) for verb, pattern, act in _DOORS if (match := pattern.fullmatch(path))]
        if not found:
            raise RefusedError(404, "not_found", "There is no such door.")
        for verb, act, name in found:
            if verb == method:
                return act(self, unquote(name))
        raise RefusedError(405, "method_not_allowed", "This door is not opened so.")

    def _check_key(self) -> None:
        given = self.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not compare_digest(given, f"Bearer {self.server.config.key}".encode()):
            raise RefusedError(401, "unauthorized", "The key is missing or wrong.")

    def _read(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,9}", length):
            raise RefusedError(411, "length_required", "The length of the content must be given.")
        content = self.rfile.read(min(int(length), LEFTOVER_MOST_BYTES))
        if int(length) > BODY_MOST_BYTES:
            raise RefusedError(413, "too_large", f"A request has at most {BODY_MOST_BYTES} bytes.")
        return content

    def _fields(self) -> dict[str, Any]:
        try:
            fields = json.loads(self._content)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            raise RefusedError(400, "json_invalid", "The content must be a JSON object.")
        return fields

    def _send(self, status: int, content: Any) -> None:
        is_page = isinstance(content, Page)
        answer = (content if is_page else json.dumps(content)).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
            if is_page:
                self.send_header("Content-Security-Policy", reading.POLICY)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer)
        except ConnectionError:
            # Whoever asked has stopped waiting; what was done stays done.
            return

    def _drip(self) -> None:
        """Answers with a byte now and then: no pause is long, and the whole never comes."""
        try:
            self.send_response(HTTPStatus.ACCEPTED)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            for _ in range(int(self.server.config.unreachable_seconds / DRIP_SECONDS)):
                self.wfile.write(b" ")
                time.sleep(DRIP_SECONDS)
        except ConnectionError:
            # Whoever asked has hung up.
            return


_DOORS: Final[tuple[tuple[str, re.Pattern[str], Callable[[_Handler, str], Answer]], ...]] = (
    ("POST", re.compile(r"/v1/prompts()"), _Handler.ask),
    ("GET", re.compile(r"/v1/prompts/([^/]+)"), _Handler.query),
    ("POST", re.compile(r"/v1/messages()"), _Handler.send_text),
    ("POST", re.compile(r"/phone/([^/]+)"), _Handler.decide),
    ("GET", re.compile(r"/phone/([^/]+)"), _Handler.prompts),
    ("GET", re.compile(r"/sms/([^/]+)"), _Handler.texts),
    ("GET", re.compile(r"/mail/([^/]+)"), _Handler.mails),
    ("GET", re.compile(r"/()"), _Handler.everything),
    ("GET", re.compile(r"/letters/([0-9]+)"), _Handler.letter),
)
