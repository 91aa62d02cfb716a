"""How far a new organization has come on the way to its first customer online."""

from dataclasses import dataclass

from django.db.models import Exists, Q, QuerySet, Value

from headend.access.models import Plan, Session, UsageDay
from headend.customers.models import Customer
from headend.network.models import NAS
from headend.system.models import Organization, Site


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What there is already. `nas` and `customer` are the first ones; sessions of names that are not ours do not count."""

    site: bool
    nas: NAS | None
    plan: bool
    customer: Customer | None


def of_organization(organization: Organization) -> FirstSteps | None:
    """The way so far; None once somebody was online: one query from then on."""
    ours = Q(subscription__isnull=False) | Q(voucher__isnull=False)
    # Sessions are kept for a time only, days of usage for good.
    arrived = (
        Session.objects.filter(ours, organization=organization),
        UsageDay.objects.filter(organization=organization),
    )
    if any(_ask(*arrived)):
        return None
    site, plan = _ask(Site.objects.filter(organization=organization), Plan.objects.filter(organization=organization))
    return FirstSteps(
        site,
        NAS.objects.filter(organization=organization).order_by("pk").first(),
        plan,
        Customer.objects.filter(organization=organization, deleted_at__isnull=True).order_by("pk").first(),
    )


def _ask(first: QuerySet[Site] | QuerySet[Session], second: QuerySet[Plan] | QuerySet[UsageDay]) -> tuple[bool, bool]:
    """Whether there are rows in each, in one query."""
    asked = Organization.objects.annotate(first=Exists(first), second=Exists(second), one=Value(1))
    found = asked.values_list("first", "second").order_by("pk").first()
    assert found is not None, "who asks has an organization"
    return found
