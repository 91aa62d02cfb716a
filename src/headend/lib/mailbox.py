"""E-mail addresses and the names of hosts, as they can be written to a mail server."""

import re
from typing import Final

# RFC 5321, section 4.5.3.1.
ADDRESS_LONGEST: Final = 254
LOCAL_LONGEST: Final = 64
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_HOST: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


def address(text: str) -> str:
    """`text` with its domain in ASCII (RFC 5890). Raises ValueError for no address, and for signs beyond ASCII before the @."""
    local, _at, domain = text.strip().rpartition("@")
    written = f"{local}@{host(domain)}"
    if not _LOCAL.fullmatch(local) or len(local) > LOCAL_LONGEST or len(written) > ADDRESS_LONGEST:
        raise ValueError("this is no e-mail address")
    return written


def host(text: str) -> str:
    """The name of a host in small ASCII letters, without a dot at its end. Raises ValueError for none."""
    written = text.strip().removesuffix(".").encode("idna").decode("ascii").lower() if text.strip() else ""
    if not _HOST.fullmatch(written):
        raise ValueError("this is no name of a host")
    return written
