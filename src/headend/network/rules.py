"""Pure decisions on equipment: at which hosts a NAS takes hotspot logins, and whether a login address is one of them."""

import re
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from headend.lib import address as addresses

HOSTS_MOST: Final = 20
URL_LONGEST: Final = 2000
_HOST_LONGEST: Final = 253
_GAPS: Final = re.compile(r"[\s,]+")
_PRINTABLE: Final = re.compile(r"[!-~]+")
_WITH_PORT: Final = re.compile(r"(?P<host>\[[^\[\]]*:[^\[\]]*\]|[^:@\[\]]+)(?::(?P<port>[0-9]{0,5}))?")
_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
# Browsers read a host whose last part is a number as an IPv4 address in one of its older notations.
_ENDS_IN_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Code(StrEnum):
    """Why a verb on a NAS was refused."""

    NAS_NAME_TAKEN = "nas_name_taken"
    NAS_NAME_MISSING = "nas_name_missing"
    NAS_HAS_HISTORY = "nas_has_history"
    ADDRESS_INVALID = "address_invalid"
    ADDRESS_TAKEN = "address_taken"
    SECRET_SHORT = "secret_short"  # noqa: S105 - a code
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a code
    LOGIN_HOST_INVALID = "login_host_invalid"
    LOGIN_HOSTS_MANY = "login_hosts_many"
    PORT_INVALID = "port_invalid"


class LoginHostError(ValueError):
    """What was typed is no host, or no host with a port. Its argument is the part that is not."""


def parse_login_hosts(typed: str) -> tuple[str, ...]:
    """The hosts in a text that parts them by commas or spaces, each once, as `login_url_is_of` compares them.

    `Login.Cafe.example., 10.5.50.1:8080 [FD00::1]:80` gives `login.cafe.example`, `10.5.50.1:8080`, `[fd00::1]`: ports
    80 and 443 are left out, since browsers do so too. Raises LoginHostError.
    """
    hosts = [_parse_host(part) for part in _GAPS.split(typed) if part]
    return tuple(dict.fromkeys(hosts))


def login_url_is_of(url: str, login_hosts: str, address: str) -> bool:
    """Whether a guest's password may be sent to `url`: that is, whether it is a hotspot login of one NAS.

    `login_hosts` and `address` are those of the NAS. What a browser could read in another way than we do is no login:
    user names in front of the host, backslashes, signs beyond ASCII, control characters, addresses without `//`.
    """
    if len(url) > URL_LONGEST or not _PRINTABLE.fullmatch(url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        host, port = _split(parts.netloc)
    except ValueError:
        return False
    if parts.scheme not in _DEFAULT_PORTS:
        return False
    # A port that is not the one of its scheme is part of the place.
    place = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return place in {*parse_login_hosts(login_hosts), *parse_login_hosts(address)}


def _parse_host(part: str) -> str:
    # An IPv6 address may be typed without its brackets where no port follows.
    host, port = _split(f"[{part}]" if ":" in part and addresses.parse(part) else part)
    return host if port is None or port in _DEFAULT_PORTS.values() else f"{host}:{port}"


def _split(place: str) -> tuple[str, int | None]:
    """A host and its port, None where none is given. Raises LoginHostError."""
    match = _WITH_PORT.fullmatch(place)
    host = _canonical(match["host"].strip("[]")) if match else None
    port = int(match["port"]) if match and match["port"] else None
    if host is None or not 0 < (80 if port is None else port) < 65536:
        raise LoginHostError(place)
    return host, port


def _canonical(host: str) -> str | None:
    """A host as it is compared: an address in its one notation, IPv6 in brackets; a name in small letters. None for neither."""
    name = host.lower().removesuffix(".")
    as_address = addresses.parse(name)
    if as_address is not None:
        if not addresses.is_host(as_address):
            return None
        return f"[{as_address}]" if ":" in as_address else as_address
    if len(name) > _HOST_LONGEST or not _NAME.fullmatch(name) or _ENDS_IN_NUMBER.fullmatch(name):
        return None
    return name
