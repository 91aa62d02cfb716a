"""The picture of an organization, shown to its customers and its staff."""

from hashlib import sha256
from typing import Final

from django.db import transaction

from headend.lib import clock, picture
from headend.lib.refused import Refused
from headend.system import engine, events, happenings
from headend.system.models import Logo, Organization, Staff
from headend.system.rules import Code

# A captive page has 50 kB in all, for phones on a slow line.
BYTES_MOST: Final = 16 * 1024
SIDE_MOST_PX: Final = 1024
_DIGEST_LENGTH: Final = 16


def put(*, organization: Organization, content: bytes, by: Staff | None) -> Logo:
    """Gives an organization a logo, in the place of the one that it has. The same picture again changes nothing.

    Refuses `logo_unknown_type`, `logo_too_large`, `logo_unreadable`.
    """
    read = _read(content)
    digest = sha256(content).hexdigest()[:_DIGEST_LENGTH]
    with transaction.atomic():
        engine.lock_keys([f"logo:{organization.pk}"])
        logo = Logo.objects.filter(organization=organization).first() or Logo(organization_id=organization.pk)
        if logo.digest == digest:
            return logo
        before, logo.digest = logo.digest, digest
        logo.content, logo.media_type = content, read.media_type
        logo.width_px, logo.height_px = read.width_px, read.height_px
        logo.updated_at = clock.now()
        logo.save()
        _record(organization, before, digest, by)
    return logo


def remove(*, organization: Organization, by: Staff | None) -> None:
    """Takes an organization's logo away: its pages show its first letter again."""
    with transaction.atomic():
        engine.lock_keys([f"logo:{organization.pk}"])
        logo = Logo.objects.filter(organization=organization).first()
        if logo is not None:
            before = logo.digest
            logo.delete()
            _record(organization, before, "", by)


def of(organization: Organization) -> Logo | None:
    """An organization's logo, or None. It is looked up once; who reads many organizations selects `logo` with them."""
    try:
        return organization.logo
    except Logo.DoesNotExist:
        return None


def _read(content: bytes) -> picture.Picture:
    too_large = Refused(Code.LOGO_TOO_LARGE, field="logo", kilobytes=BYTES_MOST // 1024, pixels=SIDE_MOST_PX)
    try:
        picture.media_type_of(content)
        if len(content) > BYTES_MOST:
            raise too_large
        read = picture.read(content)
    except picture.UnknownTypeError:
        raise Refused(Code.LOGO_UNKNOWN_TYPE, field="logo") from None
    except picture.UnreadableError:
        raise Refused(Code.LOGO_UNREADABLE, field="logo") from None
    if max(read.width_px, read.height_px) > SIDE_MOST_PX:
        raise too_large
    return read


def _record(organization: Organization, before: str, after: str, by: Staff | None) -> None:
    events.record(
        happenings.ORGANIZATION_LOGO_CHANGED(changed={"logo": [before, after]}),
        organization=organization,
        subject=organization,
        by=by,
    )
