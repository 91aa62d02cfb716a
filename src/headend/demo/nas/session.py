"""One user on line: what was granted, what has been used, and when something is due."""

import asyncio
import math
import random
from dataclasses import dataclass, field

from headend.demo.nas.config import Login
from headend.lib.radius import attributes as at
from headend.lib.radius.packet import Packet, PacketError

USER_REQUEST, SESSION_TIMEOUT, ADMIN_RESET, NAS_REQUEST, NAS_REBOOT = 1, 5, 6, 10, 11

SHORTEST_WAIT_SECONDS = 0.05
BYTES_PER_KILOBIT = 125
# What the server may write instead of an address: the NAS, or the user, picks one (RFC 2865 section 5.8).
ADDRESS_LEFT_OPEN = (b"\xff\xff\xff\xfe", b"\xff\xff\xff\xff")


@dataclass(frozen=True, slots=True)
class Grant:
    """What an Access-Accept gave, as far as this NAS heeds it."""

    address: str
    classes: list[bytes]
    timeout_seconds: int | None
    total_limit_bytes: int | None
    interim_seconds: int | None


@dataclass(slots=True)
class Session:
    """One user on line. Counters are cumulative; instants are of the monotonic clock, in seconds.

    `identity` are the attributes that stand in every packet about the session. `host` is the MAC of a guest's device who
    logged in at the hotspot, and empty for the logins that the router itself keeps connected.
    """

    login: Login
    session_id: str
    identity: list[tuple[int, bytes]]
    grant: Grant
    interim_seconds: float
    started_at: float
    leaves_at: float
    counted_at: float
    report_at: float = 0
    download_bytes: int = 0
    upload_bytes: int = 0
    download_rate: float = 0
    upload_rate: float = 0
    cause: int | None = None
    redial: bool = True
    host: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def plan(self, now: float) -> None:
        """Choose when to report next, and how busy the user is until then."""
        self.report_at = now + self.interim_seconds if self.interim_seconds else math.inf
        # The square makes most users idle most of the time.
        self.download_rate = self.login.rate_kbps * BYTES_PER_KILOBIT * random.random() ** 2
        self.upload_rate = self.download_rate * random.uniform(0.05, 0.25)

    def count(self, now: float) -> None:
        """Move the counters up to now, but not past the limit, where a router cuts."""
        elapsed = now - self.counted_at
        self.counted_at = now
        download, upload = int(self.download_rate * elapsed), int(self.upload_rate * elapsed)
        left = self._left_bytes()
        if left is not None:
            download = min(download, left)
            upload = min(upload, left - download)
        self.download_bytes += download
        self.upload_bytes += upload

    def due_cause(self, now: float) -> int | None:
        """Return the Acct-Terminate-Cause for which the session must end now, or None."""
        if self._left_bytes() == 0:
            return NAS_REQUEST
        if self.grant.timeout_seconds is not None and now >= self.started_at + self.grant.timeout_seconds:
            return SESSION_TIMEOUT
        return USER_REQUEST if now >= self.leaves_at else None

    def wait_seconds(self, now: float) -> float | None:
        """Return for how long nothing happens by itself, or None for ever."""
        soonest = min(self.report_at, self.leaves_at)
        if self.grant.timeout_seconds is not None:
            soonest = min(soonest, self.started_at + self.grant.timeout_seconds)
        left, rate = self._left_bytes(), self.download_rate + self.upload_rate
        if left is not None and rate:
            soonest = min(soonest, now + left / rate)
        return None if soonest == math.inf else max(soonest - now, SHORTEST_WAIT_SECONDS)

    def _left_bytes(self) -> int | None:
        if self.grant.total_limit_bytes is None:
            return None
        return max(self.grant.total_limit_bytes - self.download_bytes - self.upload_bytes, 0)


def read_grant(accept: Packet, login: Login) -> Grant:
    """Read an Access-Accept; raises PacketError for a broken value.

    A time or limit of zero is none. A PPPoE user gets the address of the Accept; a hotspot guest has one already.
    """
    address = login.address
    framed = accept.get(at.FRAMED_IP_ADDRESS)
    if login.kind == "pppoe" and framed is not None and framed not in ADDRESS_LEFT_OPEN:
        if len(framed) != 4:
            raise PacketError(f"an address has 4 bytes, not {len(framed)}")
        address = ".".join(map(str, framed))
    high = _vendor_integer(accept, at.MIKROTIK_TOTAL_LIMIT_GIGAWORDS)
    low = _vendor_integer(accept, at.MIKROTIK_TOTAL_LIMIT)
    return Grant(
        address=address,
        classes=accept.get_all(at.CLASS),
        timeout_seconds=accept.integer(at.SESSION_TIMEOUT) or None,
        total_limit_bytes=(high << 32 | low) or None,
        interim_seconds=accept.integer(at.ACCT_INTERIM_INTERVAL) or None,
    )


def _vendor_integer(accept: Packet, vendor_type: int) -> int:
    value = accept.vendor(at.MIKROTIK, vendor_type)
    if value is None:
        return 0
    if len(value) != 4:
        raise PacketError(f"vendor attribute {vendor_type} is a number and must have 4 bytes, but has {len(value)}")
    return int.from_bytes(value)
