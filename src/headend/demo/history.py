"""Three months of the demo, lived day by day through the same verbs that staff and routers use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any, Final

from headend.access import blocks, recording, subscriptions, triggers
from headend.access.metering import WRAP, Report
from headend.access.models import Credential, Plan, Subscription
from headend.billing import adjustments, promotions, receipts, signups
from headend.billing.signups import Charge, Package
from headend.customers import customers, notes, suspensions
from headend.customers.models import Customer, Group
from headend.demo import guests, paying
from headend.demo.guests import Guest
from headend.demo.paying import Till
from headend.demo.people import Person
from headend.desk import removals
from headend.ledger import days as ledger_days
from headend.lib import clock
from headend.network.models import NAS
from headend.system.models import Organization, Site

# How customers end up who are not simply active: so many of each, taken from the end of the list.
UNPAID: Final = 8
# The periods that somebody paid ahead who travels.
PAID_AHEAD: Final = 2
# A customer leaves his line unused on one day of five.
USED_DAYS: Final = 0.8
# What a dish on the roof costs: 2,000 shillings.
INSTALLATION_MINOR: Final = 200_000
# Whose usage somebody is told of.
WATCHED: Final = 4
# What staff write about one customer of three; the first of them stays at the top.
NOTES: Final = (
    ("Mast on the neighbour's roof: ask for Mama Wairimu before climbing.", True),
    ("Pays at the shop on the last Friday of the month. No need to call.", False),
    ("Radio replaced after the storm; the old one is with us for repair.", False),
    ("Speaks Kikamba rather than Swahili. The daughter answers the phone.", True),
)


@dataclass(frozen=True, slots=True)
class Signup:
    """Somebody, what he buys, and on which day of the history."""

    person: Person
    plan: Plan
    on_day: int
    site: Site
    group: Group | None


@dataclass(slots=True)
class Line:
    """A customer's running subscription while the history goes on."""

    signup: Signup
    customer: Customer
    subscription: Subscription
    username: str
    pays: bool


def live(
    *, organization: Organization, nas: NAS, people: list[Signup], random: Random, now: datetime, days: int
) -> None:
    """Signs up, renews and reports, day after day until yesterday, then leaves some in every state that exists."""
    first_day = clock.local_day(now, organization.timezone) - timedelta(days=days)
    by_day: dict[int, list[Signup]] = {}
    for signup in people:
        by_day.setdefault(signup.on_day, []).append(signup)
    lines: list[Line] = []
    crowd: list[Guest] = []
    till = paying.open_till(organization, random)
    for day in range(days):
        start = clock.day_start(first_day + timedelta(days=day), organization.timezone)
        with clock.at(start + timedelta(hours=9)):
            for signup in by_day.get(day, ()):
                if signup.plan.connection_type == "hotspot":
                    customer = customers.register(organization=organization, by=None, **_about(signup, random))
                    crowd.append(Guest(customer, signup.plan, signup.person.mac))
                else:
                    lines.append(_sign_up(organization, signup, till, random, number=len(lines)))
            for line in lines:
                _renew(line, till, start + timedelta(hours=33), last_week=day > days - 7)
            for guest in crowd:
                guests.buy(guest, till, random, clock.now())
        with clock.at(start + timedelta(hours=23, minutes=59)):
            reports = [_report(line, nas, start, random) for line in lines if random.random() < USED_DAYS]
            reports += [guests.use(guest, nas, start, random) for guest in crowd]
            if day == days - 1:
                reports += guests.print_sheets(organization, _cheapest(crowd), nas, start=start, random=random)
            recording.record([report for report in reports if report is not None])
    with clock.at(now - timedelta(hours=3)):
        _leave_in_every_state(lines, till)
        for guest in crowd:
            guests.buy(guest, till, random, clock.now())
        till.lose([guest.customer for guest in crowd], _cheapest(crowd))
    with clock.at(now):
        paying.close_till()
        ledger_days.close()


def _cheapest(crowd: list[Guest]) -> Plan:
    return min((guest.plan for guest in crowd), key=lambda plan: plan.price_minor)


def _about(signup: Signup, random: Random) -> dict[str, Any]:
    person = signup.person
    has_email = random.random() < 0.4 and person.first_name
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "company": person.company,
        "phone": person.phone,
        # A company's landline in Nairobi.
        "contact_phone": f"020{person.phone[-7:]}" if person.company else "",
        "email": f"{person.first_name}.{person.last_name}@example.com".lower() if has_email else "",
        "group": signup.group,
        "site": signup.site,
    }


def _sign_up(organization: Organization, signup: Signup, till: Till, random: Random, *, number: int) -> Line:
    """A technician puts up the dish, and takes the money for it and for the first period."""
    address = f"10.20.{number // 250}.{number % 250 + 2}" if signup.plan.connection_type == "static" else ""
    purchase = signups.sign_up(
        organization=organization,
        person=_about(signup, random),
        package=Package(signup.plan, framed_address=address),
        charge=Charge(method="cash", installation_minor=INSTALLATION_MINOR),
        activate=True,
        key=till.key(),
        by=None,
    )
    assert purchase.subscription is not None, "it was signed up for"
    subscription = Subscription.objects.select_related("organization", "plan").get(pk=purchase.subscription.pk)
    username = Credential.objects.get(subscription=subscription, ended_at=None).name
    return Line(signup, purchase.customer, subscription, username, pays=signup.on_day == 0 or random.random() < 0.92)


