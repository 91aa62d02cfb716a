"""Where a request came from."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest

from headend.lib.address import neighbourhood

_LONGEST_ADDRESS: Final = 45


def of(request: HttpRequest) -> str:
    """Whom tries are counted for: the address of whoever asks, and of IPv6 the network of the line."""
    return neighbourhood(address_of(request))


def address_of(request: HttpRequest) -> str:
    """The address of whoever asks. A proxy stands in front where HTTPS is on; it writes the last address of the list."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    if settings.SECURE_PROXY_SSL_HEADER and forwarded:
        return forwarded[:_LONGEST_ADDRESS]
    return str(request.META.get("REMOTE_ADDR", ""))
