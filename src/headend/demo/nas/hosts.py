"""The devices at a hotspot, which a router knows from the wire before anybody logs in."""

import os
from collections.abc import Container
from dataclasses import dataclass
from ipaddress import IPv4Network

from headend.lib import mac

# What the hotspot's DHCP gives out; the first address is the router's own.
POOL = tuple(str(address) for address in IPv4Network("10.5.50.0/23").hosts())[1:]
CHALLENGE_BYTES = 16


@dataclass(slots=True)
class Host:
    """One device. `chap_id` and `challenge` are those of the last login page that it was shown; empty when used."""

    mac: str
    address: str
    chap_id: int = 0
    challenge: bytes = b""
    authorizing: bool = False

    def challenge_anew(self) -> None:
        """Choose what the next password must be the answer to."""
        self.chap_id = os.urandom(1)[0]
        self.challenge = os.urandom(CHALLENGE_BYTES)


class Hosts:
    """Every device that was seen, as long as there are addresses; `online` holds the MACs of those with a session."""

    def __init__(self, online: Container[str]) -> None:
        self._online = online
        self._known: dict[str, Host] = {}
        self._free = list(reversed(POOL))

    def meet(self, device: str) -> Host | None:
        """Return the device with this MAC (`02:AA:...`), seen just now; None when there is no address for it."""
        host = self._known.pop(device, None)
        if host is None:
            address = self._take_address()
            if address is None:
                return None
            host = Host(device, address)
        # Whoever was seen last stands last.
        self._known[device] = host
        return host

    def _take_address(self) -> str | None:
        if self._free:
            return self._free.pop()
        for host in self._known.values():
            if host.mac not in self._online and not host.authorizing:
                del self._known[host.mac]
                return host.address
        return None


def any_mac() -> str:
    """A MAC for a device that shows none: random, for one machine, and locally administered (IEEE 802)."""
    return mac.pretty(f"02{os.urandom(5).hex().upper()}")


def read_mac(text: str) -> str | None:
    """A MAC as RouterOS writes it (`02:AA:...`), from any notation; None where `text` is not one."""
    digits = mac.parse(text)
    return None if digits is None else mac.pretty(digits)
