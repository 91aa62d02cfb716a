"""How every page of an organization begins: whose it is, in which language and time zone, and as one operation."""

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.shortcuts import get_object_or_404
from django.utils import timezone, translation

from headend.system import events
from headend.system.models import Organization


def organization_of(slug: str) -> Organization:
    """The organization that an address names; 404 where there is none."""
    # Every page names the logo; its bytes are for the one address that serves them.
    return get_object_or_404(Organization.objects.select_related("logo").defer("logo__content"), slug=slug)


@contextmanager
def entered(organization: Organization) -> Iterator[None]:
    """The organization's language and time zone, for as long as one page is made.

    Whatever a press of a button causes is one operation: the timeline shows it as one line.
    """
    zone = ZoneInfo(organization.timezone)
    with translation.override(organization.language), timezone.override(zone), events.operation():
        yield
