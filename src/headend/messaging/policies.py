"""When an organization's notices are sent, and when a balance is low."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from headend.lib.refused import Refused
from headend.messaging import happenings
from headend.messaging.models import Policy
from headend.messaging.rules import Code, opens_at
from headend.system import events
from headend.system.models import Organization, Staff


def of(organization: Organization) -> Policy:
    """The policy of an organization: its own, or ours."""
    return Policy.objects.filter(organization=organization).first() or Policy(organization=organization)


def save(*, organization: Organization, policy: Mapping[str, int | None], by: Staff | None) -> Policy:
    """Changes `hour_from`, `hour_until`, `low_minor` (None: the price of what ends next) and `low_days`. Refuses `hours_wrong`."""
    if not (policy["hour_from"] or 0) < (policy["hour_until"] or 0):
        raise Refused(Code.HOURS_WRONG, field="hour_until")
    with transaction.atomic():
        # Two at once: the second changes what the first has written.
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        kept = of(organization)
        changed = {name: [getattr(kept, name), value] for name, value in policy.items() if getattr(kept, name) != value}
        if changed:
            Policy.objects.update_or_create(organization=organization, defaults=dict(policy))
            happened = happenings.NOTICES_TIMED(changed=changed)
            events.record(happened, organization=organization, subject=organization, by=by)
    return of(organization)


def not_before(policy: Policy, now: datetime) -> datetime:
    """When what may wait is sent that is said now."""
    return opens_at(now, policy.organization.timezone, policy.hour_from, policy.hour_until)
