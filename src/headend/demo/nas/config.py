"""How a simulated NAS is set up."""

import json
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address
from typing import Literal
from urllib.parse import urlsplit

from headend.lib.radius import attributes as at
from headend.lib.radius.passwords import PASSWORD_MAX_BYTES


@dataclass(frozen=True, slots=True)
class Login:
    """A subscriber's device: what it logs in with, and how fast it is. Raises ValueError for what cannot be."""

    username: str
    password: str = field(repr=False)
    kind: Literal["pppoe", "hotspot"]
    mac: str
    address: str
    rate_kbps: int

    def __post_init__(self) -> None:
        if self.kind not in ("pppoe", "hotspot"):
            raise ValueError(f"the kind of {self.username} is pppoe or hotspot, not {self.kind!r}")
        if len(self.password.encode()) > PASSWORD_MAX_BYTES:
            raise ValueError(f"the password of {self.username} has more than {PASSWORD_MAX_BYTES} bytes")
        at.address(at.FRAMED_IP_ADDRESS, self.address)


@dataclass(frozen=True, slots=True)
class Hotspot:
    """The hotspot of the router. `portal` is where its login page sends a guest. Raises ValueError for what cannot be.

    `identity` is the router's name on its pages, and the NAS's identifier where it is empty; `rate_kbps` is how fast each
    guest's device is.
    """

    portal: str
    port: int
    login_by: Literal["http-chap", "http-pap"] = "http-chap"
    server_name: str = "hotspot1"
    identity: str = ""
    rate_kbps: int = 2000

    def __post_init__(self) -> None:
        if self.login_by not in ("http-chap", "http-pap"):
            raise ValueError(f"a hotspot's login is by http-chap or http-pap, not {self.login_by!r}")
        portal = urlsplit(self.portal)
        if portal.scheme not in ("http", "https") or not portal.hostname:
            raise ValueError(f"the portal is an http or https address, not {self.portal!r}")


@dataclass(frozen=True, slots=True)
class Config:
    """How the NAS is set up. What has a default need not be in the file; a time or rate of 0 means never."""

    auth: tuple[str, int]
    acct: tuple[str, int]
    secret: bytes = field(repr=False)
    identifier: str
    logins: tuple[Login, ...]
    coa_port: int = 3799
    interim_seconds: float = 0
    connect_per_second: float = 5
    # Where it sends from and listens, so that several can run on one machine.
    address: str = "127.0.0.1"
    retransmit_seconds: float = 1.1
    tries: int = 3
    refused_seconds: float = 60
    reconnect_seconds: float = 5
    # The mean time after which a user leaves of their own accord.
    stay_seconds: float = 1800
    # Its web server listens on `address` too.
    hotspot: Hotspot | None = None

    def __post_init__(self) -> None:
        if len({login.username for login in self.logins}) < len(self.logins):
            raise ValueError("two logins have the same username")
        if self.hotspot is not None and not _is_loopback(self.address):
            raise ValueError(f"a hotspot is played on this machine only, not on {self.address}")

    @classmethod
    def from_json(cls, source: str) -> "Config":
        """Read the configuration file's text; raises ValueError with the reason."""
        try:
            entries = json.loads(source)
            for name in ("auth", "acct"):
                host, _, port = entries[name].rpartition(":")
                entries[name] = host, int(port)
            entries["secret"] = entries["secret"].encode()
            entries["logins"] = tuple(Login(**login) for login in entries["logins"])
            if entries.get("hotspot") is not None:
                entries["hotspot"] = Hotspot(**entries["hotspot"])
            return cls(**entries)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"the configuration is not complete or not right: {error}") from error


def _is_loopback(address: str) -> bool:
    try:
        return IPv4Address(address).is_loopback
    except AddressValueError:
        return False
