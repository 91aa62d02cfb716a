"""Remembers the last packets and their answers, so that a retransmission costs nothing (RFC 5080 section 2.2.2).

It saves work alone: what is right rests on the database, which knows a repeated report by its content.
"""

from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from typing import Final

KEPT_SECONDS: Final = 10.0
MOST: Final = 50_000

Key = tuple[str, int, int, str]


@dataclass(slots=True)
class Entry:
    """A packet under way, or answered."""

    authenticator: bytes
    at: float
    reply: bytes | None = None


class Duplicates:
    """Packets by (source address, source port, identifier, door)."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Key, Entry] = OrderedDict()

    def find(self, key: Key, authenticator: bytes) -> Entry | None:
        """The entry of the same packet; None where it is new, and then it is remembered as under way."""
        now = monotonic()
        entry = self._entries.get(key)
        if entry is not None and entry.authenticator == authenticator and now - entry.at < KEPT_SECONDS:
            return entry
        self._entries[key] = Entry(authenticator, now)
        self._entries.move_to_end(key)
        self._shrink(now)
        return None

    def answered(self, key: Key, authenticator: bytes, reply: bytes) -> None:
        """Keeps the answer for the packet's repetitions."""
        entry = self._entries.get(key)
        if entry is not None and entry.authenticator == authenticator:
            entry.reply = reply

    def dropped(self, key: Key, authenticator: bytes) -> None:
        """Forgets a packet that got no answer: its repetition is looked at again."""
        entry = self._entries.get(key)
        if entry is not None and entry.authenticator == authenticator:
            del self._entries[key]

    def _shrink(self, now: float) -> None:
        while self._entries:
            key, oldest = next(iter(self._entries.items()))
            if now - oldest.at < KEPT_SECONDS and len(self._entries) <= MOST:
                return
            del self._entries[key]
