"""The NASes that may ask, kept in memory: the only data that this door keeps, and only while no verb has changed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from headend.lib import address
from headend.network.models import NAS, Switch
from headend.network.nas import open_secret
from headend.system import revisions

_NEVER: Final = -1


@dataclass(slots=True)
class Client:
    """One NAS, as much of it as a packet needs."""

    nas_id: int
    organization_id: int
    zone: str
    language: str
    support_phone: str
    vendor: str
    realms: frozenset[str]
    secret: bytes
    swap_octets: bool
    require_message_authenticator: bool
    limit_proxy_state: bool
    learns_message_authenticator: bool
    learns_proxy_state: bool
    clock_offset_seconds: int | None


class Clients:
    """The NASes by address. `refresh` is called before each batch and reads one row where nothing has changed."""

    def __init__(self) -> None:
        self._number = _NEVER
        self._by_address: dict[str, Client] = {}

    def refresh(self) -> None:
        """Reads all NASes again where a verb has changed one since."""
        number = revisions.read(revisions.NETWORK)
        if number != self._number:
            rows = NAS.objects.select_related("organization")
            self._by_address = {nas.address: _client(nas) for nas in rows}
            self._number = number

    def find(self, source: str) -> Client | None:
        """The NAS that sends from an address; None for a stranger."""
        found = self._by_address.get(source)
        if found is None and ":" in source:
            found = self._by_address.get(address.parse(source) or "")
        return found


def learn_clocks(offsets: dict[int, int]) -> None:
    """Keeps how many seconds the clock of each NAS is ahead of ours, for its page."""
    for nas_id, seconds in offsets.items():
        NAS.objects.filter(pk=nas_id).update(clock_offset_seconds=seconds)


def learn(*, message_authenticator: set[int], proxy_state_absent: set[int], seen: set[int], at: datetime) -> None:
    """Keeps what packets showed of their NASes: from now on *auto* means yes (protocols: RFC 3579, CVE-2024-3596)."""
    if seen:
        NAS.objects.filter(pk__in=seen).update(last_seen_at=at)
    news = NAS.objects.filter(pk__in=message_authenticator, message_authenticator_seen_at=None)
    changed = news.update(message_authenticator_seen_at=at) if message_authenticator else 0
    news = NAS.objects.filter(pk__in=proxy_state_absent, proxy_state_absent_at=None)
    changed += news.update(proxy_state_absent_at=at) if proxy_state_absent else 0
    if changed:
        revisions.bump(revisions.NETWORK)


def _client(nas: NAS) -> Client:
    seen, absent = nas.message_authenticator_seen_at is not None, nas.proxy_state_absent_at is not None
    return Client(
        nas_id=nas.pk,
        organization_id=nas.organization_id,
        zone=nas.organization.timezone,
        language=nas.organization.language,
        support_phone=nas.organization.support_phone,
        vendor=nas.vendor,
        realms=frozenset(nas.organization.realms.split()),
        secret=open_secret(nas).encode(),
        swap_octets=nas.swap_octets,
        require_message_authenticator=_is_on(nas.require_message_authenticator, seen=seen),
        limit_proxy_state=_is_on(nas.limit_proxy_state, seen=absent),
        learns_message_authenticator=nas.require_message_authenticator == Switch.AUTO and not seen,
        learns_proxy_state=nas.limit_proxy_state == Switch.AUTO and not absent,
        clock_offset_seconds=nas.clock_offset_seconds,
    )


def _is_on(switch: str, *, seen: bool) -> bool:
    return switch == Switch.YES or (switch == Switch.AUTO and seen)