def _renew(line: Line, till: Till, before: datetime, *, last_week: bool) -> None:
    """Who pays renews on the last day."""
    expires_at = line.subscription.expires_at
    if expires_at is None or expires_at > before or not (line.pays or not last_week):
        return
    line.subscription = till.renew(line.customer, line.subscription)


def _report(line: Line, nas: NAS, start: datetime, random: Random) -> Report | None:
    """One session within one day, as its Stop tells it."""
    activated_at, expires_at = line.subscription.activated_at, line.subscription.expires_at
    begin = start + timedelta(minutes=random.randrange(10 * 60, 20 * 60))
    seconds = random.randrange(1800, 3 * 3600 + 1800)
    if activated_at is None or begin < activated_at or expires_at is None or begin > expires_at:
        return None
    limit = (line.subscription.cap_bytes or 10**13) // 40
    rate = (line.subscription.download_kbps or 10_000) * 125
    download = min(int(seconds * rate * random.uniform(0.05, 0.45)), limit)
    upload = int(download * random.uniform(0.06, 0.2))
    return Report(
        kind="stop",
        organization_id=line.customer.organization_id,
        nas_id=nas.pk,
        zone=line.customer.organization.timezone,
        user_name=line.username,
        acct_session_id=f"{random.randrange(2**32):08x}",
        event_at=begin + timedelta(seconds=seconds),
        subscription_id=line.subscription.pk,
        mac=line.signup.person.mac,
        framed_address=line.subscription.framed_address
        or f"10.30.{line.customer.pk // 250}.{line.customer.pk % 250 + 2}",
        seconds=seconds,
        upload_octets=upload % WRAP,
        upload_gigawords=upload // WRAP,
        download_octets=download % WRAP,
        download_gigawords=download // WRAP,
        cause=random.choice(("User-Request", "User-Request", "Idle-Timeout", "Lost-Carrier")),
    )


def _owe(line: Line) -> None:
    """A second line, for the shop, that nobody has paid: paying it lifts the suspension."""
    signups.add_package(
        customer=line.customer,
        package=Package(line.signup.plan),
        charge=Charge(),
        activate=True,
        key=f"shop:{line.customer.pk}",
        by=None,
    )
    suspensions.suspend(customer=line.customer, kind="overdue", reason="The shop is not paid", by=None)


def _pay_twice(customer: Customer) -> None:
    """Money that came by mistake, and was given back."""
    receipts.take(customer=customer, method="cash", amount_minor=50_000, key=f"twice:{customer.pk}", by=None)
    adjustments.refund(
        customer=customer,
        method="cash",
        amount_minor=50_000,
        reason="Paid twice",
        key=f"twice:{customer.pk}",
        by=None,
    )


def _leave_in_every_state(lines: list[Line], till: Till) -> None:
    paying = [
        line for line in lines if line.pays and line.signup.on_day and line.signup.plan.connection_type == "pppoe"
    ]
    tail = iter(reversed(paying))
    for _ in range(UNPAID):
        _owe(next(tail))
    for reason in ("Moved away", "Equipment returned", "Asked by phone"):
        suspensions.suspend(customer=next(tail).customer, kind="disabled", reason=reason, by=None)
    zone = paying[0].customer.organization.timezone
    ends_at = clock.day_end(clock.local_day(clock.now(), zone) + timedelta(days=21), zone)
    suspensions.suspend(customer=next(tail).customer, kind="hold", reason="Travelling", by=None, ends_at=ends_at)
    suspensions.suspend(customer=next(tail).customer, kind="abuse", reason="Sends spam", by=None)
    blocks.block(subscription=next(tail).subscription, reason="Router shared with a neighbour", by=None)
    account_ended = next(tail).customer
    yesterday = clock.local_day(clock.now(), account_ended.organization.timezone) - timedelta(days=1)
    customers.edit(customer=account_ended, by=None, account_expires_on=yesterday)
    removals.delete(customer=next(tail).customer, by=None)
    draft = next(tail).customer
    username = subscriptions.suggest_username(customer=draft)
    subscriptions.create(customer=draft, plan=next(tail).signup.plan, username=username, by=None)
    ahead = next(line for line in tail if line.signup.plan.cap_bytes)
    for _ in range(PAID_AHEAD):
        ahead.subscription = till.renew(ahead.customer, ahead.subscription)
    given = next(tail).subscription
    promotions.give(subscription=given, key=f"gift:{given.pk}", by=None)
    _pay_twice(next(tail).customer)
    _write_notes(paying)
    _watch(paying)


def _watch(lines: list[Line]) -> None:
    """Some have somebody told how much they have used: themselves half-way, or whoever pays for it."""
    capped = [line.customer for line in lines if line.signup.plan.cap_bytes][::2]
    for customer in capped[:WATCHED]:
        triggers.add(customer=customer, percent=50, phone=customer.phone, by=None)
        triggers.add(customer=customer, percent=95, email=f"office@{customer.account_number.lower()}.example", by=None)


def _write_notes(lines: list[Line]) -> None:
    by = lines[0].customer.organization.membership_set.get(role="support").staff
    for line, (text, pinned) in zip(lines[::3], cycle(NOTES), strict=False):
        notes.add(customer=line.customer, text=text, pinned=pinned, by=by)
