"""The MACs that customers connect with."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from headend.access.models import Device
from headend.system import engine, search
from headend.system.models import Organization

# One statement for those who come back, which is nearly all, and for the new ones; by the order no two batches wait for each other.
_SEEN: Final = """
INSERT INTO access_device (organization_id, customer_id, mac, first_seen_at, last_seen_at)
SELECT * FROM {rows} AS r WHERE true
ON CONFLICT (customer_id, mac) DO UPDATE SET last_seen_at = excluded.last_seen_at
RETURNING organization_id, customer_id, first_seen_at = last_seen_at
"""


def seen(connections: Iterable[tuple[int, int, str]], at: datetime) -> None:
    """Remembers devices: (organization id, customer id, MAC of 12 digits). Part of the caller's transaction.

    A further device of a customer is added, never replaced; a new one makes its customer findable by it.
    """
    wanted = sorted(set(connections), key=lambda seen: seen[1:])
    if not wanted:
        return
    text, parameters = engine.table(
        ("bigint", "bigint", "text", "timestamptz", "timestamptz"),
        [(organization_id, customer_id, mac, at, at) for organization_id, customer_id, mac in wanted],
    )
    rows = engine.rows(_SEEN.format(rows=text), parameters)
    new = {(organization_id, customer_id) for organization_id, customer_id, is_new in rows if is_new}
    if new:
        _make_findable(new)


def known(pairs: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of the pairs (customer id, MAC of 12 digits) that were connected before."""
    wanted = {pair for pair in pairs if pair[1]}
    customers, macs = {customer_id for customer_id, _ in wanted}, {mac for _, mac in wanted}
    rows = Device.objects.filter(customer__in=customers, mac__in=macs) if wanted else Device.objects.none()
    return wanted & set(rows.values_list("customer_id", "mac"))


def _make_findable(customers: set[tuple[int, int]]) -> None:
    macs: dict[int, list[str]] = defaultdict(list)
    for customer_id, mac in Device.objects.filter(customer__in=[id_ for _, id_ in customers]).values_list(
        "customer_id", "mac"
    ):
        macs[customer_id].append(mac)
    for organization_id in sorted({organization_id for organization_id, _ in customers}):
        search.put_many(
            organization=Organization(pk=organization_id),
            entries=[(id_, "devices", [], macs[id_]) for owner, id_ in sorted(customers) if owner == organization_id],
        )
