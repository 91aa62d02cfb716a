"""A merchant of the practice money network: takes its callbacks, and asks it over HTTP."""

import http.client
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.kit.money import KEY, Money

PATIENCE_SECONDS = 10.0
AMINA = "+254712345670"
PROMPTS = "/v1/prompts"
MESSAGES = "/v1/messages"


class Merchant:
    """Somebody who takes callbacks: what came, and what is answered, in this order and then always 200."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.url = ""
        self._news = threading.Condition()

    def take(self, content: dict[str, Any], headers: dict[str, str]) -> int:
        with self._news:
            self.got.append(content)
            self.headers.append(headers)
            self._news.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def waits_for(self, count: int) -> list[dict[str, Any]]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.got) >= count, PATIENCE_SECONDS), f"only {self.got} came"
            return list(self.got)


@contextmanager
def merchant_on_loopback() -> Iterator[Merchant]:
    merchant = Merchant()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = merchant.take(content, dict(self.headers))
            self.send_response(status)
            # A redirect leads back here: following it would deliver twice.
            self.send_header("Location", merchant.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        merchant.url = f"http://127.0.0.1:{server.server_address[1]}/callbacks/fake/token/?a=b"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield merchant
        finally:
            server.shutdown()
            thread.join()


def call(
    money: Money, method: str, path: str, content: Any = None, *, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """One request with the key, unless `headers` say otherwise; bytes go as they are."""
    connection = http.client.HTTPConnection(urlsplit(money.url).netloc, timeout=PATIENCE_SECONDS)
    try:
        body = content if isinstance(content, bytes | None) else json.dumps(content)
        connection.request(method, path, body, {"Authorization": f"Bearer {KEY}"} if headers is None else headers)
        response = connection.getresponse()
        assert response.headers["Content-Type"] == "application/json"
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def any_phone(last_digit: str = "0") -> str:
    return f"+2547{secrets.randbelow(10**7):07}{last_digit}"


def wish(url: str = "http://127.0.0.1:1/", **fields: Any) -> dict[str, Any]:
    usual = {"reference": secrets.token_hex(16), "phone": any_phone(), "amount": 5000, "currency": "KES"}
    return usual | {"description": "Day pass", "callback_url": url} | fields


def ask(money: Money, url: str, behaviour: str, **decision: Any) -> dict[str, Any]:
    """A prompt to a phone whose owner has decided; returns what was sent."""
    sent = wish(url)
    money.decides(sent["phone"], behaviour, **decision)
    status, content = call(money, "POST", PROMPTS, sent)
    assert status == 202
    assert content["request_id"].startswith("pm_")
    return sent | content


def status_of(money: Money, sent: dict[str, Any]) -> dict[str, Any]:
    status, content = call(money, "GET", f"{PROMPTS}/{sent['reference']}")
    assert status == 200
    assert isinstance(content, dict)
    return content


def text_to(phone: str, **fields: Any) -> dict[str, Any]:
    return {"id": secrets.token_hex(16), "to": phone, "body": "Karibu", "sender": "Baobab Net"} | fields
