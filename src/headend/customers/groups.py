"""Groups of customers."""

from typing import Final

from django.db import transaction

from headend.customers import happenings
from headend.customers.models import Customer, Group
from headend.customers.rules import Code, lock_key
from headend.lib import ids
from headend.lib.refused import Refused
from headend.system import engine, events, lengths
from headend.system.models import Organization, Staff

DEFAULT_NAME: Final = "Default"


def add_default(*, organization: Organization) -> Group:
    """The group *Default* that each organization has from its founding. Repeating it changes nothing."""
    group, _ = Group.objects.get_or_create(
        organization=organization,
        is_default=True,
        defaults={"name": DEFAULT_NAME, "name_key": ids.name_key(DEFAULT_NAME)},
    )
    return group


def add(*, organization: Organization, name: str, by: Staff | None) -> Group:
    """A new group. Refuses `name_missing`, `text_long` and `group_name_taken`."""
    with transaction.atomic():
        group = Group(organization=organization)
        _name(group, name)
        group.save()
        events.record(happenings.GROUP_ADDED(name=group.name), organization=organization, subject=group, by=by)
    return group


def rename(*, group: Group, name: str, by: Staff | None) -> Group:
    """Another name for a group. Refuses `name_missing`, `text_long` and `group_name_taken`."""
    with transaction.atomic():
        before = group.name
        _name(group, name)
        group.save(update_fields=["name", "name_key"])
        events.record(
            happenings.GROUP_RENAMED(name=[before, group.name]), organization=group.organization, subject=group, by=by
        )
    return group


def hold(*, group: Group) -> None:
    """Part of the caller's transaction, which holds the organization's lock and puts a customer into `group`. Refuses `group_gone`."""
    if not Group.objects.filter(pk=group.pk).exists():
        raise Refused(Code.GROUP_GONE, field="group", name=group.name)


def remove(*, group: Group, by: Staff | None) -> None:
    """Removes a group without customers; those who were deleted stand in *Default* from then on.

    A second press does no harm. Refuses `group_is_default` and `group_not_empty`.
    """
    if group.is_default:
        raise Refused(Code.GROUP_IS_DEFAULT)
    with transaction.atomic():
        # Nobody comes into the group, or back from the deleted, between the count and the end.
        engine.lock_keys([lock_key(group.organization_id)])
        if Group.objects.select_for_update().filter(pk=group.pk).first() is None:
            return
        members = Customer.objects.filter(group=group)
        count = members.filter(deleted_at__isnull=True).count()
        if count:
            raise Refused(Code.GROUP_NOT_EMPTY, count=count)
        moved = members.update(group=add_default(organization=group.organization))
        events.record(
            happenings.GROUP_REMOVED(name=group.name, moved=moved),
            organization=group.organization,
            subject=group,
            by=by,
        )
        group.delete()


def _name(group: Group, name: str) -> None:
    if not name.strip():
        raise Refused(Code.NAME_MISSING, field="name")
    key = ids.name_key(name)
    # Two who take one name at once: the second looks after the first has written.
    engine.lock_keys([f"groups:{group.organization_id}"])
    if Group.objects.filter(organization=group.organization_id, name_key=key).exclude(pk=group.pk).exists():
        raise Refused(Code.GROUP_NAME_TAKEN, field="name", name=name.strip())
    group.name, group.name_key = name.strip(), key
    lengths.refuse_long(group)
