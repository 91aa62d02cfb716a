"""A router that reports in this process: packets as it would send them, through everything behind the socket of the door."""

from datetime import timedelta
from time import monotonic
from typing import Any, Final

from django.db.models import Sum

from headend.access import audit
from headend.access.models import Session, Subscription, UsageDay, UsagePeriod
from headend.doors.radius import accounting
from headend.doors.radius.arrivals import Arrival, examine
from headend.doors.radius.clients import Clients
from headend.doors.radius.counts import Counts
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code, encode_request
from tests.kit.world import SECRET

MB: Final = 1_000_000
_KINDS: Final = {
    "S": AcctStatusType.START,
    "I": AcctStatusType.INTERIM_UPDATE,
    "P": AcctStatusType.STOP,
    "on": AcctStatusType.ACCOUNTING_ON,
    "off": AcctStatusType.ACCOUNTING_OFF,
}


def class_of(subscription: Subscription, token: str) -> bytes:
    """What our Accept for a subscription had in Class."""
    return f"h1:{subscription.pk}:{token}".encode()


class Router:
    """hilltop, at 127.0.0.1. `counts` gathers what its packets show, as the door does."""

    def __init__(self, address: str = "127.0.0.1", secret: str = SECRET) -> None:
        self._address, self._secret = address, secret.encode()
        self._sent = 0
        self.clients, self.counts = Clients(), Counts()

    def packet(
        self,
        kind: str,
        *,
        session: str = "R1",
        name: str = "otieno",
        et: float | None = None,
        class_: bytes = b"",
        t: int | None = None,
        mb: tuple[float, float] | None = None,
        more: tuple[tuple[int, bytes], ...] = (),
    ) -> bytes:
        """A datagram. `et` is its Event-Timestamp in seconds from now, `t` its session time, `mb` upload and download."""
        attributes = [a.integer(a.ACCT_STATUS_TYPE, _KINDS[kind])]
        if kind in "SIP":
            attributes += [a.text(a.ACCT_SESSION_ID, session), a.text(a.USER_NAME, name)]
        if et is not None:
            attributes.append(a.integer(a.EVENT_TIMESTAMP, int((clock.now() + timedelta(seconds=et)).timestamp())))
        if class_:
            attributes.append((a.CLASS, class_))
        if t is not None:
            attributes.append(a.integer(a.ACCT_SESSION_TIME, t))
        if mb is not None:
            up, down = (round(value * MB) for value in mb)
            attributes += [a.integer(a.ACCT_INPUT_OCTETS, up), a.integer(a.ACCT_OUTPUT_OCTETS, down)]
        self._sent += 1
        return encode_request(
            Code.ACCOUNTING_REQUEST,
            self._sent % 256,
            [*attributes, *more],
            self._secret,
            message_authenticator=False,
        )

    def send(self, *datagrams: bytes) -> list[bool]:
        """Sends datagrams together; for each whether it was answered."""
        self.clients.refresh()
        requests = []
        for number, datagram in enumerate(datagrams):
            key = (self._address, self._sent, number, "acct")
            arrival = Arrival(datagram, self._address, key, "acct", monotonic())
            request = examine(arrival, self.clients.find(self._address), self.counts)
            assert request is not None, "the packet is its own"
            requests.append(request)
        answered = {id(one.arrival): one.reply is not None for one in accounting.answer(requests, self.counts)}
        return [answered[id(request.arrival)] for request in requests]

    def says(self, kind: str, **what: Any) -> None:
        """Sends one packet, which is answered."""
        assert self.send(self.packet(kind, **what)) == [True]


def used(subscription: Subscription) -> tuple[float, float, int]:
    """What a subscription used: upload and download in MB, and seconds; days and periods agree with its sessions."""
    sums = [
        model.objects.filter(subscription=subscription).aggregate(
            up=Sum("upload_bytes"), down=Sum("download_bytes"), seconds=Sum("session_seconds")
        )
        for model in (Session, UsageDay, UsagePeriod)
    ]
    up, down, seconds = (sums[0][name] or 0 for name in ("up", "down", "seconds"))
    for other in sums[1:]:
        assert [other[name] or 0 for name in ("up", "down", "seconds")] == [up, down, seconds]
    return up / MB, down / MB, seconds


def audited() -> list[str]:
    """What the audit of usage finds."""
    return [failure for check in audit.run() for failure in check.failures]
