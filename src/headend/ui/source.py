"""Where a request came from."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest

# What one subscriber line has of IPv6 at least: whoever has one address of it has all.
_LINE_BITS: Final = 64
_LONGEST_ADDRESS: Final = 45


def of(request: HttpRequest) -> str:
    """Whom tries are counted for: the address of whoever asks, and of IPv6 the network of the line."""
    text = address_of(request)
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return text
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, _LINE_BITS), strict=False).network_address)


def address_of(request: HttpRequest) -> str:
    """The address of whoever asks. A proxy stands in front where HTTPS is on; it writes the last address of the list."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    if settings.SECURE_PROXY_SSL_HEADER and forwarded:
        return forwarded[:_LONGEST_ADDRESS]
    return str(request.META.get("REMOTE_ADDR", ""))
