"""Places of an organization."""

from django.db import transaction
from django.db.models import ProtectedError

from headend.lib import ids
from headend.lib.refused import Refused
from headend.system import engine, events, happenings, lengths
from headend.system.models import Organization, Site, Staff
from headend.system.rules import Code


def add(*, organization: Organization, name: str, by: Staff | None) -> Site:
    """A new site. Refuses `name_missing`, `text_long` and `site_name_taken`."""
    with transaction.atomic():
        site = Site(organization=organization)
        _name(site, name)
        site.save()
        events.record(happenings.SITE_ADDED(name=site.name), organization=organization, subject=site, by=by)
    return site


def rename(*, site: Site, name: str, by: Staff | None) -> Site:
    """Another name for a site. Refuses `name_missing`, `text_long` and `site_name_taken`."""
    with transaction.atomic():
        before = site.name
        _name(site, name)
        site.save(update_fields=["name", "name_key"])
        events.record(
            happenings.SITE_RENAMED(name=[before, site.name]), organization=site.organization, subject=site, by=by
        )
    return site


def hold(*, site: Site) -> None:
    """Part of the caller's transaction, which lets a row stand at `site`: nobody removes it meanwhile. Refuses `site_gone`."""
    if not Site.objects.select_for_update(no_key=True).filter(pk=site.pk).exists():
        raise Refused(Code.SITE_GONE, field="site", name=site.name)


def remove(*, site: Site, by: Staff | None) -> None:
    """Removes a site that nothing uses; a second press does no harm. Refuses `site_in_use`."""
    with transaction.atomic():
        row = Site.objects.select_for_update().filter(pk=site.pk).first()
        if row is None:
            return
        events.record(happenings.SITE_REMOVED(name=row.name), organization=site.organization, subject=site, by=by)
        try:
            row.delete()
        except ProtectedError as error:
            # Who stands there is known above this package: the database names them.
            raise Refused(Code.SITE_IN_USE, count=len(error.protected_objects)) from None


def _name(site: Site, name: str) -> None:
    if not name.strip():
        raise Refused(Code.NAME_MISSING, field="name")
    key = ids.name_key(name)
    # Two who take one name at once: the second looks after the first has written.
    engine.lock_keys([f"sites:{site.organization_id}"])
    if Site.objects.filter(organization=site.organization_id, name_key=key).exclude(pk=site.pk).exists():
        raise Refused(Code.SITE_NAME_TAKEN, field="name", name=name.strip())
    site.name, site.name_key = name.strip(), key
    lengths.refuse_long(site)
