"""The vouchers of a customer; and all about one of them, for its page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Max, Min, QuerySet

from headend.access import authorize, facts
from headend.access.models import Credential, Session, Voucher
from headend.billing.models import Purchase
from headend.customers.models import Customer
from headend.lib import clock

SESSIONS_SHOWN: Final = 20
# Among so many of the newest one is looked for that connects.
VOUCHERS_SEARCHED: Final = 20
DEVICES_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """A device that connected with the voucher. `mac` is as the NAS told it."""

    mac: str
    first_at: datetime
    last_at: datetime
    sessions: int


@dataclass(frozen=True, slots=True)
class Hub:
    """What the voucher's page shows. `first` is the rule that refuses a login, None where it may connect."""

    voucher: Voucher
    now: datetime
    state: str
    purchase: Purchase | None
    live: list[Session]
    past: list[Session]
    devices: list[Seen]
    verdicts: list[authorize.Verdict]
    first: authorize.Verdict | None


def of_customer(customer: Customer) -> QuerySet[Voucher]:
    """The customer's vouchers, newest first."""
    return Voucher.objects.filter(customer=customer).select_related("sheet").order_by("-issued_at", "-pk")


def usable(customer: Customer, now: datetime) -> Voucher | None:
    """What a guest without a package connects with: of the newest vouchers the one that runs, else the newest unused one."""
    newest = list(of_customer(customer)[:VOUCHERS_SEARCHED])
    return next((row for code in ("active", "unused") for row in newest if row.state_at(now) == code), None)


def hub(voucher: Voucher) -> Hub:
    """Loads the page: in a number of queries that no session adds to."""
    now = clock.now()
    verdicts = _explain(voucher)
    sessions = Session.objects.filter(voucher=voucher).select_related("nas", "voucher").order_by("-started_at")
    return Hub(
        voucher=voucher,
        now=now,
        state=voucher.state_at(now),
        purchase=Purchase.objects.filter(voucher=voucher).first(),
        live=list(sessions.filter(ended_at__isnull=True)),
        past=list(sessions.filter(ended_at__isnull=False)[:SESSIONS_SHOWN]),
        devices=_devices(voucher),
        verdicts=verdicts,
        first=next((verdict for verdict in verdicts if verdict.result == "fail"), None),
    )


def _devices(voucher: Voucher) -> list[Seen]:
    rows = (
        Session.objects.filter(voucher=voucher)
        .exclude(mac="")
        .values_list("mac")
        .annotate(Min("started_at"), last=Max("updated_at"), times=Count("pk"))
        .order_by("-last")
    )
    return [Seen(*row) for row in rows[:DEVICES_SHOWN]]


def _explain(voucher: Voucher) -> list[authorize.Verdict]:
    credential = Credential.objects.select_related("organization").filter(voucher=voucher, ended_at__isnull=True)
    found = credential.first()
    return [] if found is None else authorize.explain(facts.for_credential(found))
