"""What is told because time has passed: a package that ends soon, or has ended, and a balance that is low.

Each stretch of time is looked through once, by when packages end. So nobody is told of what ended before notices were switched on,
and what the worker slept through is told when it is awake.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import translation

from headend.access.models import Subscription
from headend.customers.models import Customer
from headend.ledger.models import Account, AccountKind
from headend.lib import clock
from headend.messaging import notices, texts
from headend.messaging.catalogue import money, packages, places
from headend.messaging.catalogue.notice import Notice
from headend.messaging.models import Carrier, Message, Policy
from headend.messaging.texts import Wording
from headend.system.models import Organization, Revision

# Balances are looked at in the evening, when people are at home and can pay.
EVENING_HOUR: Final = 17
# What nobody was told of for so long is old news.
LATE_AT_MOST: Final = timedelta(days=2)
AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Reminder:
    """A notice that is due so long before a package ends."""

    notice: Notice
    before: timedelta


REMINDERS: Final = (
    Reminder(packages.EXPIRING_3, timedelta(days=3)),
    Reminder(packages.EXPIRING_1, timedelta(days=1)),
    Reminder(packages.EXPIRED, timedelta(0)),
)


def remind() -> int:
    """Tells whom it has become due to tell since the last time, and says how many. A repetition tells nobody twice."""
    now = clock.now()
    since = _since(now)
    count = 0
    carried = Carrier.objects.filter(is_on=True).values("organization")
    for organization in Organization.objects.filter(pk__in=carried).order_by("pk"):
        with translation.override(organization.language):
            wording = texts.of(organization)
            for reminder in REMINDERS:
                if wording.channels(reminder.notice):
                    count += _remind(wording, reminder, since, now)
            count += _remind_of_balances(wording, now)
    Revision.objects.update_or_create(name=_NAME, defaults={"number": int(now.timestamp())})
    return count


def low(organization: Organization, policy: Policy, now: datetime) -> QuerySet[Customer]:
    """Who would be told this evening that the balance is low: whose package runs, and who was not told lately."""
    running = Subscription.objects.filter(customer=OuterRef("pk"), ended_at__isnull=True, expires_at__gt=now)
    wallet = Account.objects.filter(customer=OuterRef("pk"), kind=AccountKind.WALLET)
    # By days, and not to the second: it is looked at once an evening.
    first_day = clock.local_day(now, organization.timezone) - timedelta(days=policy.low_days - 1)
    told = Message.objects.filter(
        customer_id=OuterRef("pk"),
        kind=money.LOW_BALANCE.code,
        created_at__gte=clock.day_start(first_day, organization.timezone),
    )
    balance = ExpressionWrapper(F("credits_minor") - F("debits_minor"), output_field=BigIntegerField())
    zero = Value(0, output_field=BigIntegerField())
    rows = Customer.objects.filter(organization=organization, deleted_at__isnull=True).filter(
        ~Q(phone="") | ~Q(email="")
    )
    rows = rows.annotate(
        renewal_minor=Subquery(running.order_by("expires_at", "pk").values("price_minor")[:1]),
        wallet_minor=Coalesce(Subquery(wallet.values(left=balance)[:1]), zero),
    )
    limit = F("renewal_minor") if policy.low_minor is None else Value(policy.low_minor, output_field=BigIntegerField())
    return rows.filter(renewal_minor__isnull=False, wallet_minor__lt=limit).exclude(Exists(told))


_NAME: Final = "reminders"


def _since(now: datetime) -> datetime:
    """To when the last time looked. The first time looks at nothing."""
    last = Revision.objects.filter(name=_NAME).values_list("number", flat=True).first()
    if last is None:
        return now
    return max(datetime.fromtimestamp(last, UTC), now - LATE_AT_MOST)


def _remind(wording: Wording, reminder: Reminder, since: datetime, now: datetime) -> int:
    organization = wording.organization
    ending = Subscription.objects.filter(
        organization=organization,
        ended_at__isnull=True,
        expires_at__gt=since + reminder.before,
        expires_at__lte=now + reminder.before,
        # One that was paid only just, for a shorter time, need not be reminded of.
        renewed_at__lte=F("expires_at") - 2 * reminder.before,
        customer__deleted_at__isnull=True,
    )
    count = 0
    for slice_ in _slices(ending):
        wallets = _wallets([row.customer_id for row in slice_])
        with transaction.atomic():
            for row in slice_:
                assert row.expires_at is not None, "they are chosen by it"
                row.customer.organization = organization
                key = f"{reminder.notice.code}:{row.pk}:{int(row.expires_at.timestamp())}"
                values = _values(row, wallets.get(row.customer_id, 0), organization)
                told = notices.tell(
                    reminder.notice, customer=row.customer, values=values, unique_key=key, wording=wording
                )
                count += bool(told)
    return count


def _remind_of_balances(wording: Wording, now: datetime) -> int:
    organization = wording.organization
    if not wording.channels(money.LOW_BALANCE):
        return 0
    policy = wording.policy
    local = now.astimezone(ZoneInfo(organization.timezone))
    if local.hour < EVENING_HOUR or policy.looked_on == local.date():
        return 0
    count = 0
    last = 0
    while ids := list(
        low(organization, policy, now).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    ):
        last = ids[-1]
        count += _tell_of_balances(wording, ids, now)
    Policy.objects.update_or_create(organization=organization, defaults={"looked_on": local.date()})
    return count


def _tell_of_balances(wording: Wording, ids: Sequence[int], now: datetime) -> int:
    organization = wording.organization
    running = Subscription.objects.filter(customer__in=ids, ended_at__isnull=True, expires_at__gt=now)
    # The last one that is put in is the one that ends next.
    next_of = {row.customer_id: row for row in running.select_related("customer").order_by("-expires_at", "-pk")}
    wallets = _wallets(ids)
    count = 0
    with transaction.atomic():
        for id_, row in next_of.items():
            row.customer.organization = organization
            key = f"{money.LOW_BALANCE.code}:{id_}:{now.astimezone(ZoneInfo(organization.timezone)).date()}"
            values = _values(row, wallets.get(id_, 0), organization)
            told = notices.tell(
                money.LOW_BALANCE, customer=row.customer, values=values, unique_key=key, wording=wording
            )
            count += bool(told)
    return count


def _slices(rows: QuerySet[Subscription]) -> Iterator[list[Subscription]]:
    last = 0
    while found := list(rows.filter(pk__gt=last).select_related("customer").order_by("pk")[:AT_ONCE]):
        last = found[-1].pk
        yield found


def _wallets(customer_ids: Sequence[int]) -> dict[int, int]:
    rows = Account.objects.filter(customer__in=customer_ids, kind=AccountKind.WALLET)
    return {row.customer_id: row.balance_minor for row in rows if row.customer_id is not None}


def _values(package: Subscription, wallet_minor: int, organization: Organization) -> dict[str, str]:
    assert package.expires_at is not None, "they are chosen by it"
    return {
        "plan": package.plan_name,
        "price": places.amount(package.price_minor, organization),
        "expires": places.end(package.expires_at, organization),
        "balance": places.amount(wallet_minor, organization),
    }
