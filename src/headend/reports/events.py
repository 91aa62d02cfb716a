"""The organization's history: its Events newest first, narrowed, a page at a time, at a cost that does not grow with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from headend.access.models import Batch, Plan, Sheet, Voucher
from headend.customers.models import Customer, Group
from headend.network.models import NAS
from headend.system.models import Event, Organization, Site, Staff

# No index knows who did something, nor of which kind it is: so many Events are looked through for one page.
LOOKED_THROUGH: Final = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the next one begins after it."""

    at: datetime
    pk: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which Events are asked for; what is None asks for nothing in particular.

    `staff_id` 0 means what nobody of the staff did. `since` is included, `until` is not.
    """

    staff_id: int | None = None
    kinds: Sequence[str] | None = None
    customers: Sequence[int] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_looked_for(self) -> bool:
        """Whether Events are read that are not wanted."""
        return self.customers is None and (self.staff_id is not None or self.kinds is not None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of Events. `older` is where the next one begins, None at the end; `searched_to` where looking stopped for now."""

    events: list[Event]
    older: Place | None
    searched_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """What the Events of a page are about: customers by id, other things by kind and id. What is gone is not there."""

    customers: dict[int, str]
    subjects: dict[tuple[str, int], str]


def page(organization: Organization, wanted: Wanted, before: Place | None, *, size: int) -> Shown:
    """The newest `size` Events that are wanted and older than `before`: at most two queries."""
    rows = _within(organization, wanted, before)
    edge = None
    if wanted.is_looked_for:
        edge = next(iter(rows.values_list("at", "pk")[LOOKED_THROUGH - 1 : LOOKED_THROUGH]), None)
        if edge is not None:
            rows = rows.filter(Q(at__gt=edge[0]) | Q(at=edge[0], pk__gte=edge[1]), at__gte=edge[0])
    found = list(_narrowed(rows, wanted).select_related("staff")[: size + 1])
    if len(found) > size:
        return Shown(found[:size], Place(found[size - 1].at, found[size - 1].pk))
    return Shown(found, Place(*edge) if edge else None, edge[0] if edge else None)


def name(organization: Organization, events: Iterable[Event]) -> Named:
    """The names of what a page of Events is about: a query for each kind of thing."""
    ids: dict[str, set[int]] = {}
    for event in events:
        ids.setdefault(event.subject_kind, set()).add(event.subject_id)
        if event.customer_id is not None:
            ids.setdefault("customer", set()).add(event.customer_id)
    customers = Customer.objects.filter(organization=organization, pk__in=ids.get("customer", ()))
    subjects: dict[tuple[str, int], str] = {}
    for kind, model in _NAMED.items():
        if kind in ids:
            rows: Any = model.objects.filter(pk__in=ids[kind])
            if kind != "staff":
                rows = rows.filter(organization=organization)
            subjects |= {(kind, pk): str(value) for pk, value in rows.values_list("pk", _COLUMNS.get(kind, "name"))}
    return Named({customer.pk: customer.name for customer in customers}, subjects)


_NAMED: Final[dict[str, Any]] = {
    "plan": Plan,
    "nas": NAS,
    "site": Site,
    "group": Group,
    "staff": Staff,
    "voucher": Voucher,
    "batch": Batch,
    "sheet": Sheet,
}
_COLUMNS: Final = {"voucher": "code", "batch": "number", "sheet": "number"}


def _within(organization: Organization, wanted: Wanted, before: Place | None) -> QuerySet[Event]:
    if wanted.customers is None:
        rows = Event.objects.filter(organization=organization)
    else:
        # They are of the organization; asked for by themselves, their own index is used.
        rows = Event.objects.filter(customer_id__in=wanted.customers)
    if wanted.since is not None:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(at__lt=wanted.until)
    if before is not None:
        rows = rows.filter(Q(at__lt=before.at) | Q(at=before.at, pk__lt=before.pk), at__lte=before.at)
    return rows.order_by("-at", "-pk")


def _narrowed(rows: QuerySet[Event], wanted: Wanted) -> QuerySet[Event]:
    if wanted.staff_id is not None:
        rows = rows.filter(staff=wanted.staff_id) if wanted.staff_id else rows.filter(staff__isnull=True)
    if wanted.kinds is not None:
        rows = rows.filter(kind__in=wanted.kinds)
    return rows
