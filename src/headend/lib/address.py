"""IP addresses as text, with a 32-digit key that sorts alike on both databases."""

import ipaddress


def parse(text: str) -> str | None:
    """The canonical text of an IPv4 or IPv6 address, or None where `text` is not one. IPv4 in IPv6 becomes IPv4."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


def is_host(text: str) -> bool:
    """Whether a canonical address can be that of one machine: not unspecified, multicast, broadcast or bound to a link."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    # 255.255.255.254 and .255 tell a NAS to choose an address itself (RFC 2865 section 5.8).
    return not (address.is_unspecified or address.is_multicast or text.startswith("255.255.255."))


def key(text: str) -> str:
    """The 32 hexadecimal digits by which an address is unique and sorted. Raises ValueError for no address.

    IPv4 is written as the IPv6 address that maps it, so that both kinds sort in one column.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv4Address):
        return f"{0xFFFF00000000 + int(address):032x}"
    return f"{int(address):032x}"
