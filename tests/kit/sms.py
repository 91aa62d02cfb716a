"""Carriers of SMS on loopback: each refuses what the real one refuses, in its own words."""

import base64
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from headend.messaging.carriers import Setup
from headend.messaging.gateways import http

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
    report_to: str = ""


class Unanswered(Exception):  # noqa: N818 - no error: the carrier says nothing
    """The carrier took the request and hangs up."""


@dataclass
class Carriers:
    """All of them on one port. `mood` is what they do: nothing special, `silent`, `lost on the way back`, `echo` (it refuses, and repeats what it was given), `throttled`, `page`, `trouble`, `no credit`."""

    mood: str = ""
    sent: list[Sent] = field(default_factory=list)
    requests: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    # What those that are asked say of a message: `Delivered`.
    status: str = ""
    questions: list[str] = field(default_factory=list)

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
        if self.mood == "echo":
            return 400, {"message": f"cannot be sent: {unquote_plus(body.decode())}"}
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
        """What is said of credit, and of a message."""
        self.questions.append(path)
        if self.mood == "trouble":
            return 503, {"message": "try later"}
        place = urlsplit(path)
        if place.path.startswith(("/semaphore/", "/hubtel/")):
            is_known = self._is_known() if "hubtel" in place.path else f"apikey={KEY}" in place.query
            if not is_known:
                return 401, {"error": "unauthorized"}
            if place.path.endswith("/account"):
                return 200, {"account_id": 1, "account_name": "ISP", "status": "Active", "credit_balance": 1234}
            message = {"message_id": 12345, "messageId": "8f3a", "status": self.status}
            return 200, [message] if "semaphore" in place.path else message
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
            self.sent[-1].report_to = given.get("StatusCallback", "")
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
        return 201, {"rate": 0.03, "messageId": f"8f3a{len(self.sent)}", "status": 0, "statusDescription": None}

    def _clickatell(self, path: str, body: bytes) -> tuple[int, Any]:
        given = json.loads(body)
        if self.headers.get("authorization") != KEY:
            return 401, {"messages": [], "error": "Invalid or missing Integration API Key."}
        why = self._take(given["to"][0], given["content"], given["from"])
        row = {"apiMessageId": "" if why else "a" * 32, "accepted": not why, "error": _WORDS.get(why)}
        return 202, {"messages": [row], "error": None}


def setup(network: Carriers, name: str, **change: Any) -> Setup:
    """What an owner tells of a carrier, with the fake in the place of the real one."""
    given: dict[str, Any] = {"kind": name, "base_url": network.url, "account": ACCOUNT, "key": KEY, "sender": SENDER}
    if name in http.PRESETS:
        preset = http.PRESETS[name]
        here = f"{network.url}/{name}"
        options = {each: re.sub(r"^https://[^/]+", here, value) for each, value in preset.options.items()}
        given |= {"kind": "http", "base_url": here, "name": preset.name, "options": options}
    return Setup(**{**given, **change})


# How each writes what became of a message: delivered, sent, expired, failed, unknown.
_SAYS: dict[str, dict[str, Any]] = {
    "africastalking": {"delivered": "Success", "sent": "Buffered", "expired": "Expired", "failed": "Rejected"},
    "twilio": {"delivered": "delivered", "sent": "sent", "failed": "undelivered"},
    "bulksms": {
        "delivered": ("DELIVERED", None),
        "sent": ("SENT", None),
        "expired": ("FAILED", "EXPIRED"),
        "failed": ("FAILED", "HANDSET_ERROR"),
        "unknown": ("UNKNOWN", None),
    },
    "clickatell": {
        "delivered": "RECEIVED_BY_RECIPIENT",
        "sent": "DELIVERED_TO_GATEWAY",
        "expired": "EXPIRED",
        "failed": "ERROR_DELIVERING",
    },
}
REPORTING = {name: list(outcomes) for name, outcomes in _SAYS.items()}


def report(name: str, reference: str, outcome: str, *, uid: str = "") -> dict[str, Any]:
    """What a carrier posts when it knows what became of a message, for Django's test client."""
    said, phone = _SAYS[name][outcome], "+254712345678"
    if name == "africastalking":
        more = {"failureReason": "UserInBlackList"} if outcome == "failed" else {}
        return _posts({"id": reference, "status": said, "phoneNumber": phone, "networkCode": "63902", **more})
    if name == "twilio":
        more = {"ErrorCode": "30003"} if outcome == "failed" else {}
        given = {"MessageSid": reference, "SmsSid": reference, "MessageStatus": said, "SmsStatus": said, "To": phone}
        return _posts({**given, "From": SENDER, "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **more})
    if name == "bulksms":
        status = {"id": f"{said[0]}.{said[1]}", "type": said[0], "subtype": said[1]}
        row = {"id": reference, "type": "SENT", "to": phone.lstrip("+"), "status": status, "userSuppliedId": uid}
        return _posts([row])
    row = {"messageId": reference, "clientMessageId": uid, "to": phone.lstrip("+"), "status": said}
    return _posts({**row, "integrationName": "isp", "timestamp": 1_700_000_000_000})


def written(name: str, sender: str, text: str, reference: str) -> dict[str, Any]:
    """What a carrier posts when somebody wrote to us."""
    if name == "africastalking":
        given = {
            "from": sender,
            "to": "22141",
            "text": text,
            "id": reference,
            "date": "2026-01-02 03:04:05",
            "linkId": "",
        }
        return _posts(given)
    if name == "twilio":
        given = {"MessageSid": reference, "SmsSid": reference, "SmsStatus": "received", "Body": text, "From": sender}
        return _posts({**given, "To": "+254711000000", "AccountSid": ACCOUNT, "NumMedia": "0"})
    if name == "bulksms":
        row = {"id": reference, "type": "RECEIVED", "from": sender.lstrip("+"), "to": "22141", "body": text}
        return _posts([{**row, "relatedSentMessageId": None}])
    row = {"messageId": reference, "replyMessageId": "", "fromNumber": sender.lstrip("+"), "toNumber": "22141"}
    return _posts({**row, "text": text, "timestamp": 1_700_000_000_000})


def _posts(given: Any) -> dict[str, Any]:
    """Forms of those that send forms, JSON of the others."""
    if isinstance(given, list) or "messageId" in given:
        return {"data": json.dumps(given), "content_type": "application/json"}
    return {"data": urlencode(given), "content_type": "application/x-www-form-urlencoded"}


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
