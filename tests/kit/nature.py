"""Routers as they are: what really happened on two of them, the packets that say so, and which of those arrive, how often and when.

It knows nothing of how we count. What can be known of a session is what its last report that arrived has said.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Literal

from headend.access.models import Session
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.network import nas as nas_verbs
from tests.kit.router import Router, audited
from tests.kit.world import World

WRAP: Final = 2**32
INTERIM_SECONDS: Final = 900
# A packet that is not lost arrives at last: within the time in which a session without Class can be told from the next.
LATEST_SECONDS: Final = 200
# So many in a row are lost, at the most: at 4 Mbit/s no counter passes 4 GiB unseen.
LOST_IN_A_ROW: Final = 2
# What every plan allows, in bytes a second: upload and download.
RATES: Final = (125_000, 500_000)
OTHER_SECRET: Final = "lakeside-secret-1234"
USERS: Final = ("otieno", "grace", "neema")
Gigawords = Literal["always", "needed", "never"]


@dataclass(frozen=True)
class Kind:
    """What sort of router it is. `ahead` is its clock's error in seconds, which becomes `later_ahead` on its way; None sends no time stamp."""

    echoes_class: bool
    gigawords: Gigawords
    ahead: int | None
    later_ahead: int | None
    tells_delay: bool


@dataclass(frozen=True)
class Weather:
    """How packets fare, in percent, and how often routers restart."""

    lost: int
    repeated: int
    late: int
    restarts: int
    kinds: tuple[Kind, Kind]


@dataclass(slots=True)
class Line:
    """One true session, and what arrived of it: seconds, upload, download."""

    nas: int
    user: str
    token: str
    address: str
    began: float
    told: float
    up: int = 0
    down: int = 0
    lost: int = 0
    stays: int = 75
    known: tuple[int, int, int] | None = None
    is_live: bool = True
    is_stopped: bool = False


@dataclass(slots=True)
class Sent:
    """A packet that arrives so many seconds after the beginning."""

    at: float
    nas: int
    datagram: bytes


