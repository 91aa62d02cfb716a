"""Payments of an organization: listed, found by what somebody reads out, and what happened to one."""

from contextlib import suppress
from typing import Final

from django.db.models import Q, QuerySet

from headend.billing import payments, purchases
from headend.billing.models import Gateway, Method, Payment, PaymentState
from headend.billing.rules import receipt_key
from headend.customers.models import Customer
from headend.lib import phone
from headend.system.models import Event, Organization

# `unfulfilled`: settled, but what they were for could not be carried out.
VIEWS: Final = ("all", "pending", "settled", "failed", "unknown", "unfulfilled")
EVENTS_SHOWN: Final = 100
# Beyond so many that wait, the newer ones come to the list when the older ones are seen to.
WAITING: Final = 5_000


def listed(organization: Organization, view: str = "all") -> QuerySet[Payment]:
    """The payments of a saved view."""
    rows = Payment.objects.filter(organization=organization).select_related("customer", "gateway", "purchase")
    if view == "unfulfilled":
        # Their ids, and not how they are found: else SQLite asks that of every payment.
        waiting = list(purchases.to_act_on(organization=organization).values_list("pk", flat=True)[:WAITING])
        return rows.filter(purchase__in=waiting, state=PaymentState.SETTLED)
    if view in ("all", PaymentState.SETTLED):
        return rows if view == "all" else rows.filter(state=view)
    return payments.unsettled(rows).filter(state=view)


def found(organization: Organization, rows: QuerySet[Payment], query: str) -> QuerySet[Payment]:
    """The payments among `rows` with this reference in any spelling, or by this phone in any notation."""
    # Each condition by itself, by its own index: one that joins them makes the databases walk over all payments.
    ids = _with_code(organization, query)
    with suppress(phone.PhoneError):
        typed = phone.parse(query, organization.country)
        known = Customer.objects.filter(organization=organization, phone=typed).exclude(phone="").values("pk")
        by_phone = Payment.objects.filter(organization=organization, phone=typed).values_list("pk", flat=True)
        ids = ids.union(by_phone, Payment.objects.filter(customer__in=known).values_list("pk", flat=True))
    return rows.filter(pk__in=list(ids))


def events_of(payment: Payment) -> list[Event]:
    """What happened to a payment, and to what it was for, newest first."""
    about = Q(subject_kind="payment", subject_id=payment.pk)
    if payment.purchase_id is not None:
        about |= Q(subject_kind="purchase", subject_id=payment.purchase_id)
    rows = Event.objects.filter(about, organization=payment.organization_id, customer_id=payment.customer_id)
    return list(rows.select_related("staff").order_by("-at", "-pk")[:EVENTS_SHOWN])


def _with_code(organization: Organization, query: str) -> QuerySet[Payment, int]:
    # Every network is named, because the index begins with it; and as the index, this leaves empty references out.
    networks = [*Method.values, *Gateway.objects.filter(organization=organization).values_list("network", flat=True)]
    rows = Payment.objects.filter(organization=organization, network__in=networks, receipt_code=receipt_key(query))
    return rows.exclude(receipt_code="").values_list("pk", flat=True)
