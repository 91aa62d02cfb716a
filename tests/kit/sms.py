"""Carriers of SMS on loopback: each refuses what the real one refuses, in its own words."""

import base64
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY = "the-key-of-the-carrier"
ACCOUNT = "baobab"
SENDER = "BaobabNet"
SMS_LONGEST = 1600


@dataclass
class Sent:
    """A message that a carrier took."""

    to: str
    text: str
    sender: str


class Unanswered(Exception):  # noqa: N818 - no error: the carrier says nothing
    """The carrier took the request and hangs up."""


@dataclass
class Carriers:
    """All of them on one port. `mood` is what they do: nothing special, `silent`, `lost on the way back`, `throttled`, `page`, `trouble`, `no credit`."""

    mood: str = ""
    sent: list[Sent] = field(default_factory=list)
    requests: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        carriers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                carriers.requests += 1
                carriers.headers = {name.casefold(): value for name, value in self.headers.items()}
                try:
                    status, answer = carriers.answer(self.path, body)
                except Unanswered:
                    return
                self.reply(status, answer)

            def do_GET(self) -> None:
                carriers.headers = {name.casefold(): value for name, value in self.headers.items()}
                self.reply(*carriers.told(self.path))

            def reply(self, status: int, answer: Any) -> None:
                content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path: str, body: bytes) -> tuple[int, Any]:
        """What is said to a message."""
        if self.mood == "throttled":
            return 429, {"message": "Too many requests"}
        if self.mood == "page":
            return 200, "<!DOCTYPE html><title>It works!</title>"
        if self.mood == "trouble":
            return 503, {"message": "try later"}
        name = next(name for begin, name in _PATHS.items() if path.startswith(begin))
        status, answer = getattr(self, f"_{name}")(path, body)
        if self.mood == "silent":
            raise Unanswered
        if self.mood == "lost on the way back":
            return 504, "upstream request timeout"
        return status, answer

    def told(self, path: str) -> tuple[int, Any]:
        """What is said of credit."""
        if path.startswith("/version1/user"):
            return 200, {"UserData": {"balance": "KES 100.00"}}
        if path.endswith("/Balance.json"):
            return 200, {"balance": "12.34", "currency": "USD"}
        return 200, {"credits": {"balance": 250.5}}

    def _take(self, to: str, text: str, sender: str) -> str:
        """Why it is not sent, as a word; empty where it is."""
        if self.mood == "no credit":
            return "credit"
        if sender not in ("", SENDER, "+254711000000"):
            return "sender"
        if not to.lstrip("+").startswith("254"):
            return "number"
        if len(text) > SMS_LONGEST:
            return "length"
        self.sent.append(Sent(to, text, sender))
        return ""

    def _is_known(self) -> bool:
        basic = base64.b64encode(f"{ACCOUNT}:{KEY}".encode()).decode()
        return self.headers.get("authorization") == f"Basic {basic}"

    def _africastalking(self, path: str, body: bytes) -> tuple[int, Any]:
        given = _form(body)
        if self.headers.get("apikey") != KEY or given.get("username") != ACCOUNT:
            return 401, "The supplied authentication is invalid"
        why = self._take(given["to"], given["message"], given.get("from", ""))
        if why == "sender":
            return 201, {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}
        code, status = {
            "": (101, "Success"),
            "credit": (405, "InsufficientBalance"),
            "number": (403, "InvalidPhoneNumber"),
            "length": (500, "InternalServerError"),
        }[why]
        row = {"statusCode": code, "number": given["to"], "status": status, "cost": "0", "messageId": "None"}
        if not why:
            row |= {"cost": "KES 0.8000", "messageId": "ATXid_1"}
        return 201, {"SMSMessageData": {"Message": "Sent to 1/1 Total Cost: KES 0.8000", "Recipients": [row]}}

    def _twilio(self, path: str, body: bytes) -> tuple[int, Any]:
        given = _form(body)
        if not self._is_known():
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        why = self._take(given["To"], given["Body"], given.get("From", ""))
        if not why:
            return 201, {"sid": "SM1", "status": "queued", "error_code": None}
        code, message = {
            "sender": (21212, "Invalid From Number"),
            "number": (21211, "Invalid 'To' Phone Number"),
            "length": (21617, "The concatenated message body exceeds the 1600 character limit"),
            "credit": (30000, "no funds"),
        }[why]
        return 400, {"code": code, "message": message, "status": 400}

    def _bulksms(self, path: str, body: bytes) -> tuple[int, Any]:
        if not self._is_known():
            return 401, {"type": "#unauthorized", "title": "Unauthorized", "status": 401, "detail": "Bad credentials"}
        given = json.loads(body)
        dedupe = parse_qs(urlsplit(path).query)["deduplication-id"][0]
        why = "" if dedupe in self.ids else self._take(given["to"], given["body"], given.get("from", ""))
        if why:
            detail = {
                "sender": "The 'from' value is not allowed",
                "number": "Invalid recipient",
                "length": "The body is too long",
                "credit": "Not enough credits",
            }[why]
            return 403 if why == "credit" else 400, {"title": "Refused", "status": 400, "detail": detail}
        self.ids.add(dedupe)
        return 201, [{"id": "1000000000000000001", "type": "SENT", "status": {"type": "ACCEPTED"}}]

    def _celcom(self, path: str, body: bytes) -> tuple[int, Any]:
        given = json.loads(body)
        if (given["apikey"], given["partnerID"]) != (KEY, ACCOUNT):
            return 200, {"response-code": 1006, "response-description": "Invalid credentials"}
        why = self._take(given["mobile"], given["message"], given["shortcode"])
        code, words = (200, "Success") if not why else (1001, _WORDS[why])
        row = {"respose-code": code, "response-description": words, "messageid": 8290842}
        return 200, {"responses": [row]}

    def _mobitech(self, path: str, body: bytes) -> tuple[int, Any]:
        given = json.loads(body)
        if self.headers.get("h_api_key") != KEY:
            return 401, [{"status_code": "1001", "status_desc": "Invalid API key"}]
        why = self._take(given["mobile"], given["message"], given["sender_name"])
        code, words = ("1000", "Success") if not why else ("1002", _WORDS[why])
        return 200, [{"status_code": code, "status_desc": words, "message_id": 77}]

    def _semaphore(self, path: str, body: bytes) -> tuple[int, Any]:
        given = _form(body)
        if given["apikey"] != KEY:
            return 200, {"apikey": ["The selected apikey is invalid."]}
        why = self._take(given["number"], given["message"], given["sendername"])
        return (200, {why: [_WORDS[why]]}) if why else (200, [{"message_id": 12345, "status": "Pending"}])

    def _hubtel(self, path: str, body: bytes) -> tuple[int, Any]:
        given = json.loads(body)
        if not self._is_known():
            return 401, {"status": 7, "statusDescription": "Unauthorized"}
        why = self._take(given["To"], given["Content"], given["From"])
        if why:
            return 200, {"status": 4, "statusDescription": _WORDS[why], "messageId": ""}
        return 201, {"rate": 0.03, "messageId": "8f3a", "status": 0, "statusDescription": None}

    def _clickatell(self, path: str, body: bytes) -> tuple[int, Any]:
        given = json.loads(body)
        if self.headers.get("authorization") != KEY:
            return 401, {"messages": [], "error": "Invalid or missing Integration API Key."}
        why = self._take(given["to"][0], given["content"], given["from"])
        row = {"apiMessageId": "" if why else "a" * 32, "accepted": not why, "error": _WORDS.get(why)}
        return 202, {"messages": [row], "error": None}


# More than one would be `/messages`.
_PATHS = {
    "/version1/messaging": "africastalking",
    "/2010-04-01/": "twilio",
    "/v1/messages?": "bulksms",
    "/celcom": "celcom",
    "/mobitech": "mobitech",
    "/semaphore": "semaphore",
    "/hubtel": "hubtel",
    "/clickatell": "clickatell",
}
_WORDS = {
    "credit": "Insufficient credit",
    "sender": "Invalid sender id",
    "number": "Invalid mobile number",
    "length": "Message is too long",
}


def _form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}
