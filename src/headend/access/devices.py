"""The MACs that customers connect with."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from headend.access.models import Device
from headend.system import search
from headend.system.models import Organization


def seen(connections: Iterable[tuple[int, int, str]], at: datetime) -> None:
    """Remembers devices: (organization id, customer id, MAC of 12 digits). Part of the caller's transaction.

    A further device of a customer is added, never replaced; a new one makes its customer findable by it.
    """
    wanted = sorted(set(connections))
    if not wanted:
        return
    customers = {customer_id for _, customer_id, _ in wanted}
    known = set(Device.objects.filter(customer__in=customers).values_list("customer_id", "mac"))
    Device.objects.bulk_create(
        [
            Device(organization_id=organization_id, customer_id=customer_id, mac=mac, first_seen_at=at, last_seen_at=at)
            for organization_id, customer_id, mac in wanted
        ],
        update_conflicts=True,
        unique_fields=["customer", "mac"],
        update_fields=["last_seen_at"],
    )
    new = {
        (organization_id, customer_id)
        for organization_id, customer_id, mac in wanted
        if (customer_id, mac) not in known
    }
    if new:
        _make_findable(new)


def _make_findable(customers: set[tuple[int, int]]) -> None:
    macs: dict[int, list[str]] = defaultdict(list)
    for customer_id, mac in Device.objects.filter(customer__in=[id_ for _, id_ in customers]).values_list(
        "customer_id", "mac"
    ):
        macs[customer_id].append(mac)
    for organization_id, customer_id in sorted(customers):
        organization = Organization(pk=organization_id)
        search.put(
            organization=organization, customer_id=customer_id, source="devices", words=[], keys=macs[customer_id]
        )
