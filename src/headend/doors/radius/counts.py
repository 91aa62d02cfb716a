"""What packets showed besides their answer, gathered in memory and written each second."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Final

from django.db import DatabaseError, transaction

from headend.access import refusals, sessions
from headend.access.refusals import Refused
from headend.doors.radius import clients
from headend.doors.radius.clients import Client
from headend.lib import clock

WRITE_SECONDS: Final = 1.0
# When a NAS was last heard is written less often: it changes with every packet.
SEEN_SECONDS: Final = 10.0
# A clock that has moved by less is not written anew: packets take their time.
CLOCK_STEP_SECONDS: Final = 5
# A flood of names that nobody has is only summed up.
MOST_DIFFERENT: Final = 20_000
# What anybody can make up, addresses that are no NAS and names that nobody has, is written down so often in an hour: for
# strangers altogether, and for each NAS. The rest is summed up.
MOST_MADE_UP: Final = 200
# Where the addresses of the rest would stand.
MANY: Final = "many"


class Counts:
    """Refusals, dropped packets, and what NASes showed of themselves. Both threads add; the look-up thread writes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._refused: Counter[Refused] = Counter()
        self._seen: set[int] = set()
        self._signs: set[int] = set()
        self._without_proxy_state: set[int] = set()
        # By session id, when its device came again.
        self._replaced: dict[int, datetime] = {}
        # By NAS, those of this hour; strangers stand under 0.
        self._made_up: dict[int, set[str]] = {}
        self._hour: datetime | None = None
        # How far ahead of ours clocks were, at the most: what came late looks as if its clock were behind. And what is kept.
        self._clocks: dict[int, int] = {}
        self._kept_clocks: dict[int, int | None] = {}
        self._written_at = monotonic()
        self._seen_at = 0.0

    def refused(
        self, reason: str, source: str, client: Client | None = None, user_name: str = "", *, made_up: bool = False
    ) -> None:
        """Counts a login that was refused, or a packet that was dropped. `made_up` says that nobody has the name."""
        with self._lock:
            if client is None:
                what = Refused(reason, source if self._has_room(0, source) else MANY)
            else:
                if made_up and not self._has_room(client.nas_id, user_name):
                    user_name = ""
                what = Refused(reason, source, client.nas_id, client.organization_id, user_name)
            if len(self._refused) >= MOST_DIFFERENT and what not in self._refused:
                what = Refused(reason, MANY)
            self._refused[what] += 1

    def seen(self, client: Client) -> None:
        """Notes that a NAS sent a packet that was really its own."""
        with self._lock:
            self._seen.add(client.nas_id)

    def showed(self, client: Client, *, signed: bool, proxy_state: bool) -> None:
        """Notes what an Access-Request showed that its NAS can do."""
        if signed and client.learns_message_authenticator:
            with self._lock:
                self._signs.add(client.nas_id)
        if not proxy_state and client.learns_proxy_state:
            with self._lock:
                self._without_proxy_state.add(client.nas_id)

    def replaced(self, session_ids: Iterable[int], at: datetime) -> None:
        """Notes sessions whose device was let in anew."""
        with self._lock:
            for session_id in session_ids:
                self._replaced.setdefault(session_id, at)

    def clock(self, client: Client, ahead_seconds: int) -> None:
        """Notes how far a report's time stamp was ahead of our clock."""
        with self._lock:
            self._kept_clocks.setdefault(client.nas_id, client.clock_offset_seconds)
            self._clocks[client.nas_id] = max(ahead_seconds, self._clocks.get(client.nas_id, ahead_seconds))

    def write(self, *, now: bool = False) -> None:
        """Writes what was gathered, at most once a second. What cannot be written is gathered on."""
        moment = monotonic()
        if not now and moment - self._written_at < WRITE_SECONDS:
            return
        self._written_at = moment
        at = clock.now()
        with self._lock:
            hour = at.replace(minute=0, second=0, microsecond=0)
            if self._hour is not None and hour != self._hour:
                self._made_up = {}
            self._hour = hour
            refused, self._refused = self._refused, Counter()
            signs, self._signs = self._signs, set()
            without, self._without_proxy_state = self._without_proxy_state, set()
            replaced, self._replaced = self._replaced, {}
            seen: set[int] = set()
            clocks: dict[int, int] = {}
            if now or moment - self._seen_at >= SEEN_SECONDS:
                seen, self._seen = self._seen, set()
                clocks, self._clocks = self._changed_clocks(), {}
                self._seen_at = moment
        if refused or signs or without or seen or replaced:
            self._write(refused, signs=signs, without=without, seen=seen, replaced=replaced, at=at)
        if clocks:
            clients.learn_clocks(clocks)
            self._kept_clocks |= clocks

    def _changed_clocks(self) -> dict[int, int]:
        changed = {}
        for nas_id, ahead_seconds in self._clocks.items():
            kept = self._kept_clocks[nas_id]
            if kept is None or abs(ahead_seconds - kept) >= CLOCK_STEP_SECONDS:
                changed[nas_id] = ahead_seconds
        return changed

    def _has_room(self, nas_id: int, word: str) -> bool:
        """Whether a word that somebody made up is among those that are written down in this hour."""
        words = self._made_up.setdefault(nas_id, set())
        if word not in words:
            if len(words) >= MOST_MADE_UP:
                return False
            words.add(word)
        return True

    def _write(
        self,
        refused: Counter[Refused],
        *,
        signs: set[int],
        without: set[int],
        seen: set[int],
        replaced: dict[int, datetime],
        at: datetime,
    ) -> None:
        try:
            with transaction.atomic():
                refusals.count((what, times, at) for what, times in refused.items())
                clients.learn(message_authenticator=signs, proxy_state_absent=without, seen=seen, at=at)
                if replaced:
                    # The earliest of them: what was heard of since then lives.
                    sessions.close_replaced(session_ids=replaced, at=min(replaced.values()))
        except DatabaseError:
            with self._lock:
                self._refused.update(refused)
                self._signs |= signs
                self._without_proxy_state |= without
                self._replaced = replaced | self._replaced
            raise
