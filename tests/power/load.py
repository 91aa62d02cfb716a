"""Routers that report usage and a provider that confirms payments, and what each of them was answered."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from headend.lib.radius import attributes as a
from headend.lib.radius.packet import Code, Packet, decode, encode_reply, encode_request
from tests.kit.installation import Home
from tests.kit.radius import report
from tests.kit.world import SECRET

HERE: Final = "127.0.0.1"
# A router asks again after so long.
ANSWER_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 0.05
PATIENCE_SECONDS: Final = 120.0
BYTES_PER_SECOND: Final = 1000
STATUS: Final = (
    a.AcctStatusType.START,
    a.AcctStatusType.INTERIM_UPDATE,
    a.AcctStatusType.INTERIM_UPDATE,
    a.AcctStatusType.STOP,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was told to us, and must not be forgotten once it is answered.

    `session`: so many seconds of the session `key`. `payment`: the receipt `key` settled a payment.
    """

    kind: str
    key: str
    seconds: int = 0
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A payment that waits for its callback."""

    path: str
    body: str
    receipt: str


@dataclass
class Load:
    """Who reports and who pays, while `run` runs."""

    auth: int
    acct: int
    web: int
    due: list[Due]
    # What the client has an answer for.
    answered: list[Fact] = field(default_factory=list)
    # How the answer to a report looks, and from which port a callback was sent: so they are found in a log.
    replies: dict[bytes, Fact] = field(default_factory=dict)
    callers: dict[int, Fact] = field(default_factory=dict)

    def report(self, router: int, count: int) -> None:
        """One router: `count` sessions, one after the other, from Start to Stop; what is not answered is sent again."""
        for number in range(count):
            session = f"{router:02X}{number:06X}"
            for step, status in enumerate(STATUS):
                seconds = 60 * step
                counters = {"seconds": seconds, "down": seconds * BYTES_PER_SECOND, "up": seconds}
                attributes = report(status, "otieno", session, **(counters if step else {}))
                fact = Fact("session", session, seconds, status == a.AcctStatusType.STOP)
                self._until_answered(lambda i, at=attributes, fact=fact: self._account(i, at, fact))  # type: ignore[misc]  # mypy cannot infer a lambda with a default

    def pay(self, count: int) -> None:
        """The provider: `count` callbacks, one after the other; what is not answered by 200 is sent again."""
        for _ in range(count):
            due = self.due.pop()
            self._until_answered(lambda _, due=due: self._confirm(due))  # type: ignore[misc]  # as above

    def answers(self) -> bool:
        """Whether RADIUS answers *are you there?*."""
        request = encode_request(Code.STATUS_SERVER, 1, [], SECRET.encode())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(ANSWER_SECONDS)
            try:
                client.sendto(request, (HERE, self.auth))
                return decode(client.recv(4096)).code == Code.ACCESS_ACCEPT
            except OSError:
                return False

    def _until_answered(self, tell: Callable[[int], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        identifier = 0
        while not tell(identifier):
            assert time.monotonic() < deadline, "it was never answered"
            identifier = (identifier + 1) % 256
            time.sleep(PAUSE_SECONDS)

    def _account(self, identifier: int, attributes: list[tuple[int, bytes]], fact: Fact) -> bool:
        request = encode_request(
            Code.ACCOUNTING_REQUEST, identifier, attributes, SECRET.encode(), message_authenticator=False
        )
        expected = _reply(decode(request))
        self.replies[expected] = fact
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(ANSWER_SECONDS)
            try:
                client.sendto(request, (HERE, self.acct))
                heard = client.recv(4096)
            except OSError:
                return False
        assert heard == expected
        self.answered.append(fact)
        return True

    def _confirm(self, due: Due) -> bool:
        fact = Fact("payment", due.receipt)
        caller = http.client.HTTPConnection(HERE, self.web, timeout=ANSWER_SECONDS)
        try:
            caller.connect()
            self.callers[caller.sock.getsockname()[1]] = fact
            caller.request("POST", due.path, due.body, {"Content-Type": "application/json"})
            status = caller.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        finally:
            caller.close()
        if status == 200:
            self.answered.append(fact)
        return status == 200


def prepare(home: Home, payments: int) -> list[Due]:
    """Makes the world and so many payments that wait for their callbacks."""
    done = home.run("manage", "shell", "--no-imports", "-v", "0", "-c", _PREPARE.format(count=payments))
    assert done.returncode == 0, done.stderr
    return [Due(*entry) for entry in json.loads(done.stdout)]


def forgotten(told: dict[str, Any], answered: Iterable[Fact]) -> list[str]:
    """Which of the facts that were answered are not in what `tests.power.look` has found."""
    lost = []
    for fact in answered:
        seconds, ended = told["sessions"].get(fact.key, (-1, False))
        if fact.kind == "payment":
            is_there = fact.key in told["payments"]
        else:
            is_there = seconds >= fact.seconds and (ended or not fact.ended)
        if not is_there:
            lost.append(f"{fact.kind} {fact.key} {fact.seconds}")
    return lost


@contextmanager
def going_on(*acts: Callable[[], Any]) -> Iterator[None]:
    """Each act in a thread of its own; at the end each must have come to its end."""
    with ThreadPoolExecutor(len(acts)) as pool:
        doing = [pool.submit(act) for act in acts]
        yield
        for done in doing:
            done.result(PATIENCE_SECONDS)


def _reply(request: Packet) -> bytes:
    return encode_reply(Code.ACCOUNTING_RESPONSE, request, [], SECRET.encode(), message_authenticator=False)


_PREPARE: Final = """
import json
from headend.billing import payments, purchases
from headend.billing.models import Payment, Prompt
from headend.system.models import Job
from tests.kit import billing, world
made = world.make()
gateway = billing.practice(made.organization)
said = []
for number in range({count}):
    purchase = purchases.start_as_guest(
        organization=made.organization, plan=made.day_pass, gateway=gateway, phone=f"0700{{number:06}}", key=f"key-{{number}}"
    )
    Payment.objects.filter(purchase=purchase).update(request_id=f"pm_{{number}}")
    payment, receipt = billing.payment_of(purchase), f"RECEIPT{{number:04}}"
    payment.refresh_from_db()
    path = "/callbacks/" + payments.callback_url(payment).partition("/callbacks/")[2]
    said.append([path, billing.says(payment, receipt=receipt).decode(), receipt])
# The network that they were asked through is not there.
Prompt.objects.all().delete()
Job.objects.all().delete()
print(json.dumps(said))
"""
