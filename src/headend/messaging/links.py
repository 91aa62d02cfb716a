"""Short addresses: one for each receiver of a message, for a time, and how often it was followed."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F

from headend.lib import clock
from headend.lib.refused import Refused
from headend.messaging.models import LeadsTo, Link, Message
from headend.messaging.rules import Code

VALID_DAYS: Final = 30
LONGEST: Final = 500
# As long as a code is, for whoever counts what a text will take.
SAMPLE: Final = "abcd2345"


def refuse_address(address: str) -> None:
    """Refuses `link_address_wrong`: whatever is no address of a web page, or hides whose it is."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise Refused(Code.LINK_ADDRESS_WRONG, field="address") from None
    is_whole = parts.scheme in ("http", "https") and host and "@" not in parts.netloc
    is_clean = address.isprintable() and not any(sign.isspace() for sign in address) and "\\" not in address
    if not is_whole or not is_clean or len(address) > LONGEST:
        raise Refused(Code.LINK_ADDRESS_WRONG, field="address")


def place_of(code: str) -> str:
    """The short address itself, as it stands in a message."""
    return f"{settings.PUBLIC_URL}/l/{code}"


def keep(*, written: Iterable[tuple[Message, str]], leads_to: str, address: str = "") -> None:
    """Makes the codes that stand in messages lead somewhere, in the caller's transaction."""
    until = clock.now() + timedelta(days=VALID_DAYS)
    Link.objects.bulk_create(
        Link(code=code, message=message, leads_to=leads_to, address=address, expires_at=until)
        for message, code in written
    )


def find(code: str) -> Link | None:
    """The link of a code as somebody typed it, also one that is over."""
    rows = Link.objects.select_related("message__organization__logo")
    return rows.defer("message__body_sealed", "message__organization__logo__content").filter(code=code.lower()).first()


def count(link: Link) -> None:
    """Somebody followed it."""
    Link.objects.filter(pk=link.pk).update(clicks=F("clicks") + 1, clicked_at=clock.now())


def is_over(link: Link) -> bool:
    """Whether its time has passed."""
    return link.expires_at <= clock.now()


def target_of(link: Link) -> str:
    """Where it leads: to an address that was written down when it was made, or to a page of the organization's portal."""
    if link.leads_to == LeadsTo.ADDRESS:
        return link.address
    portal = f"{settings.PUBLIC_URL}/{link.message.organization.slug}/portal/"
    return f"{portal}top-up/" if link.leads_to == LeadsTo.PAYING else portal
