"""Access that is used up: issued, used for the first time, looked up, voided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q

from headend.access import credentials, happenings, plans
from headend.access.models import ConnectionType, Credential, Plan, Session, Voucher
from headend.access.rules import Code
from headend.customers import customers, work
from headend.customers.models import Customer
from headend.customers.work import Scope
from headend.lib import clock, ids
from headend.lib.refused import Refused
from headend.system import events, permissions, search
from headend.system.events import Happened
from headend.system.models import Event, Membership, Organization, Staff

STATES: Final = ("unused", "active", "spent", "expired", "void")
# A customer is found by the codes of the newest so many.
FINDABLE: Final = 50


@dataclass(frozen=True, slots=True)
class FirstUse:
    """A device that connects with a voucher which nobody used before. `mac` is 12 digits, or empty where the NAS told none."""

    voucher_id: int
    mac: str
    at: datetime


def issue(
    *,
    customer: Customer,
    plan: Plan,
    by: Staff | None,
    terms: dict[str, Any] | None = None,
    valid_until: datetime | None = None,
) -> Voucher:
    """A voucher for a customer who bought it, unused, with its code and password. Part of the caller's transaction.

    `terms` are those at which it was sold, where that was before now; `valid_until` is to when it has to be used.

    Refuses `customer_is_deleted`, `plan_retired`, `plan_not_hotspot`.
    """
    customers.refuse_deleted(customer)
    check_plan(plan)
    with transaction.atomic():
        (voucher,) = write(
            organization=customer.organization,
            sheet_ids=[None],
            customer=customer,
            plan=plan,
            plan_name=plan.name,
            valid_until=valid_until,
            **(terms or plans.terms_of(plan)),
        )
        _make_findable(customer)
        issued = happenings.VOUCHER_ISSUED(
            plan=plan.name, voucher=voucher.pk, code=voucher.code, price_minor=voucher.price_minor
        )
        _record(voucher, issued, by)
    return voucher


def redeem(*, voucher_id: int, mac: str, now: datetime) -> bool:
    """Starts the clock of a voucher that is used for the first time. False: somebody else was first, or it is void."""
    return voucher_id in start([FirstUse(voucher_id, mac, now)])


def start(first_uses: Sequence[FirstUse]) -> dict[int, datetime]:
    """As `redeem`, for many in one transaction: the expiry of each voucher whose clock this call started.

    Of two uses of one voucher the earlier in the sequence counts. Rows are locked in the order of their ids.
    """
    by_id: dict[int, FirstUse] = {}
    for use in first_uses:
        by_id.setdefault(use.voucher_id, use)
    if not by_id:
        return {}
    with transaction.atomic():
        # Whoever waited here for another transaction sees what that one wrote, and finds the voucher no longer unused.
        unused = Voucher.objects.select_for_update(no_key=True, of=("self",)).filter(
            in_force(), pk__in=by_id, first_used_at=None
        )
        started = list(unused.select_related("organization").order_by("pk"))
        for voucher in started:
            use = by_id[voucher.pk]
            voucher.first_used_at, voucher.first_mac = use.at, use.mac
            voucher.expires_at = plans.end_of(voucher, use.at, voucher.organization.timezone)
        Voucher.objects.bulk_update(started, ["first_used_at", "first_mac", "expires_at"])
        for voucher in started:
            _say_started(voucher)
    return {voucher.pk: voucher.expires_at for voucher in started if voucher.expires_at is not None}


def find(*, organization: Organization, code: str) -> Voucher | None:
    """The voucher of a code that somebody typed, in any spelling; None where there is none."""
    signs = ids.voucher_code(code)
    rows = Voucher.objects.filter(organization=organization, code_key=signs.casefold())
    return rows.select_related("organization", "plan", "customer", "sheet").first() if signs else None


def is_connected(*, voucher_id: int, mac: str) -> bool:
    """Whether this device (12 digits) has a session with the voucher now, as far as its NAS has told."""
    live = Session.objects.filter(voucher=voucher_id, ended_at__isnull=True)
    # A NAS that tells no MAC tells of the voucher alone.
    return live.filter(mac__in=[mac, ""]).exists()


def void(*, voucher: Voucher, by: Staff | None, reason: str = "") -> Voucher:
    """Takes a voucher back: who is connected with it is cut off. Refuses `voucher_is_void`."""
    with transaction.atomic():
        rows = Voucher.objects.select_for_update(no_key=True, of=("self",)).select_related("organization", "sheet")
        row = rows.get(pk=voucher.pk)
        now = clock.now()
        if row.state_at(now) == "void":
            raise Refused(Code.VOUCHER_IS_VOID, voucher=row.code)
        row.voided_at, row.voided_by, row.void_reason = now, by, reason.strip()
        row.save(update_fields=["voided_at", "voided_by", "void_reason"])
        _record(row, happenings.VOUCHER_VOIDED(plan=row.plan_name, code=row.code, reason=row.void_reason), by)
        work.decide_again(Scope.VOUCHER, row.pk, organization=row.organization)
    return row


def may_reveal(*, voucher: Voucher, membership: Membership) -> bool:
    """Who may read the password: whoever may change customers; and who sold it, to tell its buyer, until it is used.

    Nobody where its customer was deleted permanently.
    """
    if voucher.customer is not None and voucher.customer.erased_at is not None:
        return False
    if permissions.may(membership.role, "customers.edit"):
        return True
    return voucher.first_used_at is None and _was_sold_by(voucher, membership.staff)


def reveal(*, voucher: Voucher, by: Staff | None) -> str:
    """The password in clear; that a member of staff read it is an Event. Raises SealingError."""
    return open_password(voucher) if by is None else credentials.reveal(credential=_credential(voucher), by=by)


def open_password(voucher: Voucher) -> str:
    """The password in clear, for its owner's pages and for logging in; nothing is written down. Raises SealingError."""
    return credentials.open_secret(_credential(voucher))