@dataclass(slots=True)
class Nature:
    """Some hours of two routers and their users."""

    random: Random
    weather: Weather
    users: dict[str, int]
    began_at: datetime
    lines: list[Line] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    routers: tuple[Router, ...] = ()

    def live(self, steps: int) -> None:
        """Lets `steps` interim intervals pass. At the end every session that lives is heard of once more."""
        for nas, kind in enumerate(self.weather.kinds):
            running: dict[str, Line] = {}
            # Since when a session without Class must not begin again, to be told from the one before.
            rests: dict[str, int] = {}
            for step in range(steps):
                at = step * INTERIM_SECONDS
                if self._happens(self.weather.restarts):
                    for user, line in running.items():
                        line.is_live = False
                        rests[user] = step + 1
                    running.clear()
                    self._say(nas, at, "on", None, certain=not kind.echoes_class)
                for user in self.users:
                    self._step(nas, kind, running, rests=rests, user=user, step=step)
            for line in running.values():
                self._tell(line, (steps + 1) * INTERIM_SECONDS, "I", certain=True, prompt=True)
        self.sent.sort(key=lambda packet: packet.at)

    def batches(self) -> Iterator[tuple[float, list[Sent]]]:
        """The packets as they come together, those of a moment in any order: with the moment."""
        start = 0
        while start < len(self.sent):
            together = self.random.choice((0.0, 60.0, 60.0))
            end = start + 1
            while end < len(self.sent) and self.sent[end].at <= self.sent[start].at + together:
                end += 1
            batch = self.sent[start:end]
            at = batch[-1].at
            self.random.shuffle(batch)
            yield at, batch
            start = end

    def _step(
        self, nas: int, kind: Kind, running: dict[str, Line], *, rests: dict[str, int], user: str, step: int
    ) -> None:
        at = step * INTERIM_SECONDS + self.random.uniform(1, 60)
        line = running.get(user)
        if line is None:
            if step >= rests.get(user, 0) and self._happens(60):
                running[user] = self._start(nas, user, at)
            return
        if self._happens(line.stays):
            self._tell(line, at, "I")
            return
        del running[user]
        line.is_live = False
        rests[user] = step + 2
        if self._happens(60):
            line.is_stopped = self._tell(line, at, "P", certain=not kind.echoes_class)
        if kind.echoes_class and self._happens(50):
            # The line comes again at once, under the same id.
            running[user] = self._start(nas, user, at + self.random.uniform(0.5, 5))

    def _start(self, nas: int, user: str, at: float) -> Line:
        number = len(self.lines)
        token, address = f"{self.random.getrandbits(64):016x}", f"10.9.{number // 250}.{number % 250 + 1}"
        line = Line(nas, user, token, address, at, at, stays=self.random.choice((60, 97)))
        self.lines.append(line)
        self._say(nas, at, "S", line, certain=not self.weather.kinds[nas].echoes_class)
        return line

    def _tell(self, line: Line, at: float, kind: str, *, certain: bool = False, prompt: bool = False) -> bool:
        used = [int(self.random.choice((0, self.random.random(), 1, 1)) * rate * (at - line.told)) for rate in RATES]
        line.up, line.down, line.told = line.up + used[0], line.down + used[1], at
        return self._say(line.nas, at, kind, line, certain=certain, prompt=prompt)

    def _say(
        self, nas: int, at: float, kind: str, line: Line | None, *, certain: bool = False, prompt: bool = False
    ) -> bool:
        """Sends a packet; whether it arrives."""
        lost = line is not None and line.lost >= LOST_IN_A_ROW
        if not certain and not lost and self._happens(self.weather.lost):
            if line is not None:
                line.lost += 1
            return False
        # Nothing else tells that a router has started again: that comes in time.
        arrives = at + (0 if prompt or line is None or not self._happens(self.weather.late) else self._lateness())
        self.sent.append(Sent(arrives, nas, self._packet(nas, at, kind, line, delay_seconds=arrives - at)))
        if line is not None:
            line.lost = 0
            said = int(at - line.began), line.up, line.down
            line.known = max(line.known or said, said)
            if not prompt and self._happens(self.weather.repeated):
                again = at + self._lateness() * (10 if self.weather.kinds[nas].echoes_class else 1)
                self.sent.append(Sent(again, nas, self._packet(nas, at, kind, line, delay_seconds=again - at)))
        return True

    def _lateness(self) -> float:
        return self.random.uniform(0, LATEST_SECONDS)

    def _packet(self, nas: int, at: float, kind: str, line: Line | None, *, delay_seconds: float) -> bytes:
        sort = self.weather.kinds[nas]
        what: dict[str, Any] = {"more": []}
        if line is not None:
            what |= {
                "session": f"8100000{self.users[line.user]}",
                "name": line.user,
                "more": self._counters(sort, line),
            }
            if kind != "S":
                what["t"] = int(at - line.began)
            if sort.echoes_class:
                what["class_"] = f"h1:{self.users[line.user]}:{line.token}".encode()
        is_later = sort.later_ahead is not None and at > 8 * INTERIM_SECONDS
        ahead = sort.later_ahead if is_later else sort.ahead
        if ahead is not None:
            what["et"] = ahead
        if sort.tells_delay and delay_seconds >= 1:
            what["more"].append(a.integer(a.ACCT_DELAY_TIME, int(delay_seconds)))
        with clock.at(self.began_at + timedelta(seconds=at)):
            return self.routers[nas].packet(kind, **{**what, "more": tuple(what["more"])})

    def _counters(self, sort: Kind, line: Line) -> list[tuple[int, bytes]]:
        # Where neither Class nor a time stamp tells two Starts apart, their addresses do.
        told = [
            a.address(a.FRAMED_IP_ADDRESS, line.address),
            a.integer(a.ACCT_INPUT_OCTETS, line.up % WRAP),
            a.integer(a.ACCT_OUTPUT_OCTETS, line.down % WRAP),
        ]
        for attribute, high in (
            (a.ACCT_INPUT_GIGAWORDS, line.up // WRAP),
            (a.ACCT_OUTPUT_GIGAWORDS, line.down // WRAP),
        ):
            if sort.gigawords == "always" or (sort.gigawords == "needed" and high):
                told.append(a.integer(attribute, high))
        return told

    def _happens(self, percent: int) -> bool:
        return self.random.random() * 100 < percent


def live(world: World, weather: Weather, random: Random, steps: int) -> Nature:
    """Some hours of hilltop, whose packets have our Class, and of lakeside, whose have none."""
    lakeside = world.organization.nas_set.filter(name="lakeside").first() or nas_verbs.add(
        organization=world.organization, by=None, name="lakeside", address="127.0.0.9", secret=OTHER_SECRET
    )
    users = {name: world.subscriptions[name].pk for name in USERS}
    made = Nature(
        random,
        weather,
        users,
        clock.now().replace(microsecond=0),
        routers=(Router(), Router(lakeside.address, OTHER_SECRET)),
    )
    made.live(steps)
    return made


def assert_agrees(world: World, told: Nature) -> None:
    """Every session that was heard of is one, with what its last report said; those live that do."""
    nas_ids = [world.hilltop.pk, world.organization.nas_set.get(name="lakeside").pk]
    wanted = Counter(
        (nas_ids[line.nas], told.users[line.user], *line.known) for line in told.lines if line.known is not None
    )
    rows = Session.objects.values_list("nas_id", "subscription_id", "session_seconds", "upload_bytes", "download_bytes")
    assert Counter(rows) == wanted
    live = Counter((nas_ids[line.nas], line.user) for line in told.lines if line.is_live)
    stopped = {line.token for line in told.lines if line.is_stopped and line.nas == 0}
    is_open = Session.objects.filter(ended_at=None)
    assert not live - Counter(is_open.values_list("nas_id", "user_name"))
    assert not is_open.filter(class_token__in=stopped).exists()
    assert audited() == []
