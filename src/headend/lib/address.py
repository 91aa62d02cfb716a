"""IP addresses as text, with a 32-digit key that sorts alike on both databases."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final, Literal

# Of nobody's customer: this network, loopback, bound to a link, multicast, and what is kept for later with broadcast in it.
_NO_CUSTOMERS: Final = tuple(
    map(ipaddress.IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"))
)
# RFC 1918, and RFC 6598 for what stands behind a provider's own translation.
_PRIVATE: Final = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
# A block of two addresses or one has neither network nor broadcast (RFC 3021).
_LONGEST_WITH_EDGES: Final = 30
# IPv4 as a translator writes it (RFC 6052).
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
# What one subscriber line has of IPv6 at least.
_LINE_BITS: Final = 64
_EDGES: Final = (".0", ".255")

Doubt = Literal["", "foreign", "edge"]


def parse(text: str) -> str | None:
    """The canonical text of an IPv4 or IPv6 address, or None where `text` is not one. IPv4 in IPv6 becomes IPv4."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


def neighbourhood(text: str) -> str:
    """What counts as one address where somebody's tries or connections are counted; other text as it is.

    Of IPv6 the network of a line: whoever has one address there has all of it.
    """
    try:
        read = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(read, ipaddress.IPv4Address):
        return text
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ipaddress.IPv6Network((read, _LINE_BITS), strict=False))


def is_host(text: str) -> bool:
    """Whether a canonical address can be that of one machine: not unspecified, multicast, broadcast or bound to a link."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    # 255.255.255.254 and .255 tell a NAS to choose an address itself (RFC 2865 section 5.8).
    return not (address.is_unspecified or address.is_multicast or text.startswith("255.255.255."))


def is_inside(text: str) -> bool:
    """Whether an address is not of the internet: loopback, private, bound to a link, multicast, kept for later, or IPv6 that leads to such."""
    read = ipaddress.ip_address(text)
    if isinstance(read, ipaddress.IPv6Address):
        carried = read.ipv4_mapped or read.sixtofour
        if carried is None and read in _TRANSLATED:
            carried = ipaddress.IPv4Address(int(read) & 0xFFFFFFFF)
        if carried is not None:
            read = carried
    return not read.is_global or read.is_multicast


def blocks(text: str) -> tuple[ipaddress.IPv4Network, ...]:
    """The IPv4 blocks of a list as people type it, with commas or spaces between. Raises ValueError with the first that is none."""
    found = []
    for typed in re.split(r"[\s,;]+", text.strip()):
        try:
            found += [ipaddress.IPv4Network(typed)] if typed else []
        except ValueError:
            raise ValueError(typed) from None
    return tuple(dict.fromkeys(found))


def can_be_customers(text: str, own: Iterable[ipaddress.IPv4Network]) -> bool:
    """Whether a canonical IPv4 address can be one customer's: not loopback and its like, nor an edge of an own block."""
    address = ipaddress.IPv4Address(text)
    edges = {edge for block in own if block.prefixlen <= _LONGEST_WITH_EDGES for edge in (block[0], block[-1])}
    return not any(address in network for network in _NO_CUSTOMERS) and address not in edges


def doubt(text: str, own: Iterable[ipaddress.IPv4Network]) -> Doubt:
    """Why an address that can be a customer's may be a mistake: *foreign*, neither private nor of an own block, or an *edge* of 256."""
    address = ipaddress.IPv4Address(text)
    if any(address in block for block in own):
        return ""
    if not any(address in network for network in _PRIVATE):
        return "foreign"
    return "edge" if text.endswith(_EDGES) else ""


def key(text: str) -> str:
    """The 32 hexadecimal digits by which an address is unique and sorted. Raises ValueError for no address.

    IPv4 is written as the IPv6 address that maps it, so that both kinds sort in one column.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv4Address):
        return f"{0xFFFF00000000 + int(address):032x}"
    return f"{int(address):032x}"