def in_state(state: str, now: datetime) -> Q:
    """A filter for the vouchers whose `state_at(now)` is `state`."""
    void, spent = ~in_force(), _spent()
    ended = Q(first_used_at__isnull=True, valid_until__lte=now) | Q(expires_at__lte=now)
    unused = Q(first_used_at__isnull=True)
    filters = {
        "void": void,
        "expired": ~void & ended,
        "spent": ~void & ~ended & spent,
        "unused": ~void & ~ended & ~spent & unused,
        "active": ~void & ~ended & ~spent & ~unused,
    }
    return filters[state]


def in_force() -> Q:
    """A filter for the vouchers that are not void, neither themselves nor with their sheet."""
    return Q(voided_at__isnull=True, sheet__voided_at__isnull=True)


def check_plan(plan: Plan) -> None:
    """Refuses `plan_retired` and `plan_not_hotspot`: only hotspot plans that are sold make vouchers."""
    if plan.retired_at is not None:
        raise Refused(Code.PLAN_RETIRED, field="plan", plan=plan.name)
    if plan.connection_type != ConnectionType.HOTSPOT:
        raise Refused(Code.PLAN_NOT_HOTSPOT, field="plan", plan=plan.name)


def write(*, organization: Organization, sheet_ids: Sequence[int | None], **common: Any) -> list[Voucher]:
    """Vouchers with new codes and passwords, one for each entry of `sheet_ids`; part of the caller's transaction.

    `common` are the values that all share: plan, terms, customer, end.
    """
    codes = _free_codes(organization, len(sheet_ids))
    made = [
        Voucher(
            organization=organization, sheet_id=sheet_id, code=ids.pretty_code(code), code_key=code.casefold(), **common
        )
        for code, sheet_id in zip(codes, sheet_ids, strict=True)
    ]
    Voucher.objects.bulk_create(made)
    credentials.issue_for_vouchers(made)
    return made


def _was_sold_by(voucher: Voucher, staff: Staff) -> bool:
    sold = Event.objects.filter(customer_id=voucher.customer_id, kind=happenings.VOUCHER_ISSUED.kind, staff=staff)
    return voucher.customer_id is not None and sold.filter(subject_kind="voucher", subject_id=voucher.pk).exists()


def _free_codes(organization: Organization, count: int) -> list[str]:
    """So many codes that neither a voucher nor another name of the organization has."""
    free: dict[str, None] = {}
    while len(free) < count:
        new = {ids.new_voucher_code() for _ in range(count - len(free))}
        keys = [code.casefold() for code in new]
        taken = set(
            Voucher.objects.filter(organization=organization, code_key__in=keys).values_list("code_key", flat=True)
        )
        names = Credential.objects.filter(organization=organization, name_key__in=keys, ended_at__isnull=True)
        taken.update(names.values_list("name_key", flat=True))
        free.update(dict.fromkeys(code for code in sorted(new) if code.casefold() not in taken))
    return list(free)


def _spent() -> Q:
    return Q(cap_bytes__lte=F("upload_bytes") + F("download_bytes")) | Q(time_limit_seconds__lte=F("session_seconds"))


def _credential(voucher: Voucher) -> Credential:
    return Credential.objects.select_related("organization", "subscription", "voucher").get(voucher=voucher.pk)


def _make_findable(customer: Customer) -> None:
    newest = Voucher.objects.filter(customer=customer).order_by("-issued_at")
    search.put(
        organization=customer.organization,
        customer_id=customer.pk,
        source="vouchers",
        words=[],
        keys=list(newest.values_list("code", flat=True)[:FINDABLE]),
    )


def _say_started(voucher: Voucher) -> None:
    assert voucher.expires_at is not None, "the clock was started"
    started = happenings.VOUCHER_STARTED(
        plan=voucher.plan_name, code=voucher.code, expires_at=voucher.expires_at.isoformat(), mac=voucher.first_mac
    )
    _record(voucher, started, None)


def _record(voucher: Voucher, happened: Happened, by: Staff | None) -> None:
    events.record(
        happened,
        organization=voucher.organization,
        subject=voucher,
        by=by,
        customer_id=voucher.customer_id,
    )
